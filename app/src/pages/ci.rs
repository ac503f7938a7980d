//! One CI: who it is and how it fares on top; then relations, picture, history, and for racks and places
//! what they hold. Each tab has its own address.

mod contents;
mod elevation;
mod neighbourhood;
mod overview;
mod why;

use domain::CiKey;
use domain::access::Deed;
use domain::cmdb::Ci;
use domain::sync::client::Place;
use domain::wire::cmdb::CiDetail;
use leptos::prelude::*;

use super::device::PinButton;
use crate::client::http;
use crate::parts::{ci, ci_edit::CiEditor, history};
use crate::paths;
use crate::state::catalogue::use_names;
use crate::state::location::QueryState;
use crate::state::{Remote, remote, use_path, use_query, use_session};
use crate::ui::{
    Button, CopyButton, Icon, LinkButton, Page, StateKind, TabLink, TabLinks, show, skeleton_lines,
    state_view,
};

const PREFIX: &str = "/cmdb/ci/";

/// The page.
#[component]
pub fn CiPage() -> impl IntoView {
    let path = use_path();
    let key = Memo::new(move |_| {
        let raw = path.with(|path| paths::decode(path.strip_prefix(PREFIX).unwrap_or_default()));
        raw.parse::<CiKey>().map_err(|error| error.to_string())
    });
    // A new key makes a new page: nothing of the CI before may linger.
    move || match key.get() {
        Ok(key) => view! { <OneCi key=key /> }.into_any(),
        Err(message) => view! {
            <Page title="No such CI">
                {state_view(StateKind::NotFound, "This is no key of a CI", &message, None)}
            </Page>
        }
        .into_any(),
    }
}

#[component]
fn OneCi(key: CiKey) -> impl IntoView {
    let query = use_query();
    let wanted = key.clone();
    let detail = remote(
        false,
        move || wanted.clone(),
        |key| async move { http::get::<CiDetail>(&paths::api_ci(&key)).await },
    );
    let title_key = key.clone();
    let title = Memo::new(move |_| {
        let name = detail.value.with(|d| d.as_ref().map(|d| d.ci.name.clone()));
        name.unwrap_or_else(|| title_key.to_string())
    });
    let editing = RwSignal::new(false);
    let names = use_names();
    let over = move || {
        let class = detail.value.with(|d| d.as_ref().map(|d| d.ci.class.clone()));
        let link = class.map(|class| {
            let href = super::cmdb::of_class(&class);
            view! { <a href=href>{move || names.class(&class)}</a> }
        });
        view! { <a href="/cmdb">"CMDB"</a> <span aria-hidden="true">"›"</span> {link} }
    };
    let beside = move || {
        detail
            .value
            .with(|d| d.as_ref().map(|d| ci::lifecycle_badge(d.ci.lifecycle)))
    };
    let session = use_session();
    let what_if = paths::impact([&key]);
    let actions = move || {
        // What cannot be shown cannot be acted on.
        detail.error.with(Option::is_none).then(|| {
            let edit = session.may(Deed::EditCmdb).then(|| {
                view! { <Button icon=Icon::Edit on_press=move |()| editing.set(true)>"Edit"</Button> }
            });
            let keep = detail.value.with(|d| d.as_ref().and_then(|d| keep(&d.ci)));
            view! {
                {edit}
                {keep}
                <LinkButton href=what_if.clone() icon=Icon::Impact>"Take this down: what if"</LinkButton>
            }
        })
    };
    view! {
        <Page title=Signal::derive(move || title.get()) over=over beside=beside actions=actions>
            {identity(key.clone(), detail)}
            {tabs(&key, query, detail)}
            {show(detail, "this CI", || skeleton_lines(12), move |found| body(found, query))}
            <CiEditor detail=detail open=editing />
        </Page>
    }
}

/// A place may be kept on this device with what stands in it.
fn keep(ci: &Ci) -> Option<impl IntoView + use<>> {
    let place = Place::Site(ci.key.clone());
    let is_place = matches!(ci.class.as_str(), "site" | "location" | "room");
    is_place.then(|| view! { <PinButton place=place name=ci.name.clone() /> })
}

/// Key, serial, place, owner: what tells this thing from others, in one line.
fn identity(key: CiKey, detail: Remote<CiDetail>) -> impl IntoView {
    let names = use_names();
    let facts = move || {
        let found = detail.value.get()?;
        let ci = found.ci;
        let fact = |name: &'static str, value: Option<String>| {
            value.map(|value| view! { <span><span class="soft">{name}" "</span>{value}</span> })
        };
        let site = ci.placement.site.clone();
        let site = site.map(|site| {
            let href = paths::ci(&site);
            view! { <span><span class="soft">"site "</span><a href=href>{move || names.site(&site)}</a></span> }
        });
        Some(view! {
            {fact("serial", ci.serial)}
            {fact("asset tag", ci.asset_tag)}
            {fact("version", ci.version)}
            {site}
            {fact("owner", ci.owner)}
        })
    };
    let text = key.to_string();
    view! {
        <div class="part-identity">
            <span><span class="mono">{text.clone()}</span> <CopyButton text=text what="key" /></span>
            {facts}
        </div>
    }
}

/// Which tab is the first: what people come for.
fn first_tab(class: &str) -> &'static str {
    match class {
        "rack" => "elevation",
        "site" | "location" => "contents",
        _ => "overview",
    }
}

fn tabs(key: &CiKey, query: QueryState, detail: Remote<CiDetail>) -> impl IntoView + use<> {
    let page = paths::ci(key);
    let tabs = Signal::derive(move || {
        let Some(found) = detail.value.get() else {
            return Vec::new();
        };
        let first = first_tab(found.ci.class.as_str());
        let wanted = query.get("tab");
        let current = if wanted.is_empty() { first } else { wanted.as_str() };
        let relations = found.relations.iter().map(|group| group.total).sum();
        let all = [
            (first, first_label(first), None),
            ("overview", "Overview", Some(relations)),
            ("picture", "Picture", None),
            ("history", "History", u64::try_from(found.history.len()).ok()),
        ];
        let start = usize::from(first == "overview");
        let tab = |(name, label, count): (&str, &str, Option<u64>)| {
            let value = if name == first { "" } else { name };
            TabLink {
                href: paths::Query::default().with("tab", value).on(&page),
                label: label.to_owned(),
                count,
                current: name == current,
            }
        };
        all.into_iter().skip(start).map(tab).collect()
    });
    view! { <TabLinks label="Views of this CI" tabs=tabs /> }
}

fn first_label(tab: &str) -> &'static str {
    match tab {
        "elevation" => "Elevation",
        "contents" => "Contents",
        _ => "Overview",
    }
}

fn body(found: CiDetail, query: QueryState) -> AnyView {
    let tab = Memo::new(move |_| query.get("tab"));
    let found = StoredValue::new(found);
    (move || {
        let found = found.get_value();
        let wanted = tab.get();
        let wanted = if wanted.is_empty() {
            first_tab(found.ci.class.as_str())
        } else {
            wanted.as_str()
        };
        match wanted {
            "elevation" => elevation::view(found.ci.key),
            "contents" => contents::view(found.ci.key),
            "picture" => neighbourhood::view(found.ci.key, query),
            "history" => history::view(&found.history),
            _ => overview::view(found, query),
        }
    })
    .into_any()
}
