use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::frame::Announcer;
use crate::state::use_path;

/// One page: sets the document title, and on navigation moves the focus to its heading and announces it.
/// The first page after loading keeps the focus where the browser put it.
#[component]
pub fn Page(
    /// The heading and, before " · Slipway", the document title.
    #[prop(into)]
    title: Signal<String>,
    /// Above the heading: where this belongs, or what kind of thing it is.
    #[prop(optional, into)]
    over: Option<ViewFn>,
    /// Beside the heading: badges.
    #[prop(optional, into)]
    beside: Option<ViewFn>,
    /// Actions of the page, the primary one last.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    children: Children,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    let path = use_path();
    let announcer = expect_context::<Announcer>();
    Effect::new(move |_| {
        path.track();
        // Afterwards: the page that is being left hears of the new path too, and must not act on it.
        request_animation_frame(move || {
            if let Some(Some(heading)) = heading.try_get_untracked()
                && heading.is_connected()
                && announcer.arrived(&path.get_untracked())
            {
                let _ = heading.focus();
            }
        });
    });
    Effect::new(move |_| announcer.say(title.get()));
    let slot = |class: &'static str, view: Option<ViewFn>| {
        view.map(|view| view! { <div class=class>{move || view.run()}</div> })
    };
    view! {
        // The document's title may be written anew while its page goes and the next one's code is still under way.
        <Title text=move || title.try_get().unwrap_or_default() />
        <header class="ui-page-head">
            {slot("over", over)}
            <div class="line">
                <h1 tabindex="-1" node_ref=heading>{move || title.get()}</h1>
                {slot("beside", beside)}
            </div>
            {slot("actions", actions)}
        </header>
        {children()}
    }
}
