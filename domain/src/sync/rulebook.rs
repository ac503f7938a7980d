//! What a device always holds of the registers: release types with their words, and the calendars that times are
//! reckoned by. It comes with the pull that brings releases, so that a hold or a resumption is predicted as the server
//! will decide it, also before there is an offline package and for people who may not see the CMDB.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ReleaseTypeKey;
use crate::calendar::Timetable;
use crate::release::ReleaseType;
use crate::wire::session::Directory;

/// Longest rulebook that is sent, in bytes of JSON: some hundred types and calendars. Where there are more, devices say
/// that they do not know.
pub const MAX_RULEBOOK: usize = 256 * 1024;

/// Release types and calendars, as they are at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rulebook {
    /// Names this content. Made by the server; a device hands it back as it got it.
    pub tag: String,
    /// Release types, by name.
    pub release_types: Vec<ReleaseType>,
    /// Calendars, by name.
    pub calendars: Vec<Timetable>,
}

/// Release types and calendars, wherever they are kept.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Release types.
    pub release_types: &'a [ReleaseType],
    /// Calendars.
    pub calendars: &'a [Timetable],
}

impl Rulebook {
    /// These rules under the name of their content; `None` where they are longer than [`MAX_RULEBOOK`].
    #[must_use]
    pub fn new(release_types: Vec<ReleaseType>, calendars: Vec<Timetable>) -> Option<Self> {
        let text = serde_json::to_vec(&(&release_types, &calendars)).ok()?;
        if text.len() > MAX_RULEBOOK {
            return None;
        }
        let sum = Sha256::digest(&text);
        Some(Self {
            tag: sum.iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
            release_types,
            calendars,
        })
    }

    /// What is in it.
    #[must_use]
    pub fn rules(&self) -> Rules<'_> {
        Rules {
            release_types: &self.release_types,
            calendars: &self.calendars,
        }
    }
}

impl Directory {
    /// The rules that are in it.
    #[must_use]
    pub fn rules(&self) -> Rules<'_> {
        Rules {
            release_types: &self.release_types,
            calendars: &self.calendars,
        }
    }
}

impl<'a> Rules<'a> {
    /// The release type with a key.
    #[must_use]
    pub fn kind(self, key: &ReleaseTypeKey) -> Option<&'a ReleaseType> {
        self.release_types.iter().find(|kind| kind.key == *key)
    }

    /// The calendar that a release type reckons by; round the clock without one.
    #[must_use]
    pub fn calendar_of(self, kind: &ReleaseTypeKey) -> Option<&'a Timetable> {
        let calendar = self.kind(kind)?.calendar.as_deref()?;
        self.calendars.iter().find(|it| it.id.to_string() == calendar)
    }
}
