//! The invariants of offline-sync 2.6 over the healed world.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{card_of, client_of, row};
use super::server::{listed, was_taken_back};
use super::store::MemoryStore;
use super::world::World;
use super::{Broken, hold};
use crate::release::{Cell, FieldKind, FieldRef, FieldVer, LinkKey, OpId, Policy, Release, Rev, Value};
use crate::sync::store::Table;
use crate::sync::{Ctx, OpEnvelope, Outcome, ReleaseOp, Rulebook, World as Around, apply_gesture};
use crate::{CiKey, GestureId, ReleaseId};

/// The healed world.
pub(super) struct Ending<'a> {
    world: &'a World,
    stores: &'a [(usize, usize)],
}

impl<'a> Ending<'a> {
    pub fn new(world: &'a World, stores: &'a [(usize, usize)]) -> Self {
        Self { world, stores }
    }

    fn each(&self) -> impl Iterator<Item = (usize, usize, &'a MemoryStore)> {
        let store = |(device, person): &(usize, usize)| {
            let store = self.world.devices.get(*device)?.stores.get(person)?;
            Some((*device, *person, store))
        };
        self.stores.iter().filter_map(store)
    }

    pub fn check(&self) -> Result<(), Broken> {
        self.i1_convergence()?;
        self.i3_i15_no_op_lost()?;
        self.i4_nothing_invented()?;
        self.i5_causality()?;
        self.i7_gestures()?;
        self.i8_authority()?;
        for release in self.world.server.data.releases.values() {
            i9_frozen(release)?;
            i10_dag(release)?;
            self.i11_facts(release)?;
        }
        Ok(())
    }

