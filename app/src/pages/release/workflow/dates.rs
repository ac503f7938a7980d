//! When: the planned dates of what was submitted, and the work in the calendar of a group.

use chrono::{DateTime, Utc};
use domain::release::{Action, Activity, Command, Release, ReleaseField};
use leptos::prelude::*;

use super::dialogs::Foot;
use super::use_workflow;
use crate::client::clock;
use crate::parts::people::{or_none, use_people};
use crate::state::use_release;
use crate::ui::{Button, SelectField, TextArea, TextField};
use crate::words;

/// Reads what was typed, or says beside it what is wrong.
pub fn typed(
    text: RwSignal<String>,
    wrong: RwSignal<Option<String>>,
    otherwise: &str,
) -> Option<DateTime<Utc>> {
    let read = text.with_untracked(|text| clock::read(text, otherwise));
    wrong.set(
        read.as_ref()
            .err()
            .map(|wrong| format!("{}.", words::capital(wrong))),
    );
    read.ok()
}

/// Longest activity: a month.
const MAX_MINUTES: u32 = 31 * 24 * 60;

/// Other dates for exactly what was seen; the go-ahead was given for the old ones.
#[component]
pub fn ReDateSheet() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let seen = untrack(|| open.with(Release::content_hash));
    let time = |field| {
        let at = untrack(|| open.with(|release| release.time(field)).flatten());
        RwSignal::new(at.map(clock::to_input).unwrap_or_default())
    };
    let (start, end) = (time(ReleaseField::PlannedStart), time(ReleaseField::PlannedEnd));
    let before = (start.get_untracked(), end.get_untracked());
    let need = untrack(|| open.with(|release| release.totals().chain_minutes).unwrap_or(0));
    let (no_start, no_end) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let go = move |()| {
        let from = typed(start, no_start, "say when it begins");
        let to = typed(end, no_end, "say when it ends");
        let (Some(from), Some(to)) = (from, to) else {
            return;
        };
        let have = (to - from).num_minutes();
        if have < need || to <= from {
            let need = words::minutes(u64::try_from(need).unwrap_or(0));
            no_end.set(Some(format!(
                "Too early: the steps need {need} one after the other."
            )));
            return;
        }
        if (start.get_untracked(), end.get_untracked()) == before {
            no_start.set(Some("These are the dates it has.".into()));
            return;
        }
        open.act(Command::ReDate {
            start: from,
            end: to,
            seen: seen.clone(),
        });
        workflow.close();
    };
    let voids = move || {
        let given =
            open.with(|release| release.course.standing().count() > 0 || release.authorised.is_some());
        if given == Some(true) {
            "The go-ahead was given for the dates it has: it becomes void, and is asked for again. Steps cannot be \
             started until it is given."
        } else {
            "Whoever is asked to authorise it is asked for these dates."
        }
    };
    view! {
        <p class="ui-bar" data-tone="warning"><span>{voids}</span></p>
        <div class="ui-columns">
            <TextField label="Planned start" kind="datetime-local" value=start error=no_start required=true
                hint=format!("Times are in {}", clock::zone()) />
            <TextField label="Planned end" kind="datetime-local" value=end error=no_end required=true />
        </div>
        <Foot action=Action::ReDate words="Move them" on_go=go />
    }
}

/// The work as an entry in the calendar of a group.
#[component]
pub fn ScheduleSheet() -> impl IntoView {
    let (open, workflow, people) = (use_release(), use_workflow(), use_people());
    let (now, start, group, minutes) = untrack(|| {
        open.with(|release| {
            (
                release.course.activity.clone(),
                release.time(ReleaseField::PlannedStart),
                release.working_groups().into_iter().next(),
                release.totals().minutes,
            )
        })
        .unwrap_or_default()
    });
    let planned = now.is_some();
    let work = u32::try_from(minutes).ok().filter(|minutes| *minutes > 0);
    let (group, instruction, at, minutes) = match now {
        Some(now) => (Some(now.group), now.instruction, now.at, now.minutes),
        None => (
            group,
            String::new(),
            start.unwrap_or_else(clock::now),
            work.unwrap_or(60),
        ),
    };
    let group = RwSignal::new(group.map(|group| group.to_string()).unwrap_or_default());
    let instruction = RwSignal::new(instruction);
    let at = RwSignal::new(clock::to_input(at));
    let minutes = RwSignal::new(minutes.to_string());
    let groups = Signal::derive(move || or_none(people.groups(), "Choose a group"));
    let wrong = || RwSignal::new(None::<String>);
    let (no_group, no_words, no_time, no_minutes) = (wrong(), wrong(), wrong(), wrong());
    let go = move |()| {
        let say = |bad: bool, text: &str| bad.then(|| text.to_owned());
        let group = group.with_untracked(|group| group.parse().ok());
        let instruction = instruction.with_untracked(|text| text.trim().to_owned());
        let at = typed(at, no_time, "say when");
        let minutes = minutes.with_untracked(|minutes| minutes.trim().parse::<u32>().ok());
        let minutes = minutes.filter(|minutes| (1..=MAX_MINUTES).contains(minutes));
        no_group.set(say(group.is_none(), "Choose whose calendar it is put in."));
        no_words.set(say(instruction.is_empty(), "Say what is to be done."));
        no_minutes.set(say(minutes.is_none(), "From 1 minute to 31 days."));
        let (Some(group), Some(at), Some(minutes)) = (group, at, minutes) else {
            return;
        };
        if instruction.is_empty() {
            return;
        }
        let activity = Activity {
            group,
            instruction,
            at,
            minutes,
        };
        open.act(Command::Schedule {
            activity: Some(activity),
        });
        workflow.close();
    };
    let take_out = move |()| {
        open.act(Command::Schedule { activity: None });
        workflow.close();
    };
    view! {
        <SelectField label="Calendar of the group" value=group options=groups error=no_group required=true />
        <TextArea label="Instruction" value=instruction rows=3 max=4_000_u32 error=no_words required=true />
        <div class="ui-columns">
            <TextField label="Date and time" kind="datetime-local" value=at error=no_time required=true
                hint=format!("Times are in {}", clock::zone()) />
            <TextField label="Minutes" kind="number" value=minutes error=no_minutes required=true />
        </div>
        {planned.then(|| view! { <Button on_press=take_out>"Take it out of the calendar"</Button> })}
        <Foot action=Action::Schedule words="Schedule it" on_go=go />
    }
}
