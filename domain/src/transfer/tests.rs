mod bad_input;
mod formats;
mod netbox;
mod round_trip;

use std::collections::BTreeMap;
use std::io::BufRead;

use super::*;
use crate::cmdb::{BUILT_IN_CLASSES, RelationKind};

/// Everything in some files.
#[derive(Default)]
struct Contents {
    cis: BTreeMap<String, Ci>,
    relations: Vec<Relation>,
    problems: Vec<Problem>,
    skipped: BTreeMap<String, u64>,
}

impl Contents {
    fn reasons(&self) -> Vec<&str> {
        self.problems.iter().map(|p| p.problem.reason.as_str()).collect()
    }

    fn count(&self, class: &str) -> usize {
        self.cis.values().filter(|ci| ci.class.as_str() == class).count()
    }

    fn named(&self, name: &str) -> &Ci {
        self.cis.values().find(|ci| ci.name == name).unwrap()
    }

    fn has(&self, kind: RelationKind, from: &str, to: &str) -> bool {
        let same = |r: &Relation| r.kind == kind && r.from.as_str() == from && r.to.as_str() == to;
        self.relations.iter().any(same)
    }
}

fn import(format: Format) -> Import {
    Import::new(format, BUILT_IN_CLASSES.map(|(key, _)| key.parse().unwrap()))
}

fn read(format: Format, input: impl BufRead + Send) -> Contents {
    let mut import = import(format);
    let mut contents = Contents::default();
    for found in import.file("test file", input) {
        match found {
            Ok(Entry {
                record: Record::Ci(ci),
                ..
            }) => {
                assert!(contents.cis.insert(ci.key.to_string(), *ci).is_none());
            }
            Ok(Entry {
                record: Record::Relation(relation),
                ..
            }) => contents.relations.push(relation),
            Err(problem) => contents.problems.push(problem),
        }
    }
    contents.skipped = import.skipped().clone();
    contents
}
