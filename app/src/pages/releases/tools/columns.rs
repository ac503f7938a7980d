use domain::list::Column;
use leptos::prelude::*;

use super::super::state::ListState;
use crate::ui::{Button, Dialog, Icon, icon};

/// Which columns, in which order; in the address at once.
#[component]
pub fn Columns(
    /// Open or not.
    open: RwSignal<bool>,
) -> impl IntoView {
    let state = expect_context::<ListState>();
    let write = move |columns: &[Column]| {
        let words: Vec<_> = columns.iter().map(|column| column.as_str()).collect();
        let words = if columns == state.list.columns() {
            String::new()
        } else {
            words.join(",")
        };
        state
            .query
            .replace(state.query.now.get_untracked().with("cols", &words));
    };
    let turn = move |column: Column, on: bool| {
        let mut columns = state.columns.get_untracked();
        columns.retain(|it| *it != column);
        if on {
            columns.push(column);
        }
        // The title is the link of the row.
        if !columns.contains(&Column::Title) {
            columns.insert(0, Column::Title);
        }
        write(&columns);
    };
    let earlier = move |column: Column| {
        let mut columns = state.columns.get_untracked();
        if let Some(at @ 1..) = columns.iter().position(|it| *it == column) {
            columns.swap(at - 1, at);
            write(&columns);
        }
    };
    let reset = move |()| write(state.list.columns());
    let body = move || {
        let shown = state.columns.get();
        let hidden = Column::ALL.into_iter().filter(|column| !shown.contains(column));
        let all: Vec<(Column, bool)> = shown
            .iter()
            .map(|column| (*column, true))
            .chain(hidden.map(|column| (column, false)))
            .collect();
        all.into_iter()
            .map(|(column, on)| {
                let up = format!("{} further to the front", column.label());
                let title = up.clone();
                view! {
                    <li>
                        <label class="ui-check">
                            <input
                                type="checkbox"
                                prop:checked=on
                                disabled=column == Column::Title
                                on:change=move |ev| turn(column, event_target_checked(&ev))
                            />
                            <span>{column.label()}</span>
                        </label>
                        <button
                            type="button"
                            class="ui-button"
                            data-kind="quiet"
                            hidden=!on
                            title=title
                            on:click=move |_| earlier(column)
                        >
                            {icon(Icon::Up)}
                            <span class="sr-only">{up}</span>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Dialog open=open title="Columns">
            <ul class="part-columns">{body}</ul>
            <div class="ui-actions">
                <Button on_press=reset>"As they were at first"</Button>
                <Button on_press=move |()| open.set(false)>"Done"</Button>
            </div>
        </Dialog>
    }
}
