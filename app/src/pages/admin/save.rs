//! Saving the form of a record, and what is said when that fails.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::form::Form;
use super::names::Names;
use super::register::Record;
use super::words as values;
use crate::client::http::ApiError;
use crate::state::{Remote, offline, use_connection, use_toasts};
use crate::ui::{Button, ButtonKind, Icon, icon};
use crate::words;

/// What will be saved, in words, and the button that does it.
#[component]
pub fn SaveBar(
    /// The form.
    form: Form,
    /// Names of the fields that differ.
    changed: Memo<Vec<String>>,
    /// Where the record came from; nowhere for a new one.
    loaded: Option<Remote<Record>>,
    /// What other records are called.
    names: Names,
) -> impl IntoView {
    let register = form.register;
    let (toasts, connection, navigate) = (use_toasts(), use_connection(), use_navigate());
    let busy = RwSignal::new(false);
    let new = form.is_new();
    let save = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        form.tried.set(true);
        form.failed.set(None);
        let fields = untrack(|| form.changes());
        if untrack(|| form.incomplete()) {
            to_first_wrong();
            return;
        }
        busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            let _saving = connection.saving();
            let base = form.base.get_untracked();
            let answer = if new {
                register.create(form.everything()).await
            } else {
                register
                    .change(&base.id, base.version, fields, form.everything())
                    .await
            };
            busy.try_set(false);
            match answer {
                Ok(now) => {
                    let label = untrack(|| (register.label)(&now.fields, names));
                    toasts.say(format!("Saved {label}"));
                    names.reload();
                    form.take(now.clone());
                    match loaded {
                        Some(loaded) => loaded.put(now),
                        None => {
                            let replace = NavigateOptions {
                                replace: true,
                                ..NavigateOptions::default()
                            };
                            navigate(&register.record_page(&now.id), replace);
                        }
                    }
                }
                Err(error) => not_saved(form, error).await,
            }
        });
    });
    let undecided = Memo::new(move |_| form.clashes.with(Vec::len));
    let out_of_reach = offline();
    let blocked = Signal::derive(move || {
        let open = undecided.get() as u64;
        if open > 0 {
            return Some(format!(
                "Decide {} above first",
                words::many(open, "field", "fields")
            ));
        }
        if changed.with(Vec::is_empty) {
            return Some(
                if new {
                    "Nothing is filled in yet"
                } else {
                    "Nothing is changed"
                }
                .to_owned(),
            );
        }
        out_of_reach.get()
    });
    let what = move || {
        let keys = changed.get();
        let names: Vec<String> = keys
            .iter()
            .map(|key| values::field(Some(register), key))
            .collect();
        (!new && !names.is_empty()).then(|| format!("Changed: {}", names.join(", ")))
    };
    let discard = move |()| form.take(form.base.get_untracked());
    let quiet = move || {
        (!new && !changed.with(Vec::is_empty)).then(|| view! { <Button on_press=discard>"Discard"</Button> })
    };
    view! {
        <div class="page-admin-save">
            {move || form.failed.get().and_then(|error| elsewhere(form, &error))}
            <div class="ui-actions">
                <span class="what soft">{what}</span>
                {quiet}
                <Button kind=ButtonKind::Primary busy=busy blocked=blocked on_press=save>"Save"</Button>
            </div>
        </div>
    }
}

/// Why it was not saved, where no field says it already.
fn elsewhere(form: Form, error: &ApiError) -> Option<AnyView> {
    let at_a_field = form
        .slots()
        .into_iter()
        .any(|slot| super::form::said(error, slot.spec.key).is_some());
    let text = if at_a_field {
        "Not saved: see the fields above that say what is wrong.".to_owned()
    } else {
        format!("Not saved. {}", error.message())
    };
    Some(
        view! {
            <div class="ui-bar" data-tone="danger" role="alert">
                {icon(Icon::Warning)}
                <span>{text}</span>
            </div>
        }
        .into_any(),
    )
}

/// Shows why; and where somebody else was faster, what they saved.
async fn not_saved(form: Form, error: ApiError) {
    let (id, version) = form.base.with_untracked(|base| (base.id.clone(), base.version));
    if error.status() == Some(409) && !form.is_new() {
        match form.register.read(&id).await {
            Ok(theirs) if theirs.version != version => {
                form.meet(theirs);
                window().scroll_to_with_x_and_y(0.0, 0.0);
                return;
            }
            Ok(_) => {}
            Err(error) => {
                form.failed.set(Some(error));
                return;
            }
        }
    }
    form.failed.set(Some(error));
    to_first_wrong();
}

/// Puts the focus where something is wrong.
fn to_first_wrong() {
    request_animation_frame(|| {
        let first = document()
            .query_selector("main [aria-invalid='true'], main [data-invalid] input")
            .ok()
            .flatten();
        if let Some(field) = first.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
}
