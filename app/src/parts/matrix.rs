//! Impact times urgency gives the priority (S60): the whole matrix in sight, one press chooses both.

use domain::release::{Level, priority};
use leptos::prelude::*;

use super::stage::priority_word;
use crate::ui::unique_id;

const LEVELS: [(&str, &str); 3] = [("high", "High"), ("medium", "Medium"), ("low", "Low")];

/// Nine radio buttons in a table: columns are impact, rows are urgency, each cell says the priority it gives.
#[component]
pub fn PriorityMatrix(
    /// The chosen impact and urgency, empty while nothing is chosen.
    #[prop(into)]
    chosen: Signal<(String, String)>,
    /// Somebody chose: impact and urgency.
    #[prop(into)]
    on_choose: Callback<(String, String)>,
    /// Nothing may be chosen now.
    #[prop(optional, into)]
    locked: Signal<bool>,
) -> impl IntoView {
    let group = unique_id("matrix");
    let row = move |(urgency, urgency_word): (&'static str, &'static str)| {
        let group = group.clone();
        let cell = move |(impact, impact_word): (&'static str, &'static str)| {
            let level = priority(Level::parse(impact), Level::parse(urgency));
            let name = format!(
                "Impact {impact_word}, urgency {urgency_word}: priority {level}, {}",
                priority_word(level)
            );
            let label = name.clone();
            view! {
                <td data-priority=level.to_string()>
                    <label title=name>
                        <input
                            type="radio"
                            name=group.clone()
                            aria-label=label
                            disabled=move || locked.get()
                            prop:checked=move || chosen.with(|(i, u)| i == impact && u == urgency)
                            on:change=move |_| on_choose.run((impact.to_owned(), urgency.to_owned()))
                        />
                        <span class="face" aria-hidden="true">
                            <b>{level.to_string()}</b>
                            <small>{priority_word(level)}</small>
                        </span>
                    </label>
                </td>
            }
        };
        view! {
            <tr>
                <th scope="row">{urgency_word}</th>
                {LEVELS.into_iter().map(cell).collect_view()}
            </tr>
        }
    };
    view! {
        <fieldset class="part-matrix">
            <legend>"Priority from impact and urgency"</legend>
            <table>
                <caption class="sr-only">"Columns: impact. Rows: urgency. Each cell: the priority it gives."</caption>
                <thead>
                    <tr>
                        <td class="corner"><span>"Impact →"</span> <span>"Urgency ↓"</span></td>
                        {LEVELS.into_iter().map(|(_, word)| view! { <th scope="col">{word}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{LEVELS.into_iter().map(row).collect_view()}</tbody>
            </table>
            <p class="hint">
                "Impact: how much of the business it touches. Urgency: how soon it is needed."
            </p>
        </fieldset>
    }
}
