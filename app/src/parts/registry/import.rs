//! Bringing a CSV file into a register: see what would happen, then do it.

use domain::registry::RegisterKind;
use domain::wire::registry::{RegisterProblem, RegisterReport};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::http::{self, ApiError};
use crate::paths;
use crate::state::{use_connection, use_toasts};
use crate::ui::{Button, ButtonKind, Dialog, Icon, TableFrame, icon};
use crate::words;

/// Problems shown.
const SHOWN: usize = 200;

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Choose,
    Busy,
    Checked(RegisterReport),
    Failed(ApiError),
}

/// The dialog.
#[component]
pub fn ImportDialog(
    /// Into which register.
    register: RegisterKind,
    /// Open or not.
    open: RwSignal<bool>,
    /// Something was imported.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let title = format!("Import {}", register.many());
    view! {
        <Dialog open=open title=Signal::derive(move || title.clone())>
            {move || form(register, open, on_done)}
        </Dialog>
    }
}

fn columns(register: RegisterKind) -> String {
    let mut names = vec!["key"];
    names.extend(register.fields().iter().map(|spec| spec.field.as_str()));
    if register == RegisterKind::Changes {
        names.extend(["back_out", "cis"]);
    }
    names.join(", ")
}

fn form(register: RegisterKind, open: RwSignal<bool>, on_done: Callback<()>) -> AnyView {
    let step = RwSignal::new(Step::Choose);
    let file = RwSignal::new_local(None::<web_sys::File>);
    let input = NodeRef::<html::Input>::new();
    let (toasts, connection) = (use_toasts(), use_connection());
    let send = move |dry_run: bool| {
        let Some(chosen) = file.get_untracked() else {
            return;
        };
        step.set(Step::Busy);
        let path = format!("{}/imports?dry_run={dry_run}", paths::api_register(register));
        spawn_local(async move {
            let saving = (!dry_run).then(|| connection.saving());
            let answer = http::post_files::<RegisterReport>(&path, &[chosen]).await;
            drop(saving);
            match answer {
                Ok(report) if dry_run => {
                    step.try_set(Step::Checked(report));
                }
                Ok(report) => {
                    let tally = report.records;
                    toasts.say(format!(
                        "Imported: {} created, {} updated, {} unchanged, {} not taken",
                        words::count(tally.created),
                        words::count(tally.updated),
                        words::count(tally.unchanged),
                        words::count(tally.rejected)
                    ));
                    on_done.run(());
                    open.try_set(false);
                }
                Err(error) => {
                    step.try_set(Step::Failed(error));
                }
            }
        });
    };
    let choose = move |_| {
        let chosen = input.get_untracked().and_then(|input| input.files()?.get(0));
        if let Some(chosen) = chosen {
            file.set(Some(chosen));
            send(true);
        }
    };
    let busy = Signal::derive(move || step.with(|step| *step == Step::Busy));
    let blocked = Signal::derive(move || match step.get() {
        Step::Checked(report) if report.refused => Some("The file cannot be read".to_owned()),
        Step::Checked(report) if report.records.created + report.records.updated == 0 => {
            Some("There is nothing to change".to_owned())
        }
        Step::Checked(_) | Step::Busy => None,
        _ => Some("Choose a file first".to_owned()),
    });
    view! {
        <div class="ui-stack">
            <label class="part-drop">
                {icon(Icon::File)}
                <strong>
                    {move || file.get().map_or_else(|| "Choose a CSV file".to_owned(), |file| file.name())}
                </strong>
                <span class="soft">"Nothing is written before you have seen what would change."</span>
                <input type="file" accept=".csv,text/csv" node_ref=input on:change=choose />
            </label>
            <details class="part-twin">
                <summary>"Columns of the file"</summary>
                <p class="mono">{columns(register)}</p>
                {(register == RegisterKind::Changes).then(|| view! {
                    <p class="soft">
                        "back_out: a step a line in one quoted cell. cis: keys of CIs separated by semicolons, each with what changes after =>."
                    </p>
                })}
            </details>
            <div aria-live="polite">
                {move || match step.get() {
                    Step::Checked(report) => report_view(&report),
                    Step::Failed(error) => view! {
                        <p class="ui-bar" data-tone="danger" role="alert">{icon(Icon::Warning)} <span>{error.message()}</span></p>
                    }
                    .into_any(),
                    Step::Choose | Step::Busy => ().into_any(),
                }}
            </div>
            <div class="ui-actions">
                <Button on_press=move |()| open.set(false)>"Cancel"</Button>
                <Button kind=ButtonKind::Primary icon=Icon::Import busy=busy blocked=blocked on_press=move |()| send(false)>
                    "Import"
                </Button>
            </div>
        </div>
    }
    .into_any()
}

fn report_view(report: &RegisterReport) -> AnyView {
    let tally = report.records;
    let cell = |word: &'static str, count: u64, tone: &'static str| {
        let tone = if count == 0 { "neutral" } else { tone };
        view! { <div data-tone=tone><dt>{word}</dt> <dd>{words::count(count)}</dd></div> }
    };
    let total = report.problems.len();
    let row = |problem: &RegisterProblem| {
        view! {
            <tr>
                <td class="number">{words::count(problem.line)}</td>
                <th scope="row" class="mono">{problem.reference.clone()}</th>
                <td class="mono">{problem.field.clone()}</td>
                <td>{problem.reason.clone()}</td>
            </tr>
        }
    };
    let problems = (total > 0).then(|| {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let rows = report.problems.iter().take(SHOWN).map(row).collect_view();
        let caption = format!("{} problems", words::of(count(total.min(SHOWN)), count(total)));
        view! {
            <TableFrame caption=caption>
                <thead>
                    <tr>
                        <th scope="col" class="number">"Line"</th>
                        <th scope="col">"Key"</th>
                        <th scope="col">"Column"</th>
                        <th scope="col">"Why it is not taken"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </TableFrame>
        }
    });
    view! {
        <div class="ui-stack">
            <dl class="part-tally">
                {cell("in the file", tally.read, "neutral")}
                {cell("would be created", tally.created, "success")}
                {cell("would change", tally.updated, "success")}
                {cell("unchanged", tally.unchanged, "neutral")}
                {cell("not taken", tally.rejected, "danger")}
            </dl>
            {problems}
        </div>
    }
    .into_any()
}
