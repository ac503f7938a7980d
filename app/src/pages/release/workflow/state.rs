//! Where the release is in its life: the stages with who said they are done, when it is due, why it waits, whose
//! go-ahead it has, and who has it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::CiKey;
use domain::release::{
    Activity, Approval, Course, Disposition, Ended, FieldVer, Figures, Hold, Judgement, Mark, Party, Release,
    Stage, awaited_words, awaits,
};
use leptos::prelude::*;

use super::accept::EndNotes;
use super::reason::{EndFacts, figures_said, figures_view};
use super::use_workflow;
use crate::client::clock;
use crate::parts::people::{People, use_people};
use crate::paths;
use crate::state::use_release;
use crate::ui::{Badge, Moment, Tone};
use crate::words;

/// For a time that would be wrong if it were reckoned here.
const LATER: &str = "known once the server has answered";

/// What the card shows of the release.
#[derive(Clone, PartialEq)]
struct State {
    stage: Stage,
    disposition: Disposition,
    run: u32,
    marks: Vec<(Stage, Option<Mark>)>,
    due: Option<DateTime<Utc>>,
    overdue: i64,
    /// What was done here and is not sent yet may move its times, and this device cannot reckon them.
    unsure: bool,
    /// Whose go-ahead is missing.
    awaited: Option<String>,
    assignee: Option<domain::UserId>,
    groups: Vec<domain::GroupId>,
    course: Course,
    /// Its times so far, where this device can reckon them.
    figures: Option<Figures>,
}

/// The card.
#[component]
pub fn StateCard() -> impl IntoView {
    let (people, workflow) = (use_people(), use_workflow());
    let state = Memo::new(move |_| {
        workflow.with(|scene| {
            let release = scene.release;
            let tests = scene.kind().is_none_or(|kind| kind.test_stage);
            let missing = (release.disposition != Disposition::Concluded
                && release.disposition != Disposition::Cancelled)
                .then(|| awaits(scene))
                .flatten();
            Some(State {
                stage: release.stage,
                disposition: release.disposition,
                run: release.run,
                marks: marks(release, tests),
                due: release.due(),
                overdue: release.overdue_minutes(clock::now()),
                unsure: !scene.world.reckons(release.release_type().as_ref())
                    && matches!(release.updated.ver, FieldVer::Mine(_)),
                awaited: missing.map(|awaits| awaited_words(scene, &awaits)),
                assignee: release.assignee(),
                groups: release.working_groups().into_iter().collect(),
                course: release.course.clone(),
                figures: scene
                    .world
                    .reckons(release.release_type().as_ref())
                    .then(|| release.figures(clock::now(), scene.world)),
            })
        })
    });
    view! {
        <section class="page-state" id="workflow" tabindex="-1" aria-label="Workflow">
            {move || state.get().map(|state| view! { {strip(&state, people)} {facts(state, people)} })}
            <EndNotes />
        </section>
    }
}

/// Who ended each stage of this run, for the stages that this release goes through.
fn marks(release: &Release, tests: bool) -> Vec<(Stage, Option<Mark>)> {
    let course = &release.course;
    let closed = course.ended.as_ref().map(|ended| ended.mark);
    let concluded = closed.filter(|_| release.disposition == Disposition::Concluded);
    let all = [
        (Stage::Draft, release.submitted.as_ref().map(|it| it.mark)),
        (Stage::Authorisation, release.authorised),
        (Stage::Execution, course.executed),
        (Stage::Test, course.tested),
        (Stage::Acceptance, course.accepted),
        (Stage::Closure, concluded),
    ];
    let mut all = all.to_vec();
    all.retain(|(stage, _)| *stage != Stage::Test || tests || release.stage == Stage::Test);
    all
}

fn strip(state: &State, people: People) -> AnyView {
    let now = state.stage;
    let concluded = state.disposition == Disposition::Concluded;
    let stages = state.marks.clone().into_iter().map(move |(stage, mark)| {
        let done = stage < now || concluded;
        let word = match (done, stage == now) {
            (true, _) => "done",
            (false, true) => "now",
            (false, false) => "later",
        };
        let by = mark.filter(|_| done).map(|mark| {
            view! { <span class="by">{move || people.name(mark.by)} <span class="sr-only">", "</span> <Moment at=mark.at /></span> }
        });
        let current = (stage == now && !concluded).then_some("step");
        view! {
            <li data-state=word aria-current=current>
                <span class="stage">{stage.as_str()}</span>
                {(done && by.is_none()).then(|| view! { <span class="sr-only">"done"</span> })}
                {by}
            </li>
        }
    });
    let run = (state.run > 1).then(|| {
        let since = state.course.reopened.map(|mark| view! { <Moment at=mark.at /> });
        view! { <p class="run">"Run " {state.run} " " <span class="soft meta">"reopened " {since}</span></p> }
    });
    view! {
        <div class="strip">
            <ol aria-label="Stages" data-disposition=state.disposition.as_str()>{stages.collect_view()}</ol>
            {run}
        </div>
    }
    .into_any()
}

