use domain::access::Deed;
use leptos::prelude::*;

use crate::state::{use_directory, use_path, use_session};
use crate::ui::{Icon, icon};

/// The main ways through the product. A bar at the bottom on phones.
#[component]
pub fn Rail() -> impl IntoView {
    let session = use_session();
    let path = use_path();
    let directory = use_directory();
    // Administrators, and who leads a group: they say who belongs to it.
    let administers = move || {
        let leads = |user| {
            directory.value.with(|directory| {
                let groups = directory.iter().flat_map(|directory| &directory.groups);
                groups.into_iter().any(|group| group.leader == Some(user))
            })
        };
        session.may(Deed::Administer) || session.me().is_some_and(|me| leads(me.actor.user))
    };
    let entry = move |href: &'static str, picture: Icon, word: &'static str| {
        let here = move || {
            path.with(|path| match href {
                "/" => path == "/",
                // One of five; all of them are there.
                "/registers/changes" => path.starts_with("/registers/"),
                _ => path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')),
            })
        };
        view! {
            <li>
                <a href=href aria-current=move || here().then_some("page")>
                    {icon(picture)}
                    <span class="word">{word}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="frame-rail" aria-label="Main">
            <a class="brand" href="/" tabindex="-1" aria-hidden="true">
                <img src="/icon.svg" alt="" width="28" height="28" />
                <span class="word">"Slipway"</span>
            </a>
            <ul>
                {entry("/", Icon::Home, "Home")}
                {entry("/work", Icon::Work, "Work")}
                {entry("/releases", Icon::Release, "Releases")}
                {entry("/schedule", Icon::Calendar, "Schedule")}
                {move || {
                    session
                        .may(Deed::ViewCmdb)
                        .then(|| {
                            (
                                entry("/cmdb", Icon::Cmdb, "CMDB"),
                                entry("/registers/changes", Icon::File, "Registers"),
                                entry("/impact", Icon::Impact, "Impact"),
                            )
                        })
                }}
                {move || session.may(Deed::Import).then(|| entry("/import", Icon::Import, "Import"))}
                {move || administers().then(|| entry("/admin", Icon::Settings, "Admin"))}
            </ul>
        </nav>
    }
}
