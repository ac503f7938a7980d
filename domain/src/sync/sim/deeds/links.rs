//! What a release is linked with: records of the registers, and people.

use crate::registry::RecordRef;
use crate::release::{ChangeOutcome, Command, LinkKey, PersonCard, Release};
use crate::sync::sim::world::World;

impl World {
    /// Something about what the release is linked with.
    pub(super) fn link(&mut self, shown: &Release) -> Option<Command> {
        let all: Vec<RecordRef> = self.server.records.keys().cloned().collect();
        let record = self.random.pick(&all)?.clone();
        let linked: Vec<LinkKey> = shown.links.keys().cloned().collect();
        // Mostly one that is linked.
        let changes: Vec<_> = shown.linked_changes().map(|change| change.key).collect();
        let change = match self.random.pick(&changes) {
            Some(change) if self.random.per_mille(850) => change.clone(),
            _ => record.key.clone(),
        };
        let first = changes.is_empty() && self.random.per_mille(600);
        Some(match if first { 6 } else { self.random.below(7) } {
            0 => Command::Unlink {
                link: self.random.pick(&linked)?.clone(),
            },
            1 => Command::SetChangeStatus {
                change,
                status: self.random.pick(&ChangeOutcome::ALL).copied(),
            },
            2 => Command::FollowChange { change },
            3 => Command::LinkPerson {
                person: PersonCard {
                    name: self.text("person"),
                    role: "watches".into(),
                    ..PersonCard::default()
                },
            },
            _ => Command::Link {
                register: record.register,
                key: record.key,
            },
        })
    }
}
