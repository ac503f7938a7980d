//! Actions that need a yes, a reason, or both.

use std::collections::BTreeMap;

use domain::CiKey;
use domain::release::{Action, Command, Figures, Judgement, Release, ReleaseField, judge};
use leptos::prelude::*;

use super::dialogs::{Foot, who_gets};
use super::use_workflow;
use crate::client::clock;
use crate::parts::people::use_people;
use crate::paths;
use crate::state::use_release;
use crate::ui::{Moment, SelectField, TextArea};
use crate::words;

/// So many CIs are shown at once.
const FEW: usize = 8;
/// Most characters of a reason or note.
const MAX: u32 = 4_000;

/// Refuse, unresolved, cancel, reopen: each with words that others read.
#[component]
pub fn ReasonSheet(action: Action) -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let (about, missing, verb) = match action {
        Action::Refuse => (
            "Its author can edit it again, reads your reason, and submits it anew.",
            "Say what has to change.",
            "Refuse it",
        ),
        Action::Unresolved => (
            "It goes back to authorisation: whoever authorises reads your reason, and the work begins again after a new \
             go-ahead.",
            "Say what did not work.",
            "Send it back",
        ),
        Action::Cancel => (
            "It ends here. What was done stays recorded, and it can be reopened.",
            "Say why it is cancelled.",
            "Cancel it",
        ),
        _ => (
            "Another run begins: it must be authorised again. The records of the last run are kept.",
            "Say why it is opened again.",
            "Reopen it",
        ),
    };
    let (reason, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let go = move |()| {
        let reason = reason.get_untracked();
        if reason.trim().is_empty() {
            wrong.set(Some(missing.into()));
            return;
        }
        open.act(match action {
            Action::Refuse => Command::Refuse { reason },
            Action::Unresolved => Command::Unresolved { reason },
            Action::Cancel => Command::Cancel { reason },
            _ => Command::Reopen { reason },
        });
        workflow.close();
    };
    let danger = action != Action::Reopen;
    view! {
        <p>{about}</p>
        <TextArea label="Reason" value=reason rows=3 max=MAX error=wrong required=true />
        <Foot action=action words=verb danger=danger on_go=go />
    }
}

/// Back to draft, by the author.
#[component]
pub fn WithdrawSheet() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let go = move |()| {
        workflow.close();
        open.act(Command::Withdraw);
    };
    view! {
        <p>
            "Whoever was asked to authorise it no longer is. The plan can be edited again, and must be submitted again."
        </p>
        <Foot action=Action::Withdraw words="Withdraw it" on_go=go />
    }
}

/// On to test or acceptance.
#[component]
pub fn ForwardSheet() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let from = untrack(|| open.with(|release| release.stage));
    let to = untrack(|| workflow.with(|scene| scene.leads_to()));
    let gets = to.map(who_gets);
    let go = move |()| {
        open.act(Command::Forward { from });
        workflow.close();
    };
    let words = Signal::derive(move || workflow.label(Action::Forward).to_owned());
    view! {
        <p>
            {move || gets.map(|gets| format!("From now on it is the work of {}.", gets.get()))}
            " The journal says that you said this stage is done."
        </p>
        <Foot action=Action::Forward words=words on_go=go />
    }
}

/// With a reason of the type, and more words.
#[component]
pub fn HoldSheet() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let reasons = Signal::derive(move || {
        let kind = workflow.kind();
        let reasons = kind.iter().flat_map(|kind| &kind.hold_reasons);
        let reasons = reasons.filter(|choice| choice.active);
        let mut all = vec![(String::new(), "Choose a reason".to_owned())];
        all.extend(reasons.map(|choice| (choice.key.clone(), choice.text.clone())));
        all
    });
    let unknown = Signal::derive(move || {
        (reasons.with(Vec::len) < 2)
            .then(|| "The reasons of this type are not known on this device. Connect once.".to_owned())
    });
    let (reason, note) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrong = RwSignal::new(None::<String>);
    let go = move |()| {
        let reason = reason.get_untracked();
        if reason.is_empty() {
            wrong.set(Some("Choose why it waits.".into()));
            return;
        }
        let note = note.get_untracked();
        open.act(Command::Hold { reason, note });
        workflow.close();
    };
    view! {
        <p>"The time that is left is kept, and no step can be started until somebody resumes it."</p>
        <SelectField label="Reason" value=reason options=reasons error=wrong required=true />
        <TextArea label="Note" value=note rows=3 max=MAX hint="What it waits for, and who is on it" />
        <Foot action=Action::Hold words="Put it on hold" blocked=unknown on_go=go />
    }
}

/// Where it was, with the time that was left.
#[component]
pub fn ResumeSheet() -> impl IntoView {
    let (open, workflow, people) = (use_release(), use_workflow(), use_people());
    let hold = untrack(|| open.with(|release| release.course.hold.clone()).flatten());
    let go = move |()| {
        open.act(Command::Resume);
        workflow.close();
    };
    let facts = hold.map(|hold| {
        let left = hold
            .seconds_left
            .and_then(|seconds| u64::try_from(seconds / 60).ok());
        let left = left.map_or_else(
            || "it was past due, or has no due time".to_owned(),
            |minutes| {
                format!(
                    "{} of working time; it is due after as much again from now",
                    words::minutes(minutes)
                )
            },
        );
        view! {
            <dl class="ui-facts">
                <dt>"On hold since"</dt>
                <dd><Moment at=hold.mark.at /> ", by " {people.name(hold.mark.by)}</dd>
                <dt>"Reason"</dt>
                <dd>{hold.text} {(!hold.note.is_empty()).then(|| format!(": {}", hold.note))}</dd>
                <dt>"Time left"</dt>
                <dd>{left}</dd>
            </dl>
        }
    });
    view! {
        {facts}
        <Foot action=Action::Resume words="Resume it" on_go=go />
    }
}

