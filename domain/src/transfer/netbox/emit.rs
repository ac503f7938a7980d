use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::model::{Named, Notes, Pk};
use super::tables::{Table, Tables};
use super::{cables, items, relations};
use crate::CiKey;
use crate::cmdb::{Ci, Lifecycle, Placement, Relation, RelationKind};
use crate::transfer::{Entry, Found, Problem, Record, Refused, Skipped, built_in, count};

/// States the records of one model.
type Stage = fn(&Tables, &mut Out<'_>);

/// In this order: every CI comes before the relations that name it.
pub(super) const STAGES: [Stage; 13] = [
    items::sites,
    items::locations,
    items::racks,
    items::power_panels,
    items::power_feeds,
    items::devices,
    items::clusters,
    items::virtual_machines,
    items::circuits,
    relations::places,
    relations::power,
    relations::machines,
    cables::wiring,
];

/// The models that become CIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Model {
    Site,
    Location,
    Rack,
    PowerPanel,
    PowerFeed,
    Device,
    Cluster,
    VirtualMachine,
    Circuit,
}

impl Model {
    /// The model as a dump names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Site => "dcim.site",
            Self::Location => "dcim.location",
            Self::Rack => "dcim.rack",
            Self::PowerPanel => "dcim.powerpanel",
            Self::PowerFeed => "dcim.powerfeed",
            Self::Device => "dcim.device",
            Self::Cluster => "virtualization.cluster",
            Self::VirtualMachine => "virtualization.virtualmachine",
            Self::Circuit => "circuits.circuit",
        }
    }

    /// The class of the CI, and the word in its key.
    fn class_and_word(self) -> (&'static str, &'static str) {
        match self {
            Self::Site => ("site", "site"),
            Self::Location => ("location", "location"),
            Self::Rack => ("rack", "rack"),
            // A distribution board: what distributes power, whatever its size.
            Self::PowerPanel => ("pdu", "panel"),
            Self::PowerFeed => ("power_feed", "feed"),
            Self::Device => ("device", "device"),
            Self::Cluster => ("cluster", "cluster"),
            Self::VirtualMachine => ("vm", "vm"),
            Self::Circuit => ("circuit", "circuit"),
        }
    }

    /// Such an object is in the dump.
    fn is_in(self, tables: &Tables, pk: Pk) -> bool {
        match self {
            Self::Site => tables.sites.contains_key(&pk),
            Self::Location => tables.locations.contains_key(&pk),
            Self::Rack => tables.racks.contains_key(&pk),
            Self::PowerPanel => tables.power_panels.contains_key(&pk),
            Self::PowerFeed => tables.power_feeds.contains_key(&pk),
            Self::Device => tables.devices.contains_key(&pk),
            Self::Cluster => tables.clusters.contains_key(&pk),
            Self::VirtualMachine => tables.virtual_machines.contains_key(&pk),
            Self::Circuit => tables.circuits.contains_key(&pk),
        }
    }
}

/// An object that becomes a CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Object(pub(super) Model, pub(super) Pk);

impl Object {
    /// `netbox:device:12`. The number is what NetBox never changes; names it does.
    #[expect(clippy::expect_used, reason = "a word and a number make a valid key")]
    pub(super) fn key(self) -> CiKey {
        let (_, word) = self.0.class_and_word();
        let key = format!("netbox:{word}:{}", self.1);
        key.parse().expect("a word and a number")
    }

    fn reference(self) -> String {
        format!("{}[{}]", self.0.name(), self.1)
    }
}

/// Where records and problems go.
pub(super) struct Out<'a> {
    pending: &'a mut VecDeque<Found>,
    skipped: &'a mut Skipped,
}

impl<'a> Out<'a> {
    pub(super) fn new(pending: &'a mut VecDeque<Found>, skipped: &'a mut Skipped) -> Self {
        Self { pending, skipped }
    }

    pub(super) fn skip(&mut self, what: &str) {
        count(self.skipped, what);
    }

    pub(super) fn problem(&mut self, refused: Refused, reference: &str, reason: String) {
        self.pending
            .push_back(Err(Problem::of_object(refused, reference, reason)));
    }

