//! Links to records and people: added, ended, never replaced.

use std::collections::BTreeMap;

use super::{Ctx, Done, Refusal, applied, is_newer, kept, malformed, no_such};
use crate::registry::{KnownRecord, RecordFact, RecordRef, RegisterKind};
use crate::release::{
    ChangeOutcome, Disposition, FieldKind, FieldVer, Link, LinkKey, MAX_LINKS, PersonCard, Release, Value,
};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;
use crate::{CiKey, PersonLinkId, RecordKey};

/// Links a record. One that is linked already stays as it is; one whose link has ended is linked anew.
pub(super) fn record(
    release: &mut Release,
    register: RegisterKind,
    key: &RecordKey,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    open(release)?;
    let at = RecordRef {
        register,
        key: key.clone(),
    };
    let known = match ctx.world.record(&at) {
        RecordFact::Known(known) => Some(known),
        RecordFact::Unknown => None,
        RecordFact::Never => {
            return Err(no_such(format!("{} {key}", register.one())));
        }
    };
    let text = match &known {
        Some(known) => format!("linked {} {key} “{}”", register.one(), known.title),
        None => format!("linked {} {key}", register.one()),
    };
    let KnownRecord { title, cis, .. } = known.unwrap_or_else(|| KnownRecord {
        title: key.to_string(),
        ..KnownRecord::default()
    });
    let new = Link {
        name: title,
        mark: ctx.mark(),
        ended: None,
        person: None,
        status: None,
        status_mark: None,
        cis,
    };
    add(release, LinkKey::Record(at), new)?;
    Ok(linked(text, Value::Empty, key.as_str().into()))
}

/// Links a person in a role.
pub(super) fn person(
    release: &mut Release,
    link: PersonLinkId,
    person: &PersonCard,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    open(release)?;
    let line = |name: &str, text: &str, max| match FieldKind::Line(max).parse(text.into()) {
        Ok(value) => Ok(value.as_text().to_owned()),
        Err(message) => Err(malformed(format!("person.{name}: {message}"))),
    };
    let person = PersonCard {
        user: person.user,
        name: line("name", &person.name, 200)?,
        role: line("role", &person.role, 200)?,
        job_title: line("job_title", &person.job_title, 200)?,
        phone: line("phone", &person.phone, 60)?,
        email: line("email", &person.email, 200)?,
    };
    for (name, value) in [("name", &person.name), ("role", &person.role)] {
        if value.is_empty() {
            return Err(malformed(format!("person.{name}: must be filled in")));
        }
    }
    let key = LinkKey::Person(link);
    if release.links.contains_key(&key) {
        return Err(Reason::Duplicate {
            what: format!("The link {link}"),
        }
        .into());
    }
    let text = format!("linked {} as {}", person.name, person.role);
    let after = person.name.as_str().into();
    let new = Link {
        name: person.name.clone(),
        mark: ctx.mark(),
        ended: None,
        person: Some(person),
        status: None,
        status_mark: None,
        cis: BTreeMap::new(),
    };
    add(release, key, new)?;
    Ok(linked(text, Value::Empty, after))
}

fn add(release: &mut Release, key: LinkKey, new: Link) -> Result<(), Refusal> {
    if release.links.get(&key).is_some_and(|link| link.ended.is_none()) {
        return Ok(());
    }
    if !release.links.contains_key(&key) && release.links.len() >= MAX_LINKS {
        return Err(Reason::TooMany {
            what: format!("A release has at most {MAX_LINKS} links, ended ones included."),
        }
        .into());
    }
    release.links.insert(key, new);
    Ok(())
}

