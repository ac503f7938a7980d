//! What keeps a release from being submitted, each with a way to the place.

use domain::CiKey;
use domain::release::{CiFact, Stage, Unmet, unmet};
use leptos::prelude::*;

use super::focus::go_to;
use super::plan::use_plan;
use crate::client::sync::use_sync;
use crate::state::{use_query, use_release};
use crate::ui::{Icon, icon};
use crate::words;

/// All problems of the release as it is shown. What only the server can know (CIs that are retired or gone) is
/// taken from its latest answer, as long as the target is still there; without one, from what is on this device.
#[must_use]
pub fn use_unmet() -> Memo<Vec<Unmet>> {
    let (open, sync) = (use_release(), use_sync());
    Memo::new(move |_| {
        open.with(|release| {
            if release.stage != Stage::Draft {
                return Vec::new();
            }
            let answered = open.view.value.with(|view| matches!(view, Some(Some(_))));
            if !answered {
                let of_device = |key: &CiKey| sync.read(|machine| machine.ci(key)).unwrap_or(CiFact::Unknown);
                return unmet(release, &of_device);
            }
            let mut all = unmet(release, &|_| CiFact::Unknown);
            let about_cis = open.view.value.with(|view| {
                let view = view.as_ref().and_then(|view| view.as_ref());
                view.map(|view| {
                    view.unmet
                        .iter()
                        .filter(|u| u.code.starts_with("target_"))
                        .cloned()
                        .collect::<Vec<_>>()
                })
                .unwrap_or_default()
            });
            all.extend(about_cis);
            all
        })
        .unwrap_or_default()
    })
}

/// The list, beside the plan.
#[component]
pub fn UnmetPanel(
    /// What is missing.
    unmet: Memo<Vec<Unmet>>,
) -> impl IntoView {
    let (plan, open, query) = (use_plan(), use_release(), use_query());
    // Only those who can do something about them are shown the problems.
    let concerns = Memo::new(move |_| {
        let may = open.may();
        may.edit || may.submit
    });
    let item = move |one: Unmet| {
        let place = one.at.clone();
        view! {
            <li>
                <button type="button" class="link" on:click=move |_| go_to(&place, plan, query)>{one.text}</button>
            </li>
        }
    };
    view! {
        {move || {
            concerns
                .get()
                .then(|| {
                    let count = unmet.with(Vec::len);
                    let title = match count {
                        0 => "Ready to submit".to_owned(),
                        n => format!("{} before it can be submitted", words::many(n as u64, "problem", "problems")),
                    };
                    view! {
                        <section class="ui-panel part-unmet" id="unmet" tabindex="-1" data-ready=(count == 0).then_some("") aria-label="Problems">
                            <h2>{icon(if count == 0 { Icon::Check } else { Icon::Warning })} {title}</h2>
                            <ul>{unmet.get().into_iter().map(item).collect_view()}</ul>
                        </section>
                    }
                })
        }}
    }
}