    /// States a CI. The name is trimmed, since NetBox does not.
    pub(super) fn ci(&mut self, object: Object, name: &str, item: Item) {
        let (class, _) = object.0.class_and_word();
        self.pending.push_back(Ok(Entry {
            line: None,
            reference: object.reference(),
            record: Record::Ci(Box::new(Ci {
                key: object.key(),
                name: name.trim().to_owned(),
                class: built_in(class),
                lifecycle: lifecycle(item.status.as_deref()),
                serial: item.serial.filter(|text| !text.is_empty()),
                asset_tag: item.asset_tag.filter(|text| !text.is_empty()),
                version: None,
                owner: item.owner,
                criticality: None,
                placement: item.placement,
                attributes: item.attributes.with_text("status", item.status).0,
            })),
        }));
    }

    /// States a relation between two objects, if the dump has the second; the first is known to be there.
    pub(super) fn relate(&mut self, tables: &Tables, kind: RelationKind, from: Object, to: Object) {
        if !to.0.is_in(tables, to.1) {
            let reason = format!("names {} {}, which is not in the dump", to.0.name(), to.1);
            self.problem(Refused::Relation, &from.reference(), reason);
            return;
        }
        self.pending.push_back(Ok(Entry {
            line: None,
            reference: from.reference(),
            record: Record::Relation(Relation {
                kind,
                from: from.key(),
                to: to.key(),
            }),
        }));
    }

    /// The name behind a reference; a problem if the dump does not have it.
    pub(super) fn name_of(
        &mut self,
        of: Object,
        model: &str,
        table: &Table<Named>,
        pk: Option<Pk>,
    ) -> Option<String> {
        let pk = pk?;
        let named = table.get(&pk);
        if named.is_none() {
            let reason = format!("names {model} {pk}, which is not in the dump; left out");
            self.problem(Refused::Detail, &of.reference(), reason);
        }
        named.map(|named| named.name.clone())
    }

    /// The names from the root of a tree to a node, as `Europe / Spain`.
    pub(super) fn branch(
        &mut self,
        of: Object,
        model: &str,
        table: &Table<Named>,
        pk: Option<Pk>,
    ) -> Option<String> {
        let mut name = self.name_of(of, model, table, pk)?;
        let mut node = pk.and_then(|pk| table.get(&pk));
        // A damaged dump may hold a ring; no real tree is this deep.
        for _ in 0..32 {
            node = node.and_then(|node| node.parent).and_then(|pk| table.get(&pk));
            match node {
                Some(parent) => name = format!("{} / {name}", parent.name),
                None => break,
            }
        }
        Some(name)
    }
}

/// What a CI has beside its name.
#[derive(Default)]
pub(super) struct Item {
    pub(super) status: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) asset_tag: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) placement: Placement,
    pub(super) attributes: Attributes,
}

/// The attributes of a CI; what is absent or empty is left out.
#[derive(Default)]
pub(super) struct Attributes(BTreeMap<String, Value>);

impl Attributes {
    /// With the description, comments, custom fields and tags of an object.
    pub(super) fn of(tables: &Tables, object: Object, notes: &Notes) -> Self {
        let custom: serde_json::Map<String, Value> = notes
            .custom_field_data
            .iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let tags: Vec<Value> = tables.tags(object.0.name(), object.1).map(Value::from).collect();
        Self::default()
            .with_text("description", notes.description.clone())
            .with_text("comments", notes.comments.clone())
            .with("custom_fields", (!custom.is_empty()).then(|| custom.into()))
            .with("tags", (!tags.is_empty()).then(|| tags.into()))
    }

    pub(super) fn with(mut self, name: &str, value: Option<Value>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    pub(super) fn with_text(self, name: &str, text: Option<String>) -> Self {
        self.with(name, text.filter(|text| !text.is_empty()).map(Value::String))
    }

    /// Whole numbers stay whole: 16 and not 16.0.
    pub(super) fn with_number(self, name: &str, number: Option<f64>) -> Self {
        let value = number.map(|number| {
            if number.fract() == 0.0 && number.abs() < 1e15 {
                Value::from(number as i64)
            } else {
                Value::from(number)
            }
        });
        self.with(name, value)
    }
}

/// The stage of life behind the words NetBox uses for all its models; a word we do not know (they can be
/// configured) counts as in production, and stands in the attributes in any case.
fn lifecycle(status: Option<&str>) -> Lifecycle {
    match status {
        Some("planned" | "reserved" | "inventory") => Lifecycle::Planned,
        Some("staged" | "staging" | "provisioning") => Lifecycle::InDevelopment,
        Some("offline" | "failed" | "paused") => Lifecycle::InMaintenance,
        Some("decommissioning" | "decommissioned" | "deprovisioning" | "deprecated" | "retired") => {
            Lifecycle::Retired
        }
        _ => Lifecycle::InProduction,
    }
}