/// Ends a link. It stays, with who ended it and when.
pub(super) fn end(
    release: &mut Release,
    key: &LinkKey,
    base: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    open(release)?;
    let Some(link) = release.links.get_mut(key) else {
        return Err(no_such(format!("link {key} in this release")));
    };
    let name = match key {
        LinkKey::Record(record) => format!("{} {}", record.register.one(), record.key),
        LinkKey::Person(_) => link.name.clone(),
    };
    let text = format!("ended the link to {name}");
    if is_newer(link.mark.ver, base, ctx)?.is_newer() {
        return Ok(kept(Category::Link, text));
    }
    let before = match key {
        LinkKey::Record(record) => record.key.as_str().into(),
        LinkKey::Person(_) => link.name.as_str().into(),
    };
    if link.ended.is_none() {
        link.ended = Some(ctx.mark());
    }
    Ok(linked(text, before, Value::Empty))
}

/// Says what became of a linked change.
pub(super) fn set_status(
    release: &mut Release,
    change: &RecordKey,
    base: FieldVer,
    status: Option<ChangeOutcome>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    open(release)?;
    let link = release.links.get_mut(&LinkKey::change(change.clone()));
    let link = link
        .filter(|link| link.ended.is_none())
        .ok_or_else(|| no_such(format!("change {change} among the links of this release")))?;
    let words = |status: Option<ChangeOutcome>| status.map_or(Value::Empty, |s| s.as_str().into());
    let text = match status {
        Some(status) => format!("change {change} is {}", status.label()),
        None => format!("change {change} has no status here any more"),
    };
    let before = words(link.status);
    let stands = link.status_mark.map_or_else(FieldVer::default, |mark| mark.ver);
    if link.status != status && is_newer(stands, base, ctx)?.is_newer() {
        return Ok(kept(Category::Link, text));
    }
    link.status = status;
    link.status_mark = Some(ctx.mark());
    Ok(linked(text, before, words(status)))
}

/// Takes over the CIs of a linked change as they are now.
pub(super) fn follow(release: &mut Release, change: &RecordKey, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let key = LinkKey::change(change.clone());
    let link = release.links.get(&key).filter(|link| link.ended.is_none());
    if link.is_none() {
        return Err(no_such(format!(
            "change {change} among the links of this release"
        )));
    }
    let before = release.links.get(&key).map(|link| names(&link.cis));
    take_over(release, &key, ctx);
    let after = release.links.get(&key).map(|link| names(&link.cis));
    Ok(linked(
        format!("took over what change {change} changes now"),
        before.unwrap_or_default(),
        after.unwrap_or_default(),
    ))
}

/// Takes over the CIs of every linked change as they are now.
pub(super) fn follow_all(release: &mut Release, ctx: &Ctx<'_>) {
    let changes: Vec<LinkKey> = release.linked_changes().map(LinkKey::Record).collect();
    for key in changes {
        take_over(release, &key, ctx);
    }
}

/// A change that is gone or not known here leaves what was seen of it.
fn take_over(release: &mut Release, key: &LinkKey, ctx: &Ctx<'_>) {
    if let Some(record) = key.record()
        && let RecordFact::Known(known) = ctx.world.record(record)
        && let Some(link) = release.links.get_mut(key)
    {
        link.cis = known.cis;
        link.name = known.title;
    }
}

/// Names for the journal; the first ones where there are many.
fn names(cis: &BTreeMap<CiKey, String>) -> Value {
    const SHOWN: usize = 20;
    if cis.is_empty() {
        return Value::Empty;
    }
    let mut text = cis.values().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if cis.len() > SHOWN {
        text.push_str(&format!(" and {} more", cis.len() - SHOWN));
    }
    text.into()
}

/// What is done or given up changes no more.
fn open(release: &Release) -> Result<(), Refusal> {
    match release.disposition {
        Disposition::Active | Disposition::OnHold => Ok(()),
        Disposition::Concluded | Disposition::Cancelled => {
            Err(Reason::Frozen { stage: release.stage }.into())
        }
    }
}

fn linked(text: impl Into<String>, before: Value, after: Value) -> Done {
    applied(Category::Link, text, before, after)
}
