use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::unique_id;

/// A button that opens a popover with whatever belongs in it. Native popover: Escape and a press elsewhere close it.
#[component]
pub fn Menu(
    /// The name of the button for screen readers and as tooltip.
    #[prop(into)]
    label: Signal<String>,
    /// What is on the button.
    #[prop(into)]
    face: ViewFn,
    /// What is in the popover.
    children: Children,
) -> impl IntoView {
    let id = unique_id("menu");
    let panel = NodeRef::<html::Div>::new();
    // A pressed link or menu button has done its work: the popover goes.
    let close = move |ev: leptos::ev::MouseEvent| {
        let pressed = ev.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let done = pressed
            .and_then(|el| el.closest("a, [data-closes]").ok().flatten())
            .is_some();
        if let (true, Some(panel)) = (done, panel.get_untracked()) {
            let panel: &web_sys::HtmlElement = &panel;
            let _ = panel.hide_popover();
        }
    };
    view! {
        <button
            type="button"
            class="ui-button ui-menu-button"
            data-kind="quiet"
            popovertarget=id.clone()
            aria-label=move || label.get()
            title=move || label.get()
        >
            {face.run()}
        </button>
        <div class="ui-menu" id=id popover="auto" node_ref=panel on:click=close>
            {children()}
        </div>
    }
}

/// An action in a [`Menu`]; closes it.
#[component]
pub fn MenuButton(
    /// What it does.
    #[prop(into)]
    on_press: Callback<()>,
    children: Children,
) -> impl IntoView {
    view! {
        <button type="button" class="item" data-closes="" on:click=move |_| on_press.run(())>
            {children()}
        </button>
    }
}
