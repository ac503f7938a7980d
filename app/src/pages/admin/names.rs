//! What other records are called, for fields that name them: options to choose from, and words for what was chosen.

use domain::access::Deed;
use domain::wire::Page;
use domain::wire::records::ChecklistTemplate;
use domain::wire::session::Directory;
use leptos::prelude::*;

use super::register::{Fields, text};
use crate::client::http;
use crate::state::{Remote, remote, use_directory, use_session};

/// Most records of a register that are offered in a choice.
const MOST: &str = "500";

/// Where records that a field names are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Those who may sign in.
    People,
    /// Groups.
    Groups,
    /// Parts of the organisation.
    Units,
    /// Contracts.
    Contracts,
    /// Calendars of working time.
    Calendars,
    /// Templates of checklists.
    Templates,
    /// Templates of mails.
    MailTemplates,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Identity.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Named where it was, and not offered.
    pub retired: bool,
}

impl Known {
    /// Its name, and that it is retired.
    #[must_use]
    pub fn words(&self) -> String {
        if self.retired {
            format!("{} (retired)", self.name)
        } else {
            self.name.clone()
        }
    }
}

/// Names of records. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub struct Names {
    directory: Remote<Directory>,
    /// For administrators, who see those who may not sign in any more.
    people: Option<Remote<Vec<Known>>>,
    units: Option<Remote<Vec<Known>>>,
    calendars: Option<Remote<Vec<Known>>>,
    templates: Option<Remote<Vec<Known>>>,
    mail_templates: Option<Remote<Vec<Known>>>,
}

impl Names {
    /// Names from the directory, and what else `sources` need.
    pub fn load(sources: impl Iterator<Item = Source>) -> Self {
        let sources: Vec<Source> = sources.collect();
        let administers = untrack(|| use_session().may(Deed::Administer));
        Self {
            directory: use_directory(),
            people: (administers && sources.contains(&Source::People)).then(|| register("users")),
            units: sources.contains(&Source::Units).then(|| register("units")),
            calendars: sources
                .contains(&Source::Calendars)
                .then(|| register("calendars")),
            templates: sources.contains(&Source::Templates).then(templates),
            mail_templates: sources
                .contains(&Source::MailTemplates)
                .then(|| register("mail-templates")),
        }
    }

    /// People and groups may have been changed: asks again.
    pub fn reload(self) {
        self.directory.reload();
        for listed in [self.people, self.units, self.calendars].into_iter().flatten() {
            listed.reload();
        }
    }

    /// Everything that is known of a source, also what is retired; tracks.
    #[must_use]
    pub fn all(self, source: Source) -> Vec<Known> {
        let known = |id: String, name: &str, retired: bool| Known {
            id,
            name: name.to_owned(),
            retired,
        };
        let listed = match source {
            Source::People => self.people,
            Source::Units => self.units,
            Source::Calendars => self.calendars,
            Source::Templates => self.templates,
            Source::MailTemplates => self.mail_templates,
            Source::Groups | Source::Contracts => None,
        };
        if let Some(listed) = listed.and_then(Remote::get) {
            return listed;
        }
        self.directory.value.with(|directory| {
            let Some(directory) = directory else {
                return Vec::new();
            };
            match source {
                Source::People => {
                    let people = directory.people.iter();
                    people
                        .map(|it| known(it.id.to_string(), &it.name, false))
                        .collect()
                }
                Source::Groups => {
                    let groups = directory.groups.iter();
                    groups
                        .map(|it| known(it.id.to_string(), &it.name, it.retired))
                        .collect()
                }
                Source::Contracts => {
                    let contracts = directory.contracts.iter();
                    contracts
                        .map(|it| known(it.id.to_string(), &it.name, it.retired))
                        .collect()
                }
                Source::Units | Source::Calendars | Source::Templates | Source::MailTemplates => Vec::new(),
            }
        })
    }

    /// What people call one; tracks.
    #[must_use]
    pub fn name(self, source: Source, id: &str) -> String {
        let all = self.all(source);
        let found = all.iter().find(|known| known.id == id).map(Known::words);
        found.unwrap_or_else(|| match source {
            Source::People => "somebody".to_owned(),
            Source::Groups => "a group".to_owned(),
            Source::Units => "a unit".to_owned(),
            Source::Contracts => "a contract".to_owned(),
            Source::Calendars => "a calendar".to_owned(),
            Source::Templates => crate::words::plain(id),
            Source::MailTemplates => "a mail template".to_owned(),
        })
    }

    /// What people call a release type; tracks.
    #[must_use]
    pub fn release_type(self, key: &str) -> String {
        self.directory.value.with(|directory| {
            let all = directory.iter().flat_map(|directory| &directory.release_types);
            all.into_iter()
                .find(|it| it.key.as_str() == key)
                .map_or_else(|| crate::words::plain(key), |it| it.name.clone())
        })
    }
}

fn register(name: &'static str) -> Remote<Vec<Known>> {
    remote(
        true,
        || (),
        move |()| async move {
            let query = crate::paths::Query::default()
                .with("limit", MOST)
                .with("retired", "true");
            let page: Page<Fields> = http::get(&query.on(&format!("/api/v1/admin/{name}"))).await?;
            let known = |fields: &Fields| Known {
                id: text(fields, "id"),
                name: text(fields, "name"),
                retired: fields
                    .get("retired")
                    .and_then(serde_json::Value::as_bool)
                    .unwrap_or_default(),
            };
            Ok(page.items.iter().map(known).collect())
        },
    )
}

/// Templates of checklists are known by their keys.
fn templates() -> Remote<Vec<Known>> {
    remote(
        true,
        || (),
        |()| async {
            let all: Vec<ChecklistTemplate> = http::get("/api/v1/checklist-templates").await?;
            let known = |template: ChecklistTemplate| Known {
                id: template.key.to_string(),
                name: template.form.title,
                retired: template.deleted,
            };
            Ok(all.into_iter().map(known).collect())
        },
    )
}
