//! Changes in words: what an op wants to do, and what it carries.

use domain::release::{
    Act, AnswerField, DOCUMENT_CLASSES, FieldRef, LinkKey, Release, StepField, TargetField, Value,
};
use domain::sync::{ReleaseOp, Take};
use domain::{ChecklistId, DocumentId, StepId, sync::StepBody};
use leptos::prelude::*;

use super::people::People;
use super::step::outage_words;
use crate::client::clock;
use crate::words;

/// A register as people call it: "Minutes of step 3 “Mount”".
#[must_use]
pub fn place_words(at: &FieldRef, release: Option<&Release>) -> String {
    match at {
        FieldRef::Release { field } => field.label().to_owned(),
        FieldRef::Step { step, field } => format!("{} of {}", field.label(), step_words(*step, release)),
        FieldRef::Target { step, ci, field } => {
            let name = release
                .and_then(|r| r.steps.get(step)?.targets.get(ci))
                .map_or_else(|| ci.to_string(), |target| target.name.clone());
            format!("{} of {name} in {}", field.label(), step_words(*step, release))
        }
        FieldRef::Document { document, field } => {
            format!("{} of {}", field.label(), document_words(*document, release))
        }
        FieldRef::Answer {
            checklist,
            question,
            field,
        } => {
            let list = release.and_then(|release| release.checklists.get(checklist));
            let asked = list.and_then(|list| list.form.question(question));
            let asked = asked.map_or_else(|| question.to_string(), |question| question.text.clone());
            match field {
                AnswerField::Answer => format!("Answer to “{asked}”"),
                AnswerField::Remark => format!("Remark on “{asked}”"),
            }
        }
    }
}

/// A document as people call it: "document “Contract”".
#[must_use]
pub fn document_words(document: DocumentId, release: Option<&Release>) -> String {
    let known = release.and_then(|release| release.documents.get(&document));
    known.map_or_else(
        || "a document".into(),
        |known| format!("document “{}”", known.title()),
    )
}

fn checklist_words(checklist: ChecklistId, release: Option<&Release>) -> String {
    let known = release.and_then(|release| release.checklists.get(&checklist));
    known.map_or_else(
        || "a checklist".into(),
        |known| format!("checklist “{}”", known.form.title),
    )
}

/// A step as people call it: "step 3 “Mount”".
#[must_use]
pub fn step_words(step: StepId, release: Option<&Release>) -> String {
    let Some(release) = release else {
        return "a step".into();
    };
    let place = release.plan().iter().position(|(id, _)| *id == step);
    let title = release.steps.get(&step).map_or("", |step| step.title());
    match place {
        Some(place) => format!("step {} “{title}”", place + 1),
        None => format!("the deleted step “{title}”"),
    }
}

/// A value as people read it: names instead of identities, local times, words for words.
#[must_use]
pub fn value_words(value: &Value, at: Option<&FieldRef>, people: People) -> String {
    use domain::release::FieldKind;
    let text = value.as_text();
    match at.map(FieldRef::kind) {
        _ if *value == Value::Empty => "nothing".into(),
        Some(FieldKind::User) => text
            .parse()
            .map_or_else(|_| text.to_owned(), |id| people.name(id)),
        Some(FieldKind::Group) => text
            .parse()
            .map_or_else(|_| text.to_owned(), |id| people.group(id)),
        Some(FieldKind::Contract) => text
            .parse()
            .map_or_else(|_| text.to_owned(), |id| people.contract(id)),
        Some(FieldKind::ReleaseType) => text
            .parse()
            .map_or_else(|_| text.to_owned(), |key| people.release_type(&key)),
        Some(FieldKind::Time) => value.as_time().map_or_else(|| text.to_owned(), clock::local),
        Some(FieldKind::OneOf(_)) => match at {
            Some(FieldRef::Target {
                field: TargetField::Outage,
                ..
            }) => outage_words(text).to_owned(),
            Some(FieldRef::Document { .. }) => class_words(text),
            _ => words::plain(text),
        },
        _ => value.to_string(),
    }
}

