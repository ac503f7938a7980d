//! The fields we want of the models we map, over all versions from 3.0 to 3.6.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The number of an object in its table.
pub(super) type Pk = u64;

/// The type of the object a generic reference points to: `["dcim", "interface"]` in a dump made with
/// natural keys, else the number of a row of `contenttypes.contenttype`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum ContentType {
    Natural(String, String),
    Number(Pk),
}

/// What many models have beside their own fields.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Notes {
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) comments: Option<String>,
    #[serde(default)]
    pub(super) custom_field_data: Option<BTreeMap<String, Value>>,
}

/// Models of which we only want the name: roles, platforms, manufacturers, tenants, providers, groups.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
    /// Regions and groups form trees.
    #[serde(default)]
    pub(super) parent: Option<Pk>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Site {
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) region: Option<Pk>,
    pub(super) group: Option<Pk>,
    pub(super) tenant: Option<Pk>,
    pub(super) facility: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) physical_address: Option<String>,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Location {
    pub(super) name: String,
    pub(super) site: Pk,
    pub(super) parent: Option<Pk>,
    /// Since 3.3.
    pub(super) status: Option<String>,
    /// Since 3.1.
    pub(super) tenant: Option<Pk>,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Rack {
    pub(super) name: String,
    pub(super) site: Pk,
    pub(super) location: Option<Pk>,
    pub(super) tenant: Option<Pk>,
    pub(super) status: Option<String>,
    pub(super) role: Option<Pk>,
    pub(super) facility_id: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) asset_tag: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub(super) width: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    pub(super) u_height: Option<f64>,
    #[serde(default)]
    pub(super) desc_units: bool,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct DeviceType {
    pub(super) manufacturer: Option<Pk>,
    pub(super) model: String,
    pub(super) part_number: Option<String>,
    /// A whole number before 3.3, a decimal text since.
    #[serde(default, deserialize_with = "number")]
    pub(super) u_height: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Device {
    pub(super) name: Option<String>,
    pub(super) device_type: Pk,
    /// `device_role` before 3.6.
    #[serde(alias = "device_role")]
    pub(super) role: Option<Pk>,
    pub(super) tenant: Option<Pk>,
    pub(super) platform: Option<Pk>,
    pub(super) serial: Option<String>,
    pub(super) asset_tag: Option<String>,
    pub(super) site: Pk,
    pub(super) location: Option<Pk>,
    pub(super) rack: Option<Pk>,
    /// A whole number before 3.3, a decimal text since.
    #[serde(default, deserialize_with = "number")]
    pub(super) position: Option<f64>,
    pub(super) face: Option<String>,
    pub(super) status: Option<String>,
    pub(super) primary_ip4: Option<Pk>,
    pub(super) primary_ip6: Option<Pk>,
    pub(super) cluster: Option<Pk>,
    pub(super) virtual_chassis: Option<Pk>,
    pub(super) vc_position: Option<u32>,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct DeviceBay {
    pub(super) device: Pk,
    pub(super) installed_device: Option<Pk>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct PowerPanel {
    pub(super) name: String,
    pub(super) site: Pk,
    pub(super) location: Option<Pk>,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct PowerFeed {
    pub(super) name: String,
    pub(super) power_panel: Pk,
    pub(super) rack: Option<Pk>,
    pub(super) status: Option<String>,
    /// `primary` or `redundant`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) supply: Option<String>,
    pub(super) phase: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub(super) voltage: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    pub(super) amperage: Option<f64>,
    #[serde(default)]
    pub(super) tenant: Option<Pk>,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Cluster {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<Pk>,
    pub(super) group: Option<Pk>,
    /// Since 3.3.
    pub(super) status: Option<String>,
    pub(super) tenant: Option<Pk>,
    pub(super) site: Option<Pk>,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VirtualMachine {
    pub(super) name: String,
    /// Optional since 3.3.
    pub(super) cluster: Option<Pk>,
    /// Since 3.3.
    pub(super) site: Option<Pk>,
    /// Since 3.3.
    pub(super) device: Option<Pk>,
    pub(super) tenant: Option<Pk>,
    pub(super) platform: Option<Pk>,
    pub(super) role: Option<Pk>,
    pub(super) status: Option<String>,
    pub(super) primary_ip4: Option<Pk>,
    pub(super) primary_ip6: Option<Pk>,
    #[serde(default, deserialize_with = "number")]
    pub(super) vcpus: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    pub(super) memory: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    pub(super) disk: Option<f64>,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Circuit {
    pub(super) cid: String,
    pub(super) provider: Option<Pk>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Pk>,
    pub(super) status: Option<String>,
    pub(super) tenant: Option<Pk>,
    pub(super) install_date: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub(super) commit_rate: Option<f64>,
    #[serde(flatten)]
    pub(super) notes: Notes,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct CircuitTermination {
    pub(super) circuit: Pk,
    pub(super) term_side: String,
    pub(super) site: Option<Pk>,
    pub(super) provider_network: Option<Pk>,
}

/// An interface, console port, power port or power outlet: all we want is whose it is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Port {
    pub(super) device: Pk,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct FrontPort {
    pub(super) device: Pk,
    pub(super) rear_port: Pk,
    #[serde(default = "one")]
    pub(super) rear_port_position: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct RearPort {
    pub(super) device: Pk,
    #[serde(default = "one")]
    pub(super) positions: u32,
}

/// A cable. Up to 3.2 it names its two ends itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Cable {
    pub(super) status: Option<String>,
    pub(super) termination_a_type: Option<ContentType>,
    pub(super) termination_a_id: Option<Pk>,
    pub(super) termination_b_type: Option<ContentType>,
    pub(super) termination_b_id: Option<Pk>,
}

/// One end of a cable, since 3.3.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct CableTermination {
    pub(super) cable: Pk,
    pub(super) cable_end: String,
    pub(super) termination_type: ContentType,
    pub(super) termination_id: Pk,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct WirelessLink {
    pub(super) interface_a: Pk,
    pub(super) interface_b: Pk,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct IpAddress {
    pub(super) address: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct ContentTypeRow {
    pub(super) app_label: String,
    pub(super) model: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct TaggedItem {
    pub(super) content_type: ContentType,
    pub(super) object_id: Pk,
    pub(super) tag: Pk,
}

fn one() -> u32 {
    1
}

/// A number, or a text that holds one, as Django writes decimals.
fn number<'de, D: Deserializer<'de>>(input: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number<'a> {
        Number(f64),
        Text(std::borrow::Cow<'a, str>),
    }
    match Option::<Number<'de>>::deserialize(input)? {
        None => Ok(None),
        Some(Number::Number(number)) => Ok(Some(number)),
        Some(Number::Text(text)) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(serde::de::Error::custom(format_args!(
                "`{}` is not a number",
                crate::shorten(&text)
            ))),
        },
    }
}
