use leptos::prelude::*;

use crate::state::use_preferences;
use crate::ui::Dialog;

const KEYS: [(&str, &str); 15] = [
    ("Ctrl K  or  /", "Search or jump"),
    ("J  or  ↓", "Next row"),
    ("K  or  ↑", "Previous row"),
    ("Enter", "Open the row"),
    ("X", "In a list of releases: select the row"),
    ("Shift X", "Select all rows since the last one"),
    ("G then H", "Home"),
    ("G then W", "Work"),
    ("G then R", "Releases"),
    ("G then S", "Schedule"),
    ("G then C", "CMDB"),
    ("G then I", "Impact"),
    ("+  −  0", "In a picture: larger, smaller, everything"),
    ("Escape", "Close what is open"),
    ("?", "This help"),
];

/// The keys there are.
#[component]
pub fn Help(
    /// Open or not.
    open: RwSignal<bool>,
) -> impl IntoView {
    let preferences = use_preferences();
    let row = |(keys, what): (&'static str, &'static str)| {
        view! {
            <tr>
                <th scope="row"><kbd>{keys}</kbd></th>
                <td>{what}</td>
            </tr>
        }
    };
    view! {
        <Dialog open=open title="Keyboard">
            <table class="frame-keys">
                <caption class="sr-only">"Keys and what they do"</caption>
                <tbody>{KEYS.into_iter().map(row).collect_view()}</tbody>
            </table>
            <label class="ui-check">
                <input
                    type="checkbox"
                    prop:checked=move || preferences.with(|p| p.letters)
                    on:change=move |ev| preferences.update(|p| p.letters = event_target_checked(&ev))
                />
                <span>"Single letters are shortcuts. Switch off when you speak to this device."</span>
            </label>
        </Dialog>
    }
}
