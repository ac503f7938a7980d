//! Adding the next rows of a list below those that are there: nothing moves.

use domain::wire::Page;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::http::ApiError;
use crate::state::Remote;
use crate::ui::Button;
use crate::words;

/// Rows in the first page of a list and in each that is added.
pub const ROWS: u32 = 50;

/// How many rows are there.
#[must_use]
pub fn count<T: Send + Sync + 'static>(items: RwSignal<Vec<T>>) -> Signal<u64> {
    Signal::derive(move || u64::try_from(items.with(Vec::len)).unwrap_or(u64::MAX))
}

/// Says over a list how many of `total` rows are there: "1 mail", "50 of 230 mails, newest first".
pub fn caption<T: Send + Sync + 'static>(
    items: RwSignal<Vec<T>>,
    total: u64,
    one: &'static str,
    many: &'static str,
) -> Signal<String> {
    let shown = count(items);
    Signal::derive(move || match total {
        1 => format!("1 {one}"),
        _ => format!("{} {many}, newest first", words::of(shown.get(), total)),
    })
}

/// The button that asks `fetch` for the page after `next`; nothing once all `total` rows are there.
pub fn more<T, F, A>(
    next: RwSignal<Option<String>>,
    items: RwSignal<Vec<T>>,
    list: Remote<Page<T>>,
    total: u64,
    fetch: F,
) -> AnyView
where
    T: Send + Sync + 'static,
    F: Fn(String) -> A + Copy + Send + Sync + 'static,
    A: Future<Output = Result<Page<T>, ApiError>> + 'static,
{
    let shown = count(items);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let load = move |()| {
        let Some(after) = next.get_untracked() else { return };
        busy.set(true);
        failed.set(None);
        let answer = fetch(after);
        spawn_local(async move {
            let answer = answer.await;
            // A filter may have changed meanwhile: then these signals are gone or the list is another one.
            if list.busy.try_get_untracked() == Some(false) {
                match answer {
                    Ok(page) => {
                        next.try_set(page.next);
                        items.try_update(|items| items.extend(page.items));
                    }
                    Err(error) => {
                        failed.try_set(Some(error));
                    }
                }
            }
            busy.try_set(false);
        });
    };
    let button = move || {
        next.with(Option::is_some).then(|| {
            view! {
                <div class="part-more">
                    <Button busy=busy on_press=load>{format!("Show {ROWS} more")}</Button>
                    <span class="soft">{move || words::of(shown.get(), total)}</span>
                    <span role="alert" class="part-more-error">{move || failed.get().map(|e| e.message())}</span>
                </div>
            }
        })
    };
    button.into_any()
}
