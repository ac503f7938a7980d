//! The table of a list: rows that follow their releases in place, and what the list adds up to.

use domain::list::Column;
use domain::wire::list::ReleaseQuery;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::nothing;
use super::state::{ListState, LiveRow};
use crate::client::http::ApiError;
use crate::parts::more::ROWS;
use crate::parts::people::use_people;
use crate::parts::release_cells::{cell, found, title_cell};
use crate::parts::release_rows::fetch;
use crate::ui::{Button, For, Icon, TableFrame, icon};
use crate::words;

/// The rows, or what it means that there are none.
pub fn table(state: ListState) -> AnyView {
    let empty = Memo::new(move |_| state.rows.with(Vec::is_empty));
    (move || {
        if empty.get() {
            return nothing(&state.wanted.get_untracked(), state.list);
        }
        view! {
            <News state=state />
            <div class="part-release-table">
                <TableFrame caption=caption(state) quiet=true>
                    <thead>
                        <tr>
                            <th scope="col" class="pick">{all(state)}</th>
                            {move || state.columns.get().into_iter().map(|column| heading(state, column)).collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        <For
                            each=move || state.rows.get()
                            key=|row| row.id
                            children=move |live| row(state, live)
                        />
                    </tbody>
                </TableFrame>
            </div>
            <Foot state=state />
        }
        .into_any()
    })
    .into_any()
}

fn caption(state: ListState) -> Signal<String> {
    Signal::derive(move || {
        let counts = state.counts.get();
        format!(
            "{} of {} releases",
            words::count(counts.total),
            words::count(counts.visible)
        )
    })
}

/// What came and went while somebody looked; nothing moves until they say so.
#[component]
fn News(state: ListState) -> impl IntoView {
    move || {
        let (new, gone) = state.news.get();
        let part = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
        let parts: Vec<String> = [part(new, "new"), part(gone, "no longer in this list")]
            .into_iter()
            .flatten()
            .collect();
        (!parts.is_empty()).then(|| {
            view! {
                <div class="ui-bar no-print" data-tone="info" role="status">
                    {icon(Icon::Retry)}
                    <span>"The list has changed: " {parts.join(", ")} "."</span>
                    <Button on_press=move |()| state.show_news()>"Show the list as it is"</Button>
                </div>
            }
        })
    }
}

/// Picks all rows that are shown, or none.
fn all(state: ListState) -> impl IntoView {
    let is_all = move || {
        state.rows.with(|rows| {
            state
                .picked
                .with(|picked| !rows.is_empty() && rows.iter().all(|row| picked.contains(&row.id)))
        })
    };
    let turn = move |ev: leptos::ev::Event| {
        let on = event_target_checked(&ev);
        state.picked.update(|picked| {
            picked.clear();
            if on {
                state
                    .rows
                    .with_untracked(|rows| picked.extend(rows.iter().map(|row| row.id)));
            }
        });
    };
    view! {
        <label class="part-pick">
            <input type="checkbox" prop:checked=is_all on:change=turn />
            <span class="sr-only">"Select all rows shown"</span>
        </label>
    }
}

/// A heading that orders the list: pressed again, the other way round.
fn heading(state: ListState, column: Column) -> impl IntoView {
    let order = Memo::new(move |_| {
        state.wanted.with(|wanted| {
            let by = wanted.sort.or(wanted.text.is_none().then_some(Column::Updated));
            (by == Some(column)).then(|| wanted.desc.unwrap_or(column.falls()))
        })
    });
    let href = move || {
        let desc = order.get().map_or(column.falls(), |desc| !desc);
        let words = if desc == column.falls() {
            ""
        } else if desc {
            "desc"
        } else {
            "asc"
        };
        let address = state.query.now.get().with("sort", column.as_str());
        address.with("order", words).on(state.list.path())
    };
    let aria = move || {
        order
            .get()
            .map(|desc| if desc { "descending" } else { "ascending" })
    };
    let arrow = move || {
        order.get().map(|desc| {
            view! { <span class="arrow" aria-hidden="true">{if desc { "▼" } else { "▲" }}</span> }
        })
    };
    view! {
        <th scope="col" class=class_of(column) aria-sort=aria>
            <a class="part-sort" data-noscroll="" href=href>{column.label()} {arrow}</a>
        </th>
    }
}

fn class_of(column: Column) -> &'static str {
    match column {
        Column::Steps => "number",
        _ => "",
    }
}

fn row(state: ListState, live: LiveRow) -> AnyView {
    let people = use_people();
    let LiveRow { id, now, gone, hit } = live;
    let picked = Memo::new(move |_| state.picked.with(|picked| picked.contains(&id)));
    let name = {
        let now = now.clone();
        move || now.with(|release| format!("Select {}", release.title))
    };
    let hit = StoredValue::new(hit);
    let cells = move || {
        let columns = state.columns.get();
        let numbered = columns.contains(&Column::Number);
        columns
            .into_iter()
            .map(|column| {
                let now = now.clone();
                if column == Column::Title {
                    let found = hit.with_value(|hit| hit.as_ref().map(found));
                    return title_cell(now.into(), people, !numbered, found);
                }
                view! {
                    <td class=class_of(column) data-label=column.label()>
                        {move || now.with(|release| cell(column, release, people))}
                    </td>
                }
                .into_any()
            })
            .collect_view()
    };
    view! {
        <tr
            data-id=id.to_string()
            data-picked=move || picked.get().then_some("true")
            data-gone=move || gone.get().then_some("true")
        >
            <td class="pick">
                <label class="part-pick">
                    <input
                        type="checkbox"
                        prop:checked=move || picked.get()
                        on:click=move |ev| state.pick(id, ev.shift_key())
                    />
                    <span class="sr-only">{name}</span>
                </label>
            </td>
            {cells}
        </tr>
    }
    .into_any()
}

/// What the list adds up to, and more of it.
#[component]
fn Foot(state: ListState) -> impl IntoView {
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let load = move |()| {
        let Some(after) = state.next.get_untracked() else {
            return;
        };
        let wanted = state.wanted.get_untracked();
        let query = ReleaseQuery {
            after: Some(after.clone()),
            ..wanted
        };
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = fetch(&query).await;
            // Another list may be shown meanwhile.
            if state.next.try_get_untracked().flatten().as_ref() == Some(&after) {
                match answer {
                    Ok(page) => state.append(page),
                    Err(error) => {
                        failed.try_set(Some(error));
                    }
                }
            }
            busy.try_set(false);
        });
    };
    let sums = move || {
        let counts = state.counts.get();
        let part = |count: u64, word: &str| (count > 0).then(|| format!("{} {word}", words::count(count)));
        let parts = [
            part(counts.overdue, "overdue"),
            part(counts.on_hold, "on hold"),
            Some(words::of(counts.total, counts.visible)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let shown = move || u64::try_from(state.rows.with(Vec::len)).unwrap_or(u64::MAX);
    view! {
        <div class="part-list-foot">
            <p class="sums">{sums}</p>
            {move || {
                state.next.with(Option::is_some).then(|| {
                    view! {
                        <div class="part-more">
                            <Button busy=busy on_press=load>{format!("Show {ROWS} more")}</Button>
                            <span class="soft">{move || words::of(shown(), state.counts.get().total)} " shown"</span>
                            <span role="alert" class="part-more-error">{move || failed.get().map(|e| e.message())}</span>
                        </div>
                    }
                })
            }}
        </div>
    }
}
