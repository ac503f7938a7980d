//! Release types as data (S3, S17): which stages a release goes through, who decides, and what must be there.

use serde::{Deserialize, Serialize};

use crate::mail::MailChoice;
use crate::{GroupId, ReleaseTypeKey};

/// A kind of release: the model that its workflow follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseType {
    /// Stable key.
    pub key: ReleaseTypeKey,
    /// What people read.
    pub name: String,
    /// When to choose it.
    #[serde(default)]
    pub description: String,
    /// Group that gets the work unless the draft says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_group: Option<GroupId>,
    /// Somebody else than the author must authorise.
    #[serde(default)]
    pub four_eyes: bool,
    /// Groups that must authorise beside the requester.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Approvers>,
    /// Goes through test after execution; otherwise straight to acceptance.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub test_stage: bool,
    /// Whoever carried it out may not say that the test was passed.
    #[serde(default, skip_serializing_if = "is_no")]
    pub tester_differs: bool,
    /// Group that tests; whoever holds the right without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_group: Option<GroupId>,
    /// Group that accepts; whoever holds the right without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance_group: Option<GroupId>,
    /// Checklists that must be confirmed before it is accepted, by the key of their template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklists: Vec<String>,
    /// How it may have ended. Absent: the built-in list.
    #[serde(default = "closure_codes", skip_serializing_if = "are_usual_codes")]
    pub closure_codes: Vec<Choice>,
    /// Why it may be put on hold (S4). Absent: the built-in list.
    #[serde(default = "hold_reasons", skip_serializing_if = "are_usual_reasons")]
    pub hold_reasons: Vec<Choice>,
    /// Key of the calendar that its times are reckoned by; round the clock without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// Which template its mails are written by, by moment; the words that came with the product where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<MailChoice>,
    /// No longer to be chosen; releases that have it go on.
    #[serde(default, skip_serializing_if = "is_no")]
    pub retired: bool,
}

/// A group that must authorise, and how many of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approvers {
    /// The group.
    pub group: GroupId,
    /// How many of its members must authorise, from 1.
    pub quorum: u8,
}

/// One of a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// Stable key.
    pub key: String,
    /// What people read.
    pub text: String,
    /// May still be chosen.
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_yes(flag: &bool) -> bool {
    *flag
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_no(flag: &bool) -> bool {
    !*flag
}

fn are_usual_codes(codes: &[Choice]) -> bool {
    codes == closure_codes()
}

fn are_usual_reasons(reasons: &[Choice]) -> bool {
    reasons == hold_reasons()
}

fn choices(list: &[(&str, &str)]) -> Vec<Choice> {
    list.iter()
        .map(|(key, text)| Choice {
            key: (*key).to_owned(),
            text: (*text).to_owned(),
            active: true,
        })
        .collect()
}

fn closure_codes() -> Vec<Choice> {
    choices(&[
        ("as_planned", "Done as planned"),
        ("with_deviations", "Done with deviations"),
        ("in_part", "Done in part"),
        ("backed_out", "Backed out"),
    ])
}

fn hold_reasons() -> Vec<Choice> {
    choices(&[
        ("parts", "Waiting for parts"),
        ("window", "Waiting for a change window"),
        ("requester", "Waiting for the requester"),
        ("other_release", "Waiting for another release or change"),
        ("incident", "An incident comes first"),
    ])
}

impl ReleaseType {
    /// A type that asks for nothing in particular: the requester authorises, every stage is gone through.
    #[must_use]
    pub fn new(key: ReleaseTypeKey, name: impl Into<String>) -> Self {
        Self {
            key,
            name: name.into(),
            description: String::new(),
            default_group: None,
            four_eyes: false,
            approvers: Vec::new(),
            test_stage: true,
            tester_differs: false,
            test_group: None,
            acceptance_group: None,
            checklists: Vec::new(),
            closure_codes: closure_codes(),
            hold_reasons: hold_reasons(),
            calendar: None,
            mails: Vec::new(),
            retired: false,
        }
    }

    /// The hold reason with this key, if it may be chosen.
    #[must_use]
    pub fn hold_reason(&self, key: &str) -> Option<&Choice> {
        active(&self.hold_reasons, key)
    }
}

fn active<'a>(list: &'a [Choice], key: &str) -> Option<&'a Choice> {
    list.iter().find(|choice| choice.active && choice.key == key)
}
