use leptos::prelude::*;

/// Tells screen readers where they are after a navigation, and knows whether one happened.
#[derive(Debug, Clone, Copy)]
pub struct Announcer {
    path: StoredValue<Option<String>>,
    moved: RwSignal<bool>,
    text: RwSignal<String>,
}

impl Announcer {
    /// Creates it; once, around everything.
    #[must_use]
    pub fn new() -> Self {
        Self {
            path: StoredValue::new(None),
            moved: RwSignal::new(false),
            text: RwSignal::new(String::new()),
        }
    }

    /// Notes the path of the page that is shown; `true` when another page was shown before.
    #[must_use]
    pub fn arrived(self, path: &str) -> bool {
        let before = self
            .path
            .try_update_value(|slot| slot.replace(path.to_owned()))
            .flatten();
        let moved = before.is_some_and(|before| before != path);
        if moved {
            self.moved.set(true);
        }
        moved
    }

    /// Sets what is announced. The browser announces the first page after loading itself.
    pub fn say(self, title: String) {
        self.text.set(title);
    }

    /// The live region.
    #[must_use]
    pub fn region(self) -> AnyView {
        let text = move || self.moved.get().then(|| self.text.get());
        view! { <p class="sr-only" aria-live="polite" id="announcer">{text}</p> }.into_any()
    }
}

impl Default for Announcer {
    fn default() -> Self {
        Self::new()
    }
}
