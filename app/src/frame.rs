//! What stands around every page: skip link, rail, search, connection, account, banners, help, messages.

mod account;
mod announcer;
mod help;
mod jump;
mod keys;
mod leave;
mod rail;
mod standing;
mod update;

use leptos::prelude::*;

pub use account::Looks;
pub use announcer::Announcer;
pub use leave::sign_out;
pub use update::UpdateBar;

use crate::client::clock;
use crate::client::sync::use_sync;
use crate::pages::sign_in::SignInForm;
use crate::state::session::Who;
use crate::state::use_session;
use crate::ui::{Button, Dialog, Icon, ToastHost, icon};
use crate::words;

/// The frame around a page.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let help = RwSignal::new(false);
    keys::listen(help);
    leave::provide();
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <rail::Rail />
        <header class="frame-top">
            <jump::Jump />
            <standing::StandingSlot />
            <account::Account help=help />
        </header>
        <div class="frame-banners">
            <SessionBanner />
            <LostBanner />
            <UpdateBar />
        </div>
        <main id="main" class="frame-main" tabindex="-1">{children()}</main>
        <help::Help open=help />
        <leave::LeaveDialog />
        <ToastHost />
    }
}

/// Says what a store that vanished has taken with it: the browser deleted it, or found it damaged.
#[component]
fn LostBanner() -> impl IntoView {
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
fn SessionBanner() -> impl IntoView {
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
