//! What is done with a list now and then: all filters, the columns, lists under a name, one command for many releases.

mod bulk;
mod columns;
mod panel;
mod views;

use leptos::prelude::*;

use super::state::{ListState, Tool};

/// All of them; each shows itself when it is needed.
#[component]
pub fn Tools() -> impl IntoView {
    let state = expect_context::<ListState>();
    let is = move |tool: Tool| Memo::new(move |_| state.tool.get() == Some(tool));
    let panel = is(Tool::Filters);
    view! {
        {move || panel.get().then(|| view! { <panel::Panel /> })}
        <columns::Columns open=dialog(state, Tool::Columns) />
        <views::Views open=dialog(state, Tool::Views) />
        <bulk::Bar />
    }
}

/// Whether a tool is open, as its dialog has it.
fn dialog(state: ListState, tool: Tool) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        let wanted = state.tool.get() == Some(tool);
        if open.get_untracked() != wanted {
            open.set(wanted);
        }
    });
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now && state.tool.get_untracked() == Some(tool) {
            state.tool.set(None);
        }
        now
    });
    open
}
