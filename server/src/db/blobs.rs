//! Who uploaded which photo or file, and who may read it. The bytes are [`crate::blobs`].

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::access::{Actor, may_view};
use domain::files::Kind;
use domain::release::{DocumentFile, ExecutionRecord, Release};
use domain::wire::blob::{NewBlob, UploadState};
use domain::{BlobId, ReleaseId, UserId};
use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue};

use super::oplog::BodyRow;
use super::query::{Vars, broken, id};
use super::{Error, Store};

/// Most unfinished uploads of one person.
pub const MAX_UNFINISHED: usize = 20;

#[derive(SurrealValue)]
struct Row {
    user: String,
    bytes: u64,
    kind: Option<String>,
    finished: Option<DateTime<Utc>>,
}

#[derive(SurrealValue)]
struct UnfinishedRow {
    id: RecordId,
    user: String,
}

#[derive(SurrealValue)]
struct WholeRow {
    id: RecordId,
}

#[derive(SurrealValue)]
struct EvidenceRow {
    release: String,
}

#[derive(Clone, SurrealValue)]
pub(super) struct NewEvidence {
    id: RecordId,
    release: String,
}

/// A photo or file that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptBlob {
    /// Its length.
    pub bytes: u64,
    /// What it is.
    pub kind: Kind,
}

const OWN: &str = "SELECT * FROM ONLY $id";
const ALL: &str = "SELECT * FROM blob:[$sha256, '']..[$sha256, '~'];
    SELECT release FROM evidence:[$sha256, '']..[$sha256, '~']";
const WHOLE: &str = "SELECT id FROM $ids WHERE finished != NONE";
const BODIES: &str = "SELECT body FROM $releases";
const UNFINISHED: &str = "SELECT VALUE count() FROM blob WHERE user = $user AND finished = NONE GROUP ALL";
const BEGIN: &str =
    "UPSERT $id SET user = $user, bytes = $bytes, kind = NONE, begun = $begun, finished = NONE RETURN NONE";
const FINISH: &str = "UPDATE $id SET kind = $kind, finished = $finished RETURN NONE";
const DROP: &str = "DELETE $id RETURN NONE";
const EXPIRED: &str = "SELECT id, user FROM blob WHERE finished = NONE AND begun < $before";

fn blob_id(blob: BlobId, user: UserId) -> RecordId {
    pair("blob", blob, user.to_string())
}

fn pair(table: &str, blob: BlobId, second: String) -> RecordId {
    let key: Array = vec![blob.to_string().into_value(), second.into_value()].into();
    RecordId::new(table, RecordIdKey::Array(key))
}

/// The note that a release names a photo or file.
pub(super) fn evidence(release: ReleaseId, blob: BlobId) -> NewEvidence {
    NewEvidence {
        id: pair("evidence", blob, release.to_string()),
        release: release.to_string(),
    }
}

