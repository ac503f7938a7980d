//! The relations of a CI, grouped by kind and direction, in words that read as a sentence.

use domain::CiKey;
use domain::wire::cmdb::{CiSummary, RelationGroup};
use leptos::prelude::*;

use super::ci;
use crate::paths::{self, Query};
use crate::state::catalogue::use_names;
use crate::ui::{StateKind, state_view};
use crate::words;

/// One panel for each kind and direction there is.
#[must_use]
pub fn view(key: &CiKey, groups: Vec<RelationGroup>) -> AnyView {
    if groups.iter().all(|group| group.total == 0) {
        return state_view(
            StateKind::Empty,
            "No relations",
            "Nothing is known about what this CI needs or what needs it, so its impact is unknown too. Relations come with an import.",
            None,
        );
    }
    let picture = Query::default().with("tab", "picture").on(&paths::ci(key));
    let panel = move |group: RelationGroup| panel(group, &picture);
    view! { <div class="part-relations">{groups.into_iter().map(panel).collect_view()}</div> }.into_any()
}

fn panel(group: RelationGroup, picture: &str) -> impl IntoView + use<> {
    let names = use_names();
    let verb = if group.outgoing {
        group.kind.forward()
    } else {
        group.kind.backward()
    };
    let shown = u64::try_from(group.items.len()).unwrap_or(u64::MAX);
    let rest = (group.total > shown).then(|| {
        let picture = picture.to_owned();
        view! {
            <p class="soft meta">
                {words::of(shown, group.total)} " shown; "
                <a href=picture>"the picture and its table show more"</a>
            </p>
        }
    });
    let item = move |item: CiSummary| {
        let class = item.class.clone();
        view! {
            <li>
                {ci::ci_link(&item.key, &item.name, &item.class)}
                <span class="soft meta">{move || names.class(&class)}</span>
            </li>
        }
    };
    view! {
        <section class="ui-panel">
            <header>
                <h2>{verb}</h2>
                <span class="soft">{words::count(group.total)}</span>
            </header>
            <ul class="part-list">{group.items.into_iter().map(item).collect_view()}</ul>
            {rest}
        </section>
    }
}
