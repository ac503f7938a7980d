//! The versions of releases: written with every change in its transaction, and built again on request.
//!
//! A version is what one push left, or what was marked on the way. Most are stored as what changed since the version
//! before; some, chosen by a digest, as a whole, so that building one never takes many steps.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::release::{Patch, Release, ReleaseField, Rev, restorable};
use domain::sync::{Category, Committed, JournalEntry, Named, last_rev};
use domain::wire::Page;
use domain::wire::records::{ReleaseVersion, VersionView};
use domain::{ReleaseId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue};

use super::catalog::limit;
use super::query::{Vars, broken};
use super::{Error, Store};

/// One in so many versions is stored as a whole.
const WHOLE: u8 = 32;
/// Most sentences about one version.
const MOST_WHAT: usize = 5;

#[derive(Clone, SurrealValue)]
pub(super) struct VersionRow {
    id: RecordId,
    rev: u64,
    about: Option<String>,
    body: Option<String>,
    patch: Option<String>,
}

#[derive(SurrealValue)]
struct StoredRow {
    rev: u64,
    about: Option<String>,
    body: Option<String>,
    patch: Option<String>,
}

#[derive(SurrealValue)]
struct PlaceRow {
    rev: u64,
    whole: bool,
}

/// Who made a version, when, and what was done.
#[derive(Serialize, Deserialize)]
struct About {
    at: DateTime<Utc>,
    by: UserId,
    by_name: String,
    kind: Category,
    what: Vec<String>,
    changes: u32,
}

const LIST: &str = "SELECT rev, about, IF about = NONE THEN body ELSE NONE END AS body, NONE AS patch
        FROM release_version:[$release, 0]..[$release, $before] ORDER BY rev DESC LIMIT $limit;
    RETURN array::len(SELECT VALUE rev FROM release_version:[$release, 0]..[$release, 9223372036854775807])";
const PLACES: &str = "SELECT rev, body != NONE AS whole
    FROM release_version:[$release, 0]..[$release, 9223372036854775807] ORDER BY rev";
const STEPS: &str = "SELECT rev, about, body, patch
    FROM release_version:[$release, $from]..=[$release, $to] ORDER BY rev";

fn object<T: Serialize>(value: &T) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(broken("storing a version", "a release that is no object")),
        Err(error) => Err(broken("storing a version", error.to_string())),
    }
}

/// Whether this version is stored as a whole. By digest, so that it needs nothing but its name.
fn is_whole(release: ReleaseId, rev: Rev) -> bool {
    let digest = Sha256::digest(format!("{release}/{rev}"));
    digest.first().is_none_or(|byte| byte % WHOLE == 0)
}

/// The rows for what a push did to `before`.
pub(super) fn rows(
    committed: &Committed,
    before: &BTreeMap<ReleaseId, Release>,
) -> Result<Vec<VersionRow>, Error> {
    let mut rows = Vec::new();
    for (id, release) in &committed.releases {
        let mut previous = before.get(id);
        let mut entries: Vec<&JournalEntry> = committed
            .journal
            .iter()
            .filter(|entry| entry.release == *id)
            .collect();
        let marked = committed.versions.iter().filter(|version| version.id == *id);
        for (version, keep) in marked.map(|version| (version, true)).chain([(release, false)]) {
            let rev = last_rev(version);
            if previous.is_some_and(|previous| last_rev(previous) >= rev) {
                continue;
            }
            let (of_it, later) = entries.into_iter().partition(|entry| entry.rev <= rev);
            entries = later;
            rows.push(row(version, previous.filter(|_| !keep), rev, &of_it)?);
            previous = Some(version);
        }
    }
    Ok(rows)
}

fn row(
    version: &Release,
    previous: Option<&Release>,
    rev: Rev,
    entries: &[&JournalEntry],
) -> Result<VersionRow, Error> {
    let json = |value: &Map<String, Value>| serde_json::to_string(value);
    let failed = |error: serde_json::Error| broken("storing a version", error.to_string());
    let whole = object(version)?;
    let patch = match previous.filter(|_| !is_whole(version.id, rev)) {
        None => None,
        Some(previous) => {
            let patch = Patch::between(&object(previous)?, &whole);
            Some(serde_json::to_string(&patch).map_err(failed)?)
        }
    };
    let body = match &patch {
        None => Some(json(&whole).map_err(failed)?),
        Some(_) => None,
    };
    let about = entries.first().map(|first| About {
        at: first.at,
        by: first.by,
        by_name: first.by_name.clone(),
        kind: first.category,
        what: entries
            .iter()
            .take(MOST_WHAT)
            .map(|entry| entry.text.clone())
            .collect(),
        changes: u32::try_from(entries.len()).unwrap_or(u32::MAX),
    });
    let place: Array = vec![version.id.to_string().into_value(), rev.0.into_value()].into();
    Ok(VersionRow {
        id: RecordId::new("release_version", RecordIdKey::Array(place)),
        rev: rev.0,
        about: about
            .map(|about| serde_json::to_string(&about))
            .transpose()
            .map_err(failed)?,
        body,
        patch,
    })
}

fn unknown() -> Error {
    Error::NotFound("there is no such version; `versions` of the release lists those that are kept".into())
}