    fn i1_convergence(&self) -> Result<(), Broken> {
        for (device, person, store) in self.each() {
            let Some(actor) = self.world.people.get(person).map(|person| &person.actor) else {
                continue;
            };
            let followed: BTreeSet<ReleaseId> = store
                .table(Table::Meta)
                .filter_map(|(key, _)| key.strip_prefix("follow/")?.parse().ok())
                .collect();
            let wanted: BTreeMap<ReleaseId, &Release> = self
                .world
                .server
                .data
                .releases
                .values()
                .filter(|release| {
                    let one = listed(actor, release);
                    one.visible && (one.mine || followed.contains(&one.id))
                })
                .map(|release| (release.id, release))
                .collect();
            let held: BTreeMap<ReleaseId, Release> = store
                .table(Table::Base)
                .filter_map(|(_, json)| serde_json::from_str::<Release>(json).ok())
                .map(|release| (release.id, release))
                .collect();
            let names = |ids: Vec<&ReleaseId>| {
                ids.into_iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let same = wanted.keys().eq(held.keys());
            hold("I1", same, || {
                let (wanted, held) = (names(wanted.keys().collect()), names(held.keys().collect()));
                format!("device {device} of person {person} should hold {wanted} and holds {held}")
            })?;
            let rulebook = row::<Rulebook>(store, Table::Base, "rulebook");
            hold("I1", rulebook == self.world.server.rulebook(), || {
                format!("device {device} of person {person} holds other release types than the server")
            })?;
            for (id, release) in &wanted {
                let same = held.get(id) == Some(*release);
                hold("I1", same, || {
                    format!("device {device} of person {person} holds another {id} than the server")
                })?;
            }
        }
        Ok(())
    }

    /// Every op that a store took has an outcome on the server, and its author can still see what he must see.
    fn i3_i15_no_op_lost(&self) -> Result<(), Broken> {
        let by_client: BTreeMap<_, _> = self
            .each()
            .filter_map(|(.., store)| Some((client_of(store)?.client, store)))
            .collect();
        let ledger = &self.world.ledger;
        for (id, op) in &ledger.ops {
            let Some(store) = by_client.get(&id.client) else {
                let what = format!("the store of op {id} is gone");
                return Err(Broken { law: "I3", what });
            };
            let Some(outcome) = self.world.server.data.outcomes.get(id) else {
                let law = if self.world.server.data.lives.len() > 1 {
                    "I15"
                } else {
                    "I3"
                };
                let what = format!("op {id} is not known to the server: {op:?}");
                return Err(Broken { law, what });
            };
            let shown = !matches!(outcome, Outcome::Applied { .. });
            let excused = ledger.seen.contains(id) || ledger.taken_back.contains(id);
            let card = card_of(store, *id);
            hold("I3", !shown || excused || card.is_some(), || {
                format!("op {id} ended as {outcome:?} and its author has no card")
            })?;
            if let Some(card) = card {
                hold("I3", card.op == *op, || {
                    format!("the card of op {id} has another content")
                })?;
            }
            if was_taken_back(outcome) {
                let refused = ledger.taken_back.contains(id) || excused || card_of(store, *id).is_some();
                hold("I15", refused, || {
                    format!("op {id} was sent as taken back although nobody did")
                })?;
            }
        }
        Ok(())
    }

    fn i4_nothing_invented(&self) -> Result<(), Broken> {
        let texts = &self.world.ledger.texts;
        let known = |cell: &Cell, kind: FieldKind| {
            let Value::Text(text) = &cell.value else {
                return true;
            };
            match (kind, kind.policy()) {
                (_, Policy::Prose) => text.lines().all(|line| texts.contains(line)),
                (FieldKind::Command(_) | FieldKind::Line(_), _) => texts.contains(text),
                _ => true,
            }
        };
        for release in self.world.server.data.releases.values() {
            for (field, cell) in &release.fields {
                let what = || {
                    format!(
                        "{} of {} reads {:?}, which nobody wrote",
                        field.label(),
                        release.id,
                        cell.value
                    )
                };
                hold("I4", known(cell, field.kind()), what)?;
            }
            for step in release.steps.values() {
                for (field, cell) in &step.fields {
                    let what = || format!("{} reads {:?}, which nobody wrote", field.label(), cell.value);
                    hold("I4", known(cell, field.kind()), what)?;
                }
            }
            for (field, cell) in release.documents.values().flat_map(|document| &document.fields) {
                let what = || format!("{} reads {:?}, which nobody wrote", field.label(), cell.value);
                hold("I4", known(cell, field.kind()), what)?;
            }
            for (field, cell) in release
                .checklists
                .values()
                .flat_map(|list| list.answers.values())
                .flatten()
            {
                let what = || format!("an answer reads {:?}, which nobody wrote", cell.value);
                let chosen = ["yes", "no", "n/a"].contains(&cell.value.as_text());
                let lines = cell.value.as_text().lines().all(|line| texts.contains(line));
                hold("I4", chosen || lines, || format!("{field:?}: {}", what()))?;
            }
        }
        Ok(())
    }

    fn i5_causality(&self) -> Result<(), Broken> {
        let mut last: Option<(OpId, Rev)> = None;
        for (id, outcome) in &self.world.server.data.outcomes {
            let Some(rev) = outcome.rev() else { continue };
            if let Some((before, earlier)) = last.filter(|(before, _)| before.client == id.client) {
                hold("I5", earlier < rev, || {
                    format!("op {id} took effect at {rev}, before {before} at {earlier}")
                })?;
            }
            last = Some((*id, rev));
        }
        Ok(())
    }

    fn i7_gestures(&self) -> Result<(), Broken> {
        let mut gestures: BTreeMap<(GestureId, crate::ClientId), BTreeSet<bool>> = BTreeMap::new();
        for (id, op) in &self.world.ledger.ops {
            if let Some(outcome) = self.world.server.data.outcomes.get(id) {
                let taken = outcome.rev().is_some();
                gestures.entry((op.gesture, id.client)).or_default().insert(taken);
            }
        }
        match gestures.into_iter().find(|(_, ends)| ends.len() > 1) {
            Some(((gesture, client), _)) => Err(Broken {
                law: "I7",
                what: format!("gesture {gesture} of {client} was half taken"),
            }),
            None => Ok(()),
        }
    }

    /// The server's state is what its log gives, op after op in its order; no prediction has any part in it.
    fn i8_authority(&self) -> Result<(), Broken> {
        let data = &self.world.server.data;
        let newest = data.lives.last().map(|life| life.epoch);
        let mut slots: BTreeMap<ReleaseId, Option<Release>> = BTreeMap::new();
        let mut mixed: BTreeSet<ReleaseId> = BTreeSet::new();
        let around = Stored(self.world);
        for gesture in data
            .log
            .chunk_by(|a, b| a.1.gesture == b.1.gesture && a.1.release == b.1.release)
        {
            let Some((_, first, ..)) = gesture.first() else {
                continue;
            };
            if gesture
                .iter()
                .any(|(_, op, ..)| op.epoch.is_some() && op.epoch != newest)
            {
                mixed.insert(first.release);
            }
            let ops: Vec<(&OpEnvelope, Ctx<'_>)> = gesture
                .iter()
                .map(|(rev, op, actor, now)| {
                    let ctx = Ctx {
                        actor,
                        now: *now,
                        stamp: FieldVer::Rev(*rev),
                        number: None,
                        world: &around,
                    };
                    (op, ctx)
                })
                .collect();
            let slot = slots.entry(first.release).or_default();
            let refused = apply_gesture(slot, &ops).into_iter().find_map(Result::err);
            let known = mixed.contains(&first.release);
            hold("I8", refused.is_none() || known, || {
                format!("op {} was taken but is refused: {refused:?}", first.id)
            })?;
        }
        for (id, release) in data.releases.iter().filter(|(id, _)| !mixed.contains(id)) {
            let folded = slots.get(id).and_then(Option::as_ref);
            let same = folded.is_some_and(|folded| {
                folded.content_hash() == release.content_hash()
                    && folded.stage == release.stage
                    && folded.conflicts.keys().eq(release.conflicts.keys())
                    && folded.updated.ver == release.updated.ver
            });
            hold("I8", same, || format!("release {id} is not what its log gives"))?;
        }
        Ok(())
    }

    /// What was told, filed or agreed is there: as many as the log has.
    fn i11_facts(&self, release: &Release) -> Result<(), Broken> {
        let log = self.world.server.data.log.iter().map(|(_, op, ..)| op);
        let of_release: Vec<&ReleaseOp> = log
            .filter(|op| op.release == release.id)
            .map(|op| &op.op)
            .collect();
        let told = |which: fn(&ReleaseOp) -> bool| of_release.iter().filter(|op| which(op)).count();
        let people = release
            .links
            .keys()
            .filter(|key| matches!(key, LinkKey::Person(_)));
        let counts = [
            (
                "records",
                told(|op| matches!(op, ReleaseOp::Record { .. })),
                release.records.len(),
            ),
            (
                "versions of documents",
                told(|op| matches!(op, ReleaseOp::Attach { .. })),
                release
                    .documents
                    .values()
                    .map(|document| document.files.len())
                    .sum(),
            ),
            (
                "checklists",
                told(|op| matches!(op, ReleaseOp::AddChecklist { .. })),
                release.checklists.len(),
            ),
            (
                "baselines",
                told(|op| matches!(op, ReleaseOp::Baseline { .. })),
                release.baselines.len(),
            ),
            (
                "linked people",
                told(|op| matches!(op, ReleaseOp::LinkPerson { .. })),
                people.count(),
            ),
        ];
        for (what, told, kept) in counts {
            hold("I11", told == kept, || {
                format!(
                    "release {} has {kept} {what} of {told} that were told",
                    release.id
                )
            })?;
        }
        Ok(())
    }
}

/// The world as it is on the server at the end.
struct Stored<'a>(&'a World);

impl Around for Stored<'_> {
    fn ci(&self, key: &CiKey) -> crate::release::CiFact {
        // A log is folded again without asking what became of the CIs since.
        crate::release::CiFact::Live {
            name: key.to_string(),
        }
    }
    fn record(&self, record: &crate::registry::RecordRef) -> crate::registry::RecordFact {
        use crate::registry::RecordFact;
        let known = self.0.server.records.get(record).cloned();
        known.map_or(RecordFact::Never, RecordFact::Known)
    }
    fn outcome(&self, op: OpId) -> Option<Outcome> {
        self.0.server.data.outcomes.get(&op).cloned()
    }
    fn directory(&self) -> Option<&crate::wire::session::Directory> {
        Some(&self.0.server.directory)
    }
}

fn i9_frozen(release: &Release) -> Result<(), Broken> {
    let frozen = release
        .submitted
        .as_ref()
        .is_none_or(|submitted| submitted.content == release.content_hash());
    hold("I9", frozen, || {
        format!("release {} changed after it was submitted", release.id)
    })
}

fn i10_dag(release: &Release) -> Result<(), Broken> {
    for (id, step) in &release.steps {
        let circle = step
            .needs
            .keys()
            .any(|need| release.cycle_through(*id, *need).is_some());
        hold("I10", !circle, || format!("step {id} waits for itself"))?;
    }
    let at = |step| FieldRef::Step {
        step,
        field: crate::release::StepField::Place,
    };
    let placed = release.steps.keys().all(|id| release.cell(&at(*id)).is_some());
    hold("I10", placed, || format!("a step of {} has no place", release.id))
}
