//! The form that drafts a release.

mod form;

use std::collections::BTreeMap;

use domain::ReleaseId;
use domain::access::Deed;
use domain::release::{NewRelease, ReleaseField, Value};
use domain::sync::client::Link;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use self::form::Form;
use crate::client::sync::{NEW_RELEASE, Sync, use_sync};
use crate::client::{clock, fresh};
use crate::parts::matrix::PriorityMatrix;
use crate::parts::people::{People, or_none, use_people};
use crate::paths;
use crate::state::use_session;
use crate::ui::{
    Button, ButtonKind, Icon, LinkButton, Page, SelectField, StateKind, TextArea, TextField, icon, state_view,
};

/// How long the page waits for the number of a new release before it opens it without one, in steps of 100 ms.
const PATIENCE: u32 = 25;

/// The page.
#[component]
pub fn NewReleasePage() -> impl IntoView {
    let session = use_session();
    view! {
        <Page title="New release">
            {move || {
                if session.may(Deed::CreateRelease) {
                    view! { <Register /> }.into_any()
                } else {
                    let back = view! { <LinkButton href="/releases">"Back to the releases"</LinkButton> }.into_any();
                    state_view(
                        StateKind::NoPermission,
                        "Not for your account",
                        "Your account may not draft releases. An administrator can give one of your groups the right to.",
                        Some(back),
                    )
                }
            }}
        </Page>
    }
}

#[component]
fn Register() -> impl IntoView {
    let (session, people, sync) = (use_session(), use_people(), use_sync());
    let navigate = use_navigate();
    let form = Form::new();
    let resumed = form.outlive_the_page(sync);
    let wrong = RwSignal::new(None::<(ReleaseField, String)>);
    let busy = RwSignal::new(false);
    let group_touched = RwSignal::new(false);
    // The person who drafts is the first guess for the requester, once people are known.
    Effect::new(move |_| {
        let me = session
            .me()
            .map(|me| me.actor.user.to_string())
            .unwrap_or_default();
        if people.people().iter().any(|(id, _)| *id == me) && form.requester.with_untracked(String::is_empty)
        {
            form.requester.set(me.clone());
            form.contact_of(people, &me);
        }
    });
    let chose_type = move |key: String| {
        if !group_touched.get_untracked()
            && let Some(group) = untrack(|| people.default_group(&key))
        {
            form.group.set(group.to_string());
        }
    };
    let submit = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        if busy.get_untracked() {
            return;
        }
        if form.title.with_untracked(|title| title.trim().is_empty()) {
            wrong.set(Some((
                ReleaseField::Title,
                "says what is rolled out, in a line".into(),
            )));
            return;
        }
        // A half-typed date reads as nothing; drafting without it would lose it silently.
        if let Some(field) = half_typed(&ev) {
            wrong.set(Some((field, "must be a complete date and time".into())));
            return;
        }
        match form.values() {
            Err(problem) => wrong.set(Some(problem)),
            Ok(fields) => {
                wrong.set(None);
                busy.set(true);
                form.done.set_value(true);
                create(sync, fields, session, navigate.clone());
            }
        }
    };
    let error = move |field: ReleaseField| {
        Signal::derive(move || {
            wrong.with(|wrong| {
                let (at, text) = wrong.as_ref()?;
                (*at == field).then(|| format!("{} {text}.", field.label()))
            })
        })
    };
    let back = use_navigate();
    let cancel = move |()| {
        form.abandon(sync);
        back("/releases", NavigateOptions::default());
    };
    view! {
        <Resumed resumed=resumed form=form />
        <form class="ui-form page-register" on:submit=submit novalidate>
            <div class="ui-stack column">
                <What form=form people=people error=Callback::new(error) on_type=Callback::new(chose_type) />
                <Who form=form people=people error=Callback::new(error) />
            </div>
            <How form=form people=people error=Callback::new(error) group_touched=group_touched />
            <div class="ui-actions">
                <Button on_press=cancel>"Cancel"</Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>"Create draft"</Button>
            </div>
        </form>
    }
}

/// Says that the form was not empty when it opened.
#[component]
fn Resumed(resumed: RwSignal<bool>, form: Form) -> impl IntoView {
    let empty = move |()| {
        resumed.set(false);
        form.clear();
    };
    move || {
        resumed.get().then(|| {
            view! {
                <div class="ui-bar" data-tone="info" role="status">
                    {icon(Icon::Check)}
                    <span>"What you had typed here is back. No draft has been made of it yet."</span>
                    <Button on_press=empty>"Empty the form"</Button>
                </div>
            }
        })
    }
}

/// The window field that holds a date without all its parts.
fn half_typed(ev: &leptos::ev::SubmitEvent) -> Option<ReleaseField> {
    let form = ev.target()?.dyn_into::<web_sys::Element>().ok()?;
    let inputs = form.query_selector_all("input[type=datetime-local]").ok()?;
    let incomplete = |place: u32| {
        let input = inputs.item(place)?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
        input.validity().bad_input().then_some(())
    };
    // In the order of the page.
    [(0, ReleaseField::PlannedStart), (1, ReleaseField::PlannedEnd)]
        .into_iter()
        .find_map(|(place, field)| incomplete(place).map(|()| field))
}

