//! What the closing of a release says of CIs, written to the CMDB in the transaction that closes it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::cmdb::{Ci, Lifecycle};
use domain::release::{CiState, Release};
use domain::sync::Committed;
use domain::wire::cmdb::CiVersion;
use domain::{CiKey, ReleaseId};

use super::ci::{CiRow, StoredCi, changes};
use super::cmdb::VersionRow;
use super::{Error, Store};

/// CIs that move on, with a version each.
#[derive(Default)]
pub(super) struct Moves {
    pub(super) rows: Vec<CiRow>,
    pub(super) versions: Vec<VersionRow>,
    /// As they are afterwards, for the estate in memory.
    pub(super) cis: Vec<Ci>,
}

impl Store {
    /// Where those of the CIs are in their life that are in the CMDB.
    pub(super) async fn ci_states<'a>(
        &self,
        cis: impl IntoIterator<Item = &'a CiKey>,
    ) -> Result<BTreeMap<CiKey, CiState>, Error> {
        let keys: Vec<CiKey> = cis.into_iter().cloned().collect();
        let stored = self.stored_cis(&keys).await?;
        let state = |stored: StoredCi| {
            let Ci {
                key,
                name,
                lifecycle,
                owner,
                ..
            } = stored.ci;
            let state = CiState {
                name,
                lifecycle,
                owner,
            };
            (key, state)
        };
        Ok(stored.into_iter().map(state).collect())
    }

    /// What the releases that are closed by this commit do to the CMDB.
    pub(super) async fn moves(
        &self,
        actor: &Actor,
        committed: &Committed,
        before: &BTreeMap<ReleaseId, Release>,
        now: DateTime<Utc>,
    ) -> Result<Moves, Error> {
        let mut wanted: BTreeMap<CiKey, (Lifecycle, String)> = BTreeMap::new();
        for release in committed.releases.values() {
            let ended = |release: &Release| release.course.ended.as_ref().map(|ended| ended.mark.ver);
            let was = before.get(&release.id).and_then(ended);
            if was == ended(release) {
                continue;
            }
            let number = release
                .number
                .map(|number| number.to_string())
                .unwrap_or_default();
            for (ci, judged) in &release.course.judged {
                if let Some(lifecycle) = judged.moves_to() {
                    wanted.insert(ci.clone(), (lifecycle, format!("release {number}")));
                }
            }
        }
        let mut moves = Moves::default();
        if wanted.is_empty() {
            return Ok(moves);
        }
        let keys: Vec<CiKey> = wanted.keys().cloned().collect();
        for stored in self.stored_cis(&keys).await? {
            let Some((lifecycle, origin)) = wanted.remove(&stored.ci.key) else {
                continue;
            };
            let ci = Ci {
                lifecycle,
                ..stored.ci.clone()
            };
            let version = CiVersion {
                revision: stored.revision + 1,
                at: now,
                by: actor.name.clone(),
                origin,
                changes: changes(&stored.ci, &ci),
            };
            moves.versions.push(VersionRow::new(&ci.key, &version));
            moves.rows.push(CiRow::new(StoredCi {
                ci: ci.clone(),
                revision: version.revision,
                updated: now,
            }));
            moves.cis.push(ci);
        }
        Ok(moves)
    }
}