fn facts(state: State, people: People) -> AnyView {
    let State {
        course,
        due,
        overdue,
        unsure,
        awaited,
        assignee,
        groups,
        stage,
        disposition,
        figures,
        ..
    } = state;
    let Course {
        approvals,
        hold,
        shared_with,
        activity,
        ended,
        judged,
        ..
    } = course;
    if stage == Stage::Draft && shared_with.is_empty() && ended.is_none() && approvals.is_empty() {
        return ().into_any();
    }
    let over = matches!(disposition, Disposition::Concluded | Disposition::Cancelled);
    let at_work = !over && !matches!(stage, Stage::Draft | Stage::Closure);
    view! {
        <dl>
            {hold.map(|hold| hold_fact(hold, people))}
            {ended.map(|ended| ended_fact(ended, disposition, unsure, people))}
            {(!judged.is_empty()).then(|| judged_fact(&judged))}
            {(!over && unsure).then(|| view! { <div><dt>"Due"</dt><dd>{LATER}</dd></div> })}
            {(!over && !unsure).then(|| due_fact(due, overdue))}
            {at_work.then(|| view! { <Assignee assignee=assignee groups=groups /> })}
            {approvals_fact(approvals, awaited, people)}
            {(!shared_with.is_empty()).then(|| shared_fact(shared_with.into_iter().collect(), people))}
            {activity.map(|activity| activity_fact(activity, people))}
            {figures.filter(|_| !over && !unsure && stage != Stage::Draft).map(|figures| times_fact(&figures))}
        </dl>
    }
    .into_any()
}

fn due_fact(due: Option<DateTime<Utc>>, overdue: i64) -> AnyView {
    let Some(due) = due else { return ().into_any() };
    let late = u64::try_from(overdue).ok().filter(|minutes| *minutes > 0);
    let late = late.map(|minutes| {
        view! { <Badge tone=Tone::Danger shape="!" text=words::late(minutes) /> }
    });
    let ago = late.is_none();
    view! { <div><dt>"Due"</dt><dd><Moment at=due ago=ago /> " " {late}</dd></div> }.into_any()
}

/// What it takes, in working time; asked for now and then.
fn times_fact(figures: &Figures) -> AnyView {
    let first = figures_said(figures).into_iter().next();
    let first = first.map(|(name, time)| format!("{name}: {time}"));
    view! {
        <div>
            <dt>"Times"</dt>
            <dd>
                <details class="page-times">
                    <summary>{first}</summary>
                    <dl class="ui-facts">{figures_view(figures)}</dl>
                </details>
            </dd>
        </div>
    }
    .into_any()
}

fn hold_fact(hold: Hold, people: People) -> AnyView {
    let left = hold
        .seconds_left
        .and_then(|seconds| u64::try_from(seconds / 60).ok());
    let left = left.map(|left| format!(" {} of its time were left.", words::minutes(left)));
    let note = (!hold.note.is_empty()).then(|| view! { <span class="prose">" " {hold.note}</span> });
    view! {
        <div class="wide" data-tone="warning">
            <dt>"On hold"</dt>
            <dd>
                <strong>{hold.text} "."</strong> {note}
                <span class="soft">" Since " <Moment at=hold.mark.at /> ", by " {move || people.name(hold.mark.by)} "." {left}</span>
            </dd>
        </div>
    }
    .into_any()
}

fn ended_fact(ended: Ended, disposition: Disposition, unsure: bool, people: People) -> AnyView {
    let mark = ended.mark;
    let what = if disposition == Disposition::Cancelled {
        "Cancelled"
    } else {
        "Closed"
    };
    let instead = ended
        .on_behalf_of
        .map(|user| view! { " on behalf of " {move || people.name(user)} });
    let figures = if unsure {
        view! { <dt>"Times"</dt><dd>{LATER}</dd> }.into_any()
    } else {
        figures_view(&ended.figures)
    };
    let reason = (!ended.reason.is_empty()).then(|| view! { <span class="prose">": " {ended.reason}</span> });
    view! {
        <div class="wide">
            <dt>{what}</dt>
            <dd>{move || people.name(mark.by)} {instead} ", " <Moment at=mark.at /> {reason}</dd>
        </div>
        <div class="wide"><dt>"How it ended"</dt><dd><dl class="ui-facts"><EndFacts /> {figures}</dl></dd></div>
    }
    .into_any()
}

