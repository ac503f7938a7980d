//! What is different between two versions of a release, in the words of its pages.

use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    AnswerField, Cell, DocumentField, FieldRef, Release, ReleaseField, Step, StepField, TargetField, Value,
};

/// One thing that is not the same in two versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// The part of the release it is in: `Record`, `Step “Mount”`, `Scope`, `Documents`, ...
    pub part: String,
    /// What it is: the label of a field, or what stands there.
    pub what: String,
    /// The register, where it is one: tells names, times and words apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<FieldRef>,
    /// What it was; nothing where it was not there.
    pub was: Value,
    /// What it is now; nothing where it is there no more.
    pub now: Value,
}

/// What became different from `was` to `now`, in the order of the pages. O(size of both).
#[must_use]
pub fn differences(was: &Release, now: &Release) -> Vec<Difference> {
    let mut found = Found(Vec::new());
    if was.stage != now.stage {
        found.plain(
            "Workflow",
            "Stage",
            was.stage.as_str().into(),
            now.stage.as_str().into(),
        );
    }
    for field in ReleaseField::ALL {
        let at = FieldRef::Release { field: *field };
        found.cell("Record", at, was.fields.get(field), now.fields.get(field));
    }
    steps(was, now, &mut found);
    let scope = |release: &Release| -> BTreeMap<String, String> {
        let links = release.scope.iter();
        links
            .map(|(key, link)| (key.to_string(), link.name.clone()))
            .grow()
    };
    found.sets("Scope", "CI in scope", &scope(was), &scope(now));
    let links = |release: &Release| -> BTreeMap<String, String> {
        let live = release.live_links();
        live.map(|(key, link)| (key.to_string(), link.name.clone()))
            .grow()
    };
    found.sets("Links", "Link", &links(was), &links(now));
    documents(was, now, &mut found);
    checklists(was, now, &mut found);
    let records = (was.records.len(), now.records.len());
    if records.0 != records.1 {
        let count = |count: usize| Value::Number(i64::try_from(count).unwrap_or(i64::MAX));
        found.plain("Run", "Records of steps", count(records.0), count(records.1));
    }
    found.0
}

struct Found(Vec<Difference>);

impl Found {
    fn plain(&mut self, part: &str, what: &str, was: Value, now: Value) {
        if was != now {
            self.0.push(Difference {
                part: part.to_owned(),
                what: what.to_owned(),
                at: None,
                was,
                now,
            });
        }
    }

    fn cell(&mut self, part: &str, at: FieldRef, was: Option<&Cell>, now: Option<&Cell>) {
        let value = |cell: Option<&Cell>| cell.map(|cell| cell.value.clone()).unwrap_or_default();
        let (was, now) = (value(was), value(now));
        if was != now {
            self.0.push(Difference {
                part: part.to_owned(),
                what: at.label().to_owned(),
                at: Some(at),
                was,
                now,
            });
        }
    }

    /// What is in one set and not in the other, by key, shown by name.
    fn sets(
        &mut self,
        part: &str,
        what: &str,
        was: &BTreeMap<String, String>,
        now: &BTreeMap<String, String>,
    ) {
        for (key, name) in was.iter().filter(|(key, _)| !now.contains_key(*key)) {
            self.plain(part, what, named(key, name), Value::Empty);
        }
        for (key, name) in now.iter().filter(|(key, _)| !was.contains_key(*key)) {
            self.plain(part, what, Value::Empty, named(key, name));
        }
    }
}

fn named(key: &str, name: &str) -> Value {
    if key == name || name.is_empty() {
        key.into()
    } else {
        format!("{name} ({key})").into()
    }
}

fn steps(was: &Release, now: &Release, found: &mut Found) {
    let live = |release: &Release| -> BTreeSet<_> { release.plan().into_iter().map(|(id, _)| id).grow() };
    let (before, after) = (live(was), live(now));
    for (id, step) in was.plan() {
        if !after.contains(&id) {
            found.plain("Plan", "Step", step.title().into(), Value::Empty);
        }
    }
    for (id, step) in now.plan() {
        let part = format!("Step “{}”", step.title());
        match was.steps.get(&id).filter(|_| before.contains(&id)) {
            None => found.plain("Plan", "Step", Value::Empty, step.title().into()),
            Some(old) => one_step((was, old), (now, step), id, &part, found),
        }
    }
    order(was, now, &before, &after, found);
}

