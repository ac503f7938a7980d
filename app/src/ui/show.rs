use leptos::prelude::*;

use super::button::Button;
use super::icon::{Icon, icon};
use super::state_view::failure_view;
use crate::client::http::ApiError;
use crate::state::Remote;

#[derive(PartialEq)]
enum Phase {
    Waiting,
    Ready,
    Failed,
}

/// Shows a [`Remote`]: `waiting` (a skeleton as high as the content) until the first answer, then `ready` with
/// the value. A failure without a value becomes a state view with retry; with an old value the value stays
/// under a bar that says so. `what` is what is shown: "the list of CIs".
pub fn show<T: Clone + Send + Sync + 'static>(
    remote: Remote<T>,
    what: &'static str,
    waiting: impl Fn() -> AnyView + Send + 'static,
    ready: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let ready = StoredValue::new(ready);
    let content = move || {
        let view = move || {
            remote
                .value
                .get()
                .map(|value| ready.with_value(|ready| ready(value)))
        };
        view.into_any()
    };
    let has_value = Signal::derive(move || remote.value.with(Option::is_some));
    let retry = Callback::new(move |()| remote.reload());
    frame(
        what,
        has_value,
        remote.error,
        remote.busy,
        retry,
        Box::new(waiting),
        Box::new(content),
    )
}

type Make = Box<dyn Fn() -> AnyView + Send>;

fn frame(
    what: &'static str,
    has_value: Signal<bool>,
    error: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
    retry: Callback<()>,
    waiting: Make,
    content: Make,
) -> AnyView {
    let phase = Memo::new(move |_| match (has_value.get(), error.with(Option::is_some)) {
        (true, _) => Phase::Ready,
        (false, true) => Phase::Failed,
        (false, false) => Phase::Waiting,
    });
    view! {
        <div class="ui-show" aria-busy=move || busy.get().then_some("true")>
            {move || (*phase.read() == Phase::Ready).then(|| stale_bar(what, error, retry))}
            {move || match *phase.read() {
                Phase::Ready => content(),
                Phase::Waiting => {
                    view! {
                        <p class="sr-only" role="status">"Loading " {what}</p>
                        {waiting()}
                    }
                        .into_any()
                }
                Phase::Failed => {
                    (move || error.get().map(|error| failure_view(what, &error, Some(retry)))).into_any()
                }
            }}
        </div>
    }
    .into_any()
}

fn stale_bar(what: &'static str, error: RwSignal<Option<ApiError>>, retry: Callback<()>) -> impl IntoView {
    move || {
        error.get().map(|error| {
            view! {
                <div class="ui-bar" data-tone="warning" role="status">
                    {icon(Icon::Warning)}
                    <span>{format!("This is how {what} was before. {}", error.message())}</span>
                    <Button on_press=retry>"Try again"</Button>
                </div>
            }
        })
    }
}
