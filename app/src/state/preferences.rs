//! Looks and habits, kept on this device.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::client::marks;

const KEY: &str = "slipway.preferences";

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The word on the page element and in the menu.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How large things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// For most people.
    #[default]
    Comfortable,
    /// For those who compare.
    Compact,
    /// For those who wear gloves.
    Glove,
}

impl Density {
    /// The word on the page element and in the menu.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
            Self::Glove => "glove",
        }
    }
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// How large things are.
    pub density: Density,
    /// The thumb is on the left: the main action of a run sheet is there.
    pub left_handed: bool,
    /// Single letters are shortcuts (J, K, G, ?); speech input users switch them off.
    pub letters: bool,
    /// Lists follow what others do.
    pub auto_refresh: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            density: Density::default(),
            left_handed: false,
            letters: true,
            auto_refresh: true,
        }
    }
}

/// The preferences of this device; setting the signal stores and applies them.
///
/// # Panics
/// Only outside [`crate::App`], which provides it.
#[must_use]
pub fn use_preferences() -> RwSignal<Preferences> {
    expect_context()
}

pub(super) fn provide() {
    let stored = marks::get::<Preferences>(KEY).unwrap_or_default();
    let preferences = RwSignal::new(stored);
    provide_context(preferences);
    Effect::new(move |before: Option<Preferences>| {
        let now = preferences.get();
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", now.theme.as_str());
            let _ = root.set_attribute("data-density", now.density.as_str());
            let hand = if now.left_handed { "left" } else { "right" };
            let _ = root.set_attribute("data-hand", hand);
        }
        if before.is_some_and(|before| before != now) {
            marks::set(KEY, &now);
        }
        now
    });
}
