//! Editing a CI by hand: only what changed is sent, with the revision that was looked at.

use domain::cmdb::{CiPatch, Criticality, Lifecycle};
use domain::wire::cmdb::CiDetail;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::ci::criticality;
use crate::client::http::{self, ApiError};
use crate::paths;
use crate::state::{Remote, use_connection, use_toasts};
use crate::ui::{Button, ButtonKind, Dialog, Icon, SelectField, TextField, icon};

/// The dialog. Made anew each time it opens, from the CI as it is then.
#[component]
pub fn CiEditor(
    /// The CI; gets the new state.
    detail: Remote<CiDetail>,
    /// Open or not.
    open: RwSignal<bool>,
) -> impl IntoView {
    let title = Signal::derive(move || {
        let name = detail.value.with(|d| d.as_ref().map(|d| d.ci.name.clone()));
        format!("Edit {}", name.unwrap_or_default())
    });
    // The dialog may be opened before the CI is there; the form is made once, when it is.
    let ready = Memo::new(move |_| detail.value.with(Option::is_some));
    let form = move || {
        ready.get().then(|| {
            let found = detail.value.get_untracked();
            found.map(|found| view! { <Form found=found detail=detail open=open /> })
        })
    };
    view! {
        <Dialog open=open title=title>
            {form}
        </Dialog>
    }
}

#[derive(Clone, Copy)]
struct Fields {
    name: RwSignal<String>,
    lifecycle: RwSignal<String>,
    criticality: RwSignal<String>,
    serial: RwSignal<String>,
    asset_tag: RwSignal<String>,
    version: RwSignal<String>,
    owner: RwSignal<String>,
}

impl Fields {
    fn of(found: &CiDetail) -> Self {
        let ci = &found.ci;
        let text = |value: &Option<String>| RwSignal::new(value.clone().unwrap_or_default());
        Self {
            name: RwSignal::new(ci.name.clone()),
            lifecycle: RwSignal::new(ci.lifecycle.as_str().to_owned()),
            criticality: RwSignal::new(ci.criticality.map(criticality).unwrap_or_default().to_owned()),
            serial: text(&ci.serial),
            asset_tag: text(&ci.asset_tag),
            version: text(&ci.version),
            owner: text(&ci.owner),
        }
    }

    /// What differs from the CI that was looked at.
    fn patch(self, found: &CiDetail) -> CiPatch {
        let ci = &found.ci;
        let changed = |field: RwSignal<String>, before: Option<&String>| {
            let now = field.get_untracked().trim().to_owned();
            (now != before.map(String::as_str).unwrap_or_default()).then_some(now)
        };
        let lifecycle = Lifecycle::parse(&self.lifecycle.get_untracked());
        let wanted = self.criticality.get_untracked();
        let criticality = LEVELS.into_iter().find(|level| criticality(*level) == wanted);
        CiPatch {
            name: changed(self.name, Some(&ci.name)),
            lifecycle: lifecycle.filter(|lifecycle| *lifecycle != ci.lifecycle),
            serial: changed(self.serial, ci.serial.as_ref()),
            asset_tag: changed(self.asset_tag, ci.asset_tag.as_ref()),
            version: changed(self.version, ci.version.as_ref()),
            owner: changed(self.owner, ci.owner.as_ref()),
            criticality: criticality.filter(|level| Some(*level) != ci.criticality),
            revision: Some(found.revision),
        }
    }
}

const LEVELS: [Criticality; 3] = [Criticality::Low, Criticality::Medium, Criticality::High];

#[component]
fn Form(found: CiDetail, detail: Remote<CiDetail>, open: RwSignal<bool>) -> impl IntoView {
    let fields = Fields::of(&found);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let (toasts, connection) = (use_toasts(), use_connection());
    let known_level = found.ci.criticality.is_some();
    let found = StoredValue::new(found);
    let submit = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let before = found.get_value();
        let patch = fields.patch(&before);
        if patch
            == (CiPatch {
                revision: patch.revision,
                ..CiPatch::default()
            })
        {
            open.set(false);
            return;
        }
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let saving = connection.saving();
            let answer = http::patch::<_, CiDetail>(&paths::api_ci(&before.ci.key), &patch).await;
            drop(saving);
            busy.try_set(false);
            match answer {
                Ok(now) => {
                    toasts.say(format!("Saved {}", now.ci.name));
                    detail.put(now);
                    open.set(false);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    // Somebody else was faster: look at their version, keep what was typed here.
    let look = Callback::new(move |()| {
        spawn_local(async move {
            let key = found.with_value(|found| found.ci.key.clone());
            match http::get::<CiDetail>(&paths::api_ci(&key)).await {
                Ok(now) => {
                    found.set_value(now.clone());
                    failed.set(None);
                    toasts.say(format!(
                        "Your fields are kept. {} is now at revision {}; saving again puts your values over it.",
                        now.ci.name, now.revision
                    ));
                }
                Err(error) => failed.set(Some(error)),
            }
        });
    });
    let lifecycles: Vec<(String, String)> = Lifecycle::ALL
        .into_iter()
        .map(|l| (l.as_str().to_owned(), l.label().to_owned()))
        .collect();
    let unknown = (!known_level).then(|| (String::new(), "not set".to_owned()));
    let levels = LEVELS
        .into_iter()
        .map(|level| (criticality(level).to_owned(), criticality(level).to_owned()));
    let levels: Vec<(String, String)> = unknown.into_iter().chain(levels).collect();
    let error = move |name: &'static str| Signal::derive(move || failed.get().and_then(|e| e.field(name)));
    view! {
        <form class="ui-form" on:submit=submit novalidate>
            {move || failed.get().map(|error| failure(&error, look))}
            <TextField label="Name" value=fields.name required=true max=200 error=error("name") />
            <div class="ui-columns">
                <SelectField
                    label="Lifecycle"
                    value=fields.lifecycle
                    options=lifecycles
                    error=error("lifecycle")
                />
                <SelectField label="Criticality" value=fields.criticality options=levels error=error("criticality") />
            </div>
            <div class="ui-columns">
                <TextField label="Serial number" value=fields.serial max=200 error=error("serial") />
                <TextField label="Asset tag" value=fields.asset_tag max=200 error=error("asset_tag") />
                <TextField label="Version" value=fields.version max=200 error=error("version") />
                <TextField label="Owner" value=fields.owner max=200 error=error("owner") />
            </div>
            <div class="ui-actions">
                <Button on_press=move |()| open.set(false)>"Cancel"</Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>"Save"</Button>
            </div>
        </form>
    }
}

fn failure(error: &ApiError, look: Callback<()>) -> AnyView {
    let message = error.message();
    if error.status() == Some(409) {
        return view! {
            <div class="ui-bar" data-tone="warning" role="alert">
                {icon(Icon::Warning)}
                <span>"Somebody changed this CI after you opened it. " {message}</span>
                <Button on_press=look>"Keep my fields and look again"</Button>
            </div>
        }
        .into_any();
    }
    view! {
        <div class="ui-bar" data-tone="danger" role="alert">
            {icon(Icon::Warning)}
            <span>{message}</span>
        </div>
    }
    .into_any()
}
