//! Import: choose a file, see what would happen, then do it. Past imports keep their reports.

mod form;

use domain::access::Deed;
use domain::wire::cmdb::ImportRecord;
use leptos::prelude::*;

use crate::client::http;
use crate::parts::import_report;
use crate::parts::on_device::{is_silent, needs_server};
use crate::state::{Remote, remote, use_path, use_session};
use crate::ui::{
    Badge, LinkButton, Moment, Page, Progress, StateKind, TableFrame, Tone, show, skeleton_lines,
    skeleton_table, state_view,
};
use crate::words;

/// How often a running import is looked at, in milliseconds.
const LOOK: u32 = 1_000;

/// The page.
#[component]
pub fn ImportPage() -> impl IntoView {
    let session = use_session();
    let may = Memo::new(move |_| session.may(Deed::Import));
    let past = remote(
        true,
        || (),
        |()| async { http::get::<Vec<ImportRecord>>("/api/v1/imports").await },
    );
    view! {
        <Page title="Import">
            {move || {
                if may.get() {
                    view! {
                        <div class="ui-stack">
                            {move || is_silent(past).then(|| needs_server("Importing"))}
                            <form::ImportForm past=past />
                            <section class="ui-stack">
                                <h2>"Past imports"</h2>
                                {show(past, "the past imports", || skeleton_table(3), list)}
                            </section>
                        </div>
                    }
                        .into_any()
                } else {
                    state_view(
                        StateKind::NoPermission,
                        "Not for your account",
                        "Only CMDB keepers and administrators may import. An administrator can give you the role.",
                        None,
                    )
                }
            }}
        </Page>
    }
}

fn list(records: Vec<ImportRecord>) -> AnyView {
    if records.is_empty() {
        return state_view(
            StateKind::Empty,
            "Nothing has been imported yet",
            "Every import keeps its report here, with each line that was not taken.",
            None,
        );
    }
    let row = |record: ImportRecord| {
        let outcome = outcome(&record);
        let changed = record.report.as_ref().map(|report| {
            let created = words::count(report.cis.created + report.relations.created);
            let updated = words::count(report.cis.updated + report.relations.updated);
            if report.dry_run {
                format!("would create {created}, change {updated}")
            } else {
                format!("{created} created, {updated} updated")
            }
        });
        view! {
            <tr>
                <th scope="row">
                    <a data-row="" href=format!("/import/{}", record.id)>{record.files.join(", ")}</a>
                </th>
                <td class="soft">{record.format}</td>
                <td class="time"><Moment at=record.started ago=true /></td>
                <td>{record.by}</td>
                <td>{changed}</td>
                <td>{outcome}</td>
            </tr>
        }
    };
    let caption = format!(
        "{}, newest first",
        words::many(
            u64::try_from(records.len()).unwrap_or(u64::MAX),
            "import",
            "imports"
        )
    );
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"File"</th>
                    <th scope="col">"Format"</th>
                    <th scope="col">"Started"</th>
                    <th scope="col">"By"</th>
                    <th scope="col">"Changes"</th>
                    <th scope="col">"Outcome"</th>
                </tr>
            </thead>
            <tbody>{records.into_iter().map(row).collect_view()}</tbody>
        </TableFrame>
    }
    .into_any()
}

fn outcome(record: &ImportRecord) -> AnyView {
    match (&record.report, record.ended) {
        (Some(report), _) if report.refused => {
            view! { <Badge tone=Tone::Danger shape="✕" text="nothing taken" /> }.into_any()
        }
        (Some(report), _) if report.dry_run => view! { <Badge shape="○" text="only checked" /> }.into_any(),
        (Some(report), _) => {
            let rejected = report.cis.rejected + report.relations.rejected;
            if rejected == 0 {
                view! { <Badge tone=Tone::Success shape="✓" text="complete" /> }.into_any()
            } else {
                let text = format!("{} not taken", words::count(rejected));
                view! { <Badge tone=Tone::Warning shape="!" text=text /> }.into_any()
            }
        }
        (None, None) => view! { <Badge tone=Tone::Info shape="◔" text="running" /> }.into_any(),
        (None, Some(_)) => view! { <Badge tone=Tone::Danger shape="✕" text="failed" /> }.into_any(),
    }
}

/// The report of one import, for good, under its own address.
#[component]
pub fn ReportPage() -> impl IntoView {
    let path = use_path();
    let id =
        Memo::new(move |_| path.with(|path| path.strip_prefix("/import/").unwrap_or_default().to_owned()));
    let record = remote(
        true,
        move || id.get(),
        |id| async move { http::get::<ImportRecord>(&format!("/api/v1/imports/{id}")).await },
    );
    look_again(record);
    let title = Signal::derive(move || {
        let files = record.value.with(|r| r.as_ref().map(|r| r.files.join(", ")));
        files.map_or("Import report".to_owned(), |files| format!("Import of {files}"))
    });
    let over = || view! { <a href="/import">"Import"</a> };
    let beside = move || record.value.with(|r| r.as_ref().map(outcome));
    view! {
        <Page title=title over=over beside=beside>
            {show(record, "this report", || skeleton_lines(10), one)}
        </Page>
    }
}

/// While the import runs, its progress is fetched again.
fn look_again(record: Remote<ImportRecord>) {
    Effect::new(move |_| {
        let runs = record.value.with(|r| {
            r.as_ref()
                .is_some_and(|r| r.ended.is_none() && r.report.is_none())
        });
        if runs {
            leptos::task::spawn_local(async move {
                gloo_timers::future::TimeoutFuture::new(LOOK).await;
                record.reload();
            });
        }
    });
}

fn one(record: ImportRecord) -> AnyView {
    let ended = record
        .ended
        .map(|at| view! { <dt>"Ended"</dt> <dd><Moment at=at /></dd> });
    let body = match record.report {
        Some(report) if report.refused => view! {
            <p class="ui-bar" data-tone="danger">
                "Nothing was written: a file could not be read to its end. The problems say where."
            </p>
            {import_report::view(report)}
        }
        .into_any(),
        Some(report) if report.dry_run => view! {
            <p class="ui-bar" data-tone="info">"This was only a check: nothing was written."</p>
            {import_report::view(report)}
        }
        .into_any(),
        Some(report) => import_report::view(report),
        None if record.ended.is_none() => {
            view! { <Progress label="Importing" done=record.progress /> }.into_any()
        }
        None => state_view(
            StateKind::Error,
            "This import did not finish",
            "The server stopped before it was done. What it had written stays; importing the file again goes on, because what is already there is left unchanged.",
            Some(view! { <LinkButton href="/import">"Import again"</LinkButton> }.into_any()),
        ),
    };
    view! {
        <div class="ui-stack">
            <dl class="ui-facts ui-panel">
                <dt>"Format"</dt>
                <dd>{record.format}</dd>
                <dt>"By"</dt>
                <dd>{record.by}</dd>
                <dt>"Started"</dt>
                <dd><Moment at=record.started ago=true /></dd>
                {ended}
            </dl>
            {body}
        </div>
    }
    .into_any()
}
