use leptos::html;
use leptos::prelude::*;

use super::button::{Button, ButtonKind};
use super::icon::{Icon, icon};
use super::unique_id;

/// A native modal dialog. Escape and the close button shut it; focus returns to what opened it.
#[component]
pub fn Dialog(
    /// Open or not.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// Made anew each time it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let heading = unique_id("dialog");
    let labelled = heading.clone();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        if open.get() {
            if !dialog.open() {
                // Fails only when it is not in the page any more.
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog class="ui-dialog" node_ref=node aria-labelledby=labelled on:close=move |_| open.set(false)>
            <header>
                <h2 id=heading>{move || title.get()}</h2>
                <button type="button" class="ui-button" data-kind="quiet" on:click=move |_| open.set(false)>
                    {icon(Icon::Close)}
                    <span class="sr-only">"Close"</span>
                </button>
            </header>
            <div class="body">{move || open.get().then(|| children())}</div>
        </dialog>
    }
}

/// Asks before something that cannot be undone. The action says in its own words what it does.
#[component]
pub fn Confirm(
    /// Open or not.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What will happen.
    #[prop(into)]
    text: Signal<String>,
    /// The words on the button that does it.
    #[prop(into)]
    action: Signal<String>,
    /// It destroys or stops something.
    #[prop(optional)]
    danger: bool,
    /// Does it.
    #[prop(into)]
    on_confirm: Callback<()>,
) -> impl IntoView {
    let kind = if danger {
        ButtonKind::Danger
    } else {
        ButtonKind::Primary
    };
    view! {
        <Dialog open=open title=title>
            <p>{move || text.get()}</p>
            <div class="ui-actions">
                <Button on_press=move |()| open.set(false)>"Go back"</Button>
                <Button
                    kind=kind
                    on_press=move |()| {
                        open.set(false);
                        on_confirm.run(());
                    }
                >
                    {move || action.get()}
                </Button>
            </div>
        </Dialog>
    }
}
