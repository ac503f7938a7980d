use leptos::prelude::*;

use super::unique_id;
use crate::words;

/// Label, hint and error around any control. The control carries `id=for_id` and `aria-describedby` with
/// `{for_id}-hint {for_id}-error`.
#[component]
pub fn Field(
    /// The label.
    #[prop(into)]
    label: String,
    /// Id of the control.
    #[prop(into)]
    for_id: String,
    /// Help that is always there.
    #[prop(optional_no_strip)]
    hint: Option<String>,
    /// What is wrong with the value and what would be right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The form cannot be sent without it.
    #[prop(optional)]
    required: bool,
    children: Children,
) -> impl IntoView {
    let hint_id = format!("{for_id}-hint");
    let error_id = format!("{for_id}-error");
    let mark = required.then(|| view! { <span class="required">"required"</span> });
    view! {
        <div class="ui-field" data-invalid=move || error.get().is_some().then_some("true")>
            <label for=for_id>{label}{mark}</label>
            {children()}
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <p class="error" id=error_id aria-live="polite">{move || error.get()}</p>
        </div>
    }
}

fn described(id: &str) -> String {
    format!("{id}-hint {id}-error")
}

/// One line of text.
#[component]
pub fn TextField(
    /// The label.
    #[prop(into)]
    label: String,
    /// What is typed.
    value: RwSignal<String>,
    /// `text`, `password`, `email`, `number`, `datetime-local`, ...
    #[prop(default = "text")]
    kind: &'static str,
    /// Help that is always there.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with the value and what would be right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The form cannot be sent without it.
    #[prop(optional)]
    required: bool,
    /// Most characters; counted beside the label from three quarters on.
    #[prop(optional)]
    max: Option<u32>,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Called when the value is final: on leaving the field or pressing Enter.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = unique_id("field");
    let about = described(&id);
    view! {
        <Field label=label for_id=id.clone() hint=hint error=error required=required>
            <input
                id=id
                class="ui-input"
                type=kind
                autocomplete=autocomplete
                spellcheck=(kind == "text").then_some("true")
                maxlength=max.map(|max| max.to_string())
                aria-required=required.then_some("true")
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=about
                prop:value=move || value.get()
                on:input=move |ev| value.set(event_target_value(&ev))
                on:change=move |ev| {
                    if let Some(on_change) = on_change {
                        on_change.run(event_target_value(&ev));
                    }
                }
            />
            {max.map(|max| counter(value, max))}
        </Field>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The label.
    #[prop(into)]
    label: String,
    /// What is typed.
    value: RwSignal<String>,
    /// Lines to show at least.
    #[prop(default = 4)]
    rows: u32,
    /// It holds commands: monospace, no spell check.
    #[prop(optional)]
    code: bool,
    /// Help that is always there.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with the value and what would be right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The form cannot be sent without it.
    #[prop(optional)]
    required: bool,
    /// Most characters.
    #[prop(optional)]
    max: Option<u32>,
    /// Called when the value is final: on leaving the field.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = unique_id("field");
    let about = described(&id);
    view! {
        <Field label=label for_id=id.clone() hint=hint error=error required=required>
            <textarea
                id=id
                class="ui-input"
                data-code=code.then_some("true")
                rows=rows.to_string()
                spellcheck=if code { "false" } else { "true" }
                maxlength=max.map(|max| max.to_string())
                aria-required=required.then_some("true")
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=about
                prop:value=move || value.get()
                on:input=move |ev| value.set(event_target_value(&ev))
                on:change=move |ev| {
                    if let Some(on_change) = on_change {
                        on_change.run(event_target_value(&ev));
                    }
                }
            ></textarea>
            {max.map(|max| counter(value, max))}
        </Field>
    }
}

fn counter(value: RwSignal<String>, max: u32) -> impl IntoView {
    move || {
        let used = value.with(|text| u64::try_from(text.chars().count()).unwrap_or(u64::MAX));
        (used * 4 >= u64::from(max) * 3)
            .then(|| view! { <p class="counter">{words::of(used, u64::from(max))}" characters"</p> })
    }
}

/// A choice among few. Many: [`super::Combobox`].
#[component]
pub fn SelectField(
    /// The label.
    #[prop(into)]
    label: String,
    /// The value of the chosen option.
    value: RwSignal<String>,
    /// Options as (value, label); put `("", "…")` first where none may be chosen.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// Help that is always there.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with the value and what would be right.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The form cannot be sent without it.
    #[prop(optional)]
    required: bool,
    /// Called with the new value when somebody chooses.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = unique_id("field");
    let about = described(&id);
    view! {
        <Field label=label for_id=id.clone() hint=hint error=error required=required>
            <select
                id=id
                class="ui-input"
                aria-required=required.then_some("true")
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=about
                on:change=move |ev| {
                    let chosen = event_target_value(&ev);
                    value.set(chosen.clone());
                    if let Some(on_change) = on_change {
                        on_change.run(chosen);
                    }
                }
            >
                {move || {
                    options
                        .get()
                        .into_iter()
                        .map(|(option, label)| {
                            let mine = option.clone();
                            view! {
                                <option value=option prop:selected=move || value.with(|v| *v == mine)>
                                    {label}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </Field>
    }
}
