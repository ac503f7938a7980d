use leptos::prelude::*;

/// Grey lines where text will stand, as high as the text.
#[must_use]
pub fn skeleton_lines(lines: usize) -> AnyView {
    let line = |_| view! { <span class="line"></span> };
    view! { <div class="ui-skeleton" aria-hidden="true">{(0..lines).map(line).collect_view()}</div> }
        .into_any()
}

/// Grey rows where a table will stand, as high as its rows.
#[must_use]
pub fn skeleton_table(rows: usize) -> AnyView {
    let row = |_| view! { <span class="row"></span> };
    view! { <div class="ui-skeleton" data-table="" aria-hidden="true">{(0..rows).map(row).collect_view()}</div> }
        .into_any()
}
