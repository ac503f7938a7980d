use domain::wire::Page;
use domain::wire::cmdb::CiSummary;
use domain::{CiKey, ReleaseNumber};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::client::http::{self, ApiError};
use crate::paths::{self, Query};
use crate::state::catalogue::{Names, use_names};
use crate::ui::{Choice, Combobox, Found, Icon, Search, icon};

/// Id of the search field; Ctrl K finds it.
pub const FIELD: &str = "jump";

/// Search or jump: a CI by name, key or serial; a release by number or title.
#[component]
pub fn Jump() -> impl IntoView {
    let navigate = use_navigate();
    let names = use_names();
    let go = move |choice: Choice| navigate(&choice.key, leptos_router::NavigateOptions::default());
    view! {
        <search class="frame-search" aria-label="Everything">
            {icon(Icon::Search)}
            <Combobox
                id=FIELD
                label="Search or jump"
                placeholder="Search or jump (Ctrl K)"
                search=Search::new(move |text| find(text, names))
                on_pick=go
            />
        </search>
    }
}

/// A release in search results: what this list needs of it.
#[derive(serde::Deserialize)]
struct ReleaseHit {
    number: Option<ReleaseNumber>,
    title: String,
    #[serde(default)]
    stage: String,
}

async fn find(text: String, names: Names) -> Result<Found, ApiError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Found::default());
    }
    let query = |limit: &str| Query::default().with("q", text).with("limit", limit);
    let cis = http::get::<Page<CiSummary>>(&query("8").on("/api/v1/cis")).await?;
    // Searching releases needs other rights than searching the CMDB: one without the other still helps.
    let releases = http::get::<Page<ReleaseHit>>(&query("5").on("/api/v1/releases"))
        .await
        .ok();
    let releases = releases.map(|page| page.items).unwrap_or_default();

    // Who types a whole name or key means that one.
    let exact =
        |ci: &CiSummary| ci.name.eq_ignore_ascii_case(text) || ci.key.as_str().eq_ignore_ascii_case(text);
    let (meant, others): (Vec<_>, Vec<_>) = cis.items.into_iter().partition(exact);
    let mut items: Vec<Choice> = meant.into_iter().map(|ci| ci_choice(ci, names)).collect();
    items.extend(releases.into_iter().filter_map(release_choice));
    items.extend(others.into_iter().map(|ci| ci_choice(ci, names)));
    if cis.total > 8 {
        items.push(Choice {
            key: Query::default().with("q", text).on("/cmdb"),
            label: format!("All {} CIs with “{text}”", crate::words::count(cis.total)),
            detail: "CMDB".into(),
        });
    }
    let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
    Ok(Found { items, total })
}

fn release_choice(hit: ReleaseHit) -> Option<Choice> {
    let number = hit.number?;
    let detail = format!("{number} · {}", crate::words::plain(&hit.stage));
    Some(Choice {
        key: paths::release(number),
        label: hit.title,
        detail,
    })
}

fn ci_choice(ci: CiSummary, names: Names) -> Choice {
    let class = untrack(|| names.class(&ci.class));
    let site: Option<CiKey> = ci.site;
    let place = site
        .map(|site| format!(" · {}", untrack(|| names.site(&site))))
        .unwrap_or_default();
    Choice {
        key: paths::ci(&ci.key),
        label: ci.name,
        detail: format!("{class}{place}"),
    }
}
