use domain::wire::Page;
use domain::wire::cmdb::CiSummary;
use domain::{CiKey, ReleaseNumber};
use leptos::prelude::*;

use crate::client::http::{self, ApiError};
use crate::paths::{self, Query};
use crate::state::catalogue::Names;
use crate::ui::{Choice, Found};

/// Pages, with the words they are found by and the keys that lead there.
const PAGES: [(&str, &str, &str); 13] = [
    ("/", "Home", "G then H"),
    ("/work", "Work", "G then W"),
    ("/work?view=waiting", "Waiting for me", ""),
    ("/releases", "Releases", "G then R"),
    ("/releases/new", "New release", ""),
    ("/schedule", "Schedule", "G then S"),
    ("/cmdb", "CMDB", "G then C"),
    ("/registers/changes", "Registers", ""),
    ("/impact", "Impact", "G then I"),
    ("/import", "Import", ""),
    ("/admin", "Admin", ""),
    ("/device", "This device", ""),
    ("/account", "Account and tokens", ""),
];

/// Pages that are not everybody's: found where the main navigation leads there too.
const OF_SOME: [&str; 5] = ["/cmdb", "/registers/changes", "/impact", "/import", "/admin"];

/// What there is of the release that is open.
const OF_RELEASE: [(&str, &str); 7] = [
    ("", "Plan"),
    ("?tab=impact", "Impact"),
    ("?tab=record", "Record"),
    ("?tab=links", "Links"),
    ("?tab=history", "History"),
    ("/run", "Run sheet"),
    ("/print", "Print"),
];

/// A release in search results: what this list needs of it.
#[derive(serde::Deserialize)]
struct ReleaseHit {
    number: Option<ReleaseNumber>,
    title: String,
    #[serde(default)]
    stage: String,
}

#[derive(serde::Deserialize)]
struct Answer {
    releases: Page<ReleaseHit>,
    #[serde(default)]
    cis: Option<Page<CiSummary>>,
}

/// A list under a name: what is needed of it here.
#[derive(serde::Deserialize)]
struct Kept {
    name: String,
    query: String,
}

/// Releases by their texts, CIs by name, key or serial, pages, views, and what there is of the open release.
pub(super) async fn find(text: String, names: Names) -> Result<Found, ApiError> {
    let text = text.trim();
    let mut items = places(text);
    // A sign alone finds nothing, and is nothing to ask for.
    if !text.contains(char::is_alphanumeric) {
        let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
        return Ok(Found { items, total });
    }
    let query = Query::default().with("q", text).with("limit", "8");
    let found = http::get::<Answer>(&query.on("/api/v1/search")).await;
    let views = http::get::<Vec<Kept>>("/api/v1/views").await.unwrap_or_default();
    items.extend(
        views
            .into_iter()
            .filter(|view| is_meant(text, &view.name))
            .map(|view| Choice {
                key: Query::parse(&view.query).on("/releases"),
                label: view.name,
                detail: "View".into(),
            }),
    );
    let answer = match found {
        Ok(answer) => answer,
        // Without a word in it, or without the server, pages are found all the same.
        Err(error) if items.is_empty() => return Err(error),
        Err(_) => {
            let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
            return Ok(Found { items, total });
        }
    };
    let cis = answer.cis.unwrap_or(Page {
        items: Vec::new(),
        next: None,
        total: 0,
    });
    // Who types a whole name or key means that one.
    let exact =
        |ci: &CiSummary| ci.name.eq_ignore_ascii_case(text) || ci.key.as_str().eq_ignore_ascii_case(text);
    let (meant, others): (Vec<_>, Vec<_>) = cis.items.into_iter().partition(exact);
    let mut all: Vec<Choice> = meant.into_iter().map(|ci| ci_choice(ci, names)).collect();
    all.append(&mut items);
    let more = answer.releases.total > 8;
    all.extend(answer.releases.items.into_iter().filter_map(release_choice));
    if more {
        all.push(Choice {
            key: Query::default().with("text", text).on("/releases"),
            label: format!(
                "All {} releases with “{text}”",
                crate::words::count(answer.releases.total)
            ),
            detail: "Releases".into(),
        });
    }
    all.extend(others.into_iter().map(|ci| ci_choice(ci, names)));
    if cis.total > 8 {
        all.push(Choice {
            key: Query::default().with("q", text).on("/cmdb"),
            label: format!("All {} CIs with “{text}”", crate::words::count(cis.total)),
            detail: "CMDB".into(),
        });
    }
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    Ok(Found { items: all, total })
}

/// Every word begins a word of the name.
fn is_meant(text: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let text = text.to_lowercase();
    text.split_whitespace()
        .all(|wanted| name.split_whitespace().any(|word| word.starts_with(wanted)))
}

/// Pages, and what there is of the release that is open.
fn places(text: &str) -> Vec<Choice> {
    let path = window().location().pathname().unwrap_or_default();
    let open = path
        .strip_prefix("/releases/")
        .and_then(|rest| rest.split('/').next())
        .filter(|id| *id != "new");
    let of_open = open.into_iter().flat_map(|id| {
        OF_RELEASE.into_iter().map(move |(end, label)| Choice {
            key: format!("/releases/{id}{end}"),
            label: label.to_owned(),
            detail: format!("This release, {id}"),
        })
    });
    let offered = |href: &str| {
        let way = format!(".frame-rail a[href=\"{href}\"]");
        !OF_SOME.contains(&href) || document().query_selector(&way).is_ok_and(|way| way.is_some())
    };
    let pages = PAGES.into_iter().filter(|(href, ..)| offered(href));
    let pages = pages.map(|(href, label, keys)| Choice {
        key: href.to_owned(),
        label: label.to_owned(),
        detail: if keys.is_empty() {
            "Page".to_owned()
        } else {
            keys.to_owned()
        },
    });
    of_open
        .chain(pages)
        .filter(|choice| is_meant(text, &choice.label))
        .collect()
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
