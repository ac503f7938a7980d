//! One's own tokens: what other programs sign in with as oneself.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::clock;
use crate::client::http::{self, ApiError};
use crate::parts::token::{Revoke, SCOPES, moment_or_never, scope_words};
use crate::state::{Remote, offline, remote};
use crate::ui::{
    Badge, Button, CopyButton, Moment, SelectField, StateKind, TableFrame, TextField, Tone, show,
    skeleton_lines, state_view,
};
use crate::words;

const ROUTE: &str = "/api/v1/tokens";
/// Longest name; the server's rule too.
const MAX_NAME: u32 = 100;

/// How long one lasts: days, and the words; without days for good.
const LASTS: [(&str, &str); 4] = [
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "a year"),
    ("", "until it is revoked"),
];

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Token {
    id: String,
    name: String,
    scopes: BTreeSet<Scope>,
    created: DateTime<Utc>,
    #[serde(default)]
    expires: Option<DateTime<Utc>>,
    #[serde(default)]
    last_used: Option<DateTime<Utc>>,
    #[serde(default)]
    revoked: Option<DateTime<Utc>>,
}

/// The tokens that still count, and the form that makes one.
#[component]
pub fn Tokens() -> impl IntoView {
    let list = remote(true, || (), |()| http::get::<Vec<Token>>(ROUTE));
    // The new one with its secret, until it was put somewhere.
    let made = RwSignal::new(None::<(String, String)>);
    view! {
        <section class="ui-panel ui-stack page-tokens" id="tokens">
            <h2>"Tokens"</h2>
            <p class="soft">
                "With a token, another program does what you may do, within the scopes of the token. What it does is \
                recorded under your name."
            </p>
            {move || made.get().map(|(name, secret)| once(name, secret, made))}
            {show(list, "your tokens", || skeleton_lines(3), move |tokens| table(tokens, list))}
            <Make list=list made=made />
        </section>
    }
}

/// The secret, which the server does not keep.
fn once(name: String, secret: String, made: RwSignal<Option<(String, String)>>) -> AnyView {
    view! {
        <section class="ui-panel part-secret" aria-label="New token" role="status">
            <h3>{format!("The token {name}")}</h3>
            <p>"Give it to the program that signs in with it. It is shown only now; whoever loses it makes a new one."</p>
            <p class="secret">
                <code>{secret.clone()}</code>
                <CopyButton text=secret what="token" />
            </p>
            <div class="ui-actions">
                <Button on_press=move |()| made.set(None)>"I have kept it"</Button>
            </div>
        </section>
    }
    .into_any()
}

fn table(tokens: Vec<Token>, list: Remote<Vec<Token>>) -> AnyView {
    let counts = |token: &Token| token.revoked.is_none();
    let tokens: Vec<Token> = tokens.into_iter().filter(counts).collect();
    if tokens.is_empty() {
        let text = "A script that asks or changes something signs in with one.";
        return state_view(StateKind::Empty, "You have no token", text, None);
    }
    let caption = words::many(tokens.len() as u64, "token", "tokens");
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Token"</th>
                    <th scope="col">"Scopes"</th>
                    <th scope="col">"Made"</th>
                    <th scope="col">"Last used"</th>
                    <th scope="col">"Ends"</th>
                    <th scope="col"><span class="sr-only">"What can be done"</span></th>
                </tr>
            </thead>
            <tbody>{tokens.into_iter().map(|token| row(token, list)).collect_view()}</tbody>
        </TableFrame>
    }
    .into_any()
}

fn row(token: Token, list: Remote<Vec<Token>>) -> AnyView {
    let ended = token.expires.is_some_and(|end| end <= clock::now());
    let ended = ended.then(|| view! { <Badge tone=Tone::Warning text="ended" /> " " });
    let text = "The program that signs in with it can do nothing from its next request on. A revoked token does not \
                come back.";
    view! {
        <tr>
            <th scope="row">{token.name.clone()}</th>
            <td data-label="scopes">{scope_words(&token.scopes)}</td>
            <td data-label="made"><Moment at=token.created /></td>
            <td data-label="last used">{moment_or_never(token.last_used)}</td>
            <td data-label="ends">{ended} {moment_or_never(token.expires)}</td>
            <td>
                <Revoke route=ROUTE id=token.id name=token.name text=text.to_owned() on_done=move |()| list.reload() />
            </td>
        </tr>
    }
    .into_any()
}

/// Makes one: a name, what it may be used for, and until when.
#[component]
fn Make(list: Remote<Vec<Token>>, made: RwSignal<Option<(String, String)>>) -> impl IntoView {
    let (name, lasts) = (RwSignal::new(String::new()), RwSignal::new("90".to_owned()));
    let scopes = RwSignal::new(BTreeSet::from([Scope::Read]));
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let said =
        move |field: &'static str| Signal::derive(move || failed.get().and_then(|error| error.field(field)));
    let other = move || {
        let fields = ["name", "scopes", "expires"];
        failed
            .get()
            .filter(|error| fields.iter().all(|field| error.field(field).is_none()))
            .map(|error| error.message())
    };
    let submit = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let days = lasts.with_untracked(|days| days.parse().ok());
        let expires = days.map(|days| clock::now() + TimeDelta::days(days));
        let wanted =
            json!({ "name": name.get_untracked(), "scopes": scopes.get_untracked(), "expires": expires });
        spawn_local(async move {
            match http::post::<Value, Value>(ROUTE, &wanted).await {
                Ok(answer) => {
                    let text = |key: &str| {
                        answer
                            .get(key)
                            .and_then(Value::as_str)
                            .unwrap_or_default()
                            .to_owned()
                    };
                    made.try_set(Some((text("name"), text("token"))));
                    name.try_set(String::new());
                    list.reload();
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    let choice = move |(scope, word, about): (Scope, &'static str, &'static str)| {
        let turn = move |ev| {
            let on = event_target_checked(&ev);
            scopes.update(|scopes| {
                if on {
                    scopes.insert(scope);
                } else {
                    scopes.remove(&scope);
                }
            });
        };
        view! {
            <label class="ui-check">
                <input
                    type="checkbox"
                    prop:checked=move || scopes.with(|scopes| scopes.contains(&scope))
                    on:change=turn
                />
                <span>{word} <span class="soft meta">" " {about}</span></span>
            </label>
        }
    };
    let lasting: Vec<(String, String)> = LASTS
        .map(|(days, label)| (days.to_owned(), label.to_owned()))
        .to_vec();
    view! {
        <form class="ui-form" on:submit=submit novalidate>
            <div class="ui-columns">
                <TextField label="Name of a new token" value=name max=MAX_NAME hint="So that you know it again" error=said("name") />
                <SelectField label="It lasts" value=lasts options=lasting error=said("expires") />
            </div>
            <fieldset class="ui-checks">
                <legend>"Scopes"</legend>
                {SCOPES.into_iter().map(choice).collect_view()}
                <p class="error" role="alert">{said("scopes")}</p>
            </fieldset>
            <p class="error" role="alert">{other}</p>
            <div class="ui-actions">
                <Button submit=true busy=busy blocked=offline()>"Make a token"</Button>
            </div>
        </form>
    }
}
