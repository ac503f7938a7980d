use leptos::prelude::*;

/// Tells screen readers where they are after a navigation, and knows whether one happened.
#[derive(Debug, Clone, Copy)]
pub struct Announcer {
    path: StoredValue<Option<String>>,
    moved: StoredValue<bool>,
    text: RwSignal<String>,
}

impl Announcer {
    /// Creates it; once, around everything.
    #[must_use]
    pub fn new() -> Self {
        Self {
            path: StoredValue::new(None),
            moved: StoredValue::new(false),
            text: RwSignal::new(String::new()),
        }
    }

    /// Notes the path of the page that is shown; `true` when another page was shown before.
    #[must_use]
    pub fn arrived(self, path: String) -> bool {
        let before = self
            .path
            .try_update_value(|slot| slot.replace(path.clone()))
            .flatten();
        let moved = before.is_some_and(|before| before != path);
        self.moved.set_value(moved || self.moved.get_value());
        moved
    }

    /// Announces the title of a page; the first page after loading announces itself.
    pub fn say(self, title: String) {
        if self.moved.get_value() {
            self.text.set(title);
        }
    }

    /// The live region.
    #[must_use]
    pub fn region(self) -> AnyView {
        view! { <p class="sr-only" aria-live="polite" id="announcer">{move || self.text.get()}</p> }
            .into_any()
    }
}

impl Default for Announcer {
    fn default() -> Self {
        Self::new()
    }
}
