//! The way into administration: what there is, in words.

use leptos::prelude::*;

use super::frame::{AdminPage, Standing, use_standing};
use super::register::Register;
use super::registers;

/// Pages that are no list of a register, and what they are for.
const MORE: [(&str, &str, &str); 5] = [
    (
        "/admin/rights",
        "Rights",
        "What each group may do with releases of which type.",
    ),
    (
        "/admin/tokens",
        "Tokens",
        "What other programs sign in with, of everybody, to look at and to revoke.",
    ),
    (
        "/admin/webhooks",
        "Webhooks",
        "Other programs that are told what happens, as it happens.",
    ),
    (
        "/admin/mail",
        "Mail",
        "Whether mails are sent, which were, which wait, and which were given up.",
    ),
    (
        "/admin/audit",
        "Audit",
        "Who changed what in these registers, when, and how it was before.",
    ),
];

/// The page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let standing = use_standing();
    let cards = move || {
        let all = standing.get() == Standing::Administrator;
        let seen = move |register: &&Register| all || !register.led.is_empty();
        let lists = registers::ALL.into_iter().filter(seen);
        let lists = lists.map(|register| card(register.page(), register.title, register.about));
        let more = MORE.into_iter().filter(move |_| all);
        let more = more.map(|(href, title, about)| card(href.to_owned(), title, about));
        lists.chain(more).collect_view()
    };
    view! {
        <AdminPage title="Administration" led=true>
            <ul class="page-admin-cards">{cards}</ul>
        </AdminPage>
    }
}

fn card(href: String, title: &'static str, about: &'static str) -> AnyView {
    view! {
        <li class="ui-panel">
            <h2>
                <a href=href>{title}</a>
            </h2>
            <p class="soft">{about}</p>
        </li>
    }
    .into_any()
}
