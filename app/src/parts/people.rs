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

    /// A closure code of a release type in words; tracks.
    #[must_use]
    pub fn closure_code(self, kind: Option<&ReleaseTypeKey>, code: &str) -> String {
        let text = self.find(|d| {
            let kind = d.release_types.iter().find(|it| Some(&it.key) == kind)?;
            let choice = kind.closure_codes.iter().find(|choice| choice.key == code)?;
            Some(choice.text.clone())
        });
        text.unwrap_or_else(|| crate::words::plain(code))
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
        self.find(|d| {
            // By name: equal ones are neighbours, and are told apart by what they sign in with.
            let people = &d.people;
            let option = |(at, person): (usize, &Person)| {
                let same = |other: Option<&Person>| other.is_some_and(|other| other.name == person.name);
                let twin = same(people.get(at + 1)) || same(at.checked_sub(1).and_then(|at| people.get(at)));
                let name = if twin {
                    format!("{} ({})", person.name, person.login)
                } else {
                    person.name.clone()
                };
                (person.id.to_string(), name)
            };
            Some(people.iter().enumerate().map(option).collect())
        })
        .unwrap_or_default()
    }

    /// Groups as options of a choice; tracks.
    #[must_use]
    pub fn groups(self) -> Vec<(String, String)> {
        self.options(false, groups)
    }

    /// Contracts as options of a choice; tracks.
    #[must_use]
    pub fn contracts(self) -> Vec<(String, String)> {
        self.options(false, contracts)
    }

    /// Release types as options of a choice; tracks.
    #[must_use]
    pub fn types(self) -> Vec<(String, String)> {
        self.options(false, types)
    }

    /// [`People::people`] to look for: also those who have left, whose releases are still there; tracks.
    #[must_use]
    pub fn people_ever(self) -> Vec<(String, String)> {
        let mut all = self.people();
        all.extend(self.options(true, former));
        all
    }

    /// [`People::groups`] to look for, also retired ones; tracks.
    #[must_use]
    pub fn groups_ever(self) -> Vec<(String, String)> {
        self.options(true, groups)
    }

    /// [`People::contracts`] to look for, also retired ones; tracks.
    #[must_use]
    pub fn contracts_ever(self) -> Vec<(String, String)> {
        self.options(true, contracts)
    }

    /// [`People::types`] to look for, also retired ones; tracks.
    #[must_use]
    pub fn types_ever(self) -> Vec<(String, String)> {
        self.options(true, types)
    }

    /// Options: what is in use and then, with `ever`, what is retired; tracks.
    fn options(self, ever: bool, all: fn(&Directory) -> Vec<Known<'_>>) -> Vec<(String, String)> {
        self.find(|d| {
            let (retired, used): (Vec<_>, Vec<_>) = all(d).into_iter().partition(|(.., retired)| *retired);
            let retired = retired.into_iter().filter(|_| ever);
            let option = |(id, name, retired): Known<'_>| (id, named(name, retired));
            Some(used.into_iter().chain(retired).map(option).collect())
        })
        .unwrap_or_default()
    }
}

/// Something of the directory: identity, name, and whether it is no longer in use.
type Known<'a> = (String, &'a str, bool);

fn former(directory: &Directory) -> Vec<Known<'_>> {
    let all = directory.former.iter();
    all.map(|it| (it.id.to_string(), &*it.name, true)).collect()
}

fn groups(directory: &Directory) -> Vec<Known<'_>> {
    let all = directory.groups.iter();
    all.map(|it| (it.id.to_string(), &*it.name, it.retired)).collect()
}

fn contracts(directory: &Directory) -> Vec<Known<'_>> {
    let all = directory.contracts.iter();
    all.map(|it| (it.id.to_string(), &*it.name, it.retired)).collect()
}

fn types(directory: &Directory) -> Vec<Known<'_>> {
    let all = directory.release_types.iter();
    all.map(|it| (it.key.to_string(), &*it.name, it.retired))
        .collect()
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
