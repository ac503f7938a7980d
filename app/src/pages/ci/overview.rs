use domain::CiKey;
use domain::cmdb::Face;
use domain::graph::Redundancy;
use domain::wire::cmdb::{CiDetail, ReleaseOfCi};
use leptos::prelude::*;
use serde_json::Value;

use super::why;
use crate::parts::ci::criticality;
use crate::parts::relations;
use crate::paths;
use crate::state::location::QueryState;
use crate::ui::{Badge, CopyButton, Moment};
use crate::words;

/// Attributes, releases and the way to another CI beside the relations.
pub fn view(found: CiDetail, query: QueryState) -> AnyView {
    view! {
        <div class="part-ci-overview">
            <div class="ui-stack">
                {attributes(&found)}
                {releases(found.releases)}
                {why::view(found.ci.key.clone(), query)}
            </div>
            {relations::view(&found.ci.key, found.relations)}
        </div>
    }
    .into_any()
}

fn attributes(found: &CiDetail) -> impl IntoView + use<> {
    let ci = &found.ci;
    let place = &ci.placement;
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add =
        |name: &str, value: Option<String>| facts.extend(value.map(|value| (name.to_owned(), value)));
    add("Serial number", ci.serial.clone());
    add("Asset tag", ci.asset_tag.clone());
    add("Version", ci.version.clone());
    add("Owner", ci.owner.clone());
    add(
        "Criticality",
        ci.criticality.map(|level| criticality(level).to_owned()),
    );
    add("Position", place.position.map(|u| format!("U{u}")));
    add("Height", place.height.map(|u| format!("{u} U")));
    let side = |face| if face == Face::Front { "front" } else { "rear" };
    add("Side", place.face.map(|face| side(face).to_owned()));
    let groups = Redundancy::of(ci);
    for (name, value) in &ci.attributes {
        // Said in words below, unless it cannot be read.
        if name == Redundancy::ATTRIBUTE && !groups.is_empty() {
            continue;
        }
        add(&label(name), text(value));
    }
    let fact = |(name, value): (String, String)| {
        let copy = matches!(name.as_str(), "Serial number" | "Asset tag")
            .then(|| view! { <CopyButton text=value.clone() what=name.to_lowercase() /> });
        view! { <dt>{name}</dt> <dd>{value} {copy}</dd> }
    };
    let none = facts
        .is_empty()
        .then(|| view! { <p class="soft">"Nothing more is known about it."</p> });
    view! {
        <section class="ui-panel">
            <header>
                <h2>"Attributes"</h2>
                <span class="soft meta">
                    {format!("revision {}, ", found.revision)} <Moment at=found.updated ago=true />
                </span>
            </header>
            {none}
            <dl class="ui-facts">
                {facts.into_iter().map(fact).collect_view()} {groups.into_iter().map(group).collect_view()}
            </dl>
        </section>
    }
}

/// "1 of 2 must be up: pdu-a, pdu-b", each a link.
fn group(group: Redundancy) -> impl IntoView {
    let lead = format!("{} of {} must be up: ", group.needed, group.among.len());
    let last = group.among.len().saturating_sub(1);
    let member = |(index, key): (usize, CiKey)| {
        let glue = if index < last { ", " } else { "" };
        view! { <a href=paths::ci(&key)>{key.to_string()}</a> {glue} }
    };
    view! {
        <dt>"Redundancy"</dt>
        <dd>{lead} {group.among.into_iter().enumerate().map(member).collect_view()}</dd>
    }
}

/// `rack_unit` as `Rack unit`.
fn label(name: &str) -> String {
    let plain = words::plain(name);
    let mut letters = plain.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// An attribute as people read it; objects stay JSON.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Array(items) => Some(items.iter().filter_map(text).collect::<Vec<_>>().join(", ")),
        Value::Number(_) | Value::Object(_) => Some(value.to_string()),
    }
}

fn releases(releases: Vec<ReleaseOfCi>) -> impl IntoView {
    let row = |release: ReleaseOfCi| {
        let title = release.title;
        let link = match release.number {
            Some(number) => view! {
                <a href=paths::release(number)><span class="mono">{number.to_string()}</span> " " {title}</a>
            }
            .into_any(),
            None => title.into_any(),
        };
        let start = release.planned_start.map(|at| view! { <Moment at=at /> });
        let stage = words::plain(&release.stage);
        view! {
            <li>
                <span>{link}</span>
                <span class="soft meta"><span data-stage=release.stage><Badge text=stage /></span> " " {start}</span>
            </li>
        }
    };
    let content = if releases.is_empty() {
        view! { <p class="soft">"No release that you may see targets it."</p> }.into_any()
    } else {
        view! { <ul class="part-list">{releases.into_iter().map(row).collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="ui-panel">
            <h2>"Releases"</h2>
            {content}
        </section>
    }
}
