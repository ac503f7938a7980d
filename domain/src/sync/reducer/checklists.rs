//! Checklists: added from a template, confirmed when every required question is answered. Answers are registers.

use super::{Ctx, Done, Refusal, applied, is_newer, kept, malformed, no_such, register};
use crate::release::{Checklist, FieldPlace, FieldVer, Form, MAX_CHECKLISTS, Release, Unmet, Value};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;
use crate::{ChecklistId, FormKey};

/// Adds a checklist with the questions of its template. Later changes of the template do not change it.
pub(super) fn add(
    release: &mut Release,
    id: ChecklistId,
    template: &FormKey,
    form: &Form,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    form.check().map_err(|wrong| malformed(format!("form.{wrong}")))?;
    if !ctx.world.knows_form(template, form) {
        return Err(no_such(format!(
            "checklist template {template} with these questions"
        )));
    }
    if release.checklists.contains_key(&id) {
        return Err(Reason::Duplicate {
            what: format!("The checklist {id}"),
        }
        .into());
    }
    if release.checklists.len() >= MAX_CHECKLISTS {
        return Err(Reason::TooMany {
            what: format!("A release has at most {MAX_CHECKLISTS} checklists."),
        }
        .into());
    }
    let text = format!("added checklist “{}”", form.title);
    let list = Checklist {
        template: template.clone(),
        form: form.clone(),
        answers: std::collections::BTreeMap::new(),
        answered: ctx.mark(),
        confirmed: None,
        unconfirmed: None,
        removed: None,
    };
    release.checklists.insert(id, list);
    Ok(register::plain(Category::Checklist, text))
}

/// Confirms exactly the answers that were seen, if none that is required is missing.
pub(super) fn confirm(
    release: &mut Release,
    id: ChecklistId,
    seen: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let list = live(release, id)?;
    let text = format!("confirmed checklist “{}”", list.form.title);
    if list.confirmed.is_some() {
        return Ok(register::plain(Category::Checklist, text));
    }
    let unmet = |question: Option<_>, code: &str, text: String| Unmet {
        code: code.to_owned(),
        text,
        who: Vec::new(),
        at: FieldPlace::Checklists {
            checklist: Some(id),
            question,
        },
    };
    let mut missing: Vec<Unmet> = list
        .missing()
        .map(|question| {
            let text = format!("Answer “{}”.", question.text);
            unmet(Some(question.key.clone()), "answer_missing", text)
        })
        .collect();
    if is_newer(list.answered.ver, seen, ctx)?.is_newer() {
        let text = "Somebody answered after you looked. Look at the answers again.".to_owned();
        missing.push(unmet(None, "answers_changed", text));
    }
    if !missing.is_empty() {
        return Err(Reason::NotReady { unmet: missing }.into());
    }
    list.confirmed = Some(ctx.mark());
    list.unconfirmed = None;
    Ok(applied(
        Category::Checklist,
        text,
        Value::Flag(false),
        Value::Flag(true),
    ))
}

/// Takes a checklist off; it stays in the history. One that was answered meanwhile is kept.
pub(super) fn remove(
    release: &mut Release,
    id: ChecklistId,
    base: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let list = release
        .checklists
        .get_mut(&id)
        .ok_or_else(|| no_such(format!("checklist {id}")))?;
    let text = format!("took off checklist “{}”", list.form.title);
    if list.removed.is_some() {
        return Ok(register::plain(Category::Checklist, text));
    }
    if is_newer(list.answered.ver, base, ctx)?.is_newer() {
        return Ok(kept(Category::Checklist, text));
    }
    list.removed = Some(ctx.mark());
    Ok(register::plain(Category::Checklist, text))
}

fn live(release: &mut Release, id: ChecklistId) -> Result<&mut Checklist, Refusal> {
    let list = release
        .checklists
        .get_mut(&id)
        .filter(|list| list.removed.is_none());
    list.ok_or_else(|| no_such(format!("checklist {id}")))
}
