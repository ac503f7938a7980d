//! The address of the page as signals. All view state lives there, so that links can be shared.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
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

/// Milliseconds after the last key until what was typed is looked for.
const PAUSE: u32 = 200;

impl QueryState {
    /// The text of a search field that stands in the address as `name`.
    #[must_use]
    pub fn typed(self, name: &'static str) -> RwSignal<String> {
        let tell = move |words: &str| self.replace(self.now.get_untracked().with(name, words));
        typed(move || self.get(name), tell)
    }
}

/// The text of a search field. The address is the truth: the text follows what `asked` reads from it, and what is
/// typed is told, trimmed, a moment after the last key.
#[must_use]
pub fn typed(
    asked: impl Fn() -> String + Copy + 'static,
    tell: impl Fn(&str) + Copy + 'static,
) -> RwSignal<String> {
    let text = RwSignal::new(untrack(asked));
    Effect::new(move |_| {
        let wanted = asked();
        if text.with_untracked(|text| text.trim() != wanted) {
            text.set(wanted);
        }
    });
    let turn = StoredValue::new(0_u32);
    Effect::new(move |before: Option<()>| {
        let wanted = text.get();
        if before.is_none() || wanted.trim() == untrack(asked) {
            return;
        }
        let mine = turn.with_value(|turn| turn + 1);
        turn.set_value(mine);
        spawn_local(async move {
            TimeoutFuture::new(PAUSE).await;
            if turn.try_get_value() == Some(mine) {
                tell(wanted.trim());
            }
        });
    });
    text
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