/// By the requester, with what is fixed for good.
#[component]
pub fn CloseSheet() -> impl IntoView {
    let (open, workflow, people) = (use_release(), use_workflow(), use_people());
    let go = move |()| {
        open.act(Command::Close);
        workflow.close();
    };
    let figures = untrack(|| {
        workflow.with(|scene| {
            let reckons = scene.world.reckons(scene.release.release_type().as_ref());
            reckons.then(|| scene.release.figures(clock::now(), scene.world))
        })
    });
    let judged = untrack(|| {
        workflow.with(|scene| {
            let release = scene.release;
            let owner = release
                .requester()
                .map(|user| people.name(user))
                .unwrap_or_default();
            judge(release, &owner, clock::now(), scene.world)
        })
    });
    view! {
        <p>"It is concluded. Its times are fixed; it can be reopened, which begins another run."</p>
        {(!judged.is_empty()).then(|| judged_view(&judged))}
        <dl class="ui-facts">
            <EndFacts />
            {figures.map(|figures| figures_view(&figures))}
        </dl>
        <Foot action=Action::Close words="Close it" on_go=go />
    }
}

/// What was said at its end: closure code, release date, notes.
#[component]
pub fn EndFacts() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let said = Memo::new(move |_| {
        open.with(|release: &Release| {
            let text = |field| release.text(field).to_owned();
            (
                text(ReleaseField::ClosureCode),
                text(ReleaseField::ClosureNotes),
                release.time(ReleaseField::ReleaseDate),
            )
        })
        .unwrap_or_default()
    });
    move || {
        let (code, notes, date) = said.get();
        let kind = workflow.kind();
        let choices = kind.iter().flat_map(|kind| &kind.closure_codes);
        let known = choices
            .filter(|choice| choice.key == code)
            .map(|choice| choice.text.clone())
            .next();
        let code =
            (!code.is_empty()).then(|| view! { <dt>"Closure code"</dt><dd>{known.unwrap_or(code)}</dd> });
        let date = date.map(|at| view! { <dt>"Release date"</dt><dd><Moment at=at /></dd> });
        let notes =
            (!notes.is_empty()).then(|| view! { <dt>"Closure notes"</dt><dd class="prose">{notes}</dd> });
        view! { {code} {date} {notes} }
    }
}

/// The times of a release (S67): what each is called, and the time.
#[must_use]
pub fn figures_said(figures: &Figures) -> Vec<(&'static str, String)> {
    let minutes = |minutes: i64| u64::try_from(minutes).unwrap_or(0);
    let times = [
        ("Planned effort", figures.effort),
        ("Until it was claimed", figures.capture),
        ("Worked on it", figures.service),
        ("From beginning to end", Some(figures.elapsed)),
        ("On hold", Some(figures.held).filter(|held| *held > 0)),
    ];
    let mut said: Vec<_> = times
        .into_iter()
        .filter_map(|(name, time)| Some((name, words::minutes(minutes(time?)))))
        .collect();
    if figures.overdue > 0 {
        said.push(("Due time", words::late(minutes(figures.overdue))));
    }
    said
}

/// The same in rows.
pub fn figures_view(figures: &Figures) -> AnyView {
    let row = |(name, time)| view! { <dt>{name}</dt><dd>{time}</dd> };
    figures_said(figures)
        .into_iter()
        .map(row)
        .collect_view()
        .into_any()
}

/// What closing does to each CI that was worked on or is in scope.
fn judged_view(judged: &BTreeMap<CiKey, Judgement>) -> AnyView {
    let row = |(key, one): (&CiKey, &Judgement)| {
        let becomes = match (&one.verify, one.moves_to()) {
            (Some(_), _) if one.was.is_none() => {
                "to be verified by whoever looks after it: not as planned".to_owned()
            }
            (Some(verify), _) => format!("to be verified by {}: not as planned", verify.owner),
            (None, Some(becomes)) => format!("becomes {}", words::plain(becomes.as_str())),
            // Where it is in its life is only known on the server.
            (None, None) if one.was.is_none() && one.planned.contains("retire") => {
                "becomes retired".to_owned()
            }
            (None, None) if one.was.is_none() && !one.recorded.is_empty() => {
                "as planned; goes into production if it was on its way there".to_owned()
            }
            (None, None) => "stays as it is".to_owned(),
        };
        view! { <li><a href=paths::ci(key) target="_blank">{one.name.clone()}</a> ": " {becomes}</li> }
    };
    let count = words::many(judged.len() as u64, "CI", "CIs");
    view! {
        <details open=judged.len() <= FEW>
            <summary>{format!("What becomes of {count}")}</summary>
            <ul class="page-judged">{judged.iter().map(row).collect_view()}</ul>
        </details>
    }
    .into_any()
}
