//! Names of people, groups and release types, and choices of them for forms.

use domain::grow::Arrange;
use domain::list::Names;
use domain::release::Party;
use domain::wire::session::{Directory, Person};
use domain::{ContractId, GroupId, ReleaseTypeKey, UserId};
use leptos::prelude::*;

use crate::state::{Remote, use_directory};

/// The directory, as widgets need it. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub struct People(Remote<Directory>);

/// The directory.
#[must_use]
pub fn use_people() -> People {
    People(use_directory())
}

impl People {
    fn find<T>(self, find: impl FnOnce(&Directory) -> Option<T>) -> Option<T> {
        self.0.value.with(|directory| directory.as_ref().and_then(find))
    }

    /// A person; tracks.
    #[must_use]
    pub fn person(self, id: UserId) -> Option<Person> {
        self.find(|d| d.people.iter().find(|p| p.id == id).cloned())
    }

    /// What people call a person; tracks.
    #[must_use]
    pub fn name(self, id: UserId) -> String {
        self.find(|d| d.name(Party::User(id)).map(str::to_owned))
            .unwrap_or_else(|| "somebody".into())
    }

    /// The name of a group, if there is one; tracks.
    #[must_use]
    pub fn group_name(self, id: GroupId) -> Option<String> {
        self.find(|d| {
            d.groups
                .iter()
                .find(|g| g.id == id)
                .map(|g| named(&g.name, g.retired))
        })
    }

    /// What people call a group; tracks.
    #[must_use]
    pub fn group(self, id: GroupId) -> String {
        self.group_name(id).unwrap_or_else(|| "a group".into())
    }

    /// What people call a contract; tracks.
    #[must_use]
    pub fn contract(self, id: ContractId) -> String {
        self.find(|d| {
            d.contracts
                .iter()
                .find(|c| c.id == id)
                .map(|c| named(&c.name, c.retired))
        })
        .unwrap_or_else(|| "a contract".into())
    }

    /// What people call a person or a group; tracks.
    #[must_use]
    pub fn party(self, party: Party) -> String {
        match party {
            Party::User(id) => self.name(id),
            Party::Group(id) => self.group(id),
        }
    }

    /// What people call a release type; tracks.
    #[must_use]
    pub fn release_type(self, key: &ReleaseTypeKey) -> String {
        self.find(|d| {
            d.release_types
                .iter()
                .find(|t| t.key == *key)
                .map(|t| named(&t.name, t.retired))
        })
        .unwrap_or_else(|| crate::words::plain(key.as_str()))
    }

    /// The group that gets the work of a release type; tracks.
    #[must_use]
    pub fn default_group(self, key: &str) -> Option<GroupId> {
        self.find(|d| {
            d.release_types
                .iter()
                .find(|t| t.key.as_str() == key)?
                .default_group
        })
    }

    /// When to choose a release type; tracks.
    #[must_use]
    pub fn description(self, key: &str) -> Option<String> {
        self.find(|d| {
            let chosen = d.release_types.iter().find(|t| t.key.as_str() == key)?;
            let eyes = if chosen.four_eyes {
                " Somebody else than the author must authorise it."
            } else {
                ""
            };
            Some(format!("{}{eyes}", chosen.description))
        })
    }

    /// Names, to order a list by; tracks.
    #[must_use]
    pub fn names(self) -> Names {
        self.find(|directory| Some(Names::of(directory.clone())))
            .unwrap_or_default()
    }

    /// People as options of a choice; tracks.
    #[must_use]
    pub fn people(self) -> Vec<(String, String)> {
        let option = |p: &Person| (p.id.to_string(), p.name.clone());
        self.find(|d| Some(d.people.iter().map(option).collect()))
            .unwrap_or_default()
    }

    /// Groups as options of a choice; tracks.
    #[must_use]
    pub fn groups(self) -> Vec<(String, String)> {
        self.find(|d| {
            Some(
                d.groups
                    .iter()
                    .filter(|g| !g.retired)
                    .map(|g| (g.id.to_string(), g.name.clone()))
                    .collect(),
            )
        })
        .unwrap_or_default()
    }

    /// Contracts as options of a choice; tracks.
    #[must_use]
    pub fn contracts(self) -> Vec<(String, String)> {
        self.find(|d| {
            let chosen = d.contracts.iter().filter(|c| !c.retired);
            Some(chosen.map(|c| (c.id.to_string(), c.name.clone())).collect())
        })
        .unwrap_or_default()
    }

    /// Release types as options of a choice; tracks.
    #[must_use]
    pub fn types(self) -> Vec<(String, String)> {
        self.find(|d| {
            Some(
                d.release_types
                    .iter()
                    .filter(|t| !t.retired)
                    .map(|t| (t.key.to_string(), t.name.clone()))
                    .collect(),
            )
        })
        .unwrap_or_default()
    }
}

/// A name, with a word where it is of something that is no longer in use.
fn named(name: &str, retired: bool) -> String {
    if retired {
        format!("{name} (retired)")
    } else {
        name.to_owned()
    }
}

impl People {
    /// Reasons to put a release on hold, of all types; tracks.
    #[must_use]
    pub fn hold_reasons(self) -> Vec<(String, String)> {
        let of = |d: &Directory| {
            let reasons = d.release_types.iter().flat_map(|kind| &kind.hold_reasons);
            let active = reasons.filter(|reason| reason.active);
            let mut all: Vec<(String, String)> = active
                .map(|reason| (reason.key.clone(), reason.text.clone()))
                .collect();
            all.arrange_by(Ord::cmp);
            all.dedup_by(|a, b| a.0 == b.0);
            Some(all)
        };
        self.find(of).unwrap_or_default()
    }
}

/// Options with "none chosen" before them.
#[must_use]
pub fn or_none(options: Vec<(String, String)>, none: &str) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), none.to_owned())];
    all.extend(options);
    all
}
