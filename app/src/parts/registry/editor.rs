//! The form of a record, new or known. It is made from the fields of the register.

use std::collections::BTreeMap;

use domain::CiKey;
use domain::registry::{ChangedCi, FieldSpec, RecordDraft, RecordRef, RegisterKind, Shape};
use domain::release::{FieldKind, Value};
use domain::wire::registry::{NewRecord, RecordDetail, RecordPatch};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::clock;
use crate::client::http::{self, ApiError};
use crate::parts::ci::CiPicker;
use crate::paths;
use crate::state::{use_connection, use_toasts};
use crate::ui::{Button, ButtonKind, Dialog, For, Icon, SelectField, TextArea, TextField, icon, unique_id};
use crate::words;

/// The dialog. The form is made anew each time it opens.
#[component]
pub fn RecordEditor(
    /// Of which register.
    register: RegisterKind,
    /// The record to edit; a new one without.
    #[prop(into)]
    record: Signal<Option<RecordDetail>>,
    /// Open or not.
    open: RwSignal<bool>,
    /// It was stored.
    #[prop(into)]
    on_saved: Callback<RecordDetail>,
) -> impl IntoView {
    let title = Signal::derive(move || match record.get() {
        Some(detail) => format!("Edit {}", detail.record.key),
        None => format!("New {}", register.one()),
    });
    view! {
        <Dialog open=open title=title>
            {move || {
                let found = record.get_untracked();
                view! { <Form register=register found=found open=open on_saved=on_saved /> }
            }}
        </Dialog>
    }
}

/// A CI in the form.
#[derive(Clone)]
struct Line {
    ci: CiKey,
    what: RwSignal<String>,
}

#[derive(Clone, Copy)]
struct Typed {
    key: RwSignal<String>,
    fields: StoredValue<Vec<(FieldSpec, RwSignal<String>)>>,
    back_out: RwSignal<String>,
    cis: RwSignal<Vec<Line>>,
}

/// A value as its control holds it.
fn control(spec: &FieldSpec, value: Option<&Value>) -> String {
    match (spec.shape, value) {
        (_, None) => String::new(),
        (Shape::Plain(FieldKind::Time), Some(value)) => {
            value.as_time().map(clock::to_input).unwrap_or_default()
        }
        (_, Some(value)) => value.to_string(),
    }
}

/// What a control holds, as it travels.
fn travels(spec: &FieldSpec, typed: &str) -> Value {
    match spec.shape {
        _ if typed.trim().is_empty() => Value::Empty,
        Shape::Plain(FieldKind::Time) => clock::from_input(typed).map_or_else(|| typed.into(), Value::time),
        _ => typed.into(),
    }
}

impl Typed {
    fn of(register: RegisterKind, found: Option<&RecordDetail>) -> Self {
        let record = found.map(|found| &found.record);
        let field = |spec: &FieldSpec| {
            let value = record.and_then(|record| record.fields.get(&spec.field));
            (*spec, RwSignal::new(control(spec, value)))
        };
        let line = |one: &ChangedCi| Line {
            ci: one.ci.clone(),
            what: RwSignal::new(one.what.clone()),
        };
        Self {
            key: RwSignal::new(String::new()),
            fields: StoredValue::new(register.fields().iter().map(field).collect()),
            back_out: RwSignal::new(record.map(|r| steps_text(&r.back_out)).unwrap_or_default()),
            cis: RwSignal::new(
                record
                    .map(|r| r.cis.iter().map(line).collect())
                    .unwrap_or_default(),
            ),
        }
    }

