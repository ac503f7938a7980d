//! Whom a decision may name: what has to be read of the registers of people, groups, types and contracts, instead of
//! all of them. What is left out here is not known to the decision.

use std::collections::BTreeSet;

use super::{ReleaseOp, SentOp, Take};
#[cfg(any(test, feature = "simulation"))]
use crate::calendar::Timetable;
use crate::release::{Act, ConflictAbout, FieldKind, FieldRef, Party, Release, ReleaseType, Value};
#[cfg(any(test, feature = "simulation"))]
use crate::wire::session::Directory;
use crate::{ContractId, GroupId, ReleaseTypeKey, UserId};

/// People, groups, release types and contracts by identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Release types. Each brings its calendar along.
    pub types: BTreeSet<ReleaseTypeKey>,
    /// People.
    pub people: BTreeSet<UserId>,
    /// Groups.
    pub groups: BTreeSet<GroupId>,
    /// Contracts.
    pub contracts: BTreeSet<ContractId>,
    /// Checklist templates, by key.
    pub checklists: BTreeSet<String>,
}

impl Named {
    /// Whom [`super::decide`] may look up: for what the workflow decides, all whom the ops and their releases name; else
    /// the contracts that are newly chosen. O(ops + fields of the releases).
    #[must_use]
    pub fn by_ops<'a>(ops: &[SentOp<'_>], releases: impl Iterator<Item = &'a Release>) -> Self {
        let mut named = Self::default();
        let mut decides = false;
        for op in ops.iter().filter_map(|sent| sent.op.as_ref().ok()) {
            named.take_op(&op.op);
            decides |= matches!(
                op.op,
                ReleaseOp::Submit { .. } | ReleaseOp::Authorise { .. } | ReleaseOp::Act { .. }
            );
        }
        for release in releases {
            named.take_conflicts(release);
            if decides {
                named.take_release(release);
            }
        }
        if decides {
            return named;
        }
        Self {
            contracts: named.contracts,
            ..Self::default()
        }
    }

    /// Whom the conditions of a release's actions may name, whoever asks.
    #[must_use]
    pub fn by_release(release: &Release) -> Self {
        let mut named = Self::default();
        named.take_release(release);
        named
    }

    /// Nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The groups that a type names: they get the work when it goes on, and are asked for their go-ahead; and the
    /// checklists that it asks for.
    pub fn take_type(&mut self, kind: &ReleaseType) {
        self.checklists.extend(kind.checklists.iter().cloned());
        let groups = [kind.default_group, kind.test_group, kind.acceptance_group];
        self.groups.extend(groups.into_iter().flatten());
        self.groups.extend(kind.approvers.iter().map(|one| one.group));
    }

    /// What of a directory a store would have read.
    #[cfg(any(test, feature = "simulation"))]
    pub(crate) fn of(mut self, whole: &Directory) -> Directory {
        let types = whole
            .release_types
            .iter()
            .filter(|kind| self.types.contains(&kind.key));
        let release_types: Vec<ReleaseType> = types.cloned().collect();
        for kind in &release_types {
            self.take_type(kind);
        }
        let calendars: BTreeSet<&str> = release_types
            .iter()
            .filter_map(|kind| kind.calendar.as_deref())
            .collect();
        let of = |calendar: &&Timetable| calendars.contains(calendar.id.to_string().as_str());
        Directory {
            calendars: whole.calendars.iter().filter(of).cloned().collect(),
            people: whole
                .people
                .iter()
                .filter(|it| self.people.contains(&it.id))
                .cloned()
                .collect(),
            former: whole
                .former
                .iter()
                .filter(|it| self.people.contains(&it.id))
                .cloned()
                .collect(),
            groups: whole
                .groups
                .iter()
                .filter(|it| self.groups.contains(&it.id))
                .cloned()
                .collect(),
            contracts: whole
                .contracts
                .iter()
                .filter(|it| self.contracts.contains(&it.id))
                .cloned()
                .collect(),
            checklists: whole
                .checklists
                .iter()
                .filter(|it| self.checklists.contains(it.key.as_str()))
                .cloned()
                .collect(),
            release_types,
            ..Directory::default()
        }
    }

    fn take_release(&mut self, release: &Release) {
        self.people.insert(release.author);
        for (field, cell) in &release.fields {
            self.take_value(field.kind(), &cell.value);
        }
        let course = &release.course;
        self.groups.extend(&course.duties);
        self.groups
            .extend(course.awaits.iter().flat_map(|awaits| awaits.groups.keys()));
        self.groups
            .extend(course.activity.iter().map(|activity| activity.group));
        course
            .shared_with
            .iter()
            .for_each(|party| self.take_party(*party));
        self.people
            .extend(release.claims.values().map(|claim| claim.mark.by));
    }

    /// What is chosen if somebody decides for it.
    fn take_conflicts(&mut self, release: &Release) {
        for conflict in release.conflicts.values() {
            if let ConflictAbout::Field { at } = &conflict.about {
                self.take_value(at.kind(), &conflict.yours);
            }
        }
    }

    fn take_op(&mut self, op: &ReleaseOp) {
        match op {
            ReleaseOp::Create { fields } => {
                for (field, value) in fields {
                    self.take_value(field.kind(), value);
                }
            }
            ReleaseOp::SetField {
                at: at @ FieldRef::Release { .. },
                to,
                ..
            } => self.take_value(at.kind(), to),
            ReleaseOp::Resolve {
                take: Take::Value(value),
                ..
            } => {
                // Which field the conflict is about, only its release knows.
                for kind in [
                    FieldKind::User,
                    FieldKind::Group,
                    FieldKind::Contract,
                    FieldKind::ReleaseType,
                ] {
                    self.take_value(kind, value);
                }
            }
            ReleaseOp::Act { act } => self.take_act(act),
            _ => {}
        }
    }

    fn take_act(&mut self, act: &Act) {
        match act {
            Act::Delegate { to, .. } => self.take_party(Party::User(*to)),
            Act::Share { with } | Act::Unshare { with } => self.take_party(*with),
            Act::ChangeGroup { to } => self.take_party(Party::Group(*to)),
            Act::Schedule { activity } => {
                self.groups.extend(activity.iter().map(|activity| activity.group));
            }
            Act::Forward { .. }
            | Act::Unresolved { .. }
            | Act::Accept { .. }
            | Act::Close
            | Act::Cancel { .. }
            | Act::Reopen { .. }
            | Act::Hold { .. }
            | Act::Resume
            | Act::Claim { .. }
            | Act::ReDate { .. } => {}
        }
    }

    fn take_party(&mut self, party: Party) {
        match party {
            Party::User(user) => self.people.insert(user),
            Party::Group(group) => self.groups.insert(group),
        };
    }

    /// What cannot be read is nobody.
    fn take_value(&mut self, kind: FieldKind, value: &Value) {
        let text = value.as_text();
        match kind {
            FieldKind::User => self.people.extend(text.parse::<UserId>()),
            FieldKind::Group => self.groups.extend(text.parse::<GroupId>()),
            FieldKind::Contract => self.contracts.extend(text.parse::<ContractId>()),
            FieldKind::ReleaseType => self.types.extend(text.parse::<ReleaseTypeKey>()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
