//! What is planned in a week: windows of releases and the work in the calendars of groups.

mod week;

use domain::list::schedule;
use domain::wire::release::ReleaseSummary;
use domain::wire::schedule::{Schedule, ScheduleQuery};
use leptos::prelude::*;

use crate::client::clock;
use crate::client::http;
use crate::client::sync::use_sync;
use crate::parts::on_device::{is_unknown, only_here};
use crate::parts::paper::Paper;
use crate::parts::people::use_people;
use crate::paths::Query;
use crate::state::{remote, use_query, use_session};
use crate::ui::{Icon, LinkButton, Page, SelectField, StateKind, show, skeleton_table, state_view};
use crate::words;
use week::Week;

/// The page. Week and group stand in the address.
#[component]
pub fn SchedulePage() -> impl IntoView {
    let (query, sync) = (use_query(), use_sync());
    let week = Memo::new(move |_| Week::read(&query.get("week")));
    let group = Memo::new(move |_| query.get("group"));
    let asked = Memo::new(move |_| pairs(week.get(), &group.get()));
    let answer = remote(
        false,
        move || {
            sync.pokes.track();
            asked.get()
        },
        |asked: Query| async move { http::get::<Schedule>(&asked.on("/api/v1/schedule")).await },
    );
    let unknown = Memo::new(move |_| is_unknown(answer));
    let body = move || match unknown.get() {
        true => on_this_device(asked, week),
        false => show(
            answer,
            "the schedule",
            || skeleton_table(7),
            move |found| days(&found, week.get_untracked(), group),
        ),
    };
    // The heading on the paper says which week.
    let people = use_people();
    let paper = Signal::derive(move || match group.get().as_str() {
        "" => "All groups".to_owned(),
        "me" => "My groups".to_owned(),
        "none" => "No group".to_owned(),
        id => id.parse().map_or_else(|_| id.to_owned(), |id| people.group(id)),
    });
    view! {
        <Page title="Schedule">
            <div class="ui-stack page-schedule">
                <Paper what=paper />
                <Bar week=week group=group />
                {body}
            </div>
        </Page>
    }
}

/// The question, as the address of the server has it.
fn pairs(week: Week, group: &str) -> Query {
    let (from, to) = week.bounds();
    Query::default()
        .with("from", &from.to_rfc3339())
        .with("to", &to.to_rfc3339())
        .with("group", group)
}

/// Which week and whose work, to be changed.
#[component]
fn Bar(week: Memo<Week>, group: Memo<String>) -> impl IntoView {
    let (query, people) = (use_query(), use_people());
    let to = move |week: Week| query.now.get().with("week", &week.word()).on("/schedule");
    let before = Signal::derive(move || to(week.get().earlier()));
    let after = Signal::derive(move || to(week.get().later()));
    let now = Signal::derive(move || query.now.get().with("week", "").on("/schedule"));
    let chosen = RwSignal::new(group.get_untracked());
    Effect::new(move |_| chosen.set(group.get()));
    let choose = move |group: String| query.set(query.now.get_untracked().with("group", &group));
    let options = Signal::derive(move || {
        let fixed = [("", "All groups"), ("me", "My groups"), ("none", "No group")];
        let mut all: Vec<(String, String)> = fixed.map(|(key, word)| (key.into(), word.into())).into();
        all.extend(people.groups_ever());
        all
    });
    view! {
        <div class="bar">
            <nav aria-label="Weeks">
                <LinkButton href=before icon=Icon::Left>"Earlier"</LinkButton>
                <LinkButton href=now>"This week"</LinkButton>
                <LinkButton href=after icon=Icon::Right>"Later"</LinkButton>
            </nav>
            <h2 aria-live="polite">{move || week.get().title()}</h2>
            <SelectField label="Group" value=chosen options=options on_change=choose />
        </div>
    }
}

/// What the releases on this device say, while the server cannot be reached.
fn on_this_device(asked: Memo<Query>, week: Memo<Week>) -> AnyView {
    let (sync, session) = (use_sync(), use_session());
    let found = Memo::new(move |_| {
        let me = session.me()?;
        let question = asked.with(|asked| ScheduleQuery::read(asked.pairs())).ok()?;
        let all: Vec<_> = sync
            .on_device(&me.actor)
            .iter()
            .map(ReleaseSummary::from)
            .collect();
        Some(schedule(&me.actor, all.iter(), &question))
    });
    let group = Memo::new(move |_| asked.with(|asked| asked.get("group").unwrap_or_default().to_owned()));
    view! {
        {only_here()}
        {move || found.get().map(|found| days(&found, week.get_untracked(), group))}
    }
    .into_any()
}

/// Seven days, or that there is nothing in them.
fn days(found: &Schedule, week: Week, group: Memo<String>) -> AnyView {
    if found.items.is_empty() {
        let (kind, text) = match group.get_untracked().is_empty() {
            true => (
                StateKind::Empty,
                "No release has its window in this week, and no group has work in its calendar.",
            ),
            false => (
                StateKind::NoMatch,
                "Nothing of this group. Choose all groups, or another week.",
            ),
        };
        return state_view(kind, "Nothing is planned in this week", text, None);
    }
    let shown = found.items.len() as u64;
    let cut = (shown < found.total).then(|| {
        let text = format!(
            "{} are shown. Choose a group to see fewer.",
            words::of(shown, found.total)
        );
        view! { <p class="ui-bar" data-tone="info"><span>{text}</span></p> }
    });
    let today = clock::today();
    let people = use_people();
    let columns = week
        .days()
        .map(|day| week::day_view(day, day == today, &found.items, people));
    view! {
        {cut}
        <p class="soft meta">{words::many(found.total, "entry", "entries")} {format!("; times are in {}", clock::zone())}</p>
        <div class="week">{columns.collect_view()}</div>
    }
    .into_any()
}
