use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{CiKey, ClassKey};

/// Where a CI is in its life. New CIs from an import are in production unless the source says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Ordered or drawn, not there yet.
    Planned,
    /// Being built.
    InDevelopment,
    /// Being accepted by its users.
    InAcceptance,
    /// In service.
    #[default]
    InProduction,
    /// Touched by a release, not yet confirmed.
    ToBeVerified,
    /// Out of service for work.
    InMaintenance,
    /// Gone from service; kept for history.
    Retired,
}

impl Lifecycle {
    /// All, in the order of a life.
    pub const ALL: [Self; 7] = [
        Self::Planned,
        Self::InDevelopment,
        Self::InAcceptance,
        Self::InProduction,
        Self::ToBeVerified,
        Self::InMaintenance,
        Self::Retired,
    ];

    /// The word in files, URLs and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::InDevelopment => "in_development",
            Self::InAcceptance => "in_acceptance",
            Self::InProduction => "in_production",
            Self::ToBeVerified => "to_be_verified",
            Self::InMaintenance => "in_maintenance",
            Self::Retired => "retired",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::InDevelopment => "in development",
            Self::InAcceptance => "in acceptance",
            Self::InProduction => "in production",
            Self::ToBeVerified => "to be verified",
            Self::InMaintenance => "in maintenance",
            Self::Retired => "retired",
        }
    }

    /// Reads the word of [`Lifecycle::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.as_str() == text)
    }
}

/// How much depends on a CI, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// An outage is an inconvenience.
    Low,
    /// An outage is noticed by many.
    Medium,
    /// An outage stops the business.
    High,
}

/// Which side of a rack a device is mounted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// The cold-aisle side.
    Front,
    /// The hot-aisle side.
    Rear,
}

/// Where a CI stands. Keys name CIs of class site, location and rack.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Placement {
    /// The site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<CiKey>,
    /// The room, hall or row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<CiKey>,
    /// The rack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<CiKey>,
    /// Lowest rack unit it fills, counted from 1 at the bottom; half units exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<f64>,
    /// The side it is mounted from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<Face>,
    /// How many rack units it fills (a rack: how many it has).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<f64>,
}

/// A configuration item (ITIL 4): anything that must be managed to deliver a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ci {
    /// Natural key, unique and unchanging.
    pub key: CiKey,
    /// What people call it; at most 200 characters.
    pub name: String,
    /// Its class.
    pub class: ClassKey,
    /// Where it is in its life.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// Serial number, as on the plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Fixed-asset tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_tag: Option<String>,
    /// Version of the software or firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Who owns it: a tenant, team or group name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How much depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criticality: Option<Criticality>,
    /// Where it stands.
    #[serde(flatten)]
    pub placement: Placement,
    /// Everything else the class knows.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: BTreeMap<String, serde_json::Value>,
}

impl Ci {
    /// Longest name, in characters.
    pub const MAX_NAME: usize = 200;
    /// Largest `attributes`, in bytes of JSON.
    pub const MAX_ATTRIBUTES: usize = 64 * 1024;

    /// Checks what the types cannot say; the message names the field.
    ///
    /// # Errors
    /// A sentence for people when a field is empty, too long or out of range.
    pub fn check(&self) -> Result<(), String> {
        if self.name.trim().is_empty() {
            return Err("name is empty".into());
        }
        let length = self.name.chars().count();
        if length > Self::MAX_NAME {
            return Err(format!(
                "name has {length} characters, at most {} are allowed",
                Self::MAX_NAME
            ));
        }
        for (field, value) in [
            ("serial", &self.serial),
            ("asset_tag", &self.asset_tag),
            ("version", &self.version),
            ("owner", &self.owner),
        ] {
            if value.as_ref().is_some_and(|v| v.chars().count() > Self::MAX_NAME) {
                return Err(format!("{field} has more than {} characters", Self::MAX_NAME));
            }
        }
        for (field, value) in [
            ("position", self.placement.position),
            ("height", self.placement.height),
        ] {
            if value.is_some_and(|v| !(0.0..=200.0).contains(&v)) {
                return Err(format!("{field} must be between 0 and 200 rack units"));
            }
        }
        let size = serde_json::to_vec(&self.attributes).map_or(usize::MAX, |json| json.len());
        if size > Self::MAX_ATTRIBUTES {
            return Err(format!(
                "attributes are {size} bytes of JSON, at most {} are allowed",
                Self::MAX_ATTRIBUTES
            ));
        }
        Ok(())
    }
}

/// A change to a CI by hand; absent fields stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CiPatch {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New lifecycle stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// New serial number; an empty text clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// New asset tag; an empty text clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_tag: Option<String>,
    /// New version; an empty text clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// New owner; an empty text clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// New criticality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criticality: Option<Criticality>,
    /// The revision of the CI that was looked at; another one there now is refused with 409.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

impl CiPatch {
    /// The CI with the patch applied; `revision` is the caller's business.
    #[must_use]
    pub fn apply(self, mut ci: Ci) -> Ci {
        let cleared = |text: String| Some(text).filter(|t| !t.is_empty());
        if let Some(name) = self.name {
            ci.name = name;
        }
        if let Some(lifecycle) = self.lifecycle {
            ci.lifecycle = lifecycle;
        }
        if let Some(serial) = self.serial {
            ci.serial = cleared(serial);
        }
        if let Some(tag) = self.asset_tag {
            ci.asset_tag = cleared(tag);
        }
        if let Some(version) = self.version {
            ci.version = cleared(version);
        }
        if let Some(owner) = self.owner {
            ci.owner = cleared(owner);
        }
        if let Some(criticality) = self.criticality {
            ci.criticality = Some(criticality);
        }
        ci
    }
}
