use leptos::prelude::*;

use crate::words;

/// How far something is; without a total it only says that it goes on.
#[component]
pub fn Progress(
    /// What is under way.
    #[prop(into)]
    label: Signal<String>,
    /// Done so far and in all; 0 in all while the total is unknown.
    #[prop(into)]
    done: Signal<(u64, u64)>,
) -> impl IntoView {
    let text = move || match done.get() {
        (0, 0) => String::new(),
        (so_far, 0) => words::count(so_far),
        (so_far, total) => format!("{} of {}", words::count(so_far), words::count(total)),
    };
    view! {
        <div class="ui-progress">
            <span class="label">{move || label.get()}</span>
            <progress
                aria-label=move || label.get()
                max=move || { let (_, total) = done.get(); (total > 0).then(|| total.to_string()) }
                value=move || { let (so_far, total) = done.get(); (total > 0).then(|| so_far.to_string()) }
            ></progress>
            <span class="amount">{text}</span>
        </div>
    }
}
