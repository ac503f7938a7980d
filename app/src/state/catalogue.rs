//! Small reference data many pages need: people, groups, types; CI classes and sites. Loaded once, on first use.

use domain::grow::Grow;
use std::collections::BTreeMap;

use domain::wire::cmdb::CmdbOverview;
use domain::wire::session::Directory;
use domain::{CiKey, ClassKey};
use leptos::prelude::*;

use super::{Remote, remote};
use crate::client::http;
use crate::client::sync::use_sync;
use crate::words;

#[derive(Clone, Copy)]
struct Catalogue {
    owner: StoredValue<Owner>,
    directory: StoredValue<Option<Remote<Directory>>>,
    overview: StoredValue<Option<Remote<CmdbOverview>>>,
    /// The directory of the offline package was offered.
    stands_in: StoredValue<bool>,
}

pub(super) fn provide() {
    provide_context(Catalogue {
        owner: StoredValue::new(Owner::current().unwrap_or_default()),
        directory: StoredValue::new(None),
        overview: StoredValue::new(None),
        stands_in: StoredValue::new(false),
    });
}

/// People, groups and release types.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_directory() -> Remote<Directory> {
    let catalogue = expect_context::<Catalogue>();
    let directory = once(catalogue.owner, catalogue.directory, "/api/v1/directory");
    if !catalogue.stands_in.get_value() {
        catalogue.stands_in.set_value(true);
        let sync = use_sync();
        // What came with the offline package stands in until the server answers.
        catalogue.owner.with_value(|owner| {
            owner.with(|| {
                Effect::new(move |_| {
                    let packed =
                        sync.read(|machine| machine.package().map(|packed| packed.package.directory.clone()));
                    if let Some(packed) = packed.flatten()
                        && directory.value.with(Option::is_none)
                    {
                        directory.value.set(Some(packed));
                    }
                });
            });
        });
    }
    directory
}

/// Counts, classes and sites of the CMDB.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_overview() -> Remote<CmdbOverview> {
    let catalogue = expect_context::<Catalogue>();
    once(catalogue.owner, catalogue.overview, "/api/v1/cmdb")
}

fn once<T: serde::de::DeserializeOwned + Clone + Send + Sync + 'static>(
    owner: StoredValue<Owner>,
    slot: StoredValue<Option<Remote<T>>>,
    path: &'static str,
) -> Remote<T> {
    if let Some(known) = slot.get_value() {
        return known;
    }
    // Owned by the app, not by the page that happens to ask first.
    let made = owner.with_value(|owner| owner.with(|| remote(true, || (), move |()| http::get::<T>(path))));
    slot.set_value(Some(made));
    made
}

/// Names of classes and sites; a key stands for itself until the names are there.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    classes: Memo<BTreeMap<ClassKey, String>>,
    sites: Memo<BTreeMap<CiKey, String>>,
}

/// Names of classes and sites.
#[must_use]
pub fn use_names() -> Names {
    let overview = use_overview();
    let classes = Memo::new(move |_| {
        overview.value.with(|value| {
            let classes = value.iter().flat_map(|v| &v.classes);
            classes
                .map(|class| (class.key.clone(), class.name.clone()))
                .grow()
        })
    });
    let sites = Memo::new(move |_| {
        overview.value.with(|value| {
            let sites = value.iter().flat_map(|v| &v.sites);
            sites.map(|site| (site.key.clone(), site.name.clone())).grow()
        })
    });
    Names { classes, sites }
}

impl Names {
    /// What people call a class; tracks.
    #[must_use]
    pub fn class(self, key: &ClassKey) -> String {
        self.classes
            .with(|names| names.get(key).cloned())
            .unwrap_or_else(|| words::plain(key.as_str()))
    }

    /// What people call a site; tracks.
    #[must_use]
    pub fn site(self, key: &CiKey) -> String {
        self.sites
            .with(|names| names.get(key).cloned())
            .unwrap_or_else(|| key.to_string())
    }
}
