//! What a release is linked with: changes and the CIs in scope, then what accompanies it.

mod change;
mod person;
mod record;
mod scope;

use domain::grow::Grow;
use std::collections::BTreeMap;

use domain::registry::RegisterKind;
use domain::release::{LinkKey, Release};
use domain::wire::registry::LinkNow;
use domain::wire::release::ReleaseView;
use leptos::prelude::*;

use crate::client::http;
use crate::state::{Remote, remote, use_release};

/// What the registers say now about the records that the release links, by link. Empty without a network.
pub(super) type Now = BTreeMap<LinkKey, LinkNow>;

/// What the sections share. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub(super) struct Links {
    /// The records as they are now.
    pub now: Remote<Now>,
    /// Content may be changed: the release is a draft that this person edits.
    pub edits: Memo<bool>,
    /// What accompanies the release may be changed.
    pub accompanies: Memo<bool>,
}

impl Links {
    /// Whether links to this register may be made and ended now.
    fn may(self, register: RegisterKind) -> bool {
        if register.is_content() {
            self.edits.get()
        } else {
            self.accompanies.get()
        }
    }
}

/// The tab.
#[component]
pub fn LinksTab() -> impl IntoView {
    let open = use_release();
    // Asked for again when a link was made or ended and the server has it.
    let key = Memo::new(move |_| {
        let links = |release: &Release| -> Vec<(LinkKey, Option<domain::release::Rev>)> {
            let live = release.live_links();
            live.map(|(key, link)| (key.clone(), link.mark.ver.rev()))
                .collect()
        };
        (open.number(), open.with(links).unwrap_or_default())
    });
    let now = remote(
        true,
        move || key.get(),
        |(number, _)| async move {
            let Some(number) = number else {
                return Ok(Now::new());
            };
            let view = http::get::<ReleaseView>(&format!("/api/v1/releases/{number}")).await?;
            Ok(view
                .links
                .into_iter()
                .map(|link| (link.link.clone(), link))
                .grow())
        },
    );
    let links = Links {
        now,
        edits: Memo::new(move |_| open.locked.with(Option::is_none)),
        accompanies: Memo::new(move |_| open.may().accompany),
    };
    provide_context(links);
    view! {
        <div class="ui-stack page-links">
            <change::Changes />
            <scope::Scope />
            <record::Records register=RegisterKind::Problems />
            <record::Records register=RegisterKind::Knowledge />
            <record::Records register=RegisterKind::Media />
            <person::People />
            <record::Records register=RegisterKind::Purchases />
        </div>
    }
}

/// Links that the release page counts on the tab: those that are not ended.
#[must_use]
pub fn count(release: &Release) -> usize {
    release.live_links().count() + release.scope.len()
}