    /// What differs from the record that was looked at.
    fn draft(self, found: Option<&RecordDetail>) -> RecordDraft {
        let record = found.map(|found| &found.record);
        let mut fields = BTreeMap::new();
        self.fields.with_value(|all| {
            for (spec, typed) in all {
                let before = control(spec, record.and_then(|record| record.fields.get(&spec.field)));
                let now = typed.get_untracked();
                if now != before {
                    fields.insert(spec.field.as_str().to_owned(), travels(spec, &now));
                }
            }
        });
        let before = record.map(|r| steps_text(&r.back_out)).unwrap_or_default();
        let now = self.back_out.get_untracked();
        let cis: Vec<ChangedCi> = self.cis.with_untracked(|lines| {
            lines
                .iter()
                .map(|line| ChangedCi {
                    ci: line.ci.clone(),
                    what: line.what.get_untracked(),
                })
                .collect()
        });
        let known = record.map(|record| record.cis.clone()).unwrap_or_default();
        RecordDraft {
            fields,
            back_out: (now != before).then(|| steps(&now)),
            cis: (cis != known).then_some(cis),
        }
    }
}

/// Steps as a text with an empty line between them, so that a step may have several lines.
fn steps_text(steps: &[String]) -> String {
    steps.join("\n\n")
}

/// The steps of a text: one a paragraph; one a line where there is no empty line.
fn steps(text: &str) -> Vec<String> {
    let apart = if text.trim().contains("\n\n") {
        "\n\n"
    } else {
        "\n"
    };
    let steps = text.split(apart).map(|step| step.trim().to_owned());
    steps.filter(|step| !step.is_empty()).collect()
}

