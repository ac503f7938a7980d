//! The world around one release, for what is not a push: its figures, and why something can or cannot be done.

use std::collections::BTreeMap;

use chrono::Utc;
use domain::access::Actor;
use domain::registry::{KnownRecord, RecordFact, RecordRef};
use domain::release::{CiFact, OpId, Party, Release, Scene};
use domain::sync::{Named, Outcome, World};
use domain::wire::actions::Actions;
use domain::wire::session::Directory;
use domain::{CiKey, UserId};

use super::{Error, Store};

/// What is around a release.
pub(super) struct Around {
    pub(super) cis: BTreeMap<CiKey, CiFact>,
    pub(super) directory: Option<Directory>,
    pub(super) records: BTreeMap<RecordRef, KnownRecord>,
}

impl World for Around {
    fn ci(&self, key: &CiKey) -> CiFact {
        self.cis.get(key).cloned().unwrap_or(CiFact::Never)
    }
    fn record(&self, record: &RecordRef) -> RecordFact {
        let known = self.records.get(record).cloned();
        known.map_or(RecordFact::Never, RecordFact::Known)
    }
    fn outcome(&self, _: OpId) -> Option<Outcome> {
        None
    }
    fn directory(&self) -> Option<&Directory> {
        self.directory.as_ref()
    }
}

impl Store {
    /// What is around a release: what it names, by identity. O(CIs, records and people that it names).
    pub(super) async fn surroundings(&self, release: &Release) -> Result<Around, Error> {
        let directory = self.directory_of(Named::by_release(release)).await?;
        self.surrounded(release, directory).await
    }

    async fn surrounded(&self, release: &Release, directory: Directory) -> Result<Around, Error> {
        Ok(Around {
            cis: self.ci_facts(&release.touched_cis()).await?,
            directory: Some(directory),
            records: self.known_records(&release.records_asked_for().collect()).await?,
        })
    }

    /// What can be done to a release, and what keeps the actor from the rest; for somebody else, if an administrator
    /// asks why they can or cannot; with what to know before it is handed to `to`. Reads what the release names, by
    /// identity, and who could do something: O(CIs and records that it names + people).
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when somebody else asks, [`Error::NotFound`] for an unknown person.
    pub async fn release_actions(
        &self,
        actor: &Actor,
        release: &Release,
        other: Option<UserId>,
        to: Option<Party>,
    ) -> Result<Actions, Error> {
        let seen_as = match other.filter(|other| *other != actor.user) {
            None => None,
            Some(_) if !actor.is_administrator() => {
                let text = "only administrators see what somebody else may do";
                return Err(Error::NotAllowed(text.into()));
            }
            Some(other) => {
                let found = self.actor(other).await?.map(|(actor, _)| actor);
                let unknown = || Error::NotFound("there is no such person who may sign in".into());
                Some(found.ok_or_else(unknown)?)
            }
        };
        let directory = self.staffed(Named::by_release(release)).await?;
        let around = self.surrounded(release, directory).await?;
        let scene = Scene {
            actor: seen_as.as_ref().unwrap_or(actor),
            release,
            world: &around,
        };
        Ok(Actions::of(&scene, to, Utc::now()))
    }
}
