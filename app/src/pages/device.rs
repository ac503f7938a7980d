//! This device: its name, how safe what is on it is, what is on it, and how old that is.

pub mod queue;

use domain::CiKey;
use domain::release::{CiFact, Release};
use domain::sync::client::{Machine, Place};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::clock;
use crate::client::marks::Device;
use crate::client::room::{self, Room};
use crate::client::sync::use_sync;
use crate::parts::install::InstallPanel;
use crate::parts::stage::stage_badge;
use crate::paths;
use crate::state::{use_release, use_session};
use crate::ui::{Button, For, Icon, LinkButton, Moment, Page, StateKind, TextField, icon, state_view};
use crate::words;

/// After so many days without the server the page asks for it.
const LONG: i64 = 3;

/// The page.
#[component]
pub fn DevicePage() -> impl IntoView {
    let actions = || view! { <LinkButton href=paths::QUEUE icon=Icon::Saving>"What waits and what was refused"</LinkButton> };
    view! {
        <Page title="This device" actions=actions>
            <div class="ui-stack">
                <Overdue />
                <div class="ui-columns">
                    <div class="ui-stack">
                        <Name />
                        <InstallPanel />
                    </div>
                    <Safety />
                </div>
                <OnDevice />
                <Sites />
                <Package />
            </div>
        </Page>
    }
}

/// Asks for a network when the device has not seen the server for days.
#[component]
fn Overdue() -> impl IntoView {
    let sync = use_sync();
    let text = Memo::new(move |_| {
        let standing = sync.standing();
        let days = (clock::now() - standing.contact?).num_days();
        (days >= LONG).then(|| {
            format!(
                "The server last heard from this device {days} days ago. Take it to a network: others do not see what you did, and you do not see what they did."
            )
        })
    });
    move || {
        text.get().map(|text| {
            view! { <div class="ui-bar" data-tone="warning" role="status">{icon(Icon::Warning)} <span>{text}</span></div> }
        })
    }
}

#[component]
fn Name() -> impl IntoView {
    let device = Device::this();
    let name = RwSignal::new(device.name.clone());
    let rename = move |name: String| {
        Device {
            name: name.trim().to_owned(),
            ..device.clone()
        }
        .store();
    };
    view! {
        <section class="ui-panel">
            <h2>"Name"</h2>
            <TextField
                label="Name of this device"
                value=name
                max=40
                hint="What is written on it, such as DC2-07. Kept on this device only."
                on_change=Callback::new(rename)
            />
        </section>
    }
}

/// Whether what is here stays here.
#[component]
fn Safety() -> impl IntoView {
    let sync = use_sync();
    let room = RwSignal::new(None::<Room>);
    let look = move || {
        spawn_local(async move {
            let seen = room::look().await;
            let _ = room.try_set(Some(seen));
        });
    };
    look();
    let ask = move |()| {
        spawn_local(async move {
            room::persist().await;
            let seen = room::look().await;
            let _ = room.try_set(Some(seen));
        });
    };
    let kept = move || {
        if !sync.lasts() {
            return "Not protected: this browser keeps nothing here, perhaps because the window is private. What you do is lost when the page is closed.";
        }
        match room.get().and_then(|room| room.persisted) {
            Some(true) => "Protected: the browser has promised not to delete it by itself.",
            Some(false) => {
                "Kept, but not protected: the browser may delete it when the disk runs full. Install the app, or use it for some days, and ask again."
            }
            None => "Kept. This browser does not say whether it may delete it by itself.",
        }
    };
    let unprotected = move || sync.lasts() && room.get().and_then(|room| room.persisted) == Some(false);
    let size = move || {
        let room = room.get()?;
        let (used, quota) = (room.used?, room.quota?);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bytes on a disk"
        )]
        let words = |bytes: f64| words::bytes(bytes as u64);
        Some(format!(
            "{} of {} that the browser allows",
            words(used),
            words(quota)
        ))
    };
    let contact = move || {
        sync.standing().contact.map_or_else(
            || "not yet".into_any(),
            |at| view! { <Moment at=at ago=true /> }.into_any(),
        )
    };
    view! {
        <section class="ui-panel">
            <h2>"Storage"</h2>
            <dl class="ui-facts page-device-facts">
                <dt>"Your data here"</dt>
                <dd>{kept}</dd>
                <dt>"Used"</dt>
                <dd>{move || size().unwrap_or_else(|| "The browser does not say".into())}</dd>
                <dt>"Last heard from the server"</dt>
                <dd>{contact}</dd>
            </dl>
            <div class="ui-actions">
                {move || unprotected().then(|| view! { <Button on_press=ask>"Ask for protection"</Button> })}
            </div>
            <details class="page-device-more">
                <summary>"What is kept, and what goes first"</summary>
                <p>
                    "Kept until the server has it, whatever else happens: what you did, and what was refused until you have seen it. "
                    "Kept while there is room: releases you opened, your own and pinned ones, kept sites with the releases about them, and the CIs around all of these. "
                    "When room runs out, the CIs go first and with them the releases that only a kept site brought, then releases you have not opened for long; all come back from the server. "
                    "Your own work never goes. At most 500 releases and 20 sites are followed, and 20,000 CIs kept."
                </p>
                <p>
                    "On an iPad, add Slipway to the Home Screen (Share, then Add to Home Screen) before you rely on it offline: "
                    "otherwise Safari deletes what a site has stored after seven days without a visit. An iPad sends only while the app is open."
                </p>
            </details>
        </section>
    }
}

