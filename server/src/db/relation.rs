//! Relations between CIs: one table for each kind.

use domain::cmdb::{Relation, RelationKind};
use surrealdb::types::{RecordId, RecordIdKey, SurrealValue};

use super::Error;
use super::query::{broken, id};

/// The identity of a relation, which holds both of its ends.
#[derive(SurrealValue)]
pub(super) struct Row {
    pub(super) id: RecordId,
}

/// A relation to insert.
#[derive(Clone, SurrealValue)]
pub(super) struct EdgeRow {
    id: RecordId,
    r#in: RecordId,
    out: RecordId,
}

impl EdgeRow {
    pub(super) fn new(relation: &Relation) -> Self {
        Self {
            id: record(relation),
            r#in: id("ci", relation.from.as_str()),
            out: id("ci", relation.to.as_str()),
        }
    }
}

/// The record id of a relation. Keys hold no control characters, so the tab parts them.
pub(super) fn record(relation: &Relation) -> RecordId {
    id(
        relation.kind.as_str(),
        format!("{}\t{}", relation.from, relation.to),
    )
}

/// The source and target key in the id of a relation.
pub(super) fn split(id: &RecordId) -> Result<(&str, &str), Error> {
    match &id.key {
        RecordIdKey::String(key) => key.split_once('\t'),
        _ => None,
    }
    .ok_or_else(|| broken("reading a relation", "its id is not made of two keys"))
}

/// The relation that an id stands for.
pub(super) fn read(edge: &RecordId) -> Result<Relation, Error> {
    let wrong = |e: domain::BadId| broken("reading a relation", e.to_string());
    let (from, to) = split(edge)?;
    Ok(Relation {
        kind: edge.table.as_str().parse().map_err(wrong)?,
        from: from.parse().map_err(wrong)?,
        to: to.parse().map_err(wrong)?,
    })
}

/// Reads the ids of all relations of a kind.
pub(super) fn all(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::DependsOn => "SELECT id FROM depends_on",
        RelationKind::RunsOn => "SELECT id FROM runs_on",
        RelationKind::PoweredBy => "SELECT id FROM powered_by",
        RelationKind::PartOf => "SELECT id FROM part_of",
        RelationKind::LocatedIn => "SELECT id FROM located_in",
        RelationKind::ConnectedTo => "SELECT id FROM connected_to",
        RelationKind::InstalledFrom => "SELECT id FROM installed_from",
    }
}
