use serde::{Deserialize, Serialize};

use crate::ClassKey;

/// A kind of CI. Classes are rows in the database, never tables: users add their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CiClass {
    /// Stable key, as in import files.
    pub key: ClassKey,
    /// What people read.
    pub name: String,
}

/// The classes every installation starts with, as (key, name).
pub const BUILT_IN_CLASSES: [(&str, &str); 13] = [
    ("site", "Site"),
    ("location", "Location"),
    ("rack", "Rack"),
    ("device", "Device"),
    ("power_feed", "Power feed"),
    ("pdu", "Power distribution unit"),
    ("circuit", "Circuit"),
    ("cluster", "Cluster"),
    ("vm", "Virtual machine"),
    ("database", "Database"),
    ("application", "Application"),
    ("service", "Service"),
    ("software", "Software"),
];