/// What was said of its CIs when it was closed: who has to look at which, and until when.
fn judged_fact(judged: &BTreeMap<CiKey, Judgement>) -> AnyView {
    let verify: Vec<_> = judged
        .iter()
        .filter_map(|(key, one)| Some((key, one, one.verify.as_ref()?)))
        .collect();
    let planned = judged.len() - verify.len();
    let rows = verify.iter().map(|(key, one, verify)| {
        view! {
            <li>
                <a href=paths::ci(key)>{one.name.clone()}</a>
                {format!(": {} looks at it until ", verify.owner)} <Moment at=verify.due />
            </li>
        }
    });
    let list = (!verify.is_empty()).then(|| {
        let title = format!("{} to be verified", words::many(verify.len() as u64, "CI", "CIs"));
        view! { <details><summary>{title}</summary><ul>{rows.collect_view()}</ul></details> }
    });
    let planned = words::many(planned as u64, "CI as planned", "CIs as planned");
    view! { <div class="wide"><dt>"CIs"</dt><dd>{planned} {list}</dd></div> }.into_any()
}

/// Who has it; claiming it is among the actions.
#[component]
fn Assignee(assignee: Option<domain::UserId>, groups: Vec<domain::GroupId>) -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let mine = assignee.is_some_and(|user| open.is_me(user));
    let who = move || match assignee {
        None => "nobody yet".to_owned(),
        Some(_) if mine => "you".to_owned(),
        Some(user) => people.name(user),
    };
    let of = move || {
        let names: Vec<_> = groups.iter().map(|group| people.group(*group)).collect();
        (!names.is_empty()).then(|| view! { <span class="soft">" · " {names.join(", ")}</span> })
    };
    view! {
        <div>
            <dt>"With"</dt>
            <dd>
                <span>{who}</span>
                {of}
            </dd>
        </div>
    }
}

fn approvals_fact(approvals: Vec<Approval>, awaited: Option<String>, people: People) -> AnyView {
    if approvals.is_empty() && awaited.is_none() {
        return ().into_any();
    }
    let given = approvals.into_iter().map(move |approval| {
        let mark = approval.mark;
        let instead = approval
            .on_behalf_of
            .map(|user| view! { " on behalf of " {move || people.name(user)} });
        let groups = approval.groups.into_iter().collect::<Vec<_>>();
        let groups = move || {
            let names: Vec<_> = groups.iter().map(|group| people.group(*group)).collect();
            (!names.is_empty()).then(|| format!(" for {}", names.join(", ")))
        };
        let void = approval.void.map(|void| {
            view! { <span class="soft">" void since " <Moment at=void.at /></span> }
        });
        let state = if void.is_some() { "void" } else { "given" };
        view! {
            <li data-state=state>
                <span class="who">{move || people.name(mark.by)} {instead} {groups}</span>
                <span class="soft">" " <Moment at=mark.at /></span>
                {void}
            </li>
        }
    });
    let awaited = awaited.map(|words| view! { <li data-state="awaited">"waits for " {words}</li> });
    view! {
        <div class="wide"><dt>"Go-ahead"</dt><dd><ul class="approvals">{given.collect_view()} {awaited}</ul></dd></div>
    }
    .into_any()
}

fn shared_fact(shared: Vec<Party>, people: People) -> AnyView {
    let names = move || {
        let name = |party: &Party| match party {
            Party::User(user) => people.name(*user),
            Party::Group(group) => people.group(*group),
        };
        shared.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    view! { <div><dt>"Shared with"</dt><dd>{names}</dd></div> }.into_any()
}

fn activity_fact(activity: Activity, people: People) -> AnyView {
    let minutes = words::minutes(u64::from(activity.minutes));
    view! {
        <div>
            <dt>"Scheduled"</dt>
            <dd>
                <Moment at=activity.at /> ", " {minutes} <span class="soft">" · " {move || people.group(activity.group)}</span>
                <span class="prose">": " {activity.instruction}</span>
            </dd>
        </div>
    }
    .into_any()
}
