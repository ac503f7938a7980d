//! The application on this device: installed, or how to install it.

use leptos::prelude::*;

use crate::client::install::{Installable, use_install};
use crate::ui::{Button, Icon, icon};

/// What is the case on this device and what to do, with a button where the browser allows one.
#[component]
pub fn InstallPanel() -> impl IntoView {
    let install = use_install();
    let state = Memo::new(move |_| install.state());
    let words = move || match state.get() {
        Installable::Installed => {
            "Slipway is installed on this device. It opens without a network from its own icon."
        }
        Installable::Offered => {
            "Installed, Slipway has its own icon and window, and the browser keeps its data longer."
        }
        Installable::ShareMenu => {
            "Needed for work without a network: without it, Safari deletes what is kept after seven days. Tap Share, \
             then “Add to Home Screen”, and open Slipway from there."
        }
        Installable::BrowserMenu => {
            "Slipway opens without a network in this browser too. If its menu has an entry such as “Install app” or \
             “Add to Home screen”, the browser keeps the data longer."
        }
        Installable::Impossible => {
            "This browser cannot keep Slipway for work without a network. Use a current browser, an address that \
             begins with https, and no private window."
        }
    };
    view! {
        <section class="ui-panel" aria-label="Installation">
            <h2>"Installation"</h2>
            <div class="ui-stack">
                <p>{move || (state.get() == Installable::Installed).then(|| icon(Icon::Check))} {words}</p>
                {move || {
                    (state.get() == Installable::Offered)
                        .then(|| {
                            view! {
                                <div>
                                    <Button on_press=move |()| install.ask()>
                                        "Install Slipway"
                                    </Button>
                                </div>
                            }
                        })
                }}
            </div>
        </section>
    }
}