/// What an op does, as a sentence without its author.
#[must_use]
pub fn op_words(op: &ReleaseOp, release: Option<&Release>) -> String {
    let step = |id: &StepId| step_words(*id, release);
    match op {
        ReleaseOp::Create { .. } => "Draft the release".into(),
        ReleaseOp::SetField { at, .. } | ReleaseOp::EditText { at, .. } => {
            format!("Change {}", place_words(at, release))
        }
        ReleaseOp::AddStep { .. } => "Add a step".into(),
        ReleaseOp::MoveStep { step: id, .. } => format!("Move {}", step(id)),
        ReleaseOp::DeleteStep { step: id, .. } => format!("Delete {}", step(id)),
        ReleaseOp::RestoreStep { step: id } => format!("Restore {}", step(id)),
        ReleaseOp::AddPrerequisite { step: id, needs } => {
            format!("Let {} wait for {}", step(id), step(needs))
        }
        ReleaseOp::RemovePrerequisite { step: id, needs, .. } => {
            format!("Let {} no longer wait for {}", step(id), step(needs))
        }
        ReleaseOp::AddTarget { step: id, ci, .. } => format!("Add target {ci} to {}", step(id)),
        ReleaseOp::RemoveTarget { step: id, ci, .. } => format!("Remove target {ci} from {}", step(id)),
        ReleaseOp::LinkCi { ci } => format!("Take {ci} into scope"),
        ReleaseOp::UnlinkCi { ci, .. } => format!("Take {ci} out of scope"),
        ReleaseOp::LinkRecord { register, key } => format!("Link {} {key}", register.one()),
        ReleaseOp::LinkPerson { person, .. } => format!("Link {} as {}", person.name, person.role),
        ReleaseOp::Unlink { link, .. } => format!("End the link to {}", link_words(link, release)),
        ReleaseOp::SetChangeStatus { change, status, .. } => match status {
            Some(status) => format!("Say that change {change} is {}", status.label()),
            None => format!("Take back the status of change {change}"),
        },
        ReleaseOp::FollowChange { change } => format!("Take over what change {change} changes now"),
        ReleaseOp::Submit { .. } => "Submit for authorisation".into(),
        ReleaseOp::Withdraw => "Withdraw to draft".into(),
        ReleaseOp::Authorise { .. } => "Authorise".into(),
        ReleaseOp::Refuse { .. } => "Refuse, back to draft".into(),
        ReleaseOp::Act { act } => act_words(act),
        ReleaseOp::Start { step: id, .. } => format!("Start {}", step(id)),
        ReleaseOp::Leave { .. } => "End a claim of a step".into(),
        ReleaseOp::Confirm { .. } => "Confirm what was recorded".into(),
        ReleaseOp::Settle { step: id, .. } => format!("Decide which record of {} counts", step(id)),
        ReleaseOp::Resolve { .. } => "Decide a conflict".into(),
        ReleaseOp::Note { note } => format!("Write into the journal: {}", note.short),
        ReleaseOp::Attach {
            document,
            file,
            fields,
        } => match fields.is_empty() && release.is_some() {
            true => format!("Bring a new version of {}", document_words(*document, release)),
            false => format!("Attach {}", file.name),
        },
        ReleaseOp::Detach { document, .. } => format!("Take off {}", document_words(*document, release)),
        ReleaseOp::Reattach { document } => format!("Put {} back", document_words(*document, release)),
        ReleaseOp::AddChecklist { form, .. } => format!("Add checklist “{}”", form.title),
        ReleaseOp::ConfirmChecklist { checklist, .. } => {
            format!("Confirm {}", checklist_words(*checklist, release))
        }
        ReleaseOp::RemoveChecklist { checklist, .. } => {
            format!("Take off {}", checklist_words(*checklist, release))
        }
        ReleaseOp::Baseline { name } => format!("Mark the baseline “{name}”"),
        ReleaseOp::Record { step: id, result, .. } => {
            format!("Record that {} is {}", step(id), result.word())
        }
    }
}

