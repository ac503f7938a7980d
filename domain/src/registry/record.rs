use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{RecordField, RegisterKind};
use crate::release::Value;
use crate::wire::problem::FieldError;
use crate::{CiKey, RecordKey, shorten};

/// Most CIs of one change.
pub const MAX_CIS: usize = 1_000;
/// Most steps of one back-out plan.
pub const MAX_BACK_OUT: usize = 100;
/// Longest step of a back-out plan, in characters.
const MAX_STEP: usize = 2_000;
/// Longest note on what changes at a CI, in characters.
const MAX_NOTE: usize = 500;

/// A record of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Record {
    /// The key, unique in its register.
    pub key: RecordKey,
    /// Its fields; empty ones are absent.
    pub fields: BTreeMap<RecordField, Value>,
    /// How to get back, step by step. Only changes have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub back_out: Vec<String>,
    /// The CIs that it changes. Only changes have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cis: Vec<ChangedCi>,
}

/// A CI that a change changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangedCi {
    /// The CI.
    pub ci: CiKey,
    /// What will change at it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
}

/// What somebody wants a record to say. What is absent stays as it is; `null` empties a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordDraft {
    /// Fields by name: `title`, `status`, `link`, ...
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    /// The whole back-out plan, step by step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_out: Option<Vec<String>>,
    /// All CIs that the change changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cis: Option<Vec<ChangedCi>>,
}

impl Record {
    /// A field, `""` if it is empty.
    #[must_use]
    pub fn text(&self, field: RecordField) -> &str {
        self.fields.get(&field).map_or("", Value::as_text)
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        self.text(RecordField::Title)
    }
}

impl RecordDraft {
    /// The record as it would be, from the one that is there or a new one.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the name of its field.
    pub fn apply(
        self,
        register: RegisterKind,
        key: &RecordKey,
        before: Option<&Record>,
    ) -> Result<Record, Vec<FieldError>> {
        let mut wrong = Vec::new();
        if before.is_none()
            && let Err(error) = key.fits_address()
        {
            wrong.push(at("key", error.to_string()));
        }
        let mut record = before.cloned().unwrap_or_else(|| Record {
            key: key.clone(),
            fields: BTreeMap::new(),
            back_out: Vec::new(),
            cis: Vec::new(),
        });
        for (name, value) in self.fields {
            match set(register, &mut record, &name, value) {
                Ok(()) => {}
                Err(message) => wrong.push(at(shorten(&name), message)),
            }
        }
        if record.title().is_empty() && !wrong.iter().any(|w| w.at == "title") {
            wrong.push(at("title", "must be filled in"));
        }
        let window =
            [RecordField::Start, RecordField::End].map(|f| record.fields.get(&f).and_then(Value::as_time));
        if let [Some(start), Some(end)] = window
            && end < start
        {
            wrong.push(at("end", "is before the start of the window"));
        }
        let only_changes = format!("only changes have it, not {}", register.many());
        match self.back_out {
            Some(steps) if register != RegisterKind::Changes && !steps.is_empty() => {
                wrong.push(at("back_out", only_changes.clone()));
            }
            Some(steps) => match back_out(steps) {
                Ok(steps) => record.back_out = steps,
                Err(message) => wrong.push(at("back_out", message)),
            },
            None => {}
        }
        match self.cis {
            Some(cis) if register != RegisterKind::Changes && !cis.is_empty() => {
                wrong.push(at("cis", only_changes));
            }
            Some(cis) => match changed(cis) {
                Ok(cis) => record.cis = cis,
                Err(message) => wrong.push(at("cis", message)),
            },
            None => {}
        }
        if wrong.is_empty() { Ok(record) } else { Err(wrong) }
    }
}

pub(super) fn at(at: impl Into<String>, message: impl Into<String>) -> FieldError {
    FieldError {
        at: at.into(),
        message: message.into(),
    }
}

