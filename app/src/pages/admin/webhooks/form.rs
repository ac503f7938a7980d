//! What people decide about a webhook: name, address, events, types.

use std::collections::BTreeSet;
use std::pin::Pin;

use domain::ReleaseTypeKey;
use domain::wire::webhook::{EventKind, Webhook};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::label;
use crate::client::http::ApiError;
use crate::state::use_directory;
use crate::ui::{Button, ButtonKind, Icon, TextField, icon};

/// A request under way.
pub(in crate::pages::admin) type Sending = Pin<Box<dyn Future<Output = Result<(), ApiError>>>>;

/// What the form holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::pages::admin) struct Values {
    pub(in crate::pages::admin) name: String,
    pub(in crate::pages::admin) url: String,
    pub(in crate::pages::admin) events: BTreeSet<EventKind>,
    /// None chosen: of every type.
    pub(in crate::pages::admin) types: BTreeSet<ReleaseTypeKey>,
}

impl From<&Webhook> for Values {
    fn from(webhook: &Webhook) -> Self {
        Self {
            name: webhook.name.clone(),
            url: webhook.url.clone(),
            events: webhook.events.clone(),
            types: webhook.release_types.clone().unwrap_or_default(),
        }
    }
}

/// The form. What was typed stays when the server refuses it, with the reason at its field.
#[component]
pub(in crate::pages::admin) fn WebhookForm(
    /// What it begins with.
    start: Values,
    /// The words on its button.
    #[prop(into)]
    action: String,
    /// Sends it.
    on_send: Callback<Values, Sending>,
) -> impl IntoView {
    let name = RwSignal::new(start.name);
    let url = RwSignal::new(start.url);
    let events = RwSignal::new(start.events);
    let types = RwSignal::new(start.types);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let tried = RwSignal::new(false);
    let said =
        move |field: &'static str| failed.with(|failed| failed.as_ref().and_then(|error| error.field(field)));
    let missing = move |value: RwSignal<String>, what: &'static str| {
        (tried.get() && value.with(|value| value.trim().is_empty())).then(|| what.to_owned())
    };
    let no_event = move || tried.get() && events.with(BTreeSet::is_empty);
    let other = move || {
        failed.get().filter(|error| {
            ["name", "url", "events", "release_types"]
                .iter()
                .all(|field| error.field(field).is_none())
        })
    };
    let submit = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        tried.set(true);
        let values = Values {
            name: name.get_untracked().trim().to_owned(),
            url: url.get_untracked().trim().to_owned(),
            events: events.get_untracked(),
            types: types.get_untracked(),
        };
        let incomplete = values.name.is_empty() || values.url.is_empty() || values.events.is_empty();
        if busy.get_untracked() || incomplete {
            return;
        }
        busy.set(true);
        failed.set(None);
        let sending = on_send.run(values);
        spawn_local(async move {
            if let Err(error) = sending.await {
                failed.try_set(Some(error));
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="ui-form" on:submit=submit novalidate>
            {move || {
                other()
                    .map(|error| {
                        view! {
                            <p class="ui-bar" data-tone="danger" role="alert">
                                {icon(Icon::Warning)} <span>{error.message()}</span>
                            </p>
                        }
                    })
            }}
            <TextField
                label="Name"
                value=name
                required=true
                max=100
                error=Signal::derive(move || missing(name, "A name is needed.").or_else(|| said("name")))
            />
            <TextField
                label="Address"
                kind="url"
                value=url
                required=true
                hint="Begins with https://. Addresses inside of this network must be allowed by whoever runs the server."
                error=Signal::derive(move || missing(url, "An address is needed.").or_else(|| said("url")))
            />
            <Events events=events />
            <p class="error" role="alert">
                {move || {
                    no_event().then(|| "Choose at least one event.".to_owned()).or_else(|| said("events"))
                }}
            </p>
            <Types types=types />
            <div class="ui-actions">
                <Button kind=ButtonKind::Primary submit=true busy=busy>{action}</Button>
            </div>
        </form>
    }
}

#[component]
fn Events(events: RwSignal<BTreeSet<EventKind>>) -> impl IntoView {
    let choice = move |kind: EventKind| {
        let (name, when) = label(kind);
        view! {
            <label class="ui-check">
                <input
                    type="checkbox"
                    prop:checked=move || events.with(|events| events.contains(&kind))
                    on:change=move |ev| {
                        let on = event_target_checked(&ev);
                        events.update(|events| {
                            if on {
                                events.insert(kind);
                            } else {
                                events.remove(&kind);
                            }
                        });
                    }
                />
                <span>{name}" "<span class="soft">{when}</span></span>
            </label>
        }
    };
    view! {
        <fieldset class="ui-checks">
            <legend>"Told of"</legend>
            {EventKind::SUBSCRIBABLE.into_iter().map(choice).collect_view()}
        </fieldset>
    }
}

#[component]
fn Types(types: RwSignal<BTreeSet<ReleaseTypeKey>>) -> impl IntoView {
    let directory = use_directory();
    let choice = move |(key, name): (ReleaseTypeKey, String)| {
        let (shown, changed) = (key.clone(), key);
        view! {
            <label class="ui-check">
                <input
                    type="checkbox"
                    prop:checked=move || types.with(|types| types.contains(&shown))
                    on:change=move |ev| {
                        let on = event_target_checked(&ev);
                        types.update(|types| {
                            if on {
                                types.insert(changed.clone());
                            } else {
                                types.remove(&changed);
                            }
                        });
                    }
                />
                <span>{name}</span>
            </label>
        }
    };
    let all = move || {
        let known = directory.value.with(|directory| {
            let types = directory.iter().flat_map(|directory| &directory.release_types);
            types
                .map(|kind| (kind.key.clone(), kind.name.clone()))
                .collect::<Vec<_>>()
        });
        known.into_iter().map(choice).collect_view()
    };
    view! {
        <fieldset class="ui-checks">
            <legend>"Only about releases of these types"</legend>
            {all}
            <p class="hint">{move || types.with(BTreeSet::is_empty).then_some("None chosen: of every type.")}</p>
        </fieldset>
    }
}
