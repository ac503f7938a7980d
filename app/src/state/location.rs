//! The address of the page as signals. All view state lives there, so that links can be shared.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use crate::paths::Query;

/// The path, percent-encoded as in the address bar; tracks.
#[must_use]
pub fn use_path() -> Memo<String> {
    use_location().pathname
}

/// The query of the address, and a way to change it without leaving the page.
#[derive(Debug, Clone, Copy)]
pub struct QueryState {
    /// As it is now.
    pub now: Memo<Query>,
    go: Callback<(Query, bool)>,
}

impl QueryState {
    /// The first value of a name, or an empty text; tracks.
    #[must_use]
    pub fn get(self, name: &str) -> String {
        self.now
            .with(|query| query.get(name).unwrap_or_default().to_owned())
    }

    /// Changes the query; the back button undoes it.
    pub fn set(self, query: Query) {
        self.go.run((query, false));
    }

    /// Changes the query in place, for what is typed: the back button does not step through letters.
    pub fn replace(self, query: Query) {
        self.go.run((query, true));
    }
}

/// The query of the address.
#[must_use]
pub fn use_query() -> QueryState {
    let location = use_location();
    let navigate = use_navigate();
    let now = Memo::new(move |_| location.search.with(|text| Query::parse(text)));
    let path = location.pathname;
    let go = Callback::new(move |(query, replace): (Query, bool)| {
        let options = NavigateOptions {
            replace,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&query.on(&path.get_untracked()), options);
    });
    QueryState { now, go }
}
