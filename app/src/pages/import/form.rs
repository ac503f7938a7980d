use domain::wire::cmdb::{ImportRecord, ImportReport};
use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::http::{self, ApiError};
use crate::parts::import_report;
use crate::paths::Query;
use crate::state::{Remote, use_connection, use_overview, use_toasts};
use crate::ui::{Button, ButtonKind, Icon, LinkButton, Progress, SelectField, failure_view, icon};
use crate::words;

/// How often progress is asked for while an import runs, in milliseconds.
const LOOK: u32 = 700;

/// How far somebody is.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Choose,
    Checking,
    Checked(ImportReport),
    Running,
    Done(ImportReport),
    Failed(ApiError),
}

impl Step {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }
}

/// What somebody has chosen so far. Browser objects stay on the thread of the page.
#[derive(Clone, Copy)]
struct Import {
    files: RwSignal<Vec<web_sys::File>, LocalStorage>,
    format: RwSignal<String>,
    step: RwSignal<Step>,
    progress: RwSignal<(u64, u64)>,
}

/// Choose, check, import.
#[component]
pub fn ImportForm(
    /// The list below; gets the new import.
    past: Remote<Vec<ImportRecord>>,
) -> impl IntoView {
    let import = Import {
        files: RwSignal::new_local(Vec::new()),
        format: RwSignal::new(String::new()),
        step: RwSignal::new(Step::Choose),
        progress: RwSignal::new((0, 0)),
    };
    let send = sender(import, past);
    let step = import.step;
    // Another format is another question.
    let reset = move |_: String| step.set(Step::Choose);
    let chosen = Memo::new(move |_| !import.files.with(Vec::is_empty));
    view! {
        <section class="ui-stack" aria-label="New import">
            {drop_zone(import)}
            {move || {
                chosen.get().then(|| {
                    view! {
                        <div class="part-bar">
                            <SelectField label="Format" value=import.format options=formats() on_change=reset />
                            {actions(import, send)}
                        </div>
                    }
                })
            }}
            <div aria-live="polite">{move || outcome(step.get(), import.progress)}</div>
        </section>
    }
}

/// Sends the files; `true` only asks what would happen.
fn sender(import: Import, past: Remote<Vec<ImportRecord>>) -> Callback<bool> {
    let (connection, toasts, overview) = (use_connection(), use_toasts(), use_overview());
    Callback::new(move |dry_run: bool| {
        let Import {
            files,
            format,
            step,
            progress,
        } = import;
        let files = files.get_untracked();
        step.set(if dry_run { Step::Checking } else { Step::Running });
        progress.set((0, 0));
        let path = Query::default()
            .with("format", &format.get_untracked())
            .with("dry_run", if dry_run { "true" } else { "false" })
            .on("/api/v1/imports");
        if !dry_run {
            spawn_local(watch(step, progress));
        }
        spawn_local(async move {
            let saving = (!dry_run).then(|| connection.saving());
            let answer = http::post_files::<ImportReport>(&path, &files).await;
            drop(saving);
            let next = match answer {
                Ok(report) if dry_run => Step::Checked(report),
                Ok(report) => {
                    toasts.say("Import finished");
                    overview.reload();
                    Step::Done(report)
                }
                Err(error) => Step::Failed(error),
            };
            if step.try_set(next).is_none() {
                past.reload();
            }
        });
    })
}

/// Asks how far the running import is. The newest record without an end is the one.
async fn watch(step: RwSignal<Step>, progress: RwSignal<(u64, u64)>) {
    loop {
        TimeoutFuture::new(LOOK).await;
        if step.try_with_untracked(|step| *step == Step::Running) != Some(true) {
            return;
        }
        let records = http::get::<Vec<ImportRecord>>("/api/v1/imports")
            .await
            .unwrap_or_default();
        if let Some(running) = records
            .iter()
            .find(|record| record.ended.is_none() && record.report.is_none())
        {
            progress.try_set(running.progress);
        }
    }
}

/// Formats as (word in the address, what people read).
const FORMATS: [(&str, &str); 5] = [
    ("netbox", "NetBox dump (JSON)"),
    ("ndjson", "NDJSON: one CI or relation a line"),
    ("csv", "CSV: cis.csv and relations.csv"),
    ("debian-packages", "Debian package index"),
    ("cyclonedx", "CycloneDX bill of materials"),
];

fn formats() -> Vec<(String, String)> {
    let none = ("", "Choose the format");
    let own = |(word, label): (&str, &str)| (word.to_owned(), label.to_owned());
    [none].into_iter().chain(FORMATS).map(own).collect()
}

/// What a name suggests; the person has the last word.
fn guess(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let ends = |end: &str| name.ends_with(end);
    if ends(".ndjson") || ends(".jsonl") {
        "ndjson"
    } else if ends(".csv") {
        "csv"
    } else if ends("packages") {
        "debian-packages"
    } else if name.contains("cyclonedx") || name.contains("bom") || ends(".cdx.json") {
        "cyclonedx"
    } else if ends(".json") {
        "netbox"
    } else {
        ""
    }
}

