use domain::release::{Command, NewTarget, TargetField};
use domain::{CiKey, StepId};
use leptos::prelude::*;

use crate::parts::cell::{ChoiceCell, RadioCell, of_target};
use crate::parts::ci::ci_search;
use crate::parts::people::or_none;
use crate::paths;
use crate::state::catalogue::use_names;
use crate::state::use_release;
use crate::ui::{Choice, Combobox, For, Icon, icon};

/// What may happen to a CI, with the words people read.
pub const ACTIONS: [(&str, &str); 6] = [
    ("install", "Install"),
    ("upgrade", "Upgrade"),
    ("move", "Move"),
    ("replace", "Replace"),
    ("retire", "Retire"),
    ("verify", "Verify"),
];

/// How a CI fares while a step runs: value, words, shape.
pub const OUTAGES: &[(&str, &str, &str)] = &[
    ("none", "None", "●"),
    ("at_risk", "At risk", "◐"),
    ("down", "Down", "▼"),
];

/// The shape and words of an outage expectation.
#[must_use]
pub fn outage_words(outage: &str) -> &'static str {
    match outage {
        "none" => "● none",
        "at_risk" => "◐ at risk",
        "down" => "▼ down",
        _ => "not said",
    }
}

/// The CIs a step works on, what happens to each, and how it fares meanwhile.
#[component]
pub fn Targets(
    /// Which step.
    id: StepId,
) -> impl IntoView {
    let open = use_release();
    let keys = Memo::new(move |_| {
        open.with(|release| {
            release
                .steps
                .get(&id)
                .map(|step| step.targets.keys().cloned().collect::<Vec<CiKey>>())
        })
        .flatten()
        .unwrap_or_default()
    });
    let locked = Memo::new(move |_| open.locked.with(Option::is_some));
    let search = ci_search(use_names());
    let pick = move |choice: Choice| {
        let Ok(ci) = choice.key.parse::<CiKey>() else {
            return;
        };
        open.learn(ci.clone(), choice.label);
        let target = NewTarget {
            ci,
            action: None,
            outage: None,
        };
        open.act(Command::AddTarget { step: id, target });
    };
    view! {
        <fieldset class="part-targets">
            <legend>"Target CIs"</legend>
            <ul>
                <For each=move || keys.get() key=CiKey::clone let:key>
                    <Target step=id ci=key />
                </For>
            </ul>
            {move || {
                (!locked.get())
                    .then(|| {
                        view! {
                            <Combobox
                                label="Add a target CI"
                                placeholder="Name, key or serial number"
                                search=search
                                on_pick=pick
                            />
                        }
                    })
            }}
        </fieldset>
    }
}

#[component]
fn Target(step: StepId, ci: CiKey) -> impl IntoView {
    let open = use_release();
    let at = |field| of_target(step, ci.clone(), field);
    let place = ci.clone();
    let name = Memo::new(move |_| {
        open.with(|release| Some(release.steps.get(&step)?.targets.get(&place)?.name.clone()))
            .flatten()
            .unwrap_or_default()
    });
    let locked = Memo::new(move |_| open.locked.with(Option::is_some));
    let actions = or_none(
        ACTIONS
            .iter()
            .map(|(v, w)| ((*v).to_owned(), (*w).to_owned()))
            .collect(),
        "Choose…",
    );
    let (href, key) = (paths::ci(&ci), ci.to_string());
    let gone = ci.clone();
    let remove = Callback::new(move |()| {
        open.act(Command::RemoveTarget {
            step,
            ci: gone.clone(),
        });
    });
    view! {
        <li class="part-target">
            <div class="name">
                <a href=href>{move || name.get()}</a>
                {move || (name.get() != key).then(|| view! { <span class="mono soft">{key.clone()}</span> })}
            </div>
            <ChoiceCell at=at(TargetField::Action) options=actions />
            <RadioCell at=at(TargetField::Outage) legend="Outage expected" options=OUTAGES />
            {move || {
                (!locked.get())
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="ui-button"
                                data-kind="quiet"
                                aria-label=move || format!("Remove target {}", name.get())
                                on:click=move |_| remove.run(())
                            >
                                {icon(Icon::Close)}
                            </button>
                        }
                    })
            }}
        </li>
    }
}
