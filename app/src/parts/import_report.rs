//! What an import did or would do: tallies, problems, what was skipped.

use domain::wire::cmdb::{ImportProblem, ImportReport, Tally};
use leptos::prelude::*;

use crate::state::catalogue::use_names;
use crate::ui::{For, TableFrame};
use crate::words;

/// Problems shown at first.
const FIRST: usize = 100;

/// The whole report.
#[must_use]
pub fn view(report: ImportReport) -> AnyView {
    let names = use_names();
    let (created, updated) = if report.dry_run {
        ("would be created", "would change")
    } else {
        ("created", "updated")
    };
    let classes = report.classes.iter().map(|(class, count)| {
        let (raw, key) = (class.clone(), class.parse().ok());
        let name = move || key.as_ref().map_or_else(|| raw.clone(), |key| names.class(key));
        view! { <span class="ui-badge">{name} " " {words::count(*count)}</span> }
    });
    let has_classes = !report.classes.is_empty();
    let classes = has_classes.then(|| {
        view! {
            <section class="ui-panel">
                <h2>"Classes in the file"</h2>
                <p class="ui-chips">{classes.collect_view()}</p>
            </section>
        }
    });
    view! {
        <div class="ui-stack">
            <div class="ui-columns">
                {tally("Configuration items", report.cis, created, updated)}
                {tally("Relations", report.relations, created, updated)}
            </div>
            {classes}
            {skipped(&report)}
            {problems(report)}
        </div>
    }
    .into_any()
}

fn tally(title: &'static str, tally: Tally, created: &'static str, updated: &'static str) -> impl IntoView {
    let cell = |word: &'static str, count: u64, tone: &'static str| {
        let tone = if count == 0 { "neutral" } else { tone };
        view! {
            <div data-tone=tone>
                <dt>{word}</dt>
                <dd>{words::count(count)}</dd>
            </div>
        }
    };
    view! {
        <section class="ui-panel">
            <h2>{title}</h2>
            <dl class="part-tally">
                {cell("in the file", tally.read, "neutral")}
                {cell(created, tally.created, "success")}
                {cell(updated, tally.updated, "success")}
                {cell("unchanged", tally.unchanged, "neutral")}
                {cell("not taken", tally.rejected, "danger")}
            </dl>
        </section>
    }
}

fn skipped(report: &ImportReport) -> Option<AnyView> {
    if report.skipped.is_empty() {
        return None;
    }
    let total = report.skipped.values().sum();
    let row = |(kind, count): (&String, &u64)| view! { <dt class="mono">{kind.clone()}</dt> <dd>{words::count(*count)}</dd> };
    Some(
        view! {
            <details class="part-twin">
                <summary>{words::many(total, "object", "objects")} " of kinds that Slipway does not keep"</summary>
                <dl class="ui-facts ui-panel">{report.skipped.iter().map(row).collect_view()}</dl>
            </details>
        }
        .into_any(),
    )
}

fn problems(report: ImportReport) -> AnyView {
    let rejected = report.cis.rejected + report.relations.rejected;
    if report.problems.is_empty() {
        let text = if rejected == 0 {
            "No problems: everything in the file can be taken.".to_owned()
        } else {
            format!(
                "{} not taken.",
                words::many(rejected, "entry was", "entries were")
            )
        };
        return view! { <p class="ui-bar" data-tone="success">{text}</p> }.into_any();
    }
    let total = u64::try_from(report.problems.len()).unwrap_or(u64::MAX);
    let shown = RwSignal::new(FIRST);
    let listed = StoredValue::new(report.problems);
    let count = move || u64::try_from(shown.get()).unwrap_or(u64::MAX).min(total);
    let caption = Signal::derive(move || format!("{} problems", words::of(count(), total)));
    let row = |(index, problem): (usize, ImportProblem)| {
        let _ = index;
        view! {
            <tr>
                <td class="number" data-label="line">{problem.line.map(words::count)}</td>
                <th scope="row" class="mono">{problem.reference}</th>
                <td>{problem.reason}</td>
            </tr>
        }
    };
    let more = move || {
        (count() < total).then(|| {
            let press = move |_| shown.update(|shown| *shown += 400);
            view! {
                <div class="part-more">
                    <button type="button" class="ui-button" on:click=press>"Show more problems"</button>
                </div>
            }
        })
    };
    let visible = move || {
        let count = shown.get();
        listed.with_value(|all| all.iter().take(count).cloned().enumerate().collect::<Vec<_>>())
    };
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col" class="number">"Line"</th>
                    <th scope="col">"What"</th>
                    <th scope="col">"Why it was not taken"</th>
                </tr>
            </thead>
            <tbody>
                <For each=visible key=|(index, _)| *index children=row />
            </tbody>
        </TableFrame>
        {more}
    }
    .into_any()
}