fn drop_zone(import: Import) -> AnyView {
    let over = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    let take = move |list: Option<web_sys::FileList>| {
        let Some(list) = list else { return };
        let files: Vec<web_sys::File> = (0..list.length()).filter_map(|index| list.get(index)).collect();
        if let Some(first) = files.first() {
            import.format.set(guess(&first.name()).to_owned());
            import.files.set(files);
            import.step.set(Step::Choose);
        }
    };
    let on_drop = move |ev: leptos::ev::DragEvent| {
        ev.prevent_default();
        over.set(false);
        take(ev.data_transfer().and_then(|data| data.files()));
    };
    let on_over = move |ev: leptos::ev::DragEvent| {
        ev.prevent_default();
        over.set(true);
    };
    let on_choose = move |_| {
        if let Some(input) = input.get_untracked() {
            take(input.files());
            // The same file may be chosen again after it was corrected.
            input.set_value("");
        }
    };
    let words = move || {
        import.files.with(|files| {
            let name = |file: &web_sys::File| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a size in bytes"
                )]
                let size = file.size() as u64;
                format!("{} ({})", file.name(), words::bytes(size))
            };
            files.iter().map(name).collect::<Vec<_>>().join(", ")
        })
    };
    let empty = move || import.files.with(Vec::is_empty);
    view! {
        <label
            class="part-drop"
            data-over=move || over.get().then_some("")
            on:drop=on_drop
            on:dragover=on_over
            on:dragleave=move |_| over.set(false)
        >
            {icon(Icon::File)}
            <strong>{move || if empty() { "Drop a file here or choose one".to_owned() } else { words() }}</strong>
            <span class="soft">
                {move || {
                    if empty() {
                        "NetBox dump, NDJSON, CSV. Nothing is written before you have seen what would change."
                    } else {
                        "Drop or choose another file to replace it."
                    }
                }}
            </span>
            <input type="file" multiple node_ref=input on:change=on_choose />
        </label>
    }
    .into_any()
}

fn actions(import: Import, send: Callback<bool>) -> AnyView {
    let Import { step, format, .. } = import;
    let no_format = move || {
        format
            .with(String::is_empty)
            .then(|| "Choose the format first".to_owned())
    };
    let blocked = Signal::derive(move || match step.get() {
        step if step.is_busy() => None,
        Step::Checked(report)
            if report.cis.created
                + report.cis.updated
                + report.relations.created
                + report.relations.updated
                == 0 =>
        {
            Some("There is nothing to change".to_owned())
        }
        Step::Checked(_) => None,
        Step::Done(_) => Some("It is imported".to_owned()),
        _ => no_format().or_else(|| Some("Check the file first".to_owned())),
    });
    let checked = Memo::new(move |_| matches!(step.get(), Step::Checked(_) | Step::Running | Step::Done(_)));
    let checking = Signal::derive(move || step.with(|step| *step == Step::Checking));
    let running = Signal::derive(move || step.with(|step| *step == Step::Running));
    (move || {
        // One primary action at a time: first the check, then the import.
        if checked.get() {
            view! {
                <Button icon=Icon::Retry busy=checking on_press=move |()| send.run(true)>"Check again"</Button>
                <Button kind=ButtonKind::Primary icon=Icon::Import busy=running blocked=blocked on_press=move |()| send.run(false)>
                    "Import"
                </Button>
            }
            .into_any()
        } else {
            view! {
                <Button
                    kind=ButtonKind::Primary
                    icon=Icon::Check
                    busy=checking
                    blocked=Signal::derive(no_format)
                    on_press=move |()| send.run(true)
                >
                    "Check the file"
                </Button>
            }
            .into_any()
        }
    })
    .into_any()
}

fn outcome(step: Step, progress: RwSignal<(u64, u64)>) -> AnyView {
    match step {
        Step::Choose => ().into_any(),
        Step::Checking => view! { <Progress label="Checking the file; nothing is written" done=progress /> }.into_any(),
        Step::Running => view! { <Progress label="Importing" done=progress /> }.into_any(),
        Step::Checked(report) => view! {
            <div class="ui-stack">
                <p class="ui-bar" data-tone="info">"This is what would happen. Nothing has been written yet."</p>
                {import_report::view(report)}
            </div>
        }
        .into_any(),
        Step::Done(report) => view! {
            <div class="ui-stack">
                <div class="ui-bar" data-tone="success">
                    <span>"Imported. The report is kept in the list below."</span>
                    <LinkButton href="/cmdb">"Look at the CMDB"</LinkButton>
                </div>
                {import_report::view(report)}
            </div>
        }
        .into_any(),
        Step::Failed(error) => failed(&error),
    }
}

/// Each wrong line the server names is listed.
fn failed(error: &ApiError) -> AnyView {
    let ApiError::Problem(problem) = error else {
        return failure_view("the result of the import", error, None);
    };
    let line = |e: &domain::wire::problem::FieldError| view! { <li><span class="mono">{e.at.clone()}</span> ": " {e.message.clone()}</li> };
    view! {
        <div class="ui-bar" data-tone="danger" role="alert">
            {icon(Icon::Warning)}
            <div>
                <p><strong>{problem.title.clone()}</strong></p>
                <p>{error.message()}</p>
                <ul>{problem.errors.iter().map(line).collect_view()}</ul>
            </div>
        </div>
    }
    .into_any()
}
