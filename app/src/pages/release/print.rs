//! The plan on paper: black on white, boxes to tick, nothing that needs a screen.

mod done;
mod papers;

use domain::release::{
    AnswerField, AnswerKind, Approval, Checklist, Disposition, Question, Release, ReleaseField, Step,
    StepField, TargetField, Value,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::client::clock;
use crate::parts::people::{People, use_people};
use crate::parts::stage::priority_word;
use crate::parts::step::outage_words;
use crate::paths::decode;
use crate::state::{open_release, use_query};
use crate::ui::{Button, ButtonKind, Icon, LinkButton, Page, failure_view, skeleton_lines};
use crate::words;

/// The page.
#[component]
pub fn PrintPage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| decode(&params.get("id").unwrap_or_default())));
    let open = open_release::open(move || name.get());
    let (people, query) = (use_people(), use_query());
    let printed = clock::now();
    let title = Signal::derive(move || {
        open.with(|release| release.title().to_owned())
            .unwrap_or_else(|| name.get())
    });
    let back = Signal::derive(move || format!("/releases/{}", open.name()));
    // On paper nobody can follow a link: the whole address, to be typed.
    let address = Signal::derive(move || {
        let origin = window().location().origin().unwrap_or_default();
        format!("{origin}{}", back.get())
    });
    let print = move |()| {
        // A browser that cannot print says so itself.
        let _ = window().print();
    };
    let unsent = Memo::new(move |_| open.shown.with(|shown| !shown.pending.is_empty()));
    view! {
        <Page
            title=title
            actions=move || {
                view! {
                    <LinkButton href=back icon=Icon::Left>"Back to the release"</LinkButton>
                    <Button kind=ButtonKind::Primary icon=Icon::Print on_press=print>"Print"</Button>
                }
            }
        >
            {move || match (open.with(Release::clone), open.view.error.get()) {
                (Some(release), _) if query.get("what") == "checklists" => {
                    checklist_sheets(&release, people, printed, address)
                }
                (Some(release), _) => {
                    let (now, figures) = open.view.value.get().flatten().map(|view| (view.links, view.figures)).unzip();
                    let papers = papers::sheets(&release, &now.unwrap_or_default(), people);
                    let course = done::course(&release, figures, people);
                    sheet(&release, people, printed, address, (unsent.get(), papers, course))
                }
                (None, Some(error)) => failure_view("this release", &error, None),
                (None, None) => skeleton_lines(12),
            }}
        </Page>
    }
}

