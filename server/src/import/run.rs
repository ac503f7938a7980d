use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ClassKey;
use domain::access::{Actor, Deed, may};
use domain::transfer::Format;
use domain::wire::cmdb::{ImportRecord, ImportReport, Tally};
use tokio::sync::mpsc;

use super::File;
use super::survey::{Survey, read_cis};
use crate::db::{Error, Origin, Store};

/// Imports files into the CMDB, or with `dry_run` says what that would do.
///
/// A file that cannot be read to its end (damaged, of another format) changes nothing: the report then has
/// `refused` set. Single CIs and relations that cannot be taken are reported, and the others are taken.
/// `id` is the ULID of the import's record, for a caller that follows its [`Store::progress_of`].
///
/// # Errors
/// [`Error::NotAllowed`] without the right to import, and when the database fails: what was committed before
/// stays, and repeating the import does the rest.
pub async fn run(
    store: &Store,
    actor: &Actor,
    format: Format,
    files: Vec<File>,
    dry_run: bool,
    now: DateTime<Utc>,
    id: Option<String>,
) -> Result<ImportRecord, Error> {
    if !may(actor, Deed::Import) {
        return Err(Error::NotAllowed("you may not import into the CMDB".into()));
    }
    let mut record = ImportRecord {
        id: id.unwrap_or_else(|| ulid::Ulid::new().to_string()),
        format: format.to_string(),
        files: files.iter().map(|(name, _)| name.clone()).collect(),
        started: now,
        ended: None,
        by: actor.name.clone(),
        progress: (0, 0),
        report: None,
    };
    store.import_begin(&record).await?;
    let outcome = carry_out(store, &record, format, files, dry_run).await;
    let ended = Utc::now();
    record.progress = store.progress_of(&record.id).unwrap_or_default();
    store.import_end(&record, ended, outcome.as_ref().ok()).await?;
    record.ended = Some(ended);
    record.report = Some(outcome?);
    Ok(record)
}

async fn carry_out(
    store: &Store,
    record: &ImportRecord,
    format: Format,
    files: Vec<File>,
    dry_run: bool,
) -> Result<ImportReport, Error> {
    let classes: Vec<ClassKey> = store
        .classes()
        .await?
        .into_iter()
        .map(|class| class.key)
        .collect();
    let sources = Arc::new((files, classes));
    let mut survey = {
        let sources = sources.clone();
        blocking(move || Survey::of(format, &sources.0, &sources.1)).await?
    };
    let mut report = ImportReport {
        dry_run,
        refused: survey.unusable,
        cis: survey.cis,
        relations: survey.relations,
        skipped: std::mem::take(&mut survey.skipped),
        classes: std::mem::take(&mut survey.classes),
        ..ImportReport::default()
    };
    if survey.unusable {
        report.problems = survey.take_problems();
        return Ok(report);
    }
    let there = store.existing(&survey.wanted()).await?;
    survey.resolve(&there);
    report.relations.rejected = survey.relations.rejected;
    report.problems = survey.take_problems();

    let all = survey.cis.read + survey.relations.read;
    let mut done = survey.cis.rejected + survey.relations.rejected;
    store.note_progress(&record.id, done, all);
    let through = origin_text(&record.format, &record.files);
    let origin = Origin {
        by: &record.by,
        origin: &through,
        at: record.started,
    };
    let size = store.batch();
    // Two chunks wait at most: reading goes on while one is written.
    let (give, mut chunks) = mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || {
        let (files, classes) = &*sources;
        read_cis(format, files, classes, size, |chunk| {
            give.blocking_send(chunk).is_ok()
        });
    });
    while let Some(chunk) = chunks.recv().await {
        let (tally, new) = store.ingest_cis(&chunk, &origin, dry_run).await?;
        add(&mut report.cis, tally);
        survey.made(&new);
        done += chunk.len() as u64;
        store.note_progress(&record.id, done, all);
    }
    reading.await.map_err(|e| unread(&e))?;
    for chunk in survey.chunks(size) {
        let tally = store
            .ingest_relations(chunk.kind, &chunk.relations, chunk.fresh, dry_run)
            .await?;
        add(&mut report.relations, tally);
        done += chunk.relations.len() as u64;
        store.note_progress(&record.id, done, all);
    }
    Ok(report)
}

/// What the history of a CI says it was changed through.
fn origin_text(format: &str, files: &[String]) -> String {
    match files {
        [] => format!("import ({format})"),
        [one] => format!("import {one} ({format})"),
        [first, rest @ ..] => format!("import {first} and {} more ({format})", rest.len()),
    }
}

/// What was read and rejected is known from the survey.
fn add(sum: &mut Tally, part: Tally) {
    sum.created += part.created;
    sum.updated += part.updated;
    sum.unchanged += part.unchanged;
}

fn unread(error: &tokio::task::JoinError) -> Error {
    Error::Database {
        doing: "reading the files".to_owned(),
        detail: error.to_string(),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|e| unread(&e))
}
