//! The checklists of the release: answered with a thumb, also without a network; confirmed when nothing is missing.

use domain::release::{
    AnswerField, AnswerKind, Checklist, Command, FieldKind, Form, FormGroup, Question, Value,
};
use domain::wire::records::ChecklistTemplate;
use domain::{ChecklistId, FormKey};
use leptos::prelude::*;

use crate::parts::cell::{ChoiceCell, RadioCell, TextCell, of_answer};
use crate::parts::focus::CHECKLISTS;
use crate::parts::people::use_people;
use crate::state::{use_directory, use_release};
use crate::ui::{
    Badge, Button, ButtonKind, Confirm, For, Icon, LinkButton, Moment, SelectField, StateKind, Tone, icon,
    state_view,
};
use crate::words;

/// Longest answer in words, in characters.
const MAX_ANSWER: usize = 4_000;
/// Largest number.
const MAX_NUMBER: i64 = 1_000_000_000;
const YES_NO: &[(&str, &str, &str)] = &[
    ("yes", "Yes", ""),
    ("no", "No", ""),
    ("n/a", "Not applicable", ""),
];

/// The tab.
#[component]
pub fn ChecklistsTab() -> impl IntoView {
    let open = use_release();
    let may = Memo::new(move |_| open.papers_locked.with(Option::is_none));
    let lists = Memo::new(move |_| {
        let ids = open.with(|release| {
            release
                .checklists()
                .into_iter()
                .map(|(id, _)| id)
                .collect::<Vec<_>>()
        });
        ids.unwrap_or_default()
    });
    let print = Signal::derive(move || format!("/releases/{}/print?what=checklists", open.name()));
    view! {
        <div class="ui-stack" id=CHECKLISTS tabindex="-1">
            {move || match may.get() {
                true => view! { <Add /> }.into_any(),
                false => view! { <p class="soft">{move || open.papers_locked.get()}</p> }.into_any(),
            }}
            {move || {
                if lists.with(Vec::is_empty) {
                    state_view(
                        StateKind::Empty,
                        "No checklist yet",
                        "A checklist asks what is easily forgotten. Add one from a template; its questions stay as they are, whatever becomes of the template.",
                        None,
                    )
                } else {
                    view! { <div><LinkButton href=print icon=Icon::Print>"Print the checklists"</LinkButton></div> }.into_any()
                }
            }}
            <For each=move || lists.get() key=|id| *id let:id>
                <One id=id may=may />
            </For>
        </div>
    }
}

/// Adds one from a template.
#[component]
fn Add() -> impl IntoView {
    let (open, directory) = (use_release(), use_directory());
    let chosen = RwSignal::new(String::new());
    let templates = Memo::new(move |_| {
        let all = directory
            .value
            .with(|known| known.as_ref().map(|known| known.checklists.clone()));
        all.unwrap_or_default()
    });
    let options = Signal::derive(move || {
        let mut all = vec![(String::new(), "Choose a template".to_owned())];
        templates.with(|templates| {
            all.extend(templates.iter().map(|one| {
                let asked = words::many(one.form.questions().count() as u64, "question", "questions");
                (one.key.to_string(), format!("{} ({asked})", one.form.title))
            }));
        });
        all
    });
    let blocked = Signal::derive(move || {
        let none = templates.with(Vec::is_empty);
        match chosen.with(String::is_empty) {
            true if none => Some("the templates are not on this device yet".to_owned()),
            true => Some("choose a template first".to_owned()),
            false => None,
        }
    });
    let add = move |()| {
        let key = chosen.get_untracked();
        let found = templates.with_untracked(|all| all.iter().find(|one| one.key.as_str() == key).cloned());
        if let Some(ChecklistTemplate { key, form, .. }) = found {
            open.act(Command::AddChecklist {
                template: key,
                form: Some(form),
            });
            chosen.set(String::new());
        }
    };
    view! {
        <div class="page-checklists-add">
            <SelectField label="Add a checklist" value=chosen options=options />
            <Button icon=Icon::Plus blocked=blocked on_press=add>"Add"</Button>
        </div>
    }
}

