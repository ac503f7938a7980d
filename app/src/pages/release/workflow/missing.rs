//! What is missing before the release can go on, each with a way to the place and who can cure it.

use domain::release::{Action, Disposition, Stage};
use domain::wire::actions::Obstacle;
use leptos::prelude::*;

use super::{is_asked_at_acceptance, names, use_workflow};
use crate::parts::focus::go_to;
use crate::parts::plan::use_plan;
use crate::state::{use_query, use_release};
use crate::ui::{Icon, icon};
use crate::words;

/// As many are listed; a plan may have hundreds of steps that are not done.
const MOST: usize = 12;

/// What is missing for the next step of its life.
#[derive(Clone, PartialEq)]
struct Missing {
    action: Action,
    unmet: Vec<Obstacle>,
    /// What to know before it, which is not in the way.
    warnings: Vec<Obstacle>,
    /// Those whose turn it is, where it is not the reader's.
    turn: Option<String>,
}

/// The list, beside the plan.
#[component]
pub fn MissingPanel() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let missing = Memo::new(move |_| {
        let (action, stage, disposition) = open
            .with(|release| Some((release.onward()?, release.stage, release.disposition)))
            .flatten()?;
        // In a draft, only those who can do something about them are shown the problems.
        let may = open.may();
        let drafting = stage == Stage::Draft && disposition == Disposition::Active;
        if drafting && !may.edit && !may.submit {
            return None;
        }
        let (others, unmet): (Vec<_>, Vec<_>) = workflow
            .unmet(action)
            .into_iter()
            .partition(|unmet| unmet.code == "not_allowed");
        let turn = others.first().filter(|_| !drafting).map(|unmet| {
            let names = names(unmet);
            if names.is_empty() {
                unmet.text.clone()
            } else {
                format!("Whose turn it is: {names}.")
            }
        });
        let warnings = workflow.warnings(action);
        Some(Missing {
            action,
            unmet,
            warnings,
            turn,
        })
    });
    view! {
        {move || missing.get().map(panel)}
    }
}

fn panel(missing: Missing) -> AnyView {
    let Missing {
        action,
        unmet,
        warnings,
        turn,
    } = missing;
    let count = unmet.len();
    let title = match (count, before(action)) {
        (0, (_, to)) => format!("Ready {to}"),
        (n, (before, _)) => format!("{} before {before}", words::many(n as u64, "problem", "problems")),
    };
    let more = count.checked_sub(MOST).filter(|more| *more > 0);
    let picture = if count == 0 { Icon::Check } else { Icon::Warning };
    view! {
        <section class="ui-panel part-unmet" id="unmet" tabindex="-1" data-ready=(count == 0).then_some("") aria-label="Problems">
            <h2>{icon(picture)} {title}</h2>
            <ul>{unmet.into_iter().take(MOST).map(|one| view! { <Item one=one /> }).collect_view()}</ul>
            {(!warnings.is_empty())
                .then(|| view! { <ul aria-label="To know before">{warnings.into_iter().take(MOST).map(|one| view! { <Item one=one /> }).collect_view()}</ul> })}
            {more.map(|more| view! { <p class="soft meta">{format!("And {} more.", words::count(more as u64))}</p> })}
            {turn.map(|turn| view! { <p class="soft meta">{turn}</p> })}
        </section>
    }
    .into_any()
}

#[component]
fn Item(one: Obstacle) -> impl IntoView {
    let (plan, query, workflow) = (use_plan(), use_query(), use_workflow());
    let who = names(&one);
    let who = (!who.is_empty() && !one.text.contains(&who)).then_some(who);
    let place = one.at;
    let go = move |_| {
        if is_asked_at_acceptance(&place) && untrack(|| workflow.offers(Action::Accept)) {
            workflow.ask(Action::Accept);
        } else {
            go_to(&place, plan, query);
        }
    };
    view! {
        <li>
            <button type="button" class="link" on:click=go>{one.text}</button>
            {who.map(|who| view! { <span class="soft meta who">"By " {who}</span> })}
        </li>
    }
}

/// What the conditions are for: "before ...", "Ready ...".
fn before(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Authorise => ("it is authorised", "for your go-ahead"),
        Action::Forward => ("it can be moved on", "to be moved on"),
        Action::Accept => ("it can be accepted", "to be accepted"),
        Action::Close => ("it can be closed", "to be closed"),
        Action::Resume => ("it can be resumed", "to be resumed"),
        _ => ("it can be submitted", "to submit"),
    }
}
