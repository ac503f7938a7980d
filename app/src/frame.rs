//! What stands around every page: skip link, rail, search, connection, account, banners, help, messages.

mod account;
mod announcer;
mod banners;
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

use crate::ui::ToastHost;

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
            <banners::SessionBanner />
            <banners::HeldUpBanner />
            <banners::LostBanner />
            <banners::RestoredBanner />
            <UpdateBar />
        </div>
        <main id="main" class="frame-main" tabindex="-1">{children()}</main>
        <help::Help open=help />
        <leave::LeaveDialog />
        <ToastHost />
    }
}
