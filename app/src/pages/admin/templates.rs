//! Templates of checklists as records: a form is kept as a whole, and is typed in group by group.

use domain::wire::Page;
use serde_json::{Value, json};

use super::register::{Fields, Record, text, value};
use crate::client::http::{self, ApiError};
use crate::paths::{Query, encode};

const ROUTE: &str = "/api/v1/checklist-templates";

fn route(key: &str) -> String {
    format!("{ROUTE}/{}", encode(key, b""))
}

/// All templates that hold every word of the query; they are few, and come in one answer.
pub async fn list(query: &Query) -> Result<Page<Record>, ApiError> {
    let all: Vec<Fields> = http::get(ROUTE).await?;
    let words: Vec<String> = query
        .get("q")
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let retired = query.get("retired").is_some();
    let fits = |record: &Record| {
        let text = format!("{} {}", record.id, text(&record.fields, "title")).to_lowercase();
        (retired || !record.retired) && words.iter().all(|word| text.contains(word.as_str()))
    };
    let items: Vec<Record> = all.iter().map(record).filter(fits).collect();
    let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
    Ok(Page {
        items,
        next: None,
        total,
    })
}

/// One template.
pub async fn read(key: &str) -> Result<Record, ApiError> {
    Ok(record(&http::get(&route(key)).await?))
}

/// Makes one.
pub async fn create(fields: Fields) -> Result<Record, ApiError> {
    let body = json!({ "key": text(&fields, "key"), "form": form(&fields) });
    Ok(record(&http::post(ROUTE, &body).await?))
}

/// Changes what it asks, or whether it is offered.
pub async fn change(
    key: &str,
    revision: u32,
    whole: Option<Fields>,
    deleted: Option<bool>,
) -> Result<Record, ApiError> {
    let mut body = Fields::new();
    body.insert("revision".to_owned(), json!(revision));
    if let Some(whole) = whole {
        body.insert("form".to_owned(), form(&whole));
    }
    if let Some(deleted) = deleted {
        body.insert("deleted".to_owned(), json!(deleted));
    }
    Ok(record(&http::patch(&route(key), &body).await?))
}

fn record(template: &Fields) -> Record {
    let form = value(template, "form");
    let groups = form
        .get("groups")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let groups: Vec<Value> = groups.into_iter().map(|group| questions(group, flat)).collect();
    let mut fields = Fields::new();
    fields.insert("key".to_owned(), value(template, "key"));
    fields.insert("title".to_owned(), form.get("title").cloned().unwrap_or_default());
    fields.insert("groups".to_owned(), json!(groups));
    let revision = value(template, "revision").as_u64();
    Record {
        id: text(template, "key"),
        version: revision
            .and_then(|revision| u32::try_from(revision).ok())
            .unwrap_or_default(),
        retired: value(template, "deleted") == Value::Bool(true),
        fields,
    }
}

fn form(fields: &Fields) -> Value {
    let groups = value(fields, "groups");
    let groups = groups.as_array().cloned().unwrap_or_default();
    let groups: Vec<Value> = groups.into_iter().map(|group| questions(group, nested)).collect();
    json!({ "title": value(fields, "title"), "groups": groups })
}

/// A group with each of its questions made otherwise.
fn questions(mut group: Value, each: fn(&mut Fields)) -> Value {
    if let Some(group) = group.as_object_mut() {
        let questions = group.entry("questions").or_insert_with(|| json!([]));
        for question in questions.as_array_mut().into_iter().flatten() {
            if let Some(question) = question.as_object_mut() {
                each(question);
            }
        }
    }
    group
}

/// `answer: {as, options}` as two parts of the question.
fn flat(question: &mut Fields) {
    let answer = question.remove("answer").unwrap_or_default();
    for part in ["as", "options"] {
        if let Some(value) = answer.get(part) {
            question.insert(part.to_owned(), value.clone());
        }
    }
}

/// And back. Options belong to a choice only.
fn nested(question: &mut Fields) {
    let kind = question.remove("as").unwrap_or_else(|| json!("yes_no"));
    let options = question.remove("options");
    let answer = match options {
        Some(options) if kind == "choice" => json!({ "as": kind, "options": options }),
        _ => json!({ "as": kind }),
    };
    question.insert("answer".to_owned(), answer);
}