fn sheet(
    release: &Release,
    people: People,
    printed: chrono::DateTime<chrono::Utc>,
    address: Signal<String>,
    (unsent, papers, course): (bool, AnyView, AnyView),
) -> AnyView {
    let number = release
        .number
        .map_or_else(|| "no number yet".to_owned(), |n| n.to_string());
    let hash: String = release.content_hash().0.chars().take(16).collect();
    let totals = release.totals();
    let time = |field| {
        release
            .time(field)
            .map_or_else(|| "not set".to_owned(), clock::local)
    };
    let window = format!(
        "{} to {}",
        time(ReleaseField::PlannedStart),
        time(ReleaseField::PlannedEnd)
    );
    let (requester, group) = (release.requester(), release.assignment_group());
    let contact = [
        ReleaseField::ContactName,
        ReleaseField::ContactPhone,
        ReleaseField::ContactEmail,
    ]
    .map(|field| release.text(field))
    .into_iter()
    .filter(|text| !text.is_empty())
    .collect::<Vec<_>>()
    .join(", ");
    let description = release.text(ReleaseField::Description).to_owned();
    let back_out = release.text(ReleaseField::BackOutPlan).to_owned();
    let plan = release.plan();
    let place = |id: &domain::StepId| plan.iter().position(|(other, _)| other == id).map(|at| at + 1);
    let steps: Vec<AnyView> = plan
        .iter()
        .enumerate()
        .map(|(at, (id, step))| {
            let after: Vec<String> = step
                .needs
                .keys()
                .filter_map(place)
                .map(|n| n.to_string())
                .collect();
            step_sheet(at + 1, step, &after, done::of_step(release, *id, people))
        })
        .collect();
    let sums = format!(
        "{}, {} one after the other, {} at best, {}",
        words::many(totals.steps as u64, "step", "steps"),
        words::minutes(u64::try_from(totals.minutes).unwrap_or(0)),
        words::minutes(u64::try_from(totals.chain_minutes).unwrap_or(0)),
        words::many(totals.targets as u64, "CI", "CIs"),
    );
    let priority = release.priority();
    let stage = match release.disposition {
        Disposition::Active => release.stage.as_str().to_owned(),
        other => format!("{}, {}", release.stage.as_str(), words::plain(other.as_str())),
    };
    let stage = if release.run > 1 {
        format!("{stage} (run {})", release.run)
    } else {
        stage
    };
    let approvals: Vec<_> = release.course.standing().cloned().collect();
    let go_ahead = move || {
        let given = |one: &Approval| {
            let name = people.name(one.mark.by);
            let instead = one
                .on_behalf_of
                .map(|user| format!(" on behalf of {}", people.name(user)));
            format!(
                "{name}{}, {}",
                instead.unwrap_or_default(),
                clock::local(one.mark.at)
            )
        };
        match approvals.as_slice() {
            [] => "not given".to_owned(),
            all => all.iter().map(given).collect::<Vec<_>>().join("; "),
        }
    };
    let assignee = release.assignee();
    view! {
        <article class="page-print">
            {unsent.then(|| view! { <p class="warn">"Holds changes that are not stored on the server yet."</p> })}
            <table class="head">
                <caption class="sr-only">"The release"</caption>
                <tbody>
                    <tr>
                        <th scope="row">"Number"</th><td>{number}</td>
                        <th scope="row">"Stage"</th><td>{stage}</td>
                    </tr>
                    <tr>
                        <th scope="row">"Window"</th><td>{window}</td>
                        <th scope="row">"Priority"</th><td>{format!("{priority} {}", priority_word(priority))}</td>
                    </tr>
                    <tr>
                        <th scope="row">"Requester"</th><td>{move || requester.map(|id| people.name(id))}</td>
                        <th scope="row">"Group"</th><td>{move || group.map(|id| people.group(id))}</td>
                    </tr>
                    <tr>
                        <th scope="row">"Go-ahead"</th><td>{go_ahead}</td>
                        <th scope="row">"With"</th><td>{move || assignee.map(|id| people.name(id))}</td>
                    </tr>
                    <tr>
                        <th scope="row">"Contact"</th><td>{contact}</td>
                        <th scope="row">"Plan"</th><td>{sums}</td>
                    </tr>
                    {course}
                    <tr>
                        <th scope="row">"Address"</th><td class="mono" colspan="3">{address}</td>
                    </tr>
                    <tr>
                        <th scope="row">"Content"</th><td class="mono">{hash}</td>
                        <th scope="row">"Printed"</th><td>{format!("{} ({})", clock::local(printed), clock::utc(printed))}</td>
                    </tr>
                </tbody>
            </table>
            {(!description.is_empty()).then(|| view! { <p class="prose">{description}</p> })}
            <ol>{steps}</ol>
            {(!back_out.is_empty()).then(|| view! { <h2>"Back-out as a whole"</h2> <p class="prose">{back_out}</p> })}
            {papers}
        </article>
    }
    .into_any()
}

