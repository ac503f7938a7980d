//! Drafts take over which CIs their changes change, without anybody pressing a button (D16).
//!
//! A record that was changed is marked in the transaction of its change; the mark goes once every draft has followed,
//! so that a server that stops in between goes on where it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::access::{Actor, Role};
use domain::registry::RecordRef;
use domain::release::{LinkKey, Release};
use domain::sync::client::Replica;
use domain::sync::{PushResp, ReleaseOp, Stamp};
use domain::{ClientId, GestureId, ReleaseId};
use surrealdb::types::RecordId;

use super::stored::{Row, StoredRecord, row_id};
use crate::db::query::{Vars, broken, id};
use crate::db::{Error, Store};

const UNMARK: &str = "UPDATE $ids SET following = false WHERE version = $version RETURN NONE";
const MARKED: &str = "SELECT * FROM register_record WHERE following = true";
const RELEASE: &str = "SELECT VALUE body FROM ONLY $id";
const BUILD: &str = concat!("slipway-registers ", env!("CARGO_PKG_VERSION"));

impl Store {
    /// Goes on where a server stopped between the change of a record and its drafts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_following(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let doing = "looking for changes that drafts have not followed";
        let rows: Vec<Row> = self.ask(doing, MARKED, Vars::new()).await?.rows(0)?;
        let mut waiting = Vec::with_capacity(rows.len());
        for row in rows {
            waiting.push(row.read()?.0);
        }
        self.follow(waiting, now).await
    }

    /// Lets every draft that links one of the changes take over what it changes now.
    pub(super) async fn follow(&self, changes: Vec<RecordRef>, now: DateTime<Utc>) -> Result<(), Error> {
        for at in changes {
            let Some(stored) = self.stored_record(&at).await? else {
                continue;
            };
            for release in self.linked_by(&at).await? {
                self.follow_in(release, &at, &stored, now).await?;
            }
            let ids: Vec<RecordId> = vec![row_id(&at)];
            // A later change marks it again, with a later version.
            let vars = Vars::new().with("ids", ids).with("version", stored.version);
            self.ask("noting that drafts have followed", UNMARK, vars).await?;
        }
        Ok(())
    }

    async fn follow_in(
        &self,
        release: ReleaseId,
        at: &RecordRef,
        stored: &StoredRecord,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let doing = "letting a draft follow a change";
        let vars = Vars::new().with("id", id("release", release.to_string()));
        let Some(body) = self.ask(doing, RELEASE, vars).await?.one::<String>(0)? else {
            return Ok(());
        };
        let seen: Release = serde_json::from_str(&body).map_err(|e| broken(doing, e.to_string()))?;
        let link = seen.links.get(&LinkKey::Record(at.clone()));
        let differs = link.filter(|link| link.ended.is_none()).is_some_and(|link| {
            link.cis.keys().ne(stored.record.cis.iter().map(|one| &one.ci))
                || link.name != stored.record.title()
        });
        if !seen.follows_changes() || !differs {
            return Ok(());
        }
        // In the name of who changed the register: what a draft follows is no edit of it, so their rights over it do
        // not matter.
        let actor = Actor {
            user: stored.user,
            name: stored.by.clone(),
            roles: BTreeSet::from([Role::Administrator]),
            groups: BTreeSet::new(),
            contracts: BTreeSet::new(),
            rights: BTreeMap::new(),
            scopes: None,
            stands_in_for: BTreeSet::new(),
        };
        let mut replica = Replica::new(ClientId(ulid::Ulid::new()));
        replica.follow(release);
        replica.seed(seen);
        let stamp = Stamp {
            wall: now,
            skew_ms: None,
        };
        let op = ReleaseOp::FollowChange {
            change: at.key.clone(),
        };
        let gesture = GestureId(ulid::Ulid::new());
        replica.enqueue(actor.user, release, gesture, stamp, vec![op]);
        let request = replica
            .next_push(BUILD)
            .map_err(|e| broken(doing, e.to_string()))?
            .ok_or_else(|| broken(doing, "nothing to send"))?;
        match self.push(&actor, &request, now).await? {
            // Refused: it was submitted or unlinked meanwhile, and follows no more.
            PushResp::Ok { .. } => Ok(()),
            other => Err(broken(doing, format!("answered {other:?}"))),
        }
    }
}
