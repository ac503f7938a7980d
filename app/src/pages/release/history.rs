//! What happened to the release: the journal, with what people write into it, and the versions to come back to.

use leptos::prelude::*;

use crate::parts::journal::Journal;
use crate::parts::note_form::NoteForm;
use crate::parts::versions::Versions;
use crate::state::{use_query, use_release};
use crate::ui::{TabLink, TabLinks};

/// The tab.
#[component]
pub fn HistoryTab() -> impl IntoView {
    let (open, query) = (use_release(), use_query());
    let shown = Memo::new(move |_| query.get("show"));
    let tabs = Signal::derive(move || {
        let base = format!("/releases/{}", open.name());
        let now = shown.get();
        [("", "Journal"), ("versions", "Versions and baselines")]
            .into_iter()
            .map(|(word, label)| TabLink {
                href: query.now.get().with("show", word).on(&base),
                label: label.to_owned(),
                count: None,
                current: word == now,
            })
            .collect()
    });
    view! {
        <div class="page-history">
            <TabLinks label="Kinds of history" tabs=tabs />
            {move || match shown.get().as_str() {
                "versions" => view! { <Versions /> }.into_any(),
                _ => view! { <div class="ui-stack"><NoteForm /> <Journal /></div> }.into_any(),
            }}
        </div>
    }
}
