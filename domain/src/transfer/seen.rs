use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::{Entry, Record};
use crate::CiKey;
use crate::cmdb::{Ci, RelationKind};

/// What came before in this import: per key a digest of its values, per relation its ends as numbers.
#[derive(Debug, Default)]
pub(super) struct Seen {
    keys: HashMap<CiKey, u32>,
    /// For each number the digest and place of its CI, once the CI itself came.
    cis: Vec<Option<(Digest128, Option<u64>)>>,
    relations: HashSet<(RelationKind, u32, u32)>,
}

type Digest128 = [u8; 16];

impl Seen {
    /// `false` if the same record came before; an error if the CI came with other values.
    pub(super) fn first_time(&mut self, entry: &Entry) -> Result<bool, String> {
        match &entry.record {
            Record::Ci(ci) => {
                let digest = digest(ci);
                let number = self.number(&ci.key) as usize;
                match self.cis[number] {
                    None => {
                        self.cis[number] = Some((digest, entry.line));
                        Ok(true)
                    }
                    Some((same, _)) if same == digest => Ok(false),
                    Some((_, line)) => {
                        let place = line.map_or_else(String::new, |line| format!(", first in line {line}"));
                        Err(format!(
                            "the key comes twice with different values{place}; only the first was taken"
                        ))
                    }
                }
            }
            Record::Relation(relation) => {
                let ends = (
                    relation.kind,
                    self.number(&relation.from),
                    self.number(&relation.to),
                );
                Ok(self.relations.insert(ends))
            }
        }
    }

    fn number(&mut self, key: &CiKey) -> u32 {
        if let Some(number) = self.keys.get(key) {
            return *number;
        }
        let number = self.cis.len() as u32;
        self.cis.push(None);
        self.keys.insert(key.clone(), number);
        number
    }
}

/// 128 bits tell any two CIs of a file apart; keeping the CIs would hold the file in memory.
fn digest(ci: &Ci) -> Digest128 {
    // A CI always serialises: its keys are texts and its numbers finite.
    let json = serde_json::to_vec(ci).unwrap_or_default();
    let mut short = Digest128::default();
    short.copy_from_slice(&Sha256::digest(json)[..16]);
    short
}