fn set(register: RegisterKind, record: &mut Record, name: &str, value: Value) -> Result<(), String> {
    let spec = RecordField::parse(name).and_then(|field| register.field(field));
    let Some(spec) = spec else {
        let known: Vec<_> = register.fields().iter().map(|s| s.field.as_str()).collect();
        return Err(format!(
            "{} have no such field; they have {}",
            register.many(),
            known.join(", ")
        ));
    };
    match spec.shape.parse(value)? {
        Value::Empty => record.fields.remove(&spec.field),
        value => record.fields.insert(spec.field, value),
    };
    Ok(())
}

fn back_out(steps: Vec<String>) -> Result<Vec<String>, String> {
    let steps: Vec<String> = steps
        .into_iter()
        .map(|step| step.trim().replace("\r\n", "\n"))
        .filter(|step| !step.is_empty())
        .collect();
    if steps.len() > MAX_BACK_OUT {
        return Err(format!(
            "has {} steps, at most {MAX_BACK_OUT} are allowed",
            steps.len()
        ));
    }
    match steps.iter().position(|step| step.chars().count() > MAX_STEP) {
        Some(place) => Err(format!("step {} is longer than {MAX_STEP} characters", place + 1)),
        None => Ok(steps),
    }
}

/// In the order of their keys, so that the same list is the same record.
fn changed(mut cis: Vec<ChangedCi>) -> Result<Vec<ChangedCi>, String> {
    if cis.len() > MAX_CIS {
        return Err(format!("names {} CIs, at most {MAX_CIS} are allowed", cis.len()));
    }
    for one in &mut cis {
        one.what = one.what.trim().to_owned();
        if one.what.chars().count() > MAX_NOTE || one.what.contains(['\n', '\r']) {
            return Err(format!(
                "what changes at {} must be one line of at most {MAX_NOTE} characters",
                one.ci
            ));
        }
    }
    cis.sort();
    match cis.windows(2).find(|two| two[0].ci == two[1].ci) {
        Some(two) => Err(format!("names {} twice", two[0].ci)),
        None => Ok(cis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(json: serde_json::Value) -> RecordDraft {
        serde_json::from_value(json).unwrap()
    }

    fn key() -> RecordKey {
        "CHG-1".parse().unwrap()
    }

    #[test]
    fn everything_wrong_is_said_at_once_with_its_field() {
        let wrong = draft(serde_json::json!({
            "fields": {
                "link": "javascript:alert(1)", "risk": "huge", "colour": "red",
                "start": "2026-11-24T00:00:00Z", "end": "2026-11-23T00:00:00Z",
            },
            "cis": [{"ci": "a"}, {"ci": "a"}],
        }));
        let wrong = wrong.apply(RegisterKind::Changes, &key(), None).unwrap_err();
        let at: Vec<_> = wrong.iter().map(|w| w.at.as_str()).collect();
        assert_eq!(at, ["colour", "link", "risk", "title", "end", "cis"]);
    }

    #[test]
    fn absent_stays_and_null_empties() {
        let first = draft(serde_json::json!({
            "fields": {"title": " Firmware ", "status": "approved"},
            "back_out": ["Flash the old one", " "], "cis": [{"ci": "b", "what": "x"}, {"ci": "a"}],
        }));
        let first = first.apply(RegisterKind::Changes, &key(), None).unwrap();
        assert_eq!((first.title(), first.back_out.len()), ("Firmware", 1));
        assert_eq!(first.cis[0].ci.as_str(), "a");
        let second = draft(serde_json::json!({"fields": {"status": null}}));
        let second = second.apply(RegisterKind::Changes, &key(), Some(&first)).unwrap();
        assert_eq!(second.text(RecordField::Status), "");
        assert_eq!((second.title(), second.cis.len()), ("Firmware", 2));
        let empty = draft(serde_json::json!({"fields": {"title": ""}}));
        assert!(empty.apply(RegisterKind::Changes, &key(), Some(&first)).is_err());
    }

    #[test]
    fn a_problem_has_no_cis() {
        let wrong = draft(serde_json::json!({"fields": {"title": "x"}, "cis": [{"ci": "a"}]}));
        let wrong = wrong.apply(RegisterKind::Problems, &key(), None).unwrap_err();
        assert_eq!(wrong[0].at, "cis");
    }
}
