//! How a CI looks in one line: icon of its class, lifecycle badge, link, and the picker.

use domain::cmdb::{Criticality, Lifecycle};
use domain::wire::Page;
use domain::wire::cmdb::{CiQuery, CiSummary};
use domain::{CiKey, ClassKey};
use leptos::prelude::*;

use crate::client::http::{self, ApiError};
use crate::paths::{self, Query};
use crate::state::catalogue::{Names, use_names};
use crate::ui::{Badge, Choice, Combobox, Found, Icon, Search, Tone, icon};

/// The icon of a class; classes that users add have the common one.
#[must_use]
pub fn class_icon(class: &ClassKey) -> Icon {
    match class.as_str() {
        "site" | "location" => Icon::Place,
        "rack" => Icon::Rack,
        "device" => Icon::Device,
        "power_feed" | "pdu" => Icon::Power,
        "circuit" => Icon::Link,
        "cluster" | "vm" => Icon::Virtual,
        "database" => Icon::Database,
        "application" | "service" | "software" => Icon::Software,
        _ => Icon::Cmdb,
    }
}

/// The lifecycle of a CI as a badge.
#[must_use]
pub fn lifecycle_badge(lifecycle: Lifecycle) -> AnyView {
    let (tone, shape) = match lifecycle {
        Lifecycle::InProduction => (Tone::Success, "●"),
        Lifecycle::Planned => (Tone::Neutral, "○"),
        Lifecycle::InDevelopment | Lifecycle::InAcceptance => (Tone::Info, "◔"),
        Lifecycle::ToBeVerified => (Tone::Warning, "?"),
        Lifecycle::InMaintenance => (Tone::Warning, "◐"),
        Lifecycle::Retired => (Tone::Neutral, "✕"),
    };
    view! { <Badge tone=tone shape=shape text=lifecycle.label() /> }.into_any()
}

/// How much depends on a CI, as a word.
#[must_use]
pub fn criticality(level: Criticality) -> &'static str {
    match level {
        Criticality::Low => "low",
        Criticality::Medium => "medium",
        Criticality::High => "high",
    }
}

/// A CI as a link, with the icon of its class.
#[must_use]
pub fn ci_link(key: &CiKey, name: &str, class: &ClassKey) -> AnyView {
    let (href, picture, name) = (paths::ci(key), icon(class_icon(class)), name.to_owned());
    view! { <a class="part-ci" href=href>{picture}<span>{name}</span></a> }.into_any()
}

/// Reads a page of CIs.
///
/// # Errors
/// See [`ApiError`].
pub async fn fetch(query: &CiQuery) -> Result<Page<CiSummary>, ApiError> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let key = |value: &Option<CiKey>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    let path = Query::default()
        .with("q", &text(&query.q))
        .with("class", query.class.as_ref().map_or("", ClassKey::as_str))
        .with("lifecycle", query.lifecycle.map_or("", Lifecycle::as_str))
        .with("site", &key(&query.site))
        .with(
            "limit",
            &query.limit.map(|limit| limit.to_string()).unwrap_or_default(),
        )
        .with("after", &text(&query.after))
        .on("/api/v1/cis");
    http::get(&path).await
}

/// Finds CIs for a [`Combobox`], the first 50 of all.
#[must_use]
pub fn ci_search(names: Names) -> Search {
    Search::new(move |text: String| async move {
        let q = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let page = fetch(&CiQuery {
            q,
            limit: Some(50),
            ..CiQuery::default()
        })
        .await?;
        let choice = |ci: CiSummary| {
            let class = untrack(|| names.class(&ci.class));
            let detail = match &ci.site {
                Some(site) => format!("{class} · {}", untrack(|| names.site(site))),
                None => class,
            };
            Choice {
                key: ci.key.to_string(),
                label: ci.name,
                detail,
            }
        };
        Ok(Found {
            items: page.items.into_iter().map(choice).collect(),
            total: page.total,
        })
    })
}

/// Picks a CI: "50 of 1,234, type to search".
#[component]
pub fn CiPicker(
    /// The label.
    #[prop(into)]
    label: String,
    /// Somebody picked one.
    #[prop(into)]
    on_pick: Callback<CiKey>,
) -> impl IntoView {
    let picked = move |choice: Choice| {
        // The server sent it, so it is a key.
        if let Ok(key) = choice.key.parse() {
            on_pick.run(key);
        }
    };
    view! {
        <Combobox
            label=label
            placeholder="Name, key or serial number"
            search=ci_search(use_names())
            on_pick=picked
        />
    }
}