#[component]
fn Form(
    register: RegisterKind,
    found: Option<RecordDetail>,
    open: RwSignal<bool>,
    on_saved: Callback<RecordDetail>,
) -> impl IntoView {
    let typed = Typed::of(register, found.as_ref());
    let is_new = found.is_none();
    let found = StoredValue::new(found);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let (toasts, connection) = (use_toasts(), use_connection());
    let error = move |name: &'static str| Signal::derive(move || failed.get().and_then(|e| e.field(name)));
    let submit = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let before = found.get_value();
        let draft = typed.draft(before.as_ref());
        if !is_new && draft == RecordDraft::default() {
            open.set(false);
            return;
        }
        let key = typed.key.get_untracked();
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let saving = connection.saving();
            let answer = send(register, before, key, draft).await;
            drop(saving);
            busy.try_set(false);
            match answer {
                Ok(now) => {
                    toasts.say(format!("Saved {}", now.record.key));
                    open.try_set(false);
                    on_saved.run(now);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    // Somebody else was faster: take their version as ground, keep what was typed here.
    let look = Callback::new(move |()| {
        let Some(before) = found.get_value() else { return };
        spawn_local(async move {
            let at = RecordRef {
                register,
                key: before.record.key,
            };
            match super::read(&at).await {
                Ok(now) => {
                    toasts.say(format!(
                        "Your fields are kept. It is now at version {} by {}; saving again puts your values over it.",
                        now.version, now.by
                    ));
                    found.set_value(Some(now));
                    failed.set(None);
                }
                Err(error) => failed.set(Some(error)),
            }
        });
    });
    let key = is_new.then(|| {
        view! {
            <TextField
                label="Key"
                value=typed.key
                required=true
                max=100
                hint="As the system has it where it comes from, such as CHG-1042."
                error=error("key")
            />
        }
    });
    let fields = typed.fields.get_value();
    let changes = (register == RegisterKind::Changes).then(|| {
        view! {
            <TextArea
                label="Back-out plan"
                value=typed.back_out
                rows=4
                hint="A step a line; with empty lines between them, steps may have several lines."
                error=error("back_out")
            />
            {cis_field(typed.cis, error("cis"))}
        }
    });
    view! {
        <form class="ui-form" on:submit=submit novalidate>
            {move || failed.get().map(|error| failure(&error, look))}
            {key}
            {fields.into_iter().map(|(spec, value)| field(spec, value, error(spec.field.as_str()))).collect_view()}
            {changes}
            <div class="ui-actions">
                <Button on_press=move |()| open.set(false)>"Cancel"</Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>"Save"</Button>
            </div>
        </form>
    }
}

async fn send(
    register: RegisterKind,
    before: Option<RecordDetail>,
    key: String,
    draft: RecordDraft,
) -> Result<RecordDetail, ApiError> {
    match before {
        Some(before) => {
            let at = RecordRef {
                register,
                key: before.record.key,
            };
            let patch = RecordPatch::new(before.version, draft);
            http::patch(&paths::api_record(&at), &patch).await
        }
        None => match key.trim().parse() {
            Ok(key) => http::post(&paths::api_register(register), &NewRecord::new(key, draft)).await,
            Err(wrong) => {
                let wrong: domain::BadId = wrong;
                let mut problem = domain::wire::problem::Problem::new(
                    422,
                    "invalid",
                    "A value is wrong",
                    wrong.to_string(),
                );
                problem.errors.push(domain::wire::problem::FieldError {
                    at: "key".into(),
                    message: wrong.to_string(),
                });
                Err(ApiError::Problem(Box::new(problem)))
            }
        },
    }
}

fn field(spec: FieldSpec, value: RwSignal<String>, error: Signal<Option<String>>) -> AnyView {
    let label = spec.label;
    match spec.shape {
        Shape::Plain(FieldKind::OneOf(options)) => {
            let options: Vec<(String, String)> = [(String::new(), "not set".to_owned())]
                .into_iter()
                .chain(options.iter().map(|word| ((*word).to_owned(), words::plain(word))))
                .collect();
            view! { <SelectField label=label value=value options=options error=error /> }.into_any()
        }
        Shape::Plain(FieldKind::Prose(_)) => {
            view! { <TextArea label=label value=value rows=4 error=error /> }.into_any()
        }
        Shape::Plain(FieldKind::Time) => {
            view! { <TextField label=label value=value kind="datetime-local" error=error /> }.into_any()
        }
        Shape::Day => view! { <TextField label=label value=value kind="date" error=error /> }.into_any(),
        Shape::Link => view! {
            <TextField label=label value=value kind="url" hint="Begins with http:// or https://" error=error />
        }
        .into_any(),
        Shape::Plain(_) | Shape::Digest | Shape::Size => {
            let required = spec.field == domain::registry::RecordField::Title;
            view! { <TextField label=label value=value required=required error=error /> }.into_any()
        }
    }
}

fn cis_field(cis: RwSignal<Vec<Line>>, error: Signal<Option<String>>) -> AnyView {
    let add = move |ci: CiKey| {
        cis.update(|lines| {
            if !lines.iter().any(|line| line.ci == ci) {
                lines.push(Line {
                    ci,
                    what: RwSignal::new(String::new()),
                });
            }
        });
    };
    let row = move |line: Line| {
        let id = unique_id("what");
        let label = format!("What changes at {}", line.ci);
        let (name, key) = (line.ci.to_string(), line.ci.clone());
        let remove = move |_| cis.update(|lines| lines.retain(|other| other.ci != key));
        let what = line.what;
        view! {
            <li>
                <span class="mono">{name.clone()}</span>
                <label class="sr-only" for=id.clone()>{label}</label>
                <input
                    id=id
                    class="ui-input"
                    maxlength="500"
                    placeholder="What changes"
                    prop:value=move || what.get()
                    on:input=move |ev| what.set(event_target_value(&ev))
                />
                <button type="button" class="ui-button" data-kind="quiet" aria-label=format!("Remove {name}") on:click=remove>
                    {icon(Icon::Close)}
                </button>
            </li>
        }
    };
    view! {
        <fieldset class="part-changed-cis">
            <legend>"CIs that it changes"</legend>
            <ul><For each=move || cis.get() key=|line| line.ci.clone() children=row /></ul>
            <p class="error" aria-live="polite">{move || error.get()}</p>
            <CiPicker label="Add a CI" on_pick=add />
        </fieldset>
    }
    .into_any()
}

fn failure(error: &ApiError, look: Callback<()>) -> AnyView {
    let message = error.message();
    let stale = error.status() == Some(409) && message.contains("changed since");
    view! {
        <div class="ui-bar" data-tone=if stale { "warning" } else { "danger" } role="alert">
            {icon(Icon::Warning)}
            <span>{message}</span>
            {stale.then(|| view! { <Button on_press=look>"Keep my fields and look again"</Button> })}
        </div>
    }
    .into_any()
}
