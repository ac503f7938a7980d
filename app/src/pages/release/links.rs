use std::collections::BTreeMap;

use domain::CiKey;
use domain::release::{Command, TargetField};
use leptos::prelude::*;

use crate::parts::ci::ci_search;
use crate::parts::step::outage_words;
use crate::paths;
use crate::state::catalogue::use_names;
use crate::state::use_release;
use crate::ui::{Choice, Combobox, Icon, StateKind, TableFrame, icon, state_view};
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
}

/// Every CI the release touches, through its steps or in scope by itself.
#[component]
pub fn LinksTab() -> impl IntoView {
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
        <div class="ui-stack">
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
            {move || {
                if empty.get() {
                    state_view(
                        StateKind::Empty,
                        "No CI yet",
                        "Targets of steps and CIs taken into scope appear here.",
                        None,
                    )
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
                                <For each=move || touched.get() key=|t| (t.key.clone(), t.steps.clone(), t.linked) let:one>
                                    <Row touched=one locked=locked />
                                </For>
                            </tbody>
                        </TableFrame>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

fn touched_of(release: &domain::release::Release) -> Vec<Touched> {
    let mut all: BTreeMap<CiKey, Touched> = BTreeMap::new();
    let entry = |key: &CiKey, name: &str| Touched {
        key: key.clone(),
        name: name.to_owned(),
        steps: Vec::new(),
        linked: false,
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
    let mut all: Vec<_> = all.into_values().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.key.cmp(&b.key)));
    all
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
            <td>{if linked { "by itself" } else { "through its steps" }}</td>
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
