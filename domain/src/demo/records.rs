//! The registers of the demo: what its releases are about, from systems that are made up.

use std::collections::BTreeMap;

use crate::registry::{ChangedCi, RecordDraft, RegisterKind};
use crate::release::Value;
use crate::wire::registry::NewRecord;

struct Told {
    register: RegisterKind,
    key: &'static str,
    fields: &'static [(&'static str, &'static str)],
    back_out: &'static [&'static str],
    cis: &'static [(&'static str, &'static str)],
}

const fn told(
    register: RegisterKind,
    key: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> Told {
    Told {
        register,
        key,
        fields,
        back_out: &[],
        cis: &[],
    }
}

const RECORDS: [Told; 14] = [
    Told {
        back_out: &[
            "Stop: leave the switch that was not touched in service.",
            "Mount the old switch in the same unit and cable it by the labels.",
            "Check that both hosts see both uplinks again.",
        ],
        cis: &[
            ("ham1-1-a03-sw-a", "new hardware, same configuration"),
            ("ham1-1-a03-sw-b", "new hardware, same configuration"),
            ("ham1-1-a03-hv1", "one uplink at a time"),
        ],
        ..told(
            RegisterKind::Changes,
            "CHG-1042",
            &[
                ("title", "Replace the top-of-rack pair of A03"),
                ("status", "approved"),
                ("risk", "medium"),
                ("back_out_owner", "Network, on-call engineer"),
                ("back_out_tested", "2026-10-14"),
                ("link", "https://itsm.example.com/changes/CHG-1042"),
                ("text", "Both switches are out of support at the end of the year."),
            ],
        )
    },
    Told {
        back_out: &[
            "Stop the payment API.",
            "Restore the full backup taken in step 1 to the old engine.",
            "Start the payment API and run the smoke test.",
        ],
        cis: &[
            ("db-payments-prod", "engine 15 to 16"),
            ("app-payments-prod-api", "stopped during the upgrade"),
        ],
        ..told(
            RegisterKind::Changes,
            "CHG-1057",
            &[
                ("title", "Payment database to the next major version"),
                ("status", "approved"),
                ("risk", "high"),
                ("back_out_owner", "Databases, lead"),
                ("link", "https://itsm.example.com/changes/CHG-1057"),
            ],
        )
    },
    Told {
        cis: &[("ham1-rtr-1", "firmware 12.4")],
        ..told(
            RegisterKind::Changes,
            "CHG-1063",
            &[
                ("title", "Router firmware 12.4"),
                ("status", "in review"),
                ("risk", "low"),
                ("link", "https://itsm.example.com/changes/CHG-1063"),
            ],
        )
    },
    Told {
        back_out: &["Put the old PDU back: it stays in the cage until the release is closed."],
        cis: &[("ham1-1-a01-pdu-a", "metered PDU, 32 A")],
        ..told(
            RegisterKind::Changes,
            "CHG-1071",
            &[
                ("title", "Metered PDUs in row A"),
                ("status", "approved"),
                ("risk", "medium"),
                ("back_out_owner", "Data Centre Operations"),
                ("back_out_tested", "2026-11-02"),
            ],
        )
    },
    told(
        RegisterKind::Problems,
        "PRB-310",
        &[
            ("title", "Uplinks of rack A03 flap when the switch is warm"),
            ("status", "known error"),
            ("link", "https://itsm.example.com/problems/PRB-310"),
            (
                "text",
                "Seen on three nights in October. The fans of both switches are at the end of their life.",
            ),
        ],
    ),
    told(
        RegisterKind::Problems,
        "PRB-317",
        &[
            ("title", "Payment database locks during nightly statistics"),
            ("status", "root cause found"),
            ("link", "https://itsm.example.com/problems/PRB-317"),
        ],
    ),
    told(
        RegisterKind::Knowledge,
        "KB-0021",
        &[
            ("title", "Labelling cables before a switch is pulled"),
            ("status", "published"),
            ("link", "https://wiki.example.com/KB-0021"),
            (
                "text",
                "Label both ends with rack, unit and port.\nPhotograph the front before and after.\nNever pull both uplinks of a host at once.",
            ),
        ],
    ),
    told(
        RegisterKind::Knowledge,
        "KB-0044",
        &[
            ("title", "Restoring the payment database"),
            ("status", "published"),
            ("link", "https://wiki.example.com/KB-0044"),
            (
                "text",
                "Takes 35 minutes for the whole database.\nThe payment API must be stopped first.",
            ),
        ],
    ),
    told(
        RegisterKind::Knowledge,
        "KB-0051",
        &[("title", "Who to call at the carriers"), ("status", "published")],
    ),
    told(
        RegisterKind::Purchases,
        "PO-7781",
        &[
            ("title", "Two top-of-rack switches, 48 x 25G"),
            ("status", "closed"),
            ("item_status", "delivered"),
            ("project", "Network refresh 2026"),
            ("cost_centre", "4711"),
        ],
    ),
    told(
        RegisterKind::Purchases,
        "PO-7802",
        &[
            ("title", "Metered PDU, 32 A, four pieces"),
            ("status", "open"),
            ("item_status", "ordered"),
            ("project", "Power monitoring"),
            ("cost_centre", "4712"),
            ("link", "https://shop.example.com/orders/PO-7802"),
        ],
    ),
    told(
        RegisterKind::Media,
        "DML-0105",
        &[
            ("title", "Switch operating system"),
            ("version", "10.3.4"),
            ("type", "firmware"),
            (
                "sha256",
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            ),
            ("size", "1874329600"),
            ("link", "https://dml.example.com/DML-0105"),
        ],
    ),
    told(
        RegisterKind::Media,
        "DML-0112",
        &[
            ("title", "Database engine packages"),
            ("version", "16.4"),
            ("type", "package"),
            (
                "sha256",
                "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
            ),
            ("size", "94371840"),
            ("link", "https://dml.example.com/DML-0112"),
        ],
    ),
    told(
        RegisterKind::Media,
        "DML-0118",
        &[
            ("title", "Router firmware"),
            ("version", "12.4"),
            ("type", "firmware"),
        ],
    ),
];

/// Every record of the demo, with its register. Their CIs are in the estate.
#[must_use]
pub fn records() -> Vec<(RegisterKind, NewRecord)> {
    let record = |told: &Told| {
        let fields: BTreeMap<String, Value> = told
            .fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        let cis = told.cis.iter().filter_map(|(ci, what)| {
            Some(ChangedCi {
                ci: ci.parse().ok()?,
                what: (*what).to_owned(),
            })
        });
        let draft = RecordDraft {
            fields,
            back_out: (!told.back_out.is_empty())
                .then(|| told.back_out.iter().map(|step| (*step).to_owned()).collect()),
            cis: (!told.cis.is_empty()).then(|| cis.collect()),
        };
        Some((told.register, NewRecord::new(told.key.parse().ok()?, draft)))
    };
    RECORDS.iter().filter_map(record).collect()
}

/// What the release with this place among the stories links: addresses of records.
pub(super) fn of_story(n: usize) -> &'static [&'static str] {
    match n {
        0 => &[
            "changes/CHG-1042",
            "problems/PRB-310",
            "knowledge/KB-0021",
            "media/DML-0105",
            "purchases/PO-7781",
        ],
        2 => &[
            "changes/CHG-1057",
            "problems/PRB-317",
            "knowledge/KB-0044",
            "media/DML-0112",
        ],
        3 => &["changes/CHG-1063", "media/DML-0118"],
        5 => &["changes/CHG-1071", "purchases/PO-7802"],
        8 => &["knowledge/KB-0051"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::registry::RecordRef;

    #[test]
    fn every_record_is_sound_and_every_link_leads_somewhere() {
        let cis: BTreeSet<_> = super::super::estate().cis.into_iter().map(|ci| ci.key).collect();
        let mut there = BTreeSet::new();
        for (register, new) in records() {
            let key = new.key.clone();
            let record = new.draft().apply(register, &key, None).unwrap();
            assert!(record.cis.iter().all(|one| cis.contains(&one.ci)), "{record:?}");
            there.insert(RecordRef { register, key });
        }
        assert_eq!(there.len(), RECORDS.len());
        for n in 0..20 {
            for address in of_story(n) {
                assert!(
                    there.contains(&address.parse::<RecordRef>().unwrap()),
                    "{address}"
                );
            }
        }
    }
}
