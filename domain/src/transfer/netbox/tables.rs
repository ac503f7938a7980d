use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::model::*;
use crate::shorten;
use crate::transfer::{Problem, Refused, Skipped, count, json};

/// The objects of one model, by their number.
pub(super) type Table<F> = BTreeMap<Pk, F>;

/// All objects of a dump that we map or need for a name.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) sites: Table<Site>,
    pub(super) locations: Table<Location>,
    pub(super) racks: Table<Rack>,
    pub(super) device_types: Table<DeviceType>,
    pub(super) devices: Table<Device>,
    pub(super) device_bays: Table<DeviceBay>,
    pub(super) power_panels: Table<PowerPanel>,
    pub(super) power_feeds: Table<PowerFeed>,
    pub(super) clusters: Table<Cluster>,
    pub(super) virtual_machines: Table<VirtualMachine>,
    pub(super) circuits: Table<Circuit>,
    pub(super) circuit_terminations: Table<CircuitTermination>,
    pub(super) interfaces: Table<Port>,
    pub(super) console_ports: Table<Port>,
    pub(super) console_server_ports: Table<Port>,
    pub(super) power_ports: Table<Port>,
    pub(super) power_outlets: Table<Port>,
    pub(super) front_ports: Table<FrontPort>,
    pub(super) rear_ports: Table<RearPort>,
    pub(super) cables: Table<Cable>,
    pub(super) cable_terminations: Table<CableTermination>,
    pub(super) wireless_links: Table<WirelessLink>,
    // Only for names.
    pub(super) regions: Table<Named>,
    pub(super) site_groups: Table<Named>,
    pub(super) tenants: Table<Named>,
    pub(super) rack_roles: Table<Named>,
    pub(super) device_roles: Table<Named>,
    pub(super) manufacturers: Table<Named>,
    pub(super) platforms: Table<Named>,
    pub(super) virtual_chassis: Table<Named>,
    pub(super) cluster_types: Table<Named>,
    pub(super) cluster_groups: Table<Named>,
    pub(super) providers: Table<Named>,
    pub(super) provider_networks: Table<Named>,
    pub(super) circuit_types: Table<Named>,
    pub(super) tags: Table<Named>,
    pub(super) tagged_items: Table<TaggedItem>,
    pub(super) ip_addresses: Table<IpAddress>,
    pub(super) content_types: Table<ContentTypeRow>,
    /// (model, number) -> names of its tags, in order; filled by [`Tables::complete`].
    tags_of: HashMap<(String, Pk), BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    model: Cow<'a, str>,
    #[serde(default)]
    pk: Option<serde_json::Value>,
    #[expect(dead_code, reason = "an object without fields is refused")]
    fields: IgnoredAny,
}

#[derive(Deserialize)]
struct Object<F> {
    fields: F,
}