fn step_sheet(place: usize, step: &Step, after: &[String], done: Option<AnyView>) -> AnyView {
    let line = |name: &'static str, field: StepField, class: &'static str| {
        let text = step.text(field).to_owned();
        (!text.is_empty()).then(|| view! { <dt>{name}</dt><dd class=class>{text}</dd> })
    };
    let minutes = step
        .minutes()
        .and_then(|minutes| u64::try_from(minutes).ok())
        .map_or_else(|| "no time planned".to_owned(), words::minutes);
    let needs = (!after.is_empty()).then(|| format!(", after {}", after.join(", ")));
    let targets: Vec<AnyView> = step
        .targets
        .iter()
        .map(|(key, target)| {
            let action = target.text(TargetField::Action).to_owned();
            let outage = outage_words(target.text(TargetField::Outage));
            view! {
                <li>
                    <b>{target.name.clone()}</b> " "
                    {(target.name != key.as_str()).then(|| view! { <span class="mono">{key.to_string()}</span> " " })}
                    {action} ", outage: " {outage}
                </li>
            }
            .into_any()
        })
        .collect();
    // To be ticked by hand, where nothing is recorded.
    let tick = done
        .is_none()
        .then(|| view! { <span class="box" aria-hidden="true"></span> });
    let write = done.is_none().then(|| {
        view! { <span class="write">"start ______ end ______ by __________________"</span> }
    });
    let no_return = step
        .value(StepField::PointOfNoReturn)
        .as_flag()
        .then(|| view! { <p class="warn">"⚑ Point of no return"</p> });
    view! {
        <li>
            <h2>{tick} {format!("{place}. {}", step.title())}</h2>
            <p class="meta">{minutes} {needs} {write}</p>
            {done}
            {no_return}
            {(!targets.is_empty()).then(|| view! { <ul class="targets">{targets}</ul> })}
            <dl>
                {line("Responsible", StepField::Responsible, "")}
                {line("Instructions", StepField::Instructions, "prose")}
                {line("Command", StepField::Command, "code")}
                {line("Back-out", StepField::BackOut, "prose")}
                {line("Record", StepField::Evidence, "")}
                {step
                    .value(StepField::ConfirmBySecond)
                    .as_flag()
                    .then(|| view! { <dt>"Two people"</dt><dd>"confirmed by ____________________"</dd> })}
            </dl>
        </li>
    }
    .into_any()
}

/// The checklists on paper, with what was answered and room for the rest.
fn checklist_sheets(
    release: &Release,
    people: People,
    printed: chrono::DateTime<chrono::Utc>,
    address: Signal<String>,
) -> AnyView {
    let number = release
        .number
        .map_or_else(|| "no number yet".to_owned(), |n| n.to_string());
    let sheets: Vec<AnyView> = release
        .checklists()
        .into_iter()
        .map(|(_, list)| checklist_sheet(list, people))
        .collect();
    view! {
        <article class="page-print">
            <p class="meta">{number} " " <span class="mono">{address}</span> " " {format!("printed {}", clock::local(printed))}</p>
            {if sheets.is_empty() { vec![view! { <p>"There is no checklist."</p> }.into_any()] } else { sheets }}
        </article>
    }
    .into_any()
}

fn checklist_sheet(list: &Checklist, people: People) -> AnyView {
    let confirmed = list.confirmed;
    let groups: Vec<AnyView> = list
        .form
        .groups
        .iter()
        .map(|group| {
            let questions: Vec<AnyView> = group
                .questions
                .iter()
                .map(|asked| question_sheet(list, asked))
                .collect();
            view! {
                <h3>{group.title.clone()}</h3>
                {(!group.text.is_empty()).then(|| view! { <p class="prose">{group.text.clone()}</p> })}
                <ol class="asked">{questions}</ol>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="checklist">
            <h2>{list.form.title.clone()}</h2>
            <p class="meta">
                {move || match confirmed {
                    Some(mark) => format!("Confirmed by {}, {}", people.name(mark.by), clock::local(mark.at)),
                    None => "Not confirmed".to_owned(),
                }}
                <span class="write">"confirmed by __________________ on __________"</span>
            </p>
            {groups}
        </section>
    }
    .into_any()
}

fn question_sheet(list: &Checklist, question: &Question) -> AnyView {
    let answer = list.value(&question.key, AnswerField::Answer);
    let remark = list
        .value(&question.key, AnswerField::Remark)
        .as_text()
        .to_owned();
    let said = match (answer, &question.answer) {
        (Value::Empty, AnswerKind::YesNo) => "☐ yes   ☐ no   ☐ not applicable".to_owned(),
        (Value::Empty, AnswerKind::Choice { options }) => options
            .iter()
            .map(|option| format!("☐ {option}"))
            .collect::<Vec<_>>()
            .join("   "),
        (Value::Empty, _) => "______________________________".to_owned(),
        (value, _) => value.to_string(),
    };
    view! {
        <li>
            <p>{question.text.clone()} {question.required.then_some(" (required)")}</p>
            <p class="prose"><b>{said}</b> {(!remark.is_empty()).then(|| format!(" · {remark}"))}</p>
        </li>
    }
    .into_any()
}
