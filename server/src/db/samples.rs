//! What tests of the store share.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use domain::access::{Actor, Right, Role, Types};
use domain::cmdb::{Ci, Relation, RelationKind};
use domain::{CiKey, UserId};

use super::{Origin, Store};

pub(crate) fn key(text: &str) -> CiKey {
    text.parse().unwrap()
}

pub(crate) fn ci(text: &str, class: &str) -> Ci {
    serde_json::from_value(
        serde_json::json!({ "key": text, "name": format!("Name of {text}"), "class": class }),
    )
    .unwrap()
}

pub(crate) fn relation(from: &str, kind: RelationKind, to: &str) -> Relation {
    Relation {
        kind,
        from: key(from),
        to: key(to),
    }
}

/// Somebody who may do everything.
pub(crate) fn administrator() -> Actor {
    Actor {
        user: UserId(ulid::Ulid::new()),
        name: "Ada".to_owned(),
        roles: BTreeSet::from([Role::Administrator]),
        groups: BTreeSet::new(),
        contracts: BTreeSet::new(),
        rights: BTreeMap::new(),
        stands_in_for: BTreeSet::new(),
        scopes: None,
    }
}

/// Somebody who drafts releases and sees only their own, and the CMDB.
pub(crate) fn author() -> Actor {
    Actor {
        user: UserId(ulid::Ulid::new()),
        name: "Bob".to_owned(),
        roles: BTreeSet::from([Role::CmdbViewer]),
        rights: BTreeMap::from([(Right::Create, Types::All)]),
        ..administrator()
    }
}

/// Stores CIs and relations, whatever their order.
pub(crate) async fn fill(store: &Store, cis: &[Ci], relations: &[Relation]) {
    let origin = Origin {
        by: "test",
        origin: "import test",
        at: Utc::now(),
    };
    for chunk in cis.chunks(store.batch()) {
        store.ingest_cis(chunk, &origin, false).await.unwrap();
    }
    for kind in RelationKind::ALL {
        let of_kind: Vec<Relation> = relations.iter().filter(|r| r.kind == kind).cloned().collect();
        for chunk in of_kind.chunks(store.batch()) {
            store.ingest_relations(kind, chunk, false, false).await.unwrap();
        }
    }
}
