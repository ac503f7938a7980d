//! For an administrator: what somebody can do to this release, and what keeps them from the rest.

use domain::wire::actions::{ActionState, Actions};
use leptos::prelude::*;

use super::names;
use crate::client::http;
use crate::parts::people::{or_none, use_people};
use crate::state::{remote, use_release};
use crate::ui::{Badge, SelectField, Tone, show, skeleton_lines};

/// A person, and each action with the answer for them.
#[component]
pub fn WhySheet() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let number = untrack(|| open.number());
    let who = RwSignal::new(String::new());
    let persons = Signal::derive(move || or_none(people.people(), "Myself"));
    let answers = remote(
        true,
        move || who.get(),
        move |who| async move {
            let Some(number) = number else { return Ok(None) };
            let asked = if who.is_empty() {
                String::new()
            } else {
                format!("?as={who}")
            };
            let path = format!("/api/v1/releases/{number}/actions{asked}");
            http::get::<Actions>(&path).await.map(Some)
        },
    );
    view! {
        <SelectField label="Person" value=who options=persons />
        {show(
            answers,
            "what they can do",
            || skeleton_lines(8),
            move |answers| match answers {
                Some(answers) => {
                    view! {
                        <ul class="page-why" tabindex="0" aria-label="Actions">
                            {answers.actions.into_iter().map(row).collect_view()}
                        </ul>
                    }
                        .into_any()
                }
                None => view! { <p>"The server does not have this release yet."</p> }.into_any(),
            },
        )}
    }
}

fn row(state: ActionState) -> impl IntoView {
    let (tone, word) = if state.allowed {
        (Tone::Success, "can")
    } else {
        (Tone::Neutral, "cannot")
    };
    let reasons = state.unmet.into_iter().map(|unmet| {
        let who = names(&unmet);
        let who = (!who.is_empty() && !unmet.text.contains(&who)).then(|| format!(" ({who})"));
        view! { <li>{unmet.text} {who}</li> }
    });
    view! {
        <li>
            <span class="name">{state.label}</span>
            <Badge tone=tone shape=if state.allowed { "✓" } else { "✕" } text=word />
            <ul class="soft meta">{reasons.collect_view()}</ul>
        </li>
    }
}