/// The releases that work here without a network.
#[component]
fn OnDevice() -> impl IntoView {
    let (sync, session) = (use_sync(), use_session());
    let releases = Memo::new(move |_| {
        session
            .me()
            .map(|me| sync.on_device(&me.actor))
            .unwrap_or_default()
    });
    view! {
        <section class="ui-panel">
            <h2>"Releases on this device " <span class="soft">{move || releases.with(Vec::len)}</span></h2>
            {move || {
                if releases.with(Vec::is_empty) {
                    return state_view(
                        StateKind::Empty,
                        "None yet",
                        "Releases come here by themselves when they are yours or when you open them. Pin one to keep it.",
                        None,
                    );
                }
                view! {
                    <ul class="part-list page-device-list">
                        <For
                            each=move || releases.get()
                            key=|release| (release.id, release.updated.ver, release.number)
                            children=|release| view! { <Line release=release /> }
                        />
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
}

#[component]
fn Line(release: Release) -> impl IntoView {
    let id = release.id;
    view! {
        <li>
            <a href=paths::release_by_id(id)>{release.title().to_owned()}</a>
            <span class="meta soft">
                {release.number.map_or_else(|| "no number yet".to_owned(), |number| number.to_string())}
                " · " <Moment at=release.updated.at ago=true />
            </span>
            {stage_badge(release.stage, release.disposition)}
            <PinButton place=Place::Release(id) name=release.title().to_owned() />
        </li>
    }
}

/// The sites that were kept here, each with what stands in it.
#[component]
fn Sites() -> impl IntoView {
    let sync = use_sync();
    let sites = Memo::new(move |_| {
        sync.read(|machine| machine.pinned_sites().cloned().collect::<Vec<_>>())
            .unwrap_or_default()
    });
    view! {
        <section class="ui-panel" aria-label="Sites on this device">
            <h2>"Sites on this device " <span class="soft">{move || sites.with(Vec::len)}</span></h2>
            {move || {
                if sites.with(Vec::is_empty) {
                    return view! {
                        <p class="soft">
                            "None yet. Open a site or a location in the CMDB and keep it here: what stands in it comes along, and the open releases that are about it."
                        </p>
                    }
                        .into_any();
                }
                view! {
                    <ul class="part-list page-device-list">
                        <For each=move || sites.get() key=Clone::clone children=|site| view! { <SiteLine site=site /> } />
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
}

#[component]
fn SiteLine(site: CiKey) -> impl IntoView {
    let sync = use_sync();
    let name = {
        let site = site.clone();
        let found = sync.read(|machine| match machine.ci(&site) {
            CiFact::Live { name } | CiFact::Retired { name } => Some(name),
            _ => None,
        });
        found.flatten().unwrap_or_else(|| site.to_string())
    };
    let href = paths::ci(&site);
    let place = Place::Site(site.clone());
    let size = move || {
        sync.standing_in(&site)
            .map_or_else(|| "On its way".to_owned(), |cis| words::many(cis, "CI", "CIs"))
    };
    view! {
        <li>
            <a href=href>{name.clone()}</a>
            <span class="meta soft">{size}</span>
            <PinButton place=place name=name />
        </li>
    }
}

/// Keeps a release or a site on this device until it is pressed again.
#[component]
pub fn PinButton(
    /// Which.
    place: Place,
    /// What it is called, for those who cannot see it beside the button.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let sync = use_sync();
    let place = StoredValue::new(place);
    let of = move |ask: fn(&Machine, &Place) -> bool| {
        Memo::new(move |_| {
            place
                .with_value(|place| sync.read(|machine| ask(machine, place)))
                .unwrap_or(false)
        })
    };
    let (pinned, free) = (of(Machine::is_pinned), of(Machine::may_pin));
    view! {
        <button
            type="button"
            class="ui-button"
            disabled=move || !pinned.get() && !free.get()
            title=move || (!pinned.get() && !free.get()).then_some("As many are kept already as fit. Take one off first.")
            aria-pressed=move || if pinned.get() { "true" } else { "false" }
            on:click=move |_| sync.keep(place.get_value(), !pinned.get_untracked())
        >
            {move || pinned.get().then(|| icon(Icon::Check))}
            <span class="words">"Keep on this device" <span class="sr-only">": " {name}</span></span>
        </button>
    }
}

/// Beside a release: whether it stays on this device.
#[component]
pub fn KeepPanel() -> impl IntoView {
    let open = use_release();
    let title = move || {
        open.with(|release| release.title().to_owned())
            .unwrap_or_default()
    };
    view! {
        <section class="ui-panel page-device-keep" aria-label="On this device">
            {move || open.id.get().map(|id| view! { <PinButton place=Place::Release(id) name=untrack(title) /> })}
            <p class="soft meta">"It is here and works without a network while you use it; kept, it stays."</p>
        </section>
    }
}

/// The CIs around the releases, for impact and checks without a network.
#[component]
fn Package() -> impl IntoView {
    let sync = use_sync();
    let facts = move || {
        sync.read(|machine| {
            let packed = machine.package()?;
            let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
            Some((
                packed.at,
                words::many(count(packed.package.cis.len()), "CI", "CIs"),
                words::many(count(packed.package.relations.len()), "relation", "relations"),
            ))
        })
        .flatten()
    };
    view! {
        <section class="ui-panel">
            <h2>"CIs on this device"</h2>
            {move || match facts() {
                Some((at, cis, relations)) => {
                    view! {
                        <p>{cis} ", " {relations} ", as the server had them on " <Moment at=at ago=true /></p>
                        <p class="soft meta">"Impact and plan checks without a network use these."</p>
                    }
                        .into_any()
                }
                None => view! { <p class="soft">"None yet. They come with the releases on this device."</p> }.into_any(),
            }}
        </section>
    }
}