impl Store {
    /// A photo or file that is whole and that the actor may read: as its uploader, or as somebody who may view a
    /// release in which one of its uploaders recorded or attached it. Naming a hash in a record or document of one's
    /// own gives nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob(&self, actor: &Actor, blob: BlobId) -> Result<Option<KeptBlob>, Error> {
        let doing = "reading about a file";
        let vars = Vars::new().with("sha256", blob.to_string());
        let mut answers = self.ask(doing, ALL, vars).await?;
        let whole: Vec<Row> = answers.rows::<Row>(0)?;
        let whole: Vec<Row> = whole.into_iter().filter(|row| row.finished.is_some()).collect();
        let Some(first) = whole.first() else {
            return Ok(None);
        };
        let kind = first.kind.as_deref().and_then(Kind::from_media);
        let kept = KeptBlob {
            bytes: first.bytes,
            kind: kind.ok_or_else(|| broken(doing, format!("{blob} is of no known kind")))?,
        };
        let own = actor.user.to_string();
        if whole.iter().any(|row| row.user == own) {
            return Ok(Some(kept));
        }
        let releases: Vec<RecordId> = answers
            .rows::<EvidenceRow>(1)?
            .into_iter()
            .map(|row| id("release", row.release))
            .collect();
        let uploaded = |user: UserId| whole.iter().any(|row| row.user == user.to_string());
        let vars = Vars::new().with("releases", releases);
        for row in self.ask(doing, BODIES, vars).await?.rows::<BodyRow>(0)? {
            let release: Release =
                serde_json::from_str(&row.body).map_err(|e| broken(doing, e.to_string()))?;
            let shown =
                |record: &ExecutionRecord| record.evidence.contains(&blob) && uploaded(record.mark.by);
            let attached = |version: &DocumentFile| version.file.blob == blob && uploaded(version.mark.by);
            let named = release.records.values().any(shown)
                || release
                    .documents
                    .values()
                    .any(|document| document.files.iter().any(attached));
            if named && release.with_facts(|facts| may_view(actor, facts)) {
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }

    /// Files of a release's documents that whoever attached them has not sent.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn not_arrived(&self, release: &Release) -> Result<BTreeSet<BlobId>, Error> {
        let versions = release.documents.values().flat_map(|document| &document.files);
        let named: Vec<(BlobId, RecordId)> = versions
            .map(|version| (version.file.blob, blob_id(version.file.blob, version.mark.by)))
            .collect();
        if named.is_empty() {
            return Ok(BTreeSet::new());
        }
        let ids: Vec<RecordId> = named.iter().map(|(_, id)| id.clone()).collect();
        let vars = Vars::new().with("ids", ids);
        let whole: Vec<WholeRow> = self.ask("reading about files", WHOLE, vars).await?.rows(0)?;
        // What was attached once more by somebody else is still that of its uploader.
        let (arrived, missing): (Vec<_>, Vec<_>) = named
            .into_iter()
            .partition(|(_, id)| whole.iter().any(|row| row.id == *id));
        let mut missing: BTreeSet<BlobId> = missing.into_iter().map(|(blob, _)| blob).collect();
        for (blob, _) in &arrived {
            missing.remove(blob);
        }
        Ok(missing)
    }

    /// The bytes a person has announced of a photo or file whose upload is not finished.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upload(&self, user: UserId, blob: BlobId) -> Result<Option<u64>, Error> {
        let vars = Vars::new().with("id", blob_id(blob, user));
        let row: Option<Row> = self.ask("reading an upload", OWN, vars).await?.one(0)?;
        Ok(row.filter(|row| row.finished.is_none()).map(|row| row.bytes))
    }

    /// Notes an upload; `None` when the person has too many unfinished ones already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upload_begin(
        &self,
        user: UserId,
        new: &NewBlob,
        now: DateTime<Utc>,
    ) -> Result<Option<UploadState>, Error> {
        let doing = "noting an upload";
        let vars = Vars::new().with("user", user.to_string());
        let unfinished: Option<usize> = self.ask(doing, UNFINISHED, vars).await?.one(0)?;
        if unfinished.unwrap_or(0) >= MAX_UNFINISHED {
            return Ok(None);
        }
        let vars = Vars::new()
            .with("id", blob_id(new.sha256, user))
            .with("user", user.to_string())
            .with("bytes", new.bytes)
            .with("begun", now);
        self.ask(doing, BEGIN, vars).await?;
        Ok(Some(UploadState {
            offset: 0,
            bytes: new.bytes,
        }))
    }

    /// Notes that an upload is whole.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upload_finish(
        &self,
        user: UserId,
        blob: BlobId,
        kind: Kind,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let vars = Vars::new()
            .with("id", blob_id(blob, user))
            .with("kind", kind.media())
            .with("finished", now);
        self.ask("noting a finished upload", FINISH, vars)
            .await
            .map(|_| ())
    }

    /// Forgets an upload.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upload_drop(&self, user: UserId, blob: BlobId) -> Result<(), Error> {
        let vars = Vars::new().with("id", blob_id(blob, user));
        self.ask("forgetting an upload", DROP, vars).await.map(|_| ())
    }

    /// Unfinished uploads that were begun before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn uploads_begun(&self, before: DateTime<Utc>) -> Result<Vec<(UserId, BlobId)>, Error> {
        let doing = "looking for old uploads";
        let vars = Vars::new().with("before", before);
        let rows: Vec<UnfinishedRow> = self.ask(doing, EXPIRED, vars).await?.rows(0)?;
        rows.into_iter()
            .map(|row| {
                let wrong = |error: domain::BadId| broken(doing, error.to_string());
                let sha256 = match &row.id.key {
                    RecordIdKey::Array(key) => key.first().cloned().map(String::from_value),
                    _ => None,
                };
                let sha256 = sha256
                    .and_then(Result::ok)
                    .ok_or_else(|| broken(doing, "an upload without a hash"))?;
                Ok((row.user.parse().map_err(wrong)?, sha256.parse().map_err(wrong)?))
            })
            .collect()
    }
}
