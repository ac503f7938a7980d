use domain::release::{FieldKind, FieldRef};
use leptos::html;
use leptos::prelude::*;

use super::{Draft, control_id, stored_mark};
use crate::ui::Field;

/// A register as one line, several lines, a number or a time, after its kind.
#[component]
pub fn TextCell(
    /// Which.
    #[prop(into)]
    at: FieldRef,
    /// The label, where the register's own is not the best here.
    #[prop(optional, into)]
    label: Option<String>,
    /// Help that is always there.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What may be typed, shown while empty.
    #[prop(optional, into)]
    placeholder: String,
    /// Lines to show at least, where it has several.
    #[prop(default = 3)]
    rows: u32,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// What it holds, where the register does not say (answers: their question does).
    #[prop(optional, into)]
    kind: Option<FieldKind>,
    /// A day instead of a line of text.
    #[prop(optional)]
    day: bool,
) -> impl IntoView {
    let kind = kind.unwrap_or_else(|| at.kind());
    let draft = Draft::of_kind(&at, kind);
    let id = control_id(&at);
    let label = label.unwrap_or_else(|| at.label().to_owned());
    let mark = stored_mark(&at, draft.dirty.into());
    let about = format!("{id}-hint {id}-error");
    let control = match kind {
        FieldKind::Prose(max) | FieldKind::Command(max) => {
            let code = matches!(kind, FieldKind::Command(_));
            lines(draft, id.clone(), about, max, rows, code, placeholder)
        }
        kind => line(draft, id.clone(), about, kind, day, placeholder),
    };
    view! {
        <div class="part-cell">
            <Field label=label for_id=id hint=hint error=draft.error required=required>
                {control}
            </Field>
            {mark}
        </div>
    }
}

fn line(draft: Draft, id: String, about: String, kind: FieldKind, day: bool, placeholder: String) -> AnyView {
    let locked = draft.locked();
    let (input_kind, max) = match kind {
        _ if day => ("date", None),
        FieldKind::Number(_) => ("number", None),
        FieldKind::Time => ("datetime-local", None),
        FieldKind::Line(max) => ("text", Some(max.to_string())),
        _ => ("text", None),
    };
    let node = NodeRef::<html::Input>::new();
    follow(draft, move |text| {
        let Some(input) = node.get_untracked() else { return };
        if input.value() != text {
            let caret = (
                input.selection_start().ok().flatten(),
                input.selection_end().ok().flatten(),
            );
            input.set_value(text);
            if let (Some(start), Some(end)) = caret {
                let _ = input.set_selection_range(start, end);
            }
        }
    });
    view! {
        <input
            node_ref=node
            id=id
            class="ui-input"
            type=input_kind
            min=(input_kind == "number").then_some("0")
            inputmode=(input_kind == "number").then_some("numeric")
            maxlength=max
            autocomplete="off"
            placeholder=placeholder
            aria-describedby=about
            aria-invalid=move || draft.error.with(Option::is_some).then_some("true")
            readonly=move || locked.with(Option::is_some)
            value=draft.text.get_untracked()
            on:input=move |ev| {
                // A half-typed date reads as nothing; taking it would clear the field.
                if !half_typed(node) {
                    draft.type_in(event_target_value(&ev));
                }
            }
            on:blur=move |_| if half_typed(node) { draft.complain("must be complete") } else { draft.leave() }
            on:keydown=move |ev| match ev.key().as_str() {
                "Enter" => draft.commit(),
                "Escape" if draft.dirty.get_untracked() => {
                    ev.stop_propagation();
                    draft.abandon();
                }
                _ => {}
            }
        />
    }
    .into_any()
}

/// It holds something that is no value yet: a date without its year, a number that ends in a sign.
fn half_typed(node: NodeRef<html::Input>) -> bool {
    node.get_untracked()
        .is_some_and(|input| input.validity().bad_input())
}

fn lines(
    draft: Draft,
    id: String,
    about: String,
    max: usize,
    rows: u32,
    code: bool,
    placeholder: String,
) -> AnyView {
    let locked = draft.locked();
    let node = NodeRef::<html::Textarea>::new();
    follow(draft, move |text| {
        let Some(area) = node.get_untracked() else { return };
        if area.value() != text {
            let caret = (
                area.selection_start().ok().flatten(),
                area.selection_end().ok().flatten(),
            );
            area.set_value(text);
            if let (Some(start), Some(end)) = caret {
                let _ = area.set_selection_range(start, end);
            }
        }
    });
    view! {
        <textarea
            node_ref=node
            id=id
            class="ui-input"
            data-code=code.then_some("true")
            rows=rows.to_string()
            spellcheck=if code { "false" } else { "true" }
            maxlength=max.to_string()
            placeholder=placeholder
            aria-describedby=about
            aria-invalid=move || draft.error.with(Option::is_some).then_some("true")
            readonly=move || locked.with(Option::is_some)
            on:input=move |ev| draft.type_in(event_target_value(&ev))
            on:blur=move |_| draft.leave()
            on:keydown=move |ev| {
                if ev.key() == "Escape" && draft.dirty.get_untracked() {
                    ev.stop_propagation();
                    draft.abandon();
                }
            }
        >
            {draft.text.get_untracked()}
        </textarea>
    }
    .into_any()
}

/// Writes the text into the control only where it differs, and leaves the cursor where it was.
fn follow(draft: Draft, put: impl Fn(&str) + 'static) {
    Effect::new(move |_| draft.text.with(|text| put(text)));
}