/// What of a checklist changes while it is filled in.
#[derive(Clone, PartialEq)]
struct Standing {
    asked: usize,
    answered: usize,
    missing: usize,
    confirmed: Option<domain::release::Mark>,
    unconfirmed: Option<domain::release::Mark>,
}

impl Standing {
    fn of(list: &Checklist) -> Self {
        Self {
            asked: list.form.questions().count(),
            answered: list.answered_count(),
            missing: list.missing().count(),
            confirmed: list.confirmed,
            unconfirmed: list.unconfirmed,
        }
    }
}

#[component]
fn One(id: ChecklistId, may: Memo<bool>) -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let read = move || {
        open.with(|release| release.checklists.get(&id).cloned())
            .flatten()
    };
    let standing = Memo::new(move |_| {
        open.with(|release| release.checklists.get(&id).map(Standing::of))
            .flatten()
    });
    // What it asks never changes.
    let Some((template, form)) = untrack(read).map(|list| (list.template, list.form)) else {
        return ().into_any();
    };
    let title = form.title.clone();
    let badge = move || {
        standing.get().map(|now| match (now.confirmed, now.unconfirmed) {
            (Some(by), _) => view! {
                <Badge tone=Tone::Success text="confirmed".to_owned() />
                <span class="soft meta">{people.name(by.by)} " " <Moment at=by.at ago=true /></span>
            }
            .into_any(),
            (None, Some(by)) => view! {
                <Badge tone=Tone::Warning text="no longer confirmed".to_owned() />
                <span class="soft meta">"An answer of " {people.name(by.by)} " took the confirmation away, " <Moment at=by.at ago=true /></span>
            }
            .into_any(),
            (None, None) => ().into_any(),
        })
    };
    let answered = move || {
        standing.get().map(|now| {
            let words = format!("{} of {} answered", now.answered, now.asked);
            view! {
                <progress aria-label=words.clone() max=now.asked.to_string() value=now.answered.to_string()></progress>
                <span class="soft meta">{words}</span>
            }
        })
    };
    let groups: Vec<AnyView> = form
        .groups
        .iter()
        .map(|group| group_view(id, group, may))
        .collect();
    view! {
        <section class="ui-panel part-checklist" id=format!("checklist-{id}") tabindex="-1">
            <header>
                <h2>{title}</h2>
                <div class="standing">{answered} {badge}</div>
            </header>
            {groups}
            {move || may.get().then(|| view! { <Foot id=id standing=standing template=template.clone() form=form.clone() /> })}
        </section>
    }
    .into_any()
}

fn group_view(id: ChecklistId, group: &FormGroup, may: Memo<bool>) -> AnyView {
    let text = group.text.clone();
    let questions: Vec<AnyView> = group
        .questions
        .iter()
        .map(|question| question_view(id, question, may))
        .collect();
    view! {
        <div class="group">
            <h3>{group.title.clone()}</h3>
            {(!text.is_empty()).then(|| view! { <p class="soft">{text}</p> })}
            <ol>{questions}</ol>
        </div>
    }
    .into_any()
}

