//! What a person must know wherever they are: about their session, and about what this device keeps.

use domain::sync::client::Machine;
use leptos::prelude::*;

use crate::client::clock;
use crate::client::sync::{HeldUp, use_sync};
use crate::pages::sign_in::SignInForm;
use crate::state::session::Who;
use crate::state::use_session;
use crate::ui::{Button, Dialog, Icon, Moment, icon};
use crate::words;

/// Says why nothing can be kept on this device, and what to do: another window holds its store in another version.
#[component]
pub fn HeldUpBanner() -> impl IntoView {
    let sync = use_sync();
    let reload = |()| {
        let _ = window().location().reload();
    };
    move || {
        sync.held_up.get().map(|why| {
            let text = match why {
                HeldUp::OldWindow => {
                    "Another window of Slipway on this device is of an older version. Close it, then this one goes on \
                     by itself. Until then nothing you do here is kept."
                }
                HeldUp::NewerVersion => {
                    "A newer version of Slipway is in use on this device. Reload this window to use it here too: until \
                     then nothing you do here is kept. Should this message come back, the server runs an older version \
                     than before: nothing that waits here is lost, but tell whoever runs the server."
                }
            };
            view! {
                <div class="ui-bar frame-banner" data-tone="danger" role="alert">
                    {icon(Icon::Warning)}
                    <span>{text}</span>
                    {(why == HeldUp::NewerVersion).then(|| view! { <Button on_press=reload>"Reload"</Button> })}
                </div>
            }
        })
    }
}

/// Says that the server was restored from a backup, and what that meant for the work of this person on this device.
#[component]
pub fn RestoredBanner() -> impl IntoView {
    let sync = use_sync();
    let mark = Memo::new(move |_| sync.read(Machine::restored).flatten());
    move || {
        mark.get().map(|mark| {
            let again = match mark.again {
                0 => "It had everything that this device knows of yours.".to_owned(),
                1 => "1 change of yours that it did not have was sent again.".to_owned(),
                many => format!("{many} changes of yours that it did not have were sent again."),
            };
            let lost = (mark.lost > 0).then(|| {
                format!(
                    " {} too old to be on this device still. Look whether they are missing.",
                    words::many(mark.lost, "change was", "changes were")
                )
            });
            view! {
                <div class="ui-bar frame-banner" data-tone="info" role="status">
                    {icon(Icon::Retry)}
                    <span>"The server was restored from a backup (noticed " <Moment at=mark.at /> "). " {again} {lost}</span>
                    <Button on_press=move |()| sync.restored_seen()>"Seen"</Button>
                </div>
            }
        })
    }
}

/// Says what a store that vanished has taken with it: the browser deleted it, or found it damaged.
#[component]
pub fn LostBanner() -> impl IntoView {
    let sync = use_sync();
    move || {
        sync.lost.get().map(|lost| {
            let count = u64::try_from(lost.unsynced).unwrap_or(u64::MAX);
            let text = format!(
                "{} last kept on {} not on this device any more: its storage was deleted or damaged. They had not been sent. Do them again.",
                words::many(count, "change", "changes"),
                clock::local(lost.at) + if count == 1 { " is" } else { " are" },
            );
            view! {
                <div class="ui-bar frame-banner" data-tone="danger" role="alert">
                    {icon(Icon::Warning)}
                    <span>{text}</span>
                    <Button on_press=move |()| sync.lost_seen()>"Seen"</Button>
                </div>
            }
        })
    }
}

/// Says that the session ended, and lets the person sign in without leaving the page.
#[component]
pub fn SessionBanner() -> impl IntoView {
    let session = use_session();
    let ended = Memo::new(move |_| matches!(session.who(), Who::Ended(_)));
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if !ended.get() {
            open.set(false);
        }
    });
    view! {
        {move || {
            ended
                .get()
                .then(|| {
                    view! {
                        <div class="ui-bar" data-tone="warning" role="alert">
                            {icon(Icon::Lock)}
                            <span>"Your session has ended. This page stays as it is; sign in to go on."</span>
                            <Button on_press=move |()| open.set(true)>"Sign in"</Button>
                        </div>
                    }
                })
        }}
        <Dialog open=open title="Sign in to go on">
            <SignInForm />
        </Dialog>
    }
}
