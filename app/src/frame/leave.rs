//! Signing out. With work that only this device has, a choice that nobody makes by accident.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::sync::{Unfinished, use_sync};
use crate::paths;
use crate::state::{use_path, use_toasts};
use crate::ui::{Button, ButtonKind, Dialog, LinkButton, TextField};
use crate::words;

/// Opens the way out; in the context of the frame.
#[derive(Debug, Clone, Copy)]
struct Leaving(RwSignal<bool>);

/// Signs out, or asks first where something would be left behind.
pub fn sign_out() -> Callback<()> {
    let (sync, asking) = (use_sync(), expect_context::<Leaving>().0);
    let go = leave();
    Callback::new(move |()| {
        if untrack(|| sync.unfinished()).total() == 0 {
            go.run(false);
        } else {
            asking.set(true);
        }
    })
}

/// Signs out; `true` also throws away what was not sent.
fn leave() -> Callback<bool> {
    let (sync, toasts) = (use_sync(), use_toasts());
    Callback::new(move |discard| {
        spawn_local(async move {
            if let Err(error) = sync.sign_out(discard).await {
                toasts.fail(format!("You are still signed in. {}", error.message()));
            }
        });
    })
}

/// Makes [`sign_out`] possible below.
pub(super) fn provide() {
    provide_context(Leaving(RwSignal::new(false)));
}

/// The question.
#[component]
pub(super) fn LeaveDialog() -> impl IntoView {
    let open = expect_context::<Leaving>().0;
    let path = use_path();
    // One of the choices is to go and look.
    Effect::new(move |_| {
        path.track();
        open.set(false);
    });
    view! {
        <Dialog open=open title="Before you sign out">
            <Choices open=open />
        </Dialog>
    }
}

#[component]
fn Choices(open: RwSignal<bool>) -> impl IntoView {
    let (sync, go) = (use_sync(), leave());
    let unfinished = Memo::new(move |_| sync.unfinished());
    let typed = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let discard = move |()| {
        let total = unfinished.get_untracked().total();
        if typed.with_untracked(|typed| typed.trim().parse() == Ok(total)) {
            go.run(true);
        } else {
            wrong.set(Some(format!("Type {total} to discard {total}.")));
        }
    };
    view! {
        <p>{move || said(unfinished.get())}</p>
        <div class="frame-leave">
            <section>
                <Button kind=ButtonKind::Primary on_press=move |()| open.set(false)>"Stay signed in"</Button>
                <p class="soft">"They are sent as soon as the server answers."</p>
            </section>
            <section>
                <Button on_press=move |()| go.run(false)>"Sign out, keep them sealed"</Button>
                <p class="soft">"They stay on this device, where nobody else can see them, until you sign in here again."</p>
            </section>
            <section>
                <LinkButton href=paths::QUEUE>"Look at them, export them"</LinkButton>
                <p class="soft">"As a list, and as a file to take with you."</p>
            </section>
            <section>
                <TextField
                    label="Number of changes to discard"
                    value=typed
                    error=wrong
                    hint="They are lost then. Type how many there are."
                />
                <Button kind=ButtonKind::Danger on_press=discard>
                    {move || {
                        let total = u64::try_from(unfinished.get().total()).unwrap_or(u64::MAX);
                        format!("Discard {} and sign out", words::many(total, "change", "changes"))
                    }}
                </Button>
            </section>
        </div>
    }
}

fn said(unfinished: Unfinished) -> String {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let waiting = (unfinished.waiting > 0).then(|| {
        format!(
            "{} not sent yet",
            words::many(number(unfinished.waiting), "change is", "changes are")
        )
    });
    let refused = (unfinished.refused > 0).then(|| {
        format!(
            "{} refused and not dealt with",
            words::many(number(unfinished.refused), "change was", "changes were")
        )
    });
    let typed = (unfinished.typed > 0).then(|| {
        format!(
            "{} still in a field, not done yet",
            words::many(number(unfinished.typed), "text is", "texts are")
        )
    });
    let parts: Vec<String> = [waiting, refused, typed].into_iter().flatten().collect();
    format!("{}. Only this device has them.", parts.join(", "))
}