fn question_view(id: ChecklistId, question: &Question, may: Memo<bool>) -> AnyView {
    let open = use_release();
    let at = of_answer(id, question.key.clone(), AnswerField::Answer);
    let remark = of_answer(id, question.key.clone(), AnswerField::Remark);
    let (asked, required) = (question.text.clone(), question.required);
    let hint = (!question.hint.is_empty()).then(|| question.hint.clone());
    let control = match &question.answer {
        AnswerKind::YesNo => {
            view! { <RadioCell at=at.clone() legend=asked.clone() options=YES_NO required=required /> }.into_any()
        }
        AnswerKind::Choice { options } => {
            let mut all = vec![(String::new(), "Not answered".to_owned())];
            all.extend(options.iter().map(|option| (option.clone(), option.clone())));
            view! { <ChoiceCell at=at.clone() label=asked.clone() options=all required=required /> }.into_any()
        }
        AnswerKind::Number => {
            view! { <TextCell at=at.clone() label=asked.clone() kind=FieldKind::Number(MAX_NUMBER) required=required /> }
                .into_any()
        }
        AnswerKind::Date => view! { <TextCell at=at.clone() label=asked.clone() day=true required=required /> }.into_any(),
        AnswerKind::Text => {
            view! { <TextCell at=at.clone() label=asked.clone() kind=FieldKind::Prose(MAX_ANSWER) rows=2 required=required /> }
                .into_any()
        }
    };
    let has_remark = {
        let remark = remark.clone();
        Memo::new(move |_| open.value(&remark) != Value::Empty)
    };
    let remarking = RwSignal::new(false);
    // A choice in sight cannot be taken back by pressing it again.
    let clear = matches!(question.answer, AnswerKind::YesNo).then(|| {
        let (place, key) = (at.clone(), question.key.clone());
        let answered = Memo::new(move |_| open.value(&place) != Value::Empty);
        move || {
            let key = key.clone();
            (answered.get() && may.get()).then(|| {
                let take_back = move |_| {
                    open.act(Command::Answer {
                        checklist: id,
                        question: key.clone(),
                        field: AnswerField::Answer,
                        value: Value::Empty,
                    });
                };
                view! { <button type="button" class="link" on:click=take_back>"Take the answer back"</button> }
            })
        }
    });
    let about = asked.clone();
    view! {
        <li class="question">
            {control}
            {hint.map(|hint| view! { <p class="soft meta">{hint}</p> })}
            {move || {
                (has_remark.get() || remarking.get()).then(|| view! { <TextCell at=remark.clone() rows=1 /> })
            }}
            <div class="acts">
                {move || {
                    (may.get() && !has_remark.get() && !remarking.get())
                        .then(|| {
                            view! {
                                <button type="button" class="link" on:click=move |_| remarking.set(true)>
                                    "Add a remark" <span class="sr-only">{format!(" on “{about}”")}</span>
                                </button>
                            }
                        })
                }}
                {clear}
            </div>
        </li>
    }
    .into_any()
}

/// Confirm, copy, take off.
#[component]
fn Foot(id: ChecklistId, standing: Memo<Option<Standing>>, template: FormKey, form: Form) -> impl IntoView {
    let open = use_release();
    let removing = RwSignal::new(false);
    let blocked = Signal::derive(move || {
        let missing = standing.get().map_or(0, |now| now.missing);
        (missing > 0).then(|| {
            format!(
                "{} still missing",
                words::many(missing as u64, "required answer is", "required answers are")
            )
        })
    });
    let confirmed = Memo::new(move |_| standing.get().is_some_and(|now| now.confirmed.is_some()));
    let copy = move |()| {
        open.act(Command::AddChecklist {
            template: template.clone(),
            form: Some(form.clone()),
        });
    };
    view! {
        <div class="foot">
            <Button kind=ButtonKind::Quiet icon=Icon::Copy on_press=copy>"One more of these"</Button>
            <Button kind=ButtonKind::Quiet on_press=move |()| removing.set(true)>"Take off"</Button>
            {move || match confirmed.get() {
                true => view! { <span class="done">{icon(Icon::Check)} "A later answer takes the confirmation away."</span> }.into_any(),
                false => {
                    view! {
                        <Button
                            kind=ButtonKind::Primary
                            icon=Icon::Check
                            blocked=blocked
                            on_press=move |()| open.act(Command::ConfirmChecklist { checklist: id })
                        >
                            "Confirm"
                        </Button>
                    }
                        .into_any()
                }
            }}
            <Confirm
                open=removing
                title=Signal::derive(|| "Take this checklist off?".to_owned())
                text=Signal::derive(|| "It is no longer asked for. What was answered stays in the history.".to_owned())
                action=Signal::derive(|| "Take it off".to_owned())
                danger=true
                on_confirm=move |()| open.act(Command::RemoveChecklist { checklist: id })
            />
        </div>
    }
}
