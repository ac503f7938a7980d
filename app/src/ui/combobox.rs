use std::future::Future;
use std::pin::Pin;

use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::field::Field;
use super::unique_id;
use crate::client::http::ApiError;
use crate::words;

/// Pause after the last key before the server is asked, in milliseconds.
const PAUSE: u32 = 150;

/// Something to pick.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Identifies it.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What tells it from others of that name.
    pub detail: String,
}

/// The first matches, and how many there are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The first matches.
    pub items: Vec<Choice>,
    /// All matches.
    pub total: u64,
}

/// What a search comes to.
pub type Answer = Pin<Box<dyn Future<Output = Result<Found, ApiError>>>>;

/// How a [`Combobox`] finds its choices: text typed so far -> matches. `Copy`, so that it fits into closures.
#[derive(Clone, Copy)]
pub struct Search(StoredValue<Box<dyn Fn(String) -> Answer>, LocalStorage>);

impl Search {
    /// From an async function.
    pub fn new<F: Future<Output = Result<Found, ApiError>> + 'static>(
        find: impl Fn(String) -> F + 'static,
    ) -> Self {
        Self(StoredValue::new_local(Box::new(move |text| Box::pin(find(text)))))
    }

    async fn run(self, text: String) -> Result<Found, ApiError> {
        let answer = self.0.with_value(|find| find(text));
        answer.await
    }
}

/// A search field with a list of matches below: "50 of 1,234, type to search". Picking empties it.
/// Arrow keys, Enter and Escape work as in the ARIA combobox pattern.
#[component]
pub fn Combobox(
    /// The label.
    #[prop(into)]
    label: String,
    /// Finds choices.
    search: Search,
    /// Somebody picked one.
    #[prop(into)]
    on_pick: Callback<Choice>,
    /// Id of the field, where something else must find it.
    #[prop(optional, into)]
    id: Option<String>,
    /// What may be typed, shown while empty.
    #[prop(optional, into)]
    placeholder: String,
    /// Help that is always there.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with the choice.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| unique_id("combobox"));
    let list_id = format!("{id}-list");
    let text = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    let active = RwSignal::new(0_usize);
    let found = RwSignal::new(Found::default());
    let failed = RwSignal::new(None::<String>);
    let turn = StoredValue::new(0_u32);
    // The list is of an older text; Enter then waits for the list that is meant.
    let late = StoredValue::new(false);
    let pick_first = StoredValue::new(false);
    let input = NodeRef::<html::Input>::new();

    let take = move |index: usize| {
        let choice = found.with_untracked(|found| found.items.get(index).cloned());
        if let Some(choice) = choice {
            text.set(String::new());
            open.set(false);
            on_pick.run(choice);
        }
    };
    let ask = move |pause: u32| {
        late.set_value(true);
        pick_first.set_value(false);
        let mine = turn.with_value(|turn| turn + 1);
        turn.set_value(mine);
        let typed = text.get_untracked();
        spawn_local(async move {
            TimeoutFuture::new(pause).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            let answer = search.run(typed).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            active.set(0);
            match answer {
                Ok(answer) => {
                    failed.set(None);
                    found.set(answer);
                    late.set_value(false);
                    if pick_first.get_value() {
                        take(0);
                    }
                }
                Err(error) => failed.set(Some(error.message())),
            }
        });
    };
    let show = move || {
        if !open.get_untracked() {
            open.set(true);
            ask(0);
        }
    };
    let pick = move |index: usize| {
        if late.get_value() {
            pick_first.set_value(true);
        } else {
            take(index);
        }
    };
    let on_key = move |ev: leptos::ev::KeyboardEvent| {
        let last = found.with_untracked(|found| found.items.len()).saturating_sub(1);
        match ev.key().as_str() {
            "ArrowDown" if open.get_untracked() => active.update(|at| *at = (*at + 1).min(last)),
            "ArrowDown" => show(),
            "ArrowUp" => active.update(|at| *at = at.saturating_sub(1)),
            "Enter" if open.get_untracked() => pick(active.get_untracked()),
            "Escape" if open.get_untracked() => open.set(false),
            _ => return,
        }
        ev.prevent_default();
        ev.stop_propagation();
    };
    let status = move || {
        if let Some(message) = failed.get() {
            return message;
        }
        found.with(|found| {
            let shown = u64::try_from(found.items.len()).unwrap_or(u64::MAX);
            match found.total {
                0 if text.with(String::is_empty) => "Type to search".to_owned(),
                0 => "Nothing matches".to_owned(),
                total if total > shown => format!("{}, type to search", words::of(shown, total)),
                total => words::many(total, "match", "matches"),
            }
        })
    };
    let (option_prefix, active_prefix) = (list_id.clone(), list_id.clone());
    let option = move |(index, choice): (usize, Choice)| {
        let detail =
            (!choice.detail.is_empty()).then(|| view! { <span class="detail">{choice.detail}</span> });
        view! {
            <li
                role="option"
                id=format!("{option_prefix}-{index}")
                aria-selected=move || if active.get() == index { "true" } else { "false" }
                // Before the field loses the focus, or the list would be gone.
                on:mousedown=move |ev| {
                    ev.prevent_default();
                    take(index);
                }
            >
                <span class="label">{choice.label}</span>
                {detail}
            </li>
        }
    };
    view! {
        <Field label=label for_id=id.clone() hint=hint error=error>
            <div class="ui-combobox">
                <input
                    id=id.clone()
                    class="ui-input"
                    type="text"
                    role="combobox"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=placeholder
                    aria-autocomplete="list"
                    aria-expanded=move || if open.get() { "true" } else { "false" }
                    aria-controls=list_id.clone()
                    aria-activedescendant=move || open.get().then(|| format!("{active_prefix}-{}", active.get()))
                    aria-describedby=format!("{id}-hint {id}-error")
                    node_ref=input
                    prop:value=move || text.get()
                    on:focus=move |_| show()
                    on:click=move |_| show()
                    on:blur=move |_| open.set(false)
                    on:keydown=on_key
                    on:input=move |ev| {
                        text.set(event_target_value(&ev));
                        open.set(true);
                        ask(PAUSE);
                    }
                />
                <div class="list" hidden=move || !open.get()>
                    <ul role="listbox" id=list_id.clone() aria-label="Matches">
                        {move || {
                            found.get().items.into_iter().enumerate().map(option.clone()).collect_view()
                        }}
                    </ul>
                    <p class="status" role="status">{status}</p>
                </div>
            </div>
        </Field>
    }
}