/// What a list says about a version; `now` is the release as it is, which knows its baselines.
fn listed(row: &StoredRow, now: &Release) -> Result<ReleaseVersion, Error> {
    let wrong = |error: serde_json::Error| broken("reading versions", error.to_string());
    let rev = Rev(row.rev);
    let about: About = match (&row.about, &row.body) {
        (Some(about), _) => serde_json::from_str(about).map_err(wrong)?,
        (None, Some(body)) => {
            // Older than the versions: what it was when they began.
            let release: Release = serde_json::from_str(body).map_err(wrong)?;
            About {
                at: release.updated.at,
                by: release.updated.by,
                by_name: String::new(),
                kind: Category::Edit,
                what: vec!["as it was when versions began to be kept".into()],
                changes: 0,
            }
        }
        (None, None) => return Err(broken("reading versions", format!("version {rev} has no author"))),
    };
    let marked = |baseline: &&domain::release::Baseline| baseline.mark.ver.rev() == Some(rev);
    Ok(ReleaseVersion {
        rev,
        at: about.at,
        by: about.by,
        by_name: about.by_name,
        kind: about.kind,
        what: about.what,
        changes: about.changes,
        baseline: now
            .baselines
            .iter()
            .find(marked)
            .map(|baseline| baseline.name.clone()),
    })
}

impl Store {
    /// The versions of a release, newest first; `after` is the `next` of the page before.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`].
    pub async fn versions(
        &self,
        actor: &Actor,
        release: ReleaseId,
        rows: u32,
        after: Option<&str>,
    ) -> Result<Page<ReleaseVersion>, Error> {
        let rows = limit(Some(rows))?;
        let before = match after {
            None => i64::MAX,
            Some(after) => after
                .parse::<i64>()
                .ok()
                .filter(|before| *before > 0)
                .ok_or_else(|| Error::invalid("after", "is not the `next` of a page before"))?,
        };
        let now = self.release_by_id(actor, release).await?;
        let vars = Vars::new()
            .with("release", release.to_string())
            .with("before", before)
            .with("limit", rows + 1);
        let mut answers = self.ask("reading versions", LIST, vars).await?;
        let total: Option<u64> = answers.one(1)?;
        let found: Vec<StoredRow> = answers.rows(0)?;
        let mut items = found
            .iter()
            .map(|row| listed(row, &now))
            .collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > rows;
        items.truncate(rows);
        let next = items.last().filter(|_| more).map(|last| last.rev.to_string());
        Ok(Page {
            items,
            next,
            total: total.unwrap_or(0),
        })
    }

    /// A release as it was at a revision: exactly that version, or the one that the change of this revision was
    /// stored with.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn version(&self, actor: &Actor, release: ReleaseId, rev: Rev) -> Result<VersionView, Error> {
        let now = self.release_by_id(actor, release).await?;
        let place = self.places(release).await?;
        let at = place
            .iter()
            .find(|(known, _)| *known >= rev.0)
            .ok_or_else(unknown)?
            .0;
        self.build(&now, &place, at).await
    }

    /// A version as it can be brought back on what is there now, and the fields that keep what they say now: what they
    /// chose then is not in the registers any more. Reads whom the version names, by identity.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restorable(
        &self,
        now: &Release,
        version: Release,
    ) -> Result<(Release, Vec<ReleaseField>), Error> {
        let directory = self.directory_of(Named::by_release(&version)).await?;
        Ok(restorable(now, version, &directory))
    }

    /// A version, and the one before it if there is one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn version_and_before(
        &self,
        actor: &Actor,
        release: ReleaseId,
        rev: Rev,
    ) -> Result<(Option<VersionView>, VersionView), Error> {
        let now = self.release_by_id(actor, release).await?;
        let place = self.places(release).await?;
        let at = place
            .iter()
            .position(|(known, _)| *known >= rev.0)
            .ok_or_else(unknown)?;
        let name = |at: usize| place.get(at).map(|(rev, _)| *rev).ok_or_else(unknown);
        let version = self.build(&now, &place, name(at)?).await?;
        let before = match at.checked_sub(1) {
            Some(before) => Some(self.build(&now, &place, name(before)?).await?),
            None => None,
        };
        Ok((before, version))
    }

    /// Revisions of all versions, oldest first, and whether each is stored as a whole.
    async fn places(&self, release: ReleaseId) -> Result<Vec<(u64, bool)>, Error> {
        let vars = Vars::new().with("release", release.to_string());
        let rows: Vec<PlaceRow> = self.ask("reading versions", PLACES, vars).await?.rows(0)?;
        Ok(rows.into_iter().map(|row| (row.rev, row.whole)).collect())
    }

    async fn build(&self, now: &Release, places: &[(u64, bool)], rev: u64) -> Result<VersionView, Error> {
        let doing = "building a version";
        let whole = places.iter().rev().find(|(known, whole)| *known <= rev && *whole);
        let from = whole
            .ok_or_else(|| broken(doing, "no version is stored as a whole"))?
            .0;
        let vars = Vars::new()
            .with("release", now.id.to_string())
            .with("from", from)
            .with("to", rev);
        let rows: Vec<StoredRow> = self.ask(doing, STEPS, vars).await?.rows(0)?;
        let wrong = |error: serde_json::Error| broken(doing, error.to_string());
        let mut body = Map::new();
        for row in &rows {
            match (&row.body, &row.patch) {
                (Some(whole), _) => body = serde_json::from_str(whole).map_err(wrong)?,
                (None, Some(patch)) => {
                    let patch: Patch = serde_json::from_str(patch).map_err(wrong)?;
                    patch.apply(&mut body);
                }
                (None, None) => return Err(broken(doing, format!("version {} is empty", row.rev))),
            }
        }
        let last = rows.last().ok_or_else(unknown)?;
        let release: Release = serde_json::from_value(Value::Object(body)).map_err(wrong)?;
        // A version that was stored as a whole and without an author is read from its body.
        let about = StoredRow {
            rev: last.rev,
            about: last.about.clone(),
            body: last.body.clone(),
            patch: None,
        };
        Ok(VersionView {
            version: listed(&about, now)?,
            hash: release.content_hash(),
            release,
        })
    }
}

#[cfg(test)]
mod tests;
