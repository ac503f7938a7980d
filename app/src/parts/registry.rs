//! Records of the registers: reading, finding, showing and editing them.

pub mod back_out;
pub mod editor;
pub mod import;
mod values;

use domain::grow::Grow;
use domain::registry::{KnownRecord, Record, RecordField, RecordRef, RegisterKind};
use domain::wire::Page;
use domain::wire::registry::{RecordDetail, RecordSummary, RegisterQuery};
use leptos::prelude::*;

use crate::client::http::{self, ApiError};
use crate::paths::{self, Query};
use crate::ui::{Badge, Choice, Found, Search, Tone};

pub use values::value_view;

/// Reads a page of records.
///
/// # Errors
/// See [`ApiError`].
pub async fn fetch(register: RegisterKind, query: &RegisterQuery) -> Result<Page<RecordSummary>, ApiError> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let path = Query::default()
        .with("q", &text(&query.q))
        .with("status", &text(&query.status))
        .with(
            "deleted",
            if query.deleted.unwrap_or(false) {
                "true"
            } else {
                ""
            },
        )
        .with(
            "limit",
            &query.limit.map(|limit| limit.to_string()).unwrap_or_default(),
        )
        .with("after", &text(&query.after))
        .on(&paths::api_register(register));
    http::get(&path).await
}

/// Reads a record.
///
/// # Errors
/// See [`ApiError`].
pub async fn read(at: &RecordRef) -> Result<RecordDetail, ApiError> {
    http::get(&paths::api_record(at)).await
}

/// Finds records for a combobox, the first 50 of all. Without a network, what is typed is offered as a key: the server
/// looks it up when it is there again.
#[must_use]
pub fn record_search(register: RegisterKind) -> Search {
    Search::new(move |text: String| async move {
        let typed = text.trim().to_owned();
        let query = RegisterQuery {
            q: Some(typed.clone()).filter(|text| !text.is_empty()),
            limit: Some(50),
            ..RegisterQuery::default()
        };
        let choice = |record: RecordSummary| {
            let detail = [record.key.to_string(), record.status, record.detail];
            let detail: Vec<_> = detail.into_iter().filter(|text| !text.is_empty()).collect();
            Choice {
                key: record.key.to_string(),
                label: record.title,
                detail: detail.join(" · "),
            }
        };
        match fetch(register, &query).await {
            Ok(page) => Ok(Found {
                items: page.items.into_iter().map(choice).collect(),
                total: page.total,
            }),
            Err(ApiError::Unreachable | ApiError::NotOurs(_)) if !typed.is_empty() => Ok(Found {
                items: vec![Choice {
                    label: format!("Link {} {typed} by its key", register.one()),
                    detail: "no network: looked up when the server is there again".into(),
                    key: typed,
                }],
                total: 1,
            }),
            Err(error) => Err(error),
        }
    })
}

/// What a release that links the record takes along, for predictions. CIs have their keys for names until the server
/// has said them.
#[must_use]
pub fn known(record: &Record) -> KnownRecord {
    KnownRecord {
        title: record.title().to_owned(),
        status: record.text(RecordField::Status).to_owned(),
        cis: record
            .cis
            .iter()
            .map(|one| (one.ci.clone(), one.ci.to_string()))
            .grow(),
    }
}

/// A status of a register as a badge; nothing for none. The words are those of the system where they come from.
#[must_use]
pub fn status_badge(register: RegisterKind, status: &str) -> Option<AnyView> {
    if status.is_empty() {
        return None;
    }
    let tone = match (register, status) {
        (RegisterKind::Purchases, "closed") => Tone::Success,
        (RegisterKind::Purchases, _) => Tone::Warning,
        _ => Tone::Neutral,
    };
    Some(view! { <Badge tone=tone text=status.to_owned() /> }.into_any())
}

/// A link to another system. It is only made from addresses that the server has checked; what is kept on a device is
/// checked again.
#[must_use]
pub fn link_out(address: &str, words: String) -> AnyView {
    match domain::registry::link(address) {
        Ok(address) => view! {
            <a href=address target="_blank" rel="noopener noreferrer">
                {words}
                <span class="sr-only">" (opens in a new tab)"</span>
            </a>
        }
        .into_any(),
        Err(_) => view! { <span class="mono">{address.to_owned()}</span> }.into_any(),
    }
}
