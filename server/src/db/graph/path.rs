//! Why one CI depends on another: a shortest way between them, found by the database.

use std::collections::HashSet;

use domain::CiKey;
use domain::access::{Actor, Deed};
use domain::cmdb::{Relation, RelationKind, Spread};
use domain::wire::cmdb::{DependencyPath, PathHop};
use surrealdb::types::RecordId;

use super::super::cmdb::{allow, unknown};
use super::super::query::{Vars, broken};
use super::super::{Error, Store, relation};
use super::{ci_key, id};

// What a CI needs is reached along the relations whose outage travels to their source, and backwards where
// it travels to their target: a whole needs its parts. 256 hops are the most the engine goes; it then answers
// the ways it was on instead of none.
const SHORTEST: &str = "
    LET $way = $from.{1..256+shortest=$to+inclusive}(.chain(|$ci| array::concat(
        $ci->(depends_on, runs_on, powered_by, located_in)->ci, $ci<-part_of<-ci)));
    RETURN IF type::is_record($way[0]) { $way } ELSE { [] }";
const THERE: &str = "SELECT VALUE id FROM $ids";

impl Store {
    /// A shortest way by which `from` depends on `to`, along relations that carry an outage.
    ///
    /// # Errors
    /// [`Error::NotFound`] naming the CI that is not there, [`Error::Invalid`] when both are the same,
    /// [`Error::NotAllowed`].
    pub async fn dependency_path(
        &self,
        actor: &Actor,
        from: &CiKey,
        to: &CiKey,
    ) -> Result<DependencyPath, Error> {
        allow(actor, Deed::ViewCmdb, "see the CMDB")?;
        let summary = async |key: &CiKey| {
            let estate = self.estate().await?;
            estate.catalog.summary(key).ok_or_else(|| unknown(key))
        };
        let (from, to) = (summary(from).await?, summary(to).await?);
        if from.key == to.key {
            return Err(Error::invalid("to", "is the CI itself; name another"));
        }
        let keys = self.shortest(&from.key, &to.key).await?;
        let kinds = self.kinds_along(&keys).await?;
        let estate = self.estate().await?;
        let hop = |(key, kind): (CiKey, Option<RelationKind>)| PathHop {
            name: estate.catalog.name(&key).unwrap_or(key.as_str()).to_owned(),
            key,
            kind,
        };
        let path = keys.into_iter().zip(kinds).map(hop).collect();
        Ok(DependencyPath { from, to, path })
    }

    /// The CIs on a shortest way, both ends included; none where there is no way.
    async fn shortest(&self, from: &CiKey, to: &CiKey) -> Result<Vec<CiKey>, Error> {
        let vars = Vars::new()
            .with("from", id("ci", from.as_str()))
            .with("to", id("ci", to.as_str()));
        let mut answers = self.ask("looking for a way between CIs", SHORTEST, vars).await?;
        answers.rows::<RecordId>(1)?.into_iter().map(ci_key).collect()
    }

    /// For each CI on a way the kind of the relation that led there; none for the first.
    async fn kinds_along(&self, way: &[CiKey]) -> Result<Vec<Option<RelationKind>>, Error> {
        let doing = "reading the relations of a way";
        let steps: Vec<Vec<Relation>> = way.windows(2).map(|pair| needs(&pair[0], &pair[1])).collect();
        let ids: Vec<RecordId> = steps.iter().flatten().map(relation::record).collect();
        let vars = Vars::new().with("ids", ids);
        let there: Vec<RecordId> = self.ask(doing, THERE, vars).await?.rows(0)?;
        let there = there
            .iter()
            .map(relation::read)
            .collect::<Result<HashSet<_>, _>>()?;
        let mut kinds = Vec::with_capacity(way.len());
        kinds.extend(way.first().map(|_| None));
        for step in steps {
            let kind = step
                .into_iter()
                .find(|step| there.contains(step))
                .map(|it| it.kind);
            kinds.push(Some(kind.ok_or_else(|| broken(doing, "a relation is gone"))?));
        }
        Ok(kinds)
    }
}

/// Every relation by which the first would need the second.
fn needs(needing: &CiKey, needed: &CiKey) -> Vec<Relation> {
    let relation = |kind: RelationKind| {
        let (from, to) = match kind.spread() {
            Spread::TargetToSource => (needing, needed),
            Spread::SourceToTarget => (needed, needing),
            Spread::None => return None,
        };
        Some(Relation {
            kind,
            from: from.clone(),
            to: to.clone(),
        })
    };
    RelationKind::ALL.into_iter().filter_map(relation).collect()
}
