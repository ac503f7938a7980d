use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{BadId, CiKey, shorten};

/// How two CIs hang together. One relation table in the database for each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// The source needs the target to work.
    DependsOn,
    /// The source (VM, database, application) executes on the target.
    RunsOn,
    /// The source draws power from the target.
    PoweredBy,
    /// The source is a part of the target.
    PartOf,
    /// The source stands in the target (rack, room, site).
    LocatedIn,
    /// A cable or link without a direction of need.
    ConnectedTo,
    /// The source was installed from the target medium.
    InstalledFrom,
}

/// Which way an outage travels along a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// From the target to the source: who needs, runs on, draws from or stands in it.
    TargetToSource,
    /// From the source (the part) to the target (the whole).
    SourceToTarget,
    /// It does not travel.
    None,
}

impl RelationKind {
    /// All kinds, in the order they are shown.
    pub const ALL: [Self; 7] = [
        Self::DependsOn,
        Self::RunsOn,
        Self::PoweredBy,
        Self::PartOf,
        Self::LocatedIn,
        Self::ConnectedTo,
        Self::InstalledFrom,
    ];

    /// The word in files, URLs and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DependsOn => "depends_on",
            Self::RunsOn => "runs_on",
            Self::PoweredBy => "powered_by",
            Self::PartOf => "part_of",
            Self::LocatedIn => "located_in",
            Self::ConnectedTo => "connected_to",
            Self::InstalledFrom => "installed_from",
        }
    }

    /// The words between source and target: "vm-7 *runs on* hv-2".
    #[must_use]
    pub fn forward(self) -> &'static str {
        match self {
            Self::DependsOn => "depends on",
            Self::RunsOn => "runs on",
            Self::PoweredBy => "is powered by",
            Self::PartOf => "is part of",
            Self::LocatedIn => "is located in",
            Self::ConnectedTo => "is connected to",
            Self::InstalledFrom => "is installed from",
        }
    }

    /// The words between target and source: "hv-2 *runs* vm-7".
    #[must_use]
    pub fn backward(self) -> &'static str {
        match self {
            Self::DependsOn => "is needed by",
            Self::RunsOn => "runs",
            Self::PoweredBy => "powers",
            Self::PartOf => "consists of",
            Self::LocatedIn => "holds",
            Self::ConnectedTo => "is connected to",
            Self::InstalledFrom => "was the source of",
        }
    }

    /// Which way an outage travels.
    #[must_use]
    pub fn spread(self) -> Spread {
        match self {
            Self::DependsOn | Self::RunsOn | Self::PoweredBy | Self::LocatedIn => Spread::TargetToSource,
            Self::PartOf => Spread::SourceToTarget,
            Self::ConnectedTo | Self::InstalledFrom => Spread::None,
        }
    }
}

impl fmt::Display for RelationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RelationKind {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::as_str).join(", ");
                BadId(format!(
                    "unknown relation kind `{}`; known are {known}",
                    shorten(text)
                ))
            })
    }
}

/// One directed relation. `from` is the source ("vm-7"), `to` the target ("hv-2").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Relation {
    /// How they hang together.
    pub kind: RelationKind,
    /// The source CI.
    pub from: CiKey,
    /// The target CI.
    pub to: CiKey,
}
