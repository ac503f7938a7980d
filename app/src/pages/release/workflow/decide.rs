//! Submitting, and the go-ahead for exactly what was submitted.

use chrono::{DateTime, Utc};
use domain::release::{Action, Approval, Command, Release, ReleaseField};
use domain::sync::{Category, JournalEntry};
use domain::wire::Page;
use leptos::prelude::*;

use super::dialogs::Foot;
use super::use_workflow;
use crate::client::{clock, http};
use crate::parts::blast::{impact_of, outages_of_plan};
use crate::parts::describe::value_words;
use crate::parts::people::use_people;
use crate::paths::Query;
use crate::state::{remote, use_release, use_session};
use crate::ui::{Icon, Moment, icon, show, skeleton_lines};
use crate::words;

/// What exactly is submitted, and what it takes down.
#[component]
pub fn SubmitSheet() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let hash = Memo::new(move |_| open.with(Release::content_hash));
    let go = move |()| {
        open.act(Command::Submit {
            seen: hash.get_untracked(),
        });
        workflow.close();
    };
    view! {
        <dl class="ui-facts">{move || open.with(summary_of)}<TakesWithIt /></dl>
        <p class="soft meta">
            "Content " <span class="mono">{move || hash.get().map(|hash| hash.0.chars().take(12).collect::<String>())}</span>
            ". Exactly this is frozen; who authorises it authorises this content."
        </p>
        <Foot action=Action::Submit words="Submit it" on_go=go />
    }
}

/// Beside what is taken down by plan: what that takes with it.
#[component]
fn TakesWithIt() -> impl IntoView {
    let impact = impact_of(outages_of_plan(), 1);
    let radius = move || match (impact.value.get(), impact.error.get()) {
        (Some(answer), None) => format!(
            "▼ {} down, ◐ {} degraded beside the CIs taken down by plan.",
            words::count(answer.down),
            words::count(answer.degraded)
        ),
        (_, Some(error)) => format!("The blast radius is not known now. {}", error.message()),
        (None, None) => "Asking for the blast radius…".into(),
    };
    view! { <dt>"Takes with it"</dt><dd>{radius}</dd> }
}

/// The go-ahead for what is on the screen: its whole hash, what it takes down, and what became of an earlier one.
#[component]
pub fn AuthoriseSheet() -> impl IntoView {
    let (open, workflow, session, people) = (use_release(), use_workflow(), use_session(), use_people());
    // What is on the screen now is what is authorised: a later change is refused, not let through.
    let seen = open
        .shown
        .with_untracked(|shown| shown.release.as_ref().map(Release::content_hash));
    let whole = seen.as_ref().map(|hash| hash.0.clone());
    let instead = move || {
        let requester = open.with(Release::requester).flatten()?;
        let stands_in = session.me()?.actor.on_behalf_of(requester)?;
        Some(view! { <p>"You do this on behalf of " {people.name(stands_in)} "; the history says so."</p> })
    };
    let go = move |()| {
        open.act(Command::Authorise { seen: seen.clone() });
        workflow.close();
    };
    view! {
        <dl class="ui-facts">
            {move || open.with(summary_of)}
            <TakesWithIt />
            <dt>"Content"</dt>
            <dd class="mono page-hash">{whole}</dd>
        </dl>
        <SinceThen />
        {instead}
        <p class="soft meta">
            "You authorise exactly this content. Whatever changes afterwards makes the go-ahead void."
        </p>
        <Foot action=Action::Authorise words="Authorise it" on_go=go />
    }
}

/// What changed since the last go-ahead, where that is void.
#[component]
fn SinceThen() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    // As it was when the dialog opened.
    let last = untrack(|| {
        open.with(|release| {
            let last = release.course.approvals.last()?.clone();
            let same = last.content == release.content_hash();
            Some((last, same, release.sent_back.clone()))
        })
        .flatten()
    });
    let Some((
        Approval {
            mark,
            void: Some(void),
            ..
        },
        same,
        sent_back,
    )) = last
    else {
        return ().into_any();
    };
    let because = sent_back.map(|back| view! { <p>"Reason: " {back.reason}</p> });
    let changes = if same {
        view! { <p>"The content is exactly what was authorised then."</p> }.into_any()
    } else {
        view! { <Changes since=mark.at /> }.into_any()
    };
    view! {
        <section class="page-since" aria-label="Since the last go-ahead">
            <p>
                {people.name(mark.by)} " authorised it on " <Moment at=mark.at /> ". That is void since "
                <Moment at=void.at /> ", by what " {people.name(void.by)} " did."
            </p>
            {because}
            {changes}
        </section>
    }
    .into_any()
}

/// Entries of the journal that are about content.
#[component]
fn Changes(since: DateTime<Utc>) -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let number = untrack(|| open.number());
    let entries = remote(
        true,
        move || number,
        |number| async move {
            let Some(number) = number else {
                return Ok(Vec::new());
            };
            let query = Query::default().with("limit", "50");
            let path = query.on(&format!("/api/v1/releases/{number}/journal"));
            Ok(http::get::<Page<JournalEntry>>(&path).await?.items)
        },
    );
    let about = move |entry: &JournalEntry| {
        let dates = entry.text.contains("dates");
        let content = matches!(entry.category, Category::Edit | Category::Plan | Category::Scope);
        entry.at > since && (content || dates)
    };
    show(
        entries,
        "what changed",
        || skeleton_lines(3),
        move |entries| {
            let line = |entry: JournalEntry| {
                let words = |value| value_words(value, None, people);
                view! {
                    <li>
                        {entry.by_name} " " {entry.text} ": "
                        <del>{words(&entry.before)}</del> " → " <ins>{words(&entry.after)}</ins>
                    </li>
                }
            };
            let lines = entries.into_iter().filter(about).map(line).collect_view();
            view! { <p>"What changed since then:"</p> <ul>{lines}</ul> }.into_any()
        },
    )
}

/// Why it came back, until it goes on.
#[component]
pub fn SentBackBar() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let sent_back = Memo::new(move |_| open.with(|release| release.sent_back.clone()).flatten());
    view! {
        {move || {
            sent_back
                .get()
                .map(|back| {
                    view! {
                        <div class="ui-bar page-frozen" data-tone="warning">
                            {icon(Icon::Warning)}
                            <span>
                                {people.name(back.mark.by)}
                                {match back.from {
                                    None => " refused it, ".to_owned(),
                                    Some(stage) => format!(" found it unresolved in {}, ", stage.as_str()),
                                }}
                                <Moment at=back.mark.at /> ": " {back.reason}
                            </span>
                        </div>
                    }
                })
        }}
    }
}

/// What is decided on, in three rows.
pub(super) fn summary_of(release: &Release) -> AnyView {
    let totals = release.totals();
    let time = |field| {
        release
            .time(field)
            .map_or_else(|| "not set".to_owned(), clock::local)
    };
    let rows = [
        ("Release", release.title().to_owned()),
        (
            "Plan",
            format!(
                "{}, {} one after the other, {}",
                words::many(totals.steps as u64, "step", "steps"),
                words::minutes(u64::try_from(totals.minutes).unwrap_or(0)),
                words::many(totals.targets as u64, "CI", "CIs")
            ),
        ),
        (
            "Window",
            format!(
                "{} to {}",
                time(ReleaseField::PlannedStart),
                time(ReleaseField::PlannedEnd)
            ),
        ),
    ];
    rows.into_iter()
        .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> })
        .collect_view()
        .into_any()
}