fn one_step(
    was: (&Release, &Step),
    now: (&Release, &Step),
    id: crate::StepId,
    part: &str,
    found: &mut Found,
) {
    for field in StepField::ALL.iter().filter(|field| **field != StepField::Place) {
        let at = FieldRef::Step {
            step: id,
            field: *field,
        };
        found.cell(part, at, was.1.fields.get(field), now.1.fields.get(field));
    }
    let needs = |(release, step): (&Release, &Step)| -> BTreeMap<String, String> {
        let live = step
            .needs
            .keys()
            .filter_map(|need| Some((need, release.steps.get(need)?)));
        live.filter(|(_, need)| need.deleted.is_none())
            .map(|(id, need)| (id.to_string(), need.title().to_owned()))
            .grow()
    };
    let titled = |set: BTreeMap<String, String>| -> BTreeMap<String, String> {
        // Identities of steps say nothing to people.
        set.into_values().map(|title| (title.clone(), title)).grow()
    };
    found.sets(part, "Waits for", &titled(needs(was)), &titled(needs(now)));
    let targets = |step: &Step| -> BTreeMap<String, String> {
        let all = step.targets.iter();
        all.map(|(key, target)| (key.to_string(), target.name.clone()))
            .grow()
    };
    found.sets(part, "Target", &targets(was.1), &targets(now.1));
    for (ci, target) in &now.1.targets {
        let Some(old) = was.1.targets.get(ci) else {
            continue;
        };
        for field in TargetField::ALL {
            let at = FieldRef::Target {
                step: id,
                ci: ci.clone(),
                field: *field,
            };
            let part = format!("{part}, target {}", target.name);
            found.cell(&part, at, old.fields.get(field), target.fields.get(field));
        }
    }
}

/// The order of the steps that are in both.
fn order(
    was: &Release,
    now: &Release,
    before: &BTreeSet<crate::StepId>,
    after: &BTreeSet<crate::StepId>,
    found: &mut Found,
) {
    let titles = |release: &Release| -> (Vec<crate::StepId>, String) {
        let both = release.plan().into_iter();
        let both: Vec<_> = both
            .filter(|(id, _)| before.contains(id) && after.contains(id))
            .collect();
        let titles: Vec<_> = both.iter().map(|(_, step)| step.title()).collect();
        let text = titles.join("\n");
        (both.iter().map(|(id, _)| *id).collect(), text)
    };
    let (old, new) = (titles(was), titles(now));
    if old.0 != new.0 {
        found.plain("Plan", "Order of steps", old.1.into(), new.1.into());
    }
}

fn documents(was: &Release, now: &Release, found: &mut Found) {
    let old: BTreeMap<_, _> = was.documents().into_iter().grow();
    let new: BTreeMap<_, _> = now.documents().into_iter().grow();
    for (_, document) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        found.plain("Documents", "Document", document.title().into(), Value::Empty);
    }
    for (id, document) in &new {
        let Some(before) = old.get(id) else {
            found.plain("Documents", "Document", Value::Empty, document.title().into());
            continue;
        };
        let part = format!("Document “{}”", document.title());
        for field in DocumentField::ALL {
            let at = FieldRef::Document {
                document: *id,
                field: *field,
            };
            found.cell(&part, at, before.fields.get(field), document.fields.get(field));
        }
        let version = |document: &super::Document| -> Value {
            let number = document.files.len();
            document.file().map_or(Value::Empty, |newest| {
                format!("{number}: {}", newest.file.name).into()
            })
        };
        found.plain(&part, "Version", version(before), version(document));
    }
}

fn checklists(was: &Release, now: &Release, found: &mut Found) {
    let old: BTreeMap<_, _> = was.checklists().into_iter().grow();
    let new: BTreeMap<_, _> = now.checklists().into_iter().grow();
    for (_, list) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        found.plain(
            "Checklists",
            "Checklist",
            list.form.title.as_str().into(),
            Value::Empty,
        );
    }
    for (id, list) in &new {
        let Some(before) = old.get(id) else {
            found.plain(
                "Checklists",
                "Checklist",
                Value::Empty,
                list.form.title.as_str().into(),
            );
            continue;
        };
        let part = format!("Checklist “{}”", list.form.title);
        for question in list.form.questions() {
            let (answer, remark) = (AnswerField::Answer, AnswerField::Remark);
            let value = |list: &super::Checklist, field| list.value(&question.key, field).clone();
            found.plain(&part, &question.text, value(before, answer), value(list, answer));
            let what = format!("Remark on “{}”", question.text);
            found.plain(&part, &what, value(before, remark), value(list, remark));
        }
        let confirmed = |list: &super::Checklist| Value::Flag(list.confirmed.is_some());
        found.plain(&part, "Confirmed", confirmed(before), confirmed(list));
    }
}
