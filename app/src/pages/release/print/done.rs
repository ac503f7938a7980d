//! What was done, on paper: the records of each step, and how the release ended.

use domain::StepId;
use domain::release::{Disposition, ExecutionRecord, Figures, Release, ReleaseField};
use leptos::prelude::*;

use crate::client::clock;
use crate::pages::release::workflow::figures_said;
use crate::parts::people::People;
use crate::parts::run::{flag_words, state_words, until};
use crate::words;

/// What was recorded at a step in this run, the oldest first; nothing where nothing was.
pub(super) fn of_step(release: &Release, step: StepId, people: People) -> Option<AnyView> {
    let of_step = |record: &&ExecutionRecord| record.step == step && record.run == release.run;
    let mut records: Vec<&ExecutionRecord> = release.records.values().filter(of_step).collect();
    if records.is_empty() {
        return None;
    }
    records.sort_by_key(|record| record.mark.at);
    let state = release.run_state().step(step).map(|step| state_words(step.state));
    let state = state.map(|(shape, word, _)| view! { <p><b>{shape} " " {word}</b></p> });
    let rows = records
        .into_iter()
        .map(|record| recorded(record, people))
        .collect_view();
    Some(view! { <div class="done">{state} <ul>{rows}</ul></div> }.into_any())
}

fn recorded(record: &ExecutionRecord, people: People) -> AnyView {
    let (by, second, overruled) = (record.mark.by, record.confirmed, record.overruled);
    let result = record.result.word();
    let when = format!("{}{}", clock::local(record.started), until(record));
    let photos = record.evidence.len() as u64;
    let photos = (photos > 0).then(|| format!(" · {}", words::many(photos, "photo", "photos")));
    let flags: Vec<String> = record
        .flags
        .iter()
        .map(|flag| format!("⚑ {}", flag_words(*flag, record)))
        .collect();
    view! {
        <li>
            <b>{result}</b> {format!(", {when}, by ")} {move || people.name(by)} {photos}
            {second.map(|mark| view! { "; confirmed by " {move || people.name(mark.by)} ", " {clock::local(mark.at)} })}
            {overruled.map(|mark| view! { "; does not count, " {move || people.name(mark.by)} " decided so" })}
            {(!record.note.is_empty()).then(|| view! { <p class="prose">{record.note.clone()}</p> })}
            {(!flags.is_empty()).then(|| view! { <p>{flags.join("; ")}</p> })}
        </li>
    }
    .into_any()
}

/// How it ended or why it waits, and its times, as rows of the head.
pub(super) fn course(release: &Release, figures: Option<Figures>, people: People) -> AnyView {
    let row = |name: &'static str, value: AnyView| view! { <tr><th scope="row">{name}</th><td colspan="3">{value}</td></tr> };
    let course = &release.course;
    let hold = course.hold.clone().map(|hold| {
        let since = clock::local(hold.mark.at);
        let note = (!hold.note.is_empty()).then(|| format!(": {}", hold.note));
        let by = hold.mark.by;
        row(
            "On hold",
            view! { {hold.text} {note} {format!(", since {since}, by ")} {move || people.name(by)} }
                .into_any(),
        )
    });
    let ended = course.ended.clone().map(|ended| {
        let (mark, reason) = (ended.mark, ended.reason);
        let instead = ended
            .on_behalf_of
            .map(|user| view! { " on behalf of " {move || people.name(user)} });
        let reason = (!reason.is_empty()).then(|| format!(": {reason}"));
        let cancelled = release.disposition == Disposition::Cancelled;
        let what = if cancelled { "Cancelled" } else { "Closed" };
        row(
            what,
            view! { {clock::local(mark.at)} ", by " {move || people.name(mark.by)} {instead} {reason} }
                .into_any(),
        )
    });
    let code = release.text(ReleaseField::ClosureCode).to_owned();
    let notes = release.text(ReleaseField::ClosureNotes).to_owned();
    let date = release.time(ReleaseField::ReleaseDate).map(clock::local);
    let said: Vec<String> = [date, Some(notes)]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
    let kind = release.release_type();
    let outcome = (!code.is_empty() || !said.is_empty()).then(|| {
        let code = move || (!code.is_empty()).then(|| people.closure_code(kind.as_ref(), &code));
        let said = said.join(" · ");
        row(
            "Outcome",
            view! { {move || code().map(|code| format!("{code}. "))} {said} }.into_any(),
        )
    });
    let times = figures
        .filter(|_| !release.records.is_empty() || course.captured.is_some() || course.ended.is_some());
    let times = times.map(|figures| {
        row("Times", {
            let said = figures_said(&figures).into_iter();
            said.map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>()
                .join(" · ")
                .into_any()
        })
    });
    view! { {hold} {ended} {outcome} {times} }.into_any()
}
