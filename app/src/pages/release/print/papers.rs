//! What a release is linked with, on paper: records with the back-out of changes, people to call, names of documents.

use std::collections::BTreeMap;

use domain::registry::{Record, RecordField, RecordRef, RegisterKind};
use domain::release::{ChangeOutcome, Link, LinkKey, Release};
use domain::wire::registry::LinkNow;
use leptos::prelude::*;

use crate::client::clock;
use crate::parts::describe::class_words;
use crate::parts::people::People;
use crate::words;

/// Everything that is linked; nothing where nothing is.
pub(super) fn sheets(release: &Release, now: &[LinkNow], people: People) -> AnyView {
    let now: BTreeMap<&LinkKey, &LinkNow> = now.iter().map(|one| (&one.link, one)).collect();
    let record = |at: &RecordRef| {
        now.get(&LinkKey::Record(at.clone()))
            .map(|now| now.record.as_ref())
    };
    let changes: Vec<_> = release
        .linked(RegisterKind::Changes)
        .map(|(at, link)| change(at, link, record(at)))
        .collect();
    let others = [
        RegisterKind::Problems,
        RegisterKind::Knowledge,
        RegisterKind::Media,
        RegisterKind::Purchases,
    ];
    let others: Vec<_> = others
        .into_iter()
        .map(|register| {
            let rows: Vec<_> = release
                .linked(register)
                .map(|(at, link)| other(at, link, record(at)))
                .collect();
            section(register.label(), rows)
        })
        .collect();
    view! {
        {section("Changes", changes)}
        {section("People and roles", persons(release))}
        {others}
        {section("Documents", documents(release, people))}
    }
    .into_any()
}

fn section(title: &'static str, rows: Vec<AnyView>) -> Option<AnyView> {
    (!rows.is_empty()).then(|| {
        view! {
            <section class="papers">
                <h2>{title}</h2>
                <ul>{rows}</ul>
            </section>
        }
        .into_any()
    })
}

/// What the register says of a record: the outer `None` where it was not asked or does not say.
type Known<'a> = Option<Option<&'a Record>>;

fn named(at: &RecordRef, link: &Link, facts: Vec<String>) -> AnyView {
    let facts: Vec<_> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    let facts = (!facts.is_empty()).then(|| format!(" · {}", facts.join(" · ")));
    view! { <b>{at.key.to_string()}</b> " " {link.name.clone()} {facts} }.into_any()
}

/// The status in its register, and where it is worked on.
fn there(known: Known<'_>) -> Vec<String> {
    match known {
        Some(Some(record)) => vec![
            record.text(RecordField::Status).to_owned(),
            record.text(RecordField::Link).to_owned(),
        ],
        Some(None) => vec!["deleted in its register".to_owned()],
        None => Vec::new(),
    }
}

fn other(at: &RecordRef, link: &Link, known: Known<'_>) -> AnyView {
    view! { <li>{named(at, link, there(known))}</li> }.into_any()
}

fn change(at: &RecordRef, link: &Link, known: Known<'_>) -> AnyView {
    let here = link.status.map_or("not said yet", ChangeOutcome::label);
    let mut facts = vec![format!("in this release: {here}")];
    facts.extend(there(known).into_iter().filter(|fact| !fact.is_empty()));
    let cis: Vec<_> = link.cis.values().cloned().collect();
    let cis = (!cis.is_empty()).then(|| view! { <p>"CIs: " {cis.join(", ")}</p> });
    let back_out = match known {
        Some(Some(record)) if record.back_out.is_empty() => {
            view! { <p class="warn">"It has no back-out plan."</p> }.into_any()
        }
        Some(Some(record)) => {
            let [owner, tested] =
                [RecordField::BackOutOwner, RecordField::BackOutTested].map(|field| record.text(field));
            let owner = (!owner.is_empty()).then(|| format!(", owner {owner}"));
            let tested = match tested {
                "" => ", never tried".to_owned(),
                day => format!(", tried on {day}"),
            };
            let steps = record.back_out.iter().cloned();
            view! {
                <p>"Back-out" {owner} {tested}</p>
                <ol>{steps.map(|step| view! { <li class="prose">{step}</li> }).collect_view()}</ol>
            }
            .into_any()
        }
        Some(None) => ().into_any(),
        None => view! {
            <p class="warn">"Printed without its back-out plan: that is kept in the register, which could not be asked."</p>
        }
        .into_any(),
    };
    view! { <li>{named(at, link, facts)} {cis} {back_out}</li> }.into_any()
}

fn persons(release: &Release) -> Vec<AnyView> {
    let cards = release.live_links().filter_map(|(_, link)| link.person.clone());
    cards
        .map(|card| {
            let facts = [card.role, card.job_title, card.phone, card.email];
            let facts: Vec<_> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
            view! { <li><b>{card.name}</b> " · " {facts.join(" · ")}</li> }.into_any()
        })
        .collect()
}

fn documents(release: &Release, people: People) -> Vec<AnyView> {
    let row = |document: &domain::release::Document| {
        let (title, class) = (document.title().to_owned(), class_words(document.class()));
        let versions = document.files.len();
        let file = document.file().cloned()?;
        let name = file.file.name.as_str().to_owned();
        let name = (name != title).then(|| format!(" ({name})"));
        let version = (versions > 1).then(|| format!(", version {versions}"));
        let facts = format!(" · {class}, {}", words::bytes(file.file.bytes));
        let brought = move || {
            format!(
                " · {} by {}",
                clock::local(file.mark.at),
                people.name(file.mark.by)
            )
        };
        Some(view! { <li><b>{title}</b> {name} {facts} {version} {brought}</li> }.into_any())
    };
    release
        .documents()
        .into_iter()
        .filter_map(|(_, document)| row(document))
        .collect()
}
