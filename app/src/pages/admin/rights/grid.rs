//! The grid of one group: rights as rows, release types as columns, a box in each cell.

use domain::ReleaseTypeKey;
use domain::access::Right;
use domain::wire::admin::{RightsRow, TypeName};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use super::Pending;
use crate::grants::{self, Rights};
use crate::ui::TableFrame;

/// What people call a right.
pub fn word(right: Right) -> &'static str {
    match right {
        Right::View => "View",
        Right::Create => "Create",
        Right::Edit => "Edit",
        Right::Authorise => "Authorise",
        Right::Execute => "Execute",
        Right::Test => "Test",
        Right::Accept => "Accept",
        Right::Delegate => "Delegate",
        Right::Hold => "Hold",
        Right::Resume => "Resume",
        Right::ReDate => "Re-date",
        Right::Cancel => "Cancel",
        Right::Reopen => "Reopen",
        Right::Administer => "Administer",
    }
}

/// What a right lets somebody do.
fn about(right: Right) -> &'static str {
    match right {
        Right::View => "see releases of others",
        Right::Create => "draft and submit releases",
        Right::Edit => "edit drafts of others",
        Right::Authorise => "give or refuse the go-ahead",
        Right::Execute => "carry out steps and move on from execution",
        Right::Test => "test and move on from test",
        Right::Accept => "accept a release",
        Right::Delegate => "hand work to someone else",
        Right::Hold => "put on hold",
        Right::Resume => "resume what is on hold",
        Right::ReDate => "move planned dates",
        Right::Cancel => "cancel",
        Right::Reopen => "reopen what is concluded or cancelled",
        Right::Administer => "change the release type itself",
    }
}

/// The grid. What is pressed goes into `pending`.
#[component]
pub fn Grid(row: RightsRow, types: Vec<TypeName>, pending: Pending) -> impl IntoView {
    let group = row.group;
    let base = StoredValue::new(row.rights);
    let keys: Vec<ReleaseTypeKey> = types.iter().map(|it| it.key.clone()).collect();
    let known = StoredValue::new(keys.clone());
    let now = Memo::new(move |_| {
        pending
            .with(|pending| pending.get(&group).cloned())
            .unwrap_or_else(|| base.get_value())
    });
    let edit = move |change: &dyn Fn(&mut Rights)| {
        let mut rights = now.get_untracked();
        change(&mut rights);
        let as_before = base.with_value(|base| *base == rights);
        pending.update(|pending| {
            if as_before {
                pending.remove(&group);
            } else {
                pending.insert(group, rights);
            }
        });
    };
    let body = NodeRef::<html::Tbody>::new();
    let heads = types
        .iter()
        .map(|it| view! { <th scope="col">{it.name.clone()}</th> })
        .collect_view();
    let line = move |right: Right| {
        let all = move || now.with(|now| grants::holds_for_all(now, right));
        let all_changed = move || base.with_value(|base| grants::holds_for_all(base, right)) != all();
        let first = view! {
            <td data-changed=move || all_changed().then_some("")>
                <label class="box">
                    <input
                        type="checkbox"
                        prop:checked=all
                        on:change=move |ev| {
                            let on = event_target_checked(&ev);
                            edit(&|rights| grants::put_all(rights, right, on));
                        }
                    />
                    <span class="sr-only">{format!("{}: all types", word(right))}</span>
                </label>
            </td>
        };
        let cells = keys
            .clone()
            .into_iter()
            .zip(types.iter().map(|it| it.name.clone()))
            .map(|(key, name)| {
                let key = StoredValue::new(key);
                let on = move || now.with(|now| key.with_value(|key| grants::holds(now, right, key)));
                let before =
                    move || base.with_value(|base| key.with_value(|key| grants::holds(base, right, key)));
                view! {
                    <td data-changed=move || (on() != before()).then_some("")>
                        <label class="box">
                            <input
                                type="checkbox"
                                prop:checked=on
                                on:change=move |ev| {
                                    let on = event_target_checked(&ev);
                                    let key = key.get_value();
                                    known.with_value(|known| {
                                        edit(&|rights| grants::put(rights, right, &key, on, known));
                                    });
                                }
                            />
                            <span class="sr-only">{format!("{}: {name}", word(right))}</span>
                        </label>
                    </td>
                }
            });
        view! {
            <tr>
                <th scope="row">
                    {word(right)}
                    <span class="soft meta">" " {about(right)}</span>
                </th>
                {first}
                {cells.collect_view()}
            </tr>
        }
    };
    let lines = Right::ALL.into_iter().map(line.clone()).collect_view();
    view! {
        <div class="page-admin-rights">
            <TableFrame caption=format!("What {} may do. Arrow keys move between the boxes.", row.name)>
                <thead>
                    <tr>
                        <th scope="col">"Right"</th>
                        <th scope="col">"All types, also later ones"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody node_ref=body on:keydown=move |ev| move_between(body, &ev)>
                    {lines}
                </tbody>
            </TableFrame>
        </div>
    }
}

/// Arrow keys go from box to box.
fn move_between(body: NodeRef<html::Tbody>, ev: &leptos::ev::KeyboardEvent) {
    let (down, right) = match ev.key().as_str() {
        "ArrowDown" => (1, 0),
        "ArrowUp" => (-1, 0),
        "ArrowRight" => (0, 1),
        "ArrowLeft" => (0, -1),
        _ => return,
    };
    let Some(body) = body.get_untracked() else { return };
    let Ok(boxes) = body.query_selector_all("input") else {
        return;
    };
    let all: Vec<web_sys::HtmlElement> = (0..boxes.length())
        .filter_map(|index| boxes.item(index)?.dyn_into().ok())
        .collect();
    let active = document().active_element();
    let Some(here) = all.iter().position(|it| active.as_ref() == Some(it.as_ref())) else {
        return;
    };
    let width = all.len() / Right::ALL.len();
    let (row, column) = (here / width.max(1), here % width.max(1));
    let target = row
        .checked_add_signed(down)
        .zip(column.checked_add_signed(right))
        .filter(|(_, column)| *column < width)
        .and_then(|(row, column)| all.get(row * width + column));
    if let Some(target) = target {
        let _ = target.focus();
    }
    ev.prevent_default();
    ev.stop_propagation();
}
