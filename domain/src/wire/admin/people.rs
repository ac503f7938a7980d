use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Register, address, line, optional_line, prose, wrong};
use crate::access::{Right, Role, Types};
use crate::mail::Moment;
use crate::wire::problem::FieldError;
use crate::{ContractId, GroupId, UnitId, UserId};

/// Most e-mail addresses of a group beside those of its members.
const MAX_ADDRESSES: usize = 50;

/// Somebody who may sign in. Their password is set apart and never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Sign-in name: 1 to 64 of a-z, 0-9, `.`, `_`, `-`, `@`; capitals are made small. Unique.
    pub login: String,
    /// Full name.
    pub name: String,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The unit they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Place of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Roles over the installation.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
    /// Groups they belong to.
    #[serde(default)]
    pub groups: BTreeSet<GroupId>,
    /// May not sign in for now; their sessions have ended.
    #[serde(default)]
    pub disabled: bool,
}

impl Register for User {
    const NAME: &'static str = "users";
    const ONE: &'static str = "person";

    fn name(&self) -> &str {
        &self.name
    }

    fn unique(&self) -> Option<(&'static str, &str)> {
        Some(("login", &self.login))
    }

    fn text(&self) -> String {
        let contact = [&self.email, &self.phone, &self.location];
        let mut text = self.login.clone();
        for part in contact.into_iter().flatten() {
            text.push('\n');
            text.push_str(part);
        }
        text
    }

    fn check(&mut self) -> Result<(), FieldError> {
        self.login = self.login.trim().to_lowercase();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
        if !(1..=64).contains(&self.login.len()) || !self.login.chars().all(fits) {
            let short = crate::shorten(&self.login);
            return Err(wrong(
                "login",
                format!("`{short}` is not 1 to 64 of the characters a-z, 0-9, `.`, `_`, `-`, `@`"),
            ));
        }
        line("name", &mut self.name, 200)?;
        optional_line("phone", &mut self.phone, 60)?;
        optional_line("email", &mut self.email, 200)?;
        if let Some(email) = &self.email {
            address("email", email)?;
        }
        optional_line("location", &mut self.location, 200)
    }
}

/// A group that work is assigned to (S30).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupRecord {
    /// Name, unique.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Who leads it, and may say who belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<UserId>,
    /// Who belongs to it.
    #[serde(default)]
    pub members: BTreeSet<UserId>,
    /// E-mail addresses that are told beside the members.
    #[serde(default)]
    pub emails: Vec<String>,
    /// Members who get the mails of the group; whoever is no member is left out.
    #[serde(default)]
    pub mailed: BTreeSet<UserId>,
    /// When the group gets a mail: `received`, `redirected`, `shared`.
    #[serde(default)]
    pub told: BTreeSet<Moment>,
    /// When the requester of its releases gets a mail whatever the release says (S74): `created`, `action`, `completed`.
    #[serde(default)]
    pub obligatory: BTreeSet<Moment>,
    /// Contracts under which it may work.
    #[serde(default)]
    pub contracts: BTreeSet<ContractId>,
    /// What its members may do with releases, and of which types.
    #[serde(default)]
    pub rights: BTreeMap<Right, Types>,
}

impl Register for GroupRecord {
    const NAME: &'static str = "groups";
    const ONE: &'static str = "group";

    fn name(&self) -> &str {
        &self.name
    }

    fn text(&self) -> String {
        format!("{}\n{}", self.description, self.emails.join("\n"))
    }

    fn check(&mut self) -> Result<(), FieldError> {
        line("name", &mut self.name, 100)?;
        prose("description", &mut self.description, 2_000)?;
        if self.emails.len() > MAX_ADDRESSES {
            return Err(wrong("emails", format!("at most {MAX_ADDRESSES} are allowed")));
        }
        for (n, email) in self.emails.iter_mut().enumerate() {
            let at = format!("emails[{n}]");
            line(&at, email, 200)?;
            address(&at, email)?;
        }
        let (members, mailed) = (&self.members, &mut self.mailed);
        mailed.retain(|user| members.contains(user));
        if let Some(other) = self.told.iter().find(|moment| !moment.is_for_group()) {
            return Err(wrong(
                "told",
                format!("`{}` is told to requesters only", other.as_str()),
            ));
        }
        if let Some(other) = self.obligatory.iter().find(|moment| moment.is_for_group()) {
            return Err(wrong(
                "obligatory",
                format!("`{}` is told to groups only", other.as_str()),
            ));
        }
        self.rights.retain(|_, types| match types {
            Types::All => true,
            Types::Only(types) => !types.is_empty(),
        });
        Ok(())
    }
}

/// Somebody who stands in for somebody else for a time (U21). What they do on their behalf is recorded as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Substitute {
    /// Who is away.
    pub person: UserId,
    /// Who stands in.
    pub substitute: UserId,
    /// From when on.
    pub from: DateTime<Utc>,
    /// Until when, without that moment.
    pub until: DateTime<Utc>,
    /// Why, or what to look after.
    #[serde(default)]
    pub note: String,
}

impl Register for Substitute {
    const NAME: &'static str = "substitutes";
    const ONE: &'static str = "substitution";

    fn name(&self) -> &str {
        &self.note
    }

    fn unique(&self) -> Option<(&'static str, &str)> {
        None
    }

    fn text(&self) -> String {
        format!("{}\n{}", self.person, self.substitute)
    }

    fn check(&mut self) -> Result<(), FieldError> {
        if self.person == self.substitute {
            return Err(wrong("substitute", "must be somebody else"));
        }
        if self.until <= self.from {
            return Err(wrong("until", "must be after the beginning"));
        }
        prose("note", &mut self.note, 500)
    }
}
