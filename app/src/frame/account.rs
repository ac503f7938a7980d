use leptos::prelude::*;

use super::leave::sign_out;
use crate::paths;
use crate::state::preferences::{Density, Theme};
use crate::state::{use_preferences, use_session};
use crate::ui::{Icon, Menu, MenuButton, icon, unique_id};

/// The person, and what belongs to them and this device.
#[component]
pub fn Account(
    /// Opens the keyboard help.
    help: RwSignal<bool>,
) -> impl IntoView {
    let session = use_session();
    let name = Memo::new(move |_| session.me().map(|me| me.actor.name.clone()).unwrap_or_default());
    let login = move || session.me().map(|me| me.login.clone()).unwrap_or_default();
    let version = move || session.me().map(|me| format!("Slipway {}", me.server_version));
    let sign_out = sign_out();
    // As generated content: initials are no text that a speech user would say.
    let face = move || {
        view! { <span class="frame-initials" aria-hidden="true" data-initials=move || initials(&name.get())></span> }
    };
    view! {
        <Menu label=Signal::derive(move || format!("Account of {}", name.get())) face=face>
            <div class="who">
                <strong>{move || name.get()}</strong>
                <span>{login}</span>
            </div>
            <Looks />
            <a class="item" href=paths::DEVICE>{icon(Icon::Device)} "This device"</a>
            <a class="item" href="/account">{icon(Icon::Person)} "Account and tokens"</a>
            <MenuButton on_press=move |()| help.set(true)>{icon(Icon::Help)} "Keyboard help" <kbd>"?"</kbd></MenuButton>
            <MenuButton on_press=sign_out>{icon(Icon::SignOut)} "Sign out"</MenuButton>
            <p class="version">{version}</p>
        </Menu>
    }
}

/// Theme and density, as they are on this device.
#[component]
pub fn Looks() -> impl IntoView {
    let preferences = use_preferences();
    // The menu and the account page may stand side by side: each has its own groups.
    let themes = StoredValue::new(unique_id("theme"));
    let densities = StoredValue::new(unique_id("density"));
    let hands = StoredValue::new(unique_id("hand"));
    let hand = move |left: bool, word: &'static str| {
        choice(
            hands,
            word,
            Signal::derive(move || preferences.with(|p| p.left_handed == left)),
            Callback::new(move |()| preferences.update(|p| p.left_handed = left)),
        )
    };
    let theme = move |theme: Theme, word: &'static str| {
        choice(
            themes,
            word,
            Signal::derive(move || preferences.with(|p| p.theme == theme)),
            Callback::new(move |()| preferences.update(|p| p.theme = theme)),
        )
    };
    let density = move |density: Density, word: &'static str| {
        choice(
            densities,
            word,
            Signal::derive(move || preferences.with(|p| p.density == density)),
            Callback::new(move |()| preferences.update(|p| p.density = density)),
        )
    };
    view! {
        <fieldset class="ui-choices">
            <legend>"Colours"</legend>
            {theme(Theme::System, "System")}
            {theme(Theme::Light, "Light")}
            {theme(Theme::Dark, "Dark")}
        </fieldset>
        <fieldset class="ui-choices">
            <legend>"Size"</legend>
            {density(Density::Compact, "Compact")}
            {density(Density::Comfortable, "Normal")}
            {density(Density::Glove, "Glove")}
        </fieldset>
        <fieldset class="ui-choices">
            <legend>"Main action of a run sheet"</legend>
            {hand(true, "Left")}
            {hand(false, "Right")}
        </fieldset>
    }
}

fn choice(
    group: StoredValue<String>,
    word: &'static str,
    on: Signal<bool>,
    choose: Callback<()>,
) -> impl IntoView {
    view! {
        <label>
            <input type="radio" name=group.get_value() prop:checked=move || on.get() on:change=move |_| choose.run(()) />
            <span>{word}</span>
        </label>
    }
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}
