use domain::release::{FieldRef, Value};
use leptos::prelude::*;

use super::{control_id, stored_mark};
use crate::parts::describe::value_words;
use crate::parts::people::use_people;
use crate::state::use_release;
use crate::ui::{Field, unique_id};

fn never() -> Signal<bool> {
    Signal::derive(|| false)
}

/// Gives a register another value, resting on the one that is shown.
fn choose(at: &FieldRef) -> Callback<Value> {
    let open = use_release();
    let at = at.clone();
    Callback::new(move |value: Value| {
        let seen = open.shown.with_untracked(|shown| {
            shown
                .release
                .as_ref()
                .and_then(|release| release.cell(&at).cloned())
        });
        if seen.as_ref().map_or(&Value::Empty, |cell| &cell.value) != &value {
            open.edit(&at, seen, value);
        }
    })
}

/// A register with few values, as a list.
#[component]
pub fn ChoiceCell(
    /// Which.
    #[prop(into)]
    at: FieldRef,
    /// Options as (value, label), an empty value first where none may be chosen.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The label, where the register's own is not the best here.
    #[prop(optional, into)]
    label: Option<String>,
    /// It must be chosen.
    #[prop(optional)]
    required: bool,
    /// Help that is always there.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// Called with the new value, beside storing it.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let open = use_release();
    let locked = open.locked_at(&at);
    let id = control_id(&at);
    let people = use_people();
    let label = label.unwrap_or_else(|| at.label().to_owned());
    let place = StoredValue::new(at.clone());
    let now = Memo::new(move |_| place.with_value(|place| open.value(place).as_text().to_owned()));
    let mark = stored_mark(&at, never());
    let choose = choose(&at);
    // A value that is no option (a person who left) must stay visible.
    let all = move || {
        let mut options = options.get();
        let value = now.get();
        if !options.iter().any(|(option, _)| *option == value) {
            options.push((
                value.clone(),
                if value.is_empty() {
                    "not chosen".into()
                } else {
                    value_words(&value.into(), Some(&place.get_value()), people)
                },
            ));
        }
        options
    };
    view! {
        <div class="part-cell">
            <Field label=label for_id=id.clone() required=required>
                <select
                    id=id.clone()
                    class="ui-input"
                    aria-describedby=format!("{id}-about")
                    disabled=move || locked.with(Option::is_some)
                    on:change=move |ev| {
                        let value = event_target_value(&ev);
                        choose.run(if value.is_empty() { Value::Empty } else { value.clone().into() });
                        if let Some(on_change) = on_change {
                            on_change.run(value);
                        }
                    }
                >
                    {move || {
                        all()
                            .into_iter()
                            .map(|(option, label)| {
                                let mine = option.clone();
                                view! {
                                    <option value=option prop:selected=move || now.with(|now| *now == mine)>
                                        {label}
                                    </option>
                                }
                            })
                            .collect_view()
                    }}
                </select>
                <p class="hint" id=format!("{id}-about")>{move || hint.get()}</p>
            </Field>
            {mark}
        </div>
    }
}

/// A register with two or three values, all in sight. `options` are (value, label, shape).
#[component]
pub fn RadioCell(
    /// Which.
    #[prop(into)]
    at: FieldRef,
    /// The legend, where the register's own is not the best here.
    #[prop(optional, into)]
    legend: Option<String>,
    /// The control cannot be left without a choice.
    #[prop(optional)]
    required: bool,
    /// The values there are, with their words and shapes.
    options: &'static [(&'static str, &'static str, &'static str)],
    /// The legend is only for screen readers.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let open = use_release();
    let locked = open.locked_at(&at);
    let group = unique_id("choice");
    let first_id = control_id(&at);
    let place = at.clone();
    let now = Memo::new(move |_| open.value(&place).as_text().to_owned());
    let mark = stored_mark(&at, never());
    let choose = choose(&at);
    let legend = legend.unwrap_or_else(|| at.label().to_owned());
    let one = move |(index, (value, label, shape)): (usize, &(&'static str, &'static str, &'static str))| {
        let (value, label, shape) = (*value, *label, *shape);
        view! {
            <label data-value=value>
                <input
                    type="radio"
                    id=(index == 0).then(|| first_id.clone())
                    name=group.clone()
                    value=value
                    disabled=move || locked.with(Option::is_some)
                    prop:checked=move || now.with(|now| now == value)
                    on:change=move |_| choose.run(value.into())
                />
                <span>
                    {(!shape.is_empty()).then(|| view! { <i aria-hidden="true">{shape}</i> })}
                    {label}
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="part-cell part-radio">
            <legend class=quiet.then_some("sr-only")>{legend} {required.then(|| view! { <span class="required">"required"</span> })}</legend>
            <div class="ui-choices">{options.iter().enumerate().map(one).collect_view()}</div>
            {mark}
        </fieldset>
    }
}

/// A register that says yes or no.
#[component]
pub fn FlagCell(
    /// Which.
    #[prop(into)]
    at: FieldRef,
    /// What yes means.
    #[prop(into)]
    label: String,
    /// What it is where nobody has said anything.
    #[prop(optional)]
    usual: bool,
) -> impl IntoView {
    let open = use_release();
    let locked = open.locked_at(&at);
    let id = control_id(&at);
    let place = at.clone();
    let now = Memo::new(move |_| match open.value(&place) {
        Value::Empty => usual,
        said => said.as_flag(),
    });
    let mark = stored_mark(&at, never());
    let choose = choose(&at);
    view! {
        <div class="part-cell">
            <label class="ui-check">
                <input
                    type="checkbox"
                    id=id
                    disabled=move || locked.with(Option::is_some)
                    prop:checked=move || now.get()
                    on:change=move |ev| {
                        let on = event_target_checked(&ev);
                        choose.run(if on == usual { Value::Empty } else { on.into() });
                    }
                />
                <span>{label}</span>
            </label>
            {mark}
        </div>
    }
}