/// An act of the workflow, as a wish.
fn act_words(act: &Act) -> String {
    match act {
        Act::Forward { from } => format!("Move it on from {}", from.as_str()),
        Act::Unresolved { from, .. } => format!("Unresolved in {}, back to authorisation", from.as_str()),
        Act::Accept { .. } => "Accept it".into(),
        Act::Close => "Close it".into(),
        Act::Cancel { .. } => "Cancel it".into(),
        Act::Reopen { .. } => "Reopen it".into(),
        Act::Hold { .. } => "Put it on hold".into(),
        Act::Resume => "Resume it".into(),
        Act::Claim { .. } => "Claim it".into(),
        Act::Delegate { .. } => "Give it to somebody else".into(),
        Act::Share { .. } => "Share it".into(),
        Act::Unshare { .. } => "End sharing it".into(),
        Act::ChangeGroup { .. } => "Give it to another group".into(),
        Act::ReDate { .. } => "Move its dates".into(),
        Act::Schedule { activity: Some(_) } => "Schedule it".into(),
        Act::Schedule { activity: None } => "Take it out of the calendar".into(),
    }
}

/// What a link leads to, as people call it.
#[must_use]
pub fn link_words(link: &LinkKey, release: Option<&Release>) -> String {
    match link {
        LinkKey::Record(record) => format!("{} {}", record.register.one(), record.key),
        LinkKey::Person(_) => release
            .and_then(|release| release.links.get(link))
            .map_or_else(|| "a person".into(), |link| link.name.clone()),
    }
}

/// What an op carries, as text to copy; empty where the sentence says it all.
#[must_use]
pub fn op_content(op: &ReleaseOp, people: People) -> String {
    match op {
        ReleaseOp::SetField { at, to, .. } => untrack(|| value_words(to, Some(at), people)),
        ReleaseOp::EditText { text, .. } => text.clone(),
        ReleaseOp::AddStep { body, .. } => step_body(body),
        ReleaseOp::Create { fields } => fields
            .iter()
            .map(|(field, value)| {
                let at = FieldRef::Release { field: *field };
                format!(
                    "{}: {}\n",
                    field.label(),
                    untrack(|| value_words(value, Some(&at), people))
                )
            })
            .collect(),
        ReleaseOp::Resolve {
            take: Take::Value(value),
            ..
        } => value.to_string(),
        ReleaseOp::LinkPerson { person, .. } => [
            &person.name,
            &person.role,
            &person.job_title,
            &person.phone,
            &person.email,
        ]
        .into_iter()
        .filter(|text| !text.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join("\n"),
        ReleaseOp::Record { note, .. } => note.clone(),
        ReleaseOp::Refuse { reason }
        | ReleaseOp::Act {
            act: Act::Unresolved { reason, .. } | Act::Cancel { reason } | Act::Reopen { reason },
        } => reason.clone(),
        ReleaseOp::Act {
            act: Act::Hold { note, .. },
        } => note.clone(),
        ReleaseOp::Note { note } => format!("{}: {}\n{}", note.category, note.short, note.text),
        _ => String::new(),
    }
}

/// The class of a document, as people read it.
#[must_use]
pub fn class_words(class: &str) -> String {
    let known = DOCUMENT_CLASSES.iter().find(|(value, _)| *value == class);
    known.map_or_else(|| words::plain(class), |(_, label)| (*label).to_owned())
}

fn step_body(body: &StepBody) -> String {
    let mut lines: Vec<String> = body
        .fields
        .iter()
        .filter(|(field, _)| **field != StepField::Place)
        .map(|(field, value)| format!("{}: {value}", field.label()))
        .collect();
    lines.extend(body.targets.keys().map(|ci| format!("Target: {ci}")));
    lines.join("\n")
}
