//! What the page that is open lets people do, for the field that finds everything: each with why not, where it cannot
//! be done now.

use leptos::prelude::*;

use crate::ui::Choice;

/// Before the key of a choice that is something to do, not somewhere to go.
const DO: &str = "do:";

/// Something to do on the page that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Names it for the page.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// Why it cannot be done now.
    pub why: Option<String>,
}

/// A page that offers something: what, and how it is done.
#[derive(Clone, Copy)]
struct Page {
    list: Callback<(), Vec<Offer>>,
    run: Callback<String>,
}

/// Of the page that is open. `Copy`, like a signal.
#[derive(Clone, Copy)]
pub struct Offers(StoredValue<Option<Page>>);

pub(super) fn provide() {
    provide_context(Offers(StoredValue::new(None)));
}

/// What the page that is open offers.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_offers() -> Offers {
    expect_context()
}

impl Offers {
    /// Offers something, for as long as the page lives that calls this.
    pub fn open(self, list: Callback<(), Vec<Offer>>, run: Callback<String>) {
        self.0.set_value(Some(Page { list, run }));
        on_cleanup(move || {
            // The next page may have come before this one goes.
            let mine = |page: &Option<Page>| page.as_ref().is_some_and(|page| page.run.matches(&run));
            if self.0.try_with_value(mine) == Some(true) {
                self.0.set_value(None);
            }
        });
    }

    /// As choices whose words hold the text; those that can be done now first.
    #[must_use]
    pub fn found(self, text: &str) -> Vec<Choice> {
        let text = text.trim().to_lowercase();
        let Some(page) = self.0.get_value() else {
            return Vec::new();
        };
        let mut offers = untrack(|| page.list.run(()));
        offers.retain(|offer| !text.is_empty() && offer.label.to_lowercase().contains(&text));
        offers.sort_by_key(|offer| offer.why.is_some());
        let choice = |offer: Offer| Choice {
            key: format!("{DO}{}", offer.key),
            label: offer.label,
            detail: match offer.why {
                Some(why) => format!("Not now: {why}"),
                None => "Do it".to_owned(),
            },
        };
        offers.into_iter().map(choice).collect()
    }

    /// Does what was chosen; `false` where it is somewhere to go.
    pub fn run(self, choice: &Choice) -> bool {
        let Some(key) = choice.key.strip_prefix(DO) else {
            return false;
        };
        if let Some(page) = self.0.get_value() {
            page.run.run(key.to_owned());
        }
        true
    }
}