type Errors = Callback<ReleaseField, Signal<Option<String>>>;

/// What it is.
#[component]
fn What(form: Form, people: People, error: Errors, on_type: Callback<String>) -> impl IntoView {
    let types = Signal::derive(move || or_none(people.types(), "Choose a type"));
    let about = move || form.kind.with(|kind| people.description(kind));
    view! {
        <section class="ui-panel ui-stack">
            <h2>"What"</h2>
            <TextField
                label="Title"
                value=form.title
                required=true
                max=200
                error=error.run(ReleaseField::Title)
                hint="What is rolled out, in a line"
            />
            <div>
                <SelectField label="Release type" value=form.kind options=types on_change=on_type />
                <p class="soft meta page-about" aria-live="polite">{about}</p>
            </div>
            <TextArea label="Description" value=form.description rows=5 max=20_000 hint="Purpose, content, background" />
        </section>
    }
}

/// How urgent, how risky, when, by whom.
#[component]
fn How(form: Form, people: People, error: Errors, group_touched: RwSignal<bool>) -> impl IntoView {
    let levels = Signal::derive(|| {
        or_none(
            ["low", "medium", "high"]
                .into_iter()
                .map(|word| (word.to_owned(), word.to_owned()))
                .collect(),
            "Not said",
        )
    });
    let groups = Signal::derive(move || or_none(people.groups(), "Choose a group"));
    let chosen = Signal::derive(move || (form.impact.get(), form.urgency.get()));
    let choose = move |(impact, urgency): (String, String)| {
        form.impact.set(impact);
        form.urgency.set(urgency);
    };
    view! {
        <section class="ui-panel ui-stack">
            <h2>"How urgent, when, by whom"</h2>
            <PriorityMatrix chosen=chosen on_choose=choose />
            <SelectField label="Risk" value=form.risk options=levels hint="How likely it is to go wrong" />
            <div class="pair">
                <TextField
                    label="Planned start"
                    kind="datetime-local"
                    value=form.start
                    error=error.run(ReleaseField::PlannedStart)
                    hint=format!("Times are in {}", clock::zone())
                />
                <TextField
                    label="Planned end"
                    kind="datetime-local"
                    value=form.end
                    error=error.run(ReleaseField::PlannedEnd)
                />
            </div>
            <SelectField
                label="Assignment group"
                value=form.group
                options=groups
                hint="Carries it out. A release type may have a group of its own."
                on_change=move |_: String| group_touched.set(true)
            />
        </section>
    }
}

/// For whom.
#[component]
fn Who(form: Form, people: People, error: Errors) -> impl IntoView {
    let options = Signal::derive(move || or_none(people.people(), "Choose a person"));
    let contact = form.contact;
    view! {
        <section class="ui-panel ui-stack">
            <h2>"For whom"</h2>
            <SelectField
                label="Requester"
                value=form.requester
                options=options
                hint="Gives the go-ahead and closes the release"
                on_change=move |person: String| form.contact_of(people, &person)
            />
            <fieldset class="page-contact">
                <legend>"Contact: whom to call. Filled in from the requester, yours to change."</legend>
                <TextField label="Contact name" value=contact.name error=error.run(ReleaseField::ContactName) />
                <TextField label="Phone" kind="tel" value=contact.phone error=error.run(ReleaseField::ContactPhone) />
                <TextField label="E-mail" kind="email" value=contact.email error=error.run(ReleaseField::ContactEmail) />
                <TextField label="Unit" value=contact.unit error=error.run(ReleaseField::ContactUnit) />
                <TextField label="Location" value=contact.location error=error.run(ReleaseField::ContactLocation) />
            </fieldset>
        </section>
    }
}

/// Drafts it like any other change, then opens it: by number if the server answers soon, by identity otherwise.
fn create(
    sync: Sync,
    fields: BTreeMap<ReleaseField, Value>,
    session: crate::state::session::Session,
    navigate: impl Fn(&str, NavigateOptions) + 'static,
) {
    let Some(me) = untrack(|| session.me()) else {
        return;
    };
    let id = ReleaseId(fresh::ulid());
    let new = NewRelease {
        fields,
        steps: Vec::new(),
    };
    sync.open(id);
    sync.act_typed(id, new.into_ops(fresh::ulid), vec![NEW_RELEASE.to_owned()]);
    spawn_local(async move {
        let mut number = None;
        for _ in 0..PATIENCE {
            TimeoutFuture::new(100).await;
            let shown = untrack(|| sync.shown(id, &me.actor));
            number = shown.release.and_then(|release| release.number);
            let offline = untrack(|| matches!(sync.standing().link, Link::Offline { .. }));
            if number.is_some() || offline {
                break;
            }
        }
        let target = number.map_or_else(|| paths::release_by_id(id), paths::release);
        navigate(&target, NavigateOptions::default());
    });
}