impl Tables {
    /// Takes in one object, or counts it as skipped if its model is not mapped.
    pub(super) fn take(&mut self, index: u64, text: &str, skipped: &mut Skipped) -> Result<(), Problem> {
        let head: Head<'_> = serde_json::from_str(text).map_err(|error| {
            Problem::of_object(Refused::Piece, &format!("[{index}]"), json::reason(&error))
        })?;
        let here = Here {
            model: &head.model,
            pk: head.pk.as_ref().and_then(serde_json::Value::as_u64),
            text,
        };
        match &*head.model {
            "dcim.site" => here.into(&mut self.sites),
            "dcim.location" => here.into(&mut self.locations),
            "dcim.rack" => here.into(&mut self.racks),
            "dcim.devicetype" => here.into(&mut self.device_types),
            "dcim.device" => here.into(&mut self.devices),
            "dcim.devicebay" => here.into(&mut self.device_bays),
            "dcim.powerpanel" => here.into(&mut self.power_panels),
            "dcim.powerfeed" => here.into(&mut self.power_feeds),
            "virtualization.cluster" => here.into(&mut self.clusters),
            "virtualization.virtualmachine" => here.into(&mut self.virtual_machines),
            "circuits.circuit" => here.into(&mut self.circuits),
            "circuits.circuittermination" => here.into(&mut self.circuit_terminations),
            "dcim.interface" => here.into(&mut self.interfaces),
            "dcim.consoleport" => here.into(&mut self.console_ports),
            "dcim.consoleserverport" => here.into(&mut self.console_server_ports),
            "dcim.powerport" => here.into(&mut self.power_ports),
            "dcim.poweroutlet" => here.into(&mut self.power_outlets),
            "dcim.frontport" => here.into(&mut self.front_ports),
            "dcim.rearport" => here.into(&mut self.rear_ports),
            "dcim.cable" => here.into(&mut self.cables),
            "dcim.cabletermination" => here.into(&mut self.cable_terminations),
            "wireless.wirelesslink" => here.into(&mut self.wireless_links),
            "dcim.region" => here.into(&mut self.regions),
            "dcim.sitegroup" => here.into(&mut self.site_groups),
            "tenancy.tenant" => here.into(&mut self.tenants),
            "dcim.rackrole" => here.into(&mut self.rack_roles),
            "dcim.devicerole" => here.into(&mut self.device_roles),
            "dcim.manufacturer" => here.into(&mut self.manufacturers),
            "dcim.platform" => here.into(&mut self.platforms),
            "dcim.virtualchassis" => here.into(&mut self.virtual_chassis),
            "virtualization.clustertype" => here.into(&mut self.cluster_types),
            "virtualization.clustergroup" => here.into(&mut self.cluster_groups),
            "circuits.provider" => here.into(&mut self.providers),
            "circuits.providernetwork" => here.into(&mut self.provider_networks),
            "circuits.circuittype" => here.into(&mut self.circuit_types),
            "extras.tag" => here.into(&mut self.tags),
            "extras.taggeditem" => here.into(&mut self.tagged_items),
            "ipam.ipaddress" => here.into(&mut self.ip_addresses),
            // Dumped with natural keys it has no number, and nothing refers to it.
            "contenttypes.contenttype" if here.pk.is_none() => Ok(()),
            "contenttypes.contenttype" => here.into(&mut self.content_types),
            other => {
                count(skipped, shorten(other));
                Ok(())
            }
        }
    }

    /// All objects are in: prepares what is looked up from the other side.
    pub(super) fn complete(&mut self, skipped: &mut Skipped) {
        for item in std::mem::take(&mut self.tagged_items).into_values() {
            match (self.model(&item.content_type), self.tags.get(&item.tag)) {
                (Ok(model), Some(tag)) => {
                    let tags = self.tags_of.entry((model, item.object_id)).or_default();
                    tags.insert(tag.name.clone());
                }
                _ => count(
                    skipped,
                    "extras.taggeditem that names no tag or model of the dump",
                ),
            }
        }
    }

    /// The tags of an object, by name.
    pub(super) fn tags(&self, model: &str, pk: Pk) -> impl Iterator<Item = &str> {
        let tags = self.tags_of.get(&(model.to_owned(), pk));
        tags.into_iter().flatten().map(String::as_str)
    }

    /// The model a generic reference points to, such as `dcim.interface`.
    pub(super) fn model(&self, content_type: &ContentType) -> Result<String, String> {
        match content_type {
            ContentType::Natural(app, model) => Ok(format!("{app}.{model}")),
            ContentType::Number(number) => match self.content_types.get(number) {
                Some(row) => Ok(format!("{}.{}", row.app_label, row.model)),
                None => Err(format!(
                    "contenttypes.contenttype {number} is not in the dump; dump with --natural-foreign"
                )),
            },
        }
    }
}

/// The object being taken in.
struct Here<'a> {
    model: &'a str,
    pk: Option<Pk>,
    text: &'a str,
}

impl Here<'_> {
    fn into<F: DeserializeOwned + PartialEq>(self, table: &mut Table<F>) -> Result<(), Problem> {
        let refused = match self.model {
            "dcim.site"
            | "dcim.location"
            | "dcim.rack"
            | "dcim.device"
            | "dcim.powerpanel"
            | "dcim.powerfeed"
            | "virtualization.cluster"
            | "virtualization.virtualmachine"
            | "circuits.circuit" => Refused::Ci,
            "dcim.cable" | "dcim.cabletermination" | "wireless.wirelesslink" | "dcim.devicebay" => {
                Refused::Relation
            }
            _ => Refused::Detail,
        };
        let Some(pk) = self.pk else {
            let reason = "pk is missing or not a whole number";
            return Err(Problem::of_object(refused, self.model, reason));
        };
        let refuse = |reason: String| {
            let reference = format!("{}[{pk}]", self.model);
            Err(Problem::of_object(refused, &reference, reason))
        };
        match serde_json::from_str::<Object<F>>(self.text) {
            Err(error) => refuse(json::reason(&error)),
            Ok(Object { fields }) => match table.get(&pk) {
                None => {
                    table.insert(pk, fields);
                    Ok(())
                }
                Some(same) if *same == fields => Ok(()),
                Some(_) => refuse("comes twice with different values; only the first was taken".to_owned()),
            },
        }
    }
}
