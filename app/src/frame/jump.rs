//! The field that finds everything. How it finds is in the chunk of the start page.

mod find;

use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;
use leptos_router::hooks::use_navigate;

use crate::client::http::ApiError;
use crate::lazy::reason;
use crate::state::catalogue::{Names, use_names};
use crate::state::use_offers;
use crate::ui::{Answer, Choice, Combobox, Found, Icon, Search, icon};

/// Id of the search field; Ctrl K finds it.
pub const FIELD: &str = "jump";

/// Search or jump: a CI by name, key or serial; a release by its texts; a page, a view, a part of the open release.
#[component]
pub fn Jump() -> impl IntoView {
    let navigate = use_navigate();
    let names = use_names();
    let offers = use_offers();
    let go = move |choice: Choice| {
        if !offers.run(&choice) {
            navigate(&choice.key, leptos_router::NavigateOptions::default());
        }
    };
    view! {
        <search class="frame-search" aria-label="Everything">
            {icon(Icon::Search)}
            <Combobox
                id=FIELD
                label="Search or jump"
                placeholder="Search or jump (Ctrl K)"
                search=Search::new(move |text| async move {
                    let offered = offers.found(&text);
                    let mut found = match find(text, names).await {
                        // What can be done here is found without the server, too.
                        Err(_) if !offered.is_empty() => Found::default(),
                        found => found?,
                    };
                    found.total += u64::try_from(offered.len()).unwrap_or_default();
                    found.items.splice(0..0, offered);
                    Ok(found)
                })
                on_pick=go
            />
        </search>
    }
}

async fn find(text: String, names: Names) -> Result<Found, ApiError> {
    match begin(text, names).await {
        Ok(answer) => answer.await,
        Err(_) => Err(reason().await),
    }
}

#[leptos::wasm_split::wasm_split(start, wasm_split_path = leptos::wasm_split, fallible)]
fn begin(text: String, names: Names) -> Result<Answer, SplitLoaderError> {
    Ok(Box::pin(find::find(text, names)))
}
