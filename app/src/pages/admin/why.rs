//! Beside the form of a person: why they can do something with a release, or cannot.

use domain::access::Types;
use domain::wire::actions::{ActionState, Actions};
use domain::wire::admin::{Explanation, Grant, HeldRight};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::form::Form;
use super::names::Names;
use super::rights::word;
use crate::client::http::{self, ApiError};
use crate::paths::Query;
use crate::ui::{Badge, Button, Icon, TextField, Tone, icon};

/// The panel: a number, and the answer in sentences.
pub fn aside(form: Form, names: Names) -> AnyView {
    if form.is_new() {
        return ().into_any();
    }
    let user = StoredValue::new(form.base.with_untracked(|base| base.id.clone()));
    let number = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let answer = RwSignal::new(None::<Result<Explanation, ApiError>>);
    // What is in the way of each action, as on the page of the release.
    let actions = RwSignal::new(None::<Actions>);
    let ask = move || {
        let release = number.get_untracked().trim().to_owned();
        if release.is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        let query = Query::default()
            .with("user", &user.get_value())
            .with("release", &release);
        spawn_local(async move {
            let found = http::get::<Explanation>(&query.on("/api/v1/admin/explain")).await;
            let about = found
                .as_ref()
                .ok()
                .filter(|found| found.signs_in)
                .map(|found| found.release);
            let told = match about {
                Some(release) => {
                    let path = format!("/api/v1/releases/{release}/actions");
                    http::get(&Query::default().with("as", &user.get_value()).on(&path))
                        .await
                        .ok()
                }
                None => None,
            };
            actions.try_set(told);
            answer.try_set(Some(found));
            busy.try_set(false);
        });
    };
    let shown = move || {
        answer.get().map(|answer| match answer {
            Ok(found) => explained(&found, actions.get_untracked(), names),
            Err(error) => view! {
                <p class="ui-bar" data-tone="warning" role="alert">
                    {icon(Icon::Warning)} <span>{error.message()}</span>
                </p>
            }
            .into_any(),
        })
    };
    view! {
        <section class="ui-panel">
            <h2>"Why can they, or why not?"</h2>
            <div class="ui-stack">
                <div class="page-admin-secret">
                    <TextField label="Number of a release" value=number />
                    <div class="ui-actions">
                        <Button busy=busy on_press=move |()| ask()>"Explain"</Button>
                    </div>
                </div>
                {shown}
            </div>
        </section>
    }
    .into_any()
}

fn explained(found: &Explanation, told: Option<Actions>, names: Names) -> AnyView {
    let because = found
        .because
        .iter()
        .map(|line| view! { <li>{line.clone()}</li> })
        .collect_view();
    let actions = told.map(|told| {
        let rows = told.actions.into_iter().map(action).collect_view();
        view! { <ul class="page-why" tabindex="0" aria-label="What they can do now">{rows}</ul> }
    });
    let rights = found.rights.iter().map(|right| held(right, names)).collect_view();
    view! {
        <div role="status">
            <ul class="page-admin-because">{because}</ul>
        </div>
        {actions}
        <details class="part-twin">
            <summary>"Each right, and through which group"</summary>
            <table class="part-diff">
                <caption class="sr-only">"Rights for the type of this release"</caption>
                <tbody>{rights}</tbody>
            </table>
        </details>
    }
    .into_any()
}

/// An action, and everything that keeps them from it now: stage, hold, group, right, and what is missing.
fn action(state: ActionState) -> AnyView {
    let badge = if state.allowed {
        view! { <Badge tone=Tone::Success shape="✓" text="can" /> }.into_any()
    } else {
        view! { <Badge shape="✕" text="cannot" /> }.into_any()
    };
    let reasons = state
        .unmet
        .into_iter()
        .map(|unmet| view! { <li>{unmet.text}</li> });
    view! {
        <li>
            <span class="name">{state.label}</span>
            {badge}
            <ul class="soft meta">{reasons.collect_view()}</ul>
        </li>
    }
    .into_any()
}

fn held(right: &HeldRight, names: Names) -> AnyView {
    let badge = if right.held {
        view! { <Badge tone=Tone::Success text="may" /> }.into_any()
    } else {
        view! { <Badge text="may not" /> }.into_any()
    };
    let through = right
        .through
        .iter()
        .map(|grant| through(grant, names))
        .collect::<Vec<_>>();
    view! {
        <tr>
            <th scope="row">{word(right.right)}</th>
            <td>{badge}</td>
            <td>{through.join("; ")}</td>
        </tr>
    }
    .into_any()
}

fn through(grant: &Grant, names: Names) -> String {
    let types = match &grant.types {
        Types::All => "all types".to_owned(),
        Types::Only(types) => {
            let types = types
                .iter()
                .map(|key| untrack(|| names.release_type(key.as_str())));
            types.collect::<Vec<_>>().join(", ")
        }
    };
    let retired = if grant.retired {
        " (retired, grants nothing)"
    } else {
        ""
    };
    format!("{}{retired}: {types}", grant.name)
}
