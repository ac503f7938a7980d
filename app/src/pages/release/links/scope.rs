//! Every CI that the release touches, and through what.

use domain::grow::Arrange;
use std::collections::BTreeMap;

use domain::CiKey;
use domain::registry::{RecordRef, RegisterKind};
use domain::release::{Command, TargetField};
use leptos::prelude::*;

use super::record::none;
use crate::parts::ci::ci_search;
use crate::parts::step::outage_words;
use crate::paths;
use crate::state::catalogue::use_names;
use crate::state::use_release;
use crate::ui::{Choice, Combobox, For, Icon, TableFrame, icon};
use crate::words;

/// A CI that the release touches.
#[derive(Clone, PartialEq)]
struct Touched {
    key: CiKey,
    name: String,
    /// Steps that target it, by number, with what they do.
    steps: Vec<String>,
    /// In scope by itself, beside the steps.
    linked: bool,
    /// Changes that bring it along.
    changes: Vec<RecordRef>,
}

/// The section.
#[component]
pub fn Scope() -> impl IntoView {
    let open = use_release();
    let touched = Memo::new(move |_| open.with(touched_of).unwrap_or_default());
    let locked = Memo::new(move |_| open.locked.with(Option::is_some));
    let search = ci_search(use_names());
    let pick = move |choice: Choice| {
        let Ok(ci) = choice.key.parse::<CiKey>() else {
            return;
        };
        open.learn(ci.clone(), choice.label);
        open.act(Command::LinkCi { ci });
    };
    let caption = Signal::derive(move || {
        let count = touched.with(|all| u64::try_from(all.len()).unwrap_or(u64::MAX));
        format!("{} touched by this release", words::many(count, "CI", "CIs"))
    });
    let empty = Memo::new(move |_| touched.with(Vec::is_empty));
    view! {
        <section class="ui-panel" aria-label="CIs in scope">
            <h2>"CIs in scope"</h2>
            {move || {
                if empty.get() {
                    none("Targets of steps, CIs of linked changes and CIs taken into scope appear here.")
                } else {
                    view! {
                        <TableFrame caption=caption>
                            <thead>
                                <tr>
                                    <th scope="col">"CI"</th>
                                    <th scope="col">"Steps"</th>
                                    <th scope="col">"In scope"</th>
                                    <th scope="col"><span class="sr-only">"Actions"</span></th>
                                </tr>
                            </thead>
                            <tbody>
                                <For each=move || touched.get() key=|t| (t.key.clone(), t.steps.clone(), t.linked, t.changes.clone()) let:one>
                                    <Row touched=one locked=locked />
                                </For>
                            </tbody>
                        </TableFrame>
                    }
                        .into_any()
                }
            }}
            {move || {
                (!locked.get())
                    .then(|| {
                        view! {
                            <div class="page-scope-add">
                                <Combobox
                                    label="Take a CI into scope"
                                    placeholder="Name, key or serial number"
                                    hint="For what the release is about although no step works on it. Targets of steps are in scope anyway."
                                    search=search
                                    on_pick=pick
                                />
                            </div>
                        }
                    })
            }}
        </section>
    }
}

fn touched_of(release: &domain::release::Release) -> Vec<Touched> {
    let mut all: BTreeMap<CiKey, Touched> = BTreeMap::new();
    let entry = |key: &CiKey, name: &str| Touched {
        key: key.clone(),
        name: name.to_owned(),
        steps: Vec::new(),
        linked: false,
        changes: Vec::new(),
    };
    for (place, (_, step)) in release.plan().into_iter().enumerate() {
        for (key, target) in &step.targets {
            let one = all.entry(key.clone()).or_insert_with(|| entry(key, &target.name));
            let action = target.text(TargetField::Action);
            let outage = outage_words(target.text(TargetField::Outage));
            one.steps.push(format!("{} {action} ({outage})", place + 1));
        }
    }
    for (key, link) in &release.scope {
        all.entry(key.clone())
            .or_insert_with(|| entry(key, &link.name))
            .linked = true;
    }
    for (at, link) in release.linked(RegisterKind::Changes) {
        for (key, name) in &link.cis {
            all.entry(key.clone())
                .or_insert_with(|| entry(key, name))
                .changes
                .push(at.clone());
        }
    }
    let mut all: Vec<_> = all.into_values().collect();
    all.arrange_by(|a, b| a.name.cmp(&b.name).then_with(|| a.key.cmp(&b.key)));
    all
}

/// Through what it is in scope.
fn why(touched: &Touched) -> AnyView {
    let mut ways: Vec<AnyView> = Vec::new();
    if touched.linked {
        ways.push("by itself".into_any());
    }
    if !touched.steps.is_empty() {
        ways.push("through its steps".into_any());
    }
    for change in &touched.changes {
        let href = paths::record(change);
        ways.push(view! { "through change " <a href=href>{change.key.to_string()}</a> }.into_any());
    }
    let between = |(place, way): (usize, AnyView)| view! { {(place > 0).then_some(", ")} {way} };
    ways.into_iter()
        .enumerate()
        .map(between)
        .collect_view()
        .into_any()
}

#[component]
fn Row(touched: Touched, locked: Memo<bool>) -> impl IntoView {
    let open = use_release();
    let (key, name) = (touched.key.clone(), touched.name.clone());
    let remove = Callback::new(move |()| open.act(Command::UnlinkCi { ci: key.clone() }));
    let linked = touched.linked;
    view! {
        <tr>
            <th scope="row">
                <a data-row="" href=paths::ci(&touched.key)>{touched.name.clone()}</a>
                " "
                <span class="mono soft">{touched.key.to_string()}</span>
            </th>
            <td>{touched.steps.join(", ")}</td>
            <td>{why(&touched)}</td>
            <td>
                {move || {
                    let label = format!("Take {name} out of scope");
                    (linked && !locked.get())
                        .then(|| {
                            view! {
                                <button type="button" class="ui-button" data-kind="quiet" aria-label=label on:click=move |_| remove.run(())>
                                    {icon(Icon::Close)}
                                </button>
                            }
                        })
                }}
            </td>
        </tr>
    }
}
