use serde_json::Value;

use super::TEAMS;
use super::random::Sequence;
use crate::CiKey;
use crate::cmdb::{Ci, Lifecycle, Placement, Relation, RelationKind};
use crate::graph::Redundancy;

pub(super) const OPERATIONS: &str = TEAMS[0];
pub(super) const NETWORK: &str = TEAMS[1];
pub(super) const VIRTUALISATION: &str = TEAMS[2];
pub(super) const DATABASES: &str = TEAMS[3];
pub(super) const APPLICATIONS: &str = TEAMS[4];

/// The estate while it is drawn up.
pub(super) struct Draft {
    pub(super) cis: Vec<Ci>,
    pub(super) relations: Vec<Relation>,
    pub(super) random: Sequence,
    assets: u32,
}

/// A made-up key. All keys of the demo are lower-case words, digits and hyphens.
#[expect(
    clippy::expect_used,
    reason = "the keys are written here, and tests run over all of them"
)]
pub(super) fn key(text: &str) -> CiKey {
    text.parse().expect("a key of the demo")
}

impl Draft {
    pub(super) fn new() -> Self {
        Self {
            cis: Vec::new(),
            relations: Vec::new(),
            random: Sequence::new(),
            assets: 20_000,
        }
    }

    pub(super) fn add(&mut self, ci: Ci) -> CiKey {
        let key = ci.key.clone();
        self.cis.push(ci);
        key
    }

    pub(super) fn relate(&mut self, from: &CiKey, kind: RelationKind, to: &CiKey) {
        self.relations.push(Relation {
            kind,
            from: from.clone(),
            to: to.clone(),
        });
    }

    /// Relates a CI to several of which `needed` must be up.
    pub(super) fn relate_redundant(&mut self, ci: &mut Ci, kind: RelationKind, to: &[CiKey], needed: usize) {
        for target in to {
            self.relate(&ci.key, kind, target);
        }
        if to.len() > needed {
            redundancy(ci, to, needed);
        }
    }

    /// A serial number and an asset tag, as on anything one can touch.
    pub(super) fn plate(&mut self, ci: &mut Ci) {
        self.assets += 1;
        ci.serial = Some(self.random.serial());
        ci.asset_tag = Some(format!("A-{}", self.assets));
    }
}

/// A CI in production; its name is its key.
#[expect(
    clippy::expect_used,
    reason = "built-in classes only, and tests run over all of them"
)]
pub(super) fn item(name: &str, class: &str, owner: &str) -> Ci {
    Ci {
        key: key(name),
        name: name.to_owned(),
        class: class.parse().expect("a built-in class"),
        lifecycle: Lifecycle::InProduction,
        serial: None,
        asset_tag: None,
        version: None,
        owner: Some(owner.to_owned()),
        criticality: None,
        placement: Placement::default(),
        attributes: std::collections::BTreeMap::new(),
    }
}

pub(super) fn with(mut ci: Ci, attributes: &[(&str, Value)]) -> Ci {
    for (name, value) in attributes {
        ci.attributes.insert((*name).to_owned(), value.clone());
    }
    ci
}

/// Adds the group "`needed` of these" to those a CI has.
pub(super) fn redundancy(ci: &mut Ci, among: &[CiKey], needed: usize) {
    let mut groups = Redundancy::of(ci);
    groups.push(Redundancy {
        needed: needed as u32,
        among: among.to_vec(),
    });
    let groups = Redundancy::to_attribute(&groups);
    ci.attributes.insert(Redundancy::ATTRIBUTE.to_owned(), groups);
}
