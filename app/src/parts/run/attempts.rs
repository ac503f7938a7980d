use domain::grow::Arrange;
use domain::release::{
    CLOCK_TOLERANCE, Command, Disposition, ExecutionRecord, FieldVer, RecordFlag, Release, StepResult,
    StepState,
};
use domain::{AttemptId, StepId};
use leptos::prelude::*;

use super::photos::Picture;
use super::use_run;
use crate::client::clock;
use crate::client::sync::use_sync;
use crate::pages::sign_in::SignInForm;
use crate::parts::people::use_people;
use crate::state::{use_release, use_session};
use crate::ui::{Button, ButtonKind, Dialog, For, Moment};
use crate::words;

/// Everything that was recorded at a step, the newest first: who, when by which clock, note, photos, what is odd;
/// and what a second person or the lead has to say.
#[component]
pub fn Attempts(
    /// Which step.
    id: StepId,
) -> impl IntoView {
    let open = use_release();
    let attempts = Memo::new(move |_| {
        let mut all = open
            .with(|release| {
                let of_step = release.records.iter().filter(|(_, record)| record.step == id);
                of_step
                    .map(|(attempt, record)| (record.mark.at, *attempt))
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default();
        all.arrange_by(|a, b| b.cmp(a));
        all.into_iter().map(|(_, attempt)| attempt).collect::<Vec<_>>()
    });
    view! {
        {move || {
            attempts
                .with(|attempts| !attempts.is_empty())
                .then(|| {
                    view! {
                        <section class="part-run-attempts" aria-label="Records">
                            <h3>"Records"</h3>
                            <For each=move || attempts.get() key=|attempt| *attempt let:attempt>
                                <Attempt step=id attempt=attempt />
                            </For>
                        </section>
                    }
                })
        }}
    }
}

#[component]
fn Attempt(step: StepId, attempt: AttemptId) -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let record = Memo::new(move |_| {
        open.with(|release| release.records.get(&attempt).cloned())
            .flatten()
    });
    let body = move |record: ExecutionRecord| {
        let by = record.mark.by;
        let (second, overruled) = (record.confirmed, record.overruled);
        let stored = matches!(record.mark.ver, FieldVer::Rev(_));
        let odd = open
            .with(|release| release.odd_times(&record))
            .unwrap_or_default();
        let flags = record.flags.iter().map(|flag| flag_words(*flag, &record));
        let flags = flags
            .chain(odd.into_iter().map(ToOwned::to_owned))
            .collect::<Vec<_>>();
        view! {
            <h4>
                <span class="ui-badge" data-tone=result_tone(record.result)>{record.result.word()}</span>
                {move || people.name(by)}
            </h4>
            <dl class="ui-facts">
                <dt>"By the device"</dt>
                <dd><Moment at=record.started /> {until(&record)}</dd>
                <dt>"By the server"</dt>
                <dd>
                    {if stored {
                        view! { <Moment at=record.mark.at /> }.into_any()
                    } else {
                        view! { <strong class="part-run-unsent">"On this device, not sent yet"</strong> }.into_any()
                    }}
                </dd>
                {second
                    .map(|second| {
                        view! { <dt>"Confirmed"</dt><dd>{move || people.name(second.by)} ", " <Moment at=second.at /></dd> }
                    })}
                {overruled
                    .map(|lead| {
                        view! {
                            <dt>"Does not count"</dt>
                            <dd>{move || people.name(lead.by)} " decided so, " <Moment at=lead.at /></dd>
                        }
                    })}
            </dl>
            {(!record.note.is_empty()).then(|| view! { <p class="prose">{record.note.clone()}</p> })}
            {(!flags.is_empty())
                .then(|| {
                    view! {
                        <ul class="part-run-flags">
                            {flags.into_iter().map(|text| view! { <li>"⚑ " {text}</li> }).collect_view()}
                        </ul>
                    }
                })}
            <div class="part-run-pictures">
                {record.evidence.iter().map(|photo| view! { <Picture id=*photo /> }).collect_view()}
            </div>
        }
    };
    view! {
        <article class="part-run-attempt" data-overruled=move || {
            record.with(|record| record.as_ref().is_some_and(|record| record.overruled.is_some())).then_some("")
        }>
            {move || record.get().map(body)}
            <Words step=step attempt=attempt />
        </article>
    }
}

/// What may be said about a record: a second person's word, or the lead's decision.
#[component]
fn Words(step: StepId, attempt: AttemptId) -> impl IntoView {
    let (open, view, sync, session) = (use_release(), use_run(), use_sync(), use_session());
    let handing = RwSignal::new(false);
    let standing = Memo::new(move |_| view.step(step).filter(|step| step.standing.contains(&attempt)));
    let confirms = move || {
        let me = session.me()?;
        let may = |release: &Release| {
            let record = release.records.get(&attempt)?;
            let active = release.disposition == Disposition::Active;
            Some(active && release.may_confirm(&me.actor, record))
        };
        open.with(may).flatten()
    };
    // Signing in as somebody else begins the page anew: nothing may be left behind.
    let unsent = Signal::derive(move || {
        (sync.standing().waiting > 0).then(|| "Once your record has been sent".to_owned())
    });
    let word = move || {
        let may = view.may.get();
        match standing.get()?.state {
            StepState::AwaitsConfirmation if view.executing() && confirms() == Some(true) => Some(
                view! {
                    <Button kind=ButtonKind::Primary on_press=move |()| open.act(Command::Confirm { attempt })>
                        "Confirm that it is done"
                    </Button>
                }
                .into_any(),
            ),
            StepState::AwaitsConfirmation if may.execute => Some(
                view! {
                    <p>"A second person confirms it: on their own device, or here."</p>
                    <Button blocked=unsent on_press=move |()| handing.set(true)>"Second person signs in here"</Button>
                }
                .into_any(),
            ),
            StepState::Disputed if may.settle => Some(
                view! {
                    <Button on_press=move |()| open.act(Command::Settle { step, attempt })>"This one counts"</Button>
                }
                .into_any(),
            ),
            _ => None,
        }
    };
    view! {
        <div class="part-run-words">{word}</div>
        <Dialog open=handing title="Second person">
            <p>"Whoever did not record it signs in here, and then confirms it on this page. You are signed out."</p>
            <SignInForm />
        </Dialog>
    }
}

/// ` to 22:19 (15 min)`; the day only where it took long.
#[must_use]
pub fn until(record: &ExecutionRecord) -> String {
    let took = u64::try_from((record.ended - record.started).num_minutes()).unwrap_or(0);
    let ended = if took < 12 * 60 {
        clock::time_of_day(record.ended)
    } else {
        clock::local(record.ended)
    };
    format!(" to {ended} ({})", words::minutes(took))
}

fn result_tone(result: StepResult) -> &'static str {
    match result {
        StepResult::Done => "success",
        StepResult::Failed => "danger",
        StepResult::Skipped => "neutral",
        StepResult::BackedOut => "warning",
    }
}

/// What is odd about a record, in words.
#[must_use]
pub fn flag_words(flag: RecordFlag, record: &ExecutionRecord) -> String {
    match (flag, record.skew_ms) {
        (RecordFlag::ClockOff, Some(skew)) => {
            let minutes = u64::try_from(skew.abs() / 60_000).unwrap_or(0);
            let side = if skew > 0 { "ahead" } else { "behind" };
            let most = CLOCK_TOLERANCE.num_minutes();
            format!(
                "the device's clock was {} {side} of the server's (more than {most} min)",
                words::minutes(minutes)
            )
        }
        (flag, _) => flag.text().to_owned(),
    }
}
