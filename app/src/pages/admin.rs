//! Administration: the registers around releases, one page each, with the list of them beside it.
//!
//! A new register is a line in [`REGISTERS`], a page that begins with [`AdminPage`], and a route.

pub mod webhook;
pub mod webhooks;

use domain::access::Deed;
use leptos::prelude::*;

use crate::state::{use_path, use_session};
use crate::ui::{Page, StateKind, state_view};

/// A register: its address, its name, what it is for.
struct Register {
    href: &'static str,
    name: &'static str,
    about: &'static str,
}

/// All registers, in the order of the list.
const REGISTERS: &[Register] = &[Register {
    href: "/admin/webhooks",
    name: "Webhooks",
    about: "Other programs that are told what happens",
}];

/// A page of the administration: heading, the registers beside it, and for everybody else why it is not for them.
#[component]
pub fn AdminPage(
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// Above the heading.
    #[prop(optional, into)]
    over: Option<ViewFn>,
    /// Beside the heading.
    #[prop(optional, into)]
    beside: Option<ViewFn>,
    /// Actions of the page.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// Made only for administrators.
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let may = Memo::new(move |_| session.may(Deed::Administer));
    let slot =
        move |view: Option<ViewFn>| ViewFn::from(move || may.get().then(|| view.as_ref().map(ViewFn::run)));
    view! {
        <Page title=title over=slot(over) beside=slot(beside) actions=slot(actions)>
            {move || {
                if may.get() {
                    view! {
                        <div class="page-admin">
                            <Registers />
                            <div class="ui-stack">{children()}</div>
                        </div>
                    }
                        .into_any()
                } else {
                    state_view(
                        StateKind::NoPermission,
                        "Not for your account",
                        "Only administrators see and change this. An administrator can give you the role.",
                        None,
                    )
                }
            }}
        </Page>
    }
}

/// The registers, the one that is open marked.
#[component]
fn Registers() -> impl IntoView {
    let path = use_path();
    let entry = move |register: &'static Register| {
        let here = move || path.with(|path| belongs(path, register.href));
        view! {
            <li>
                <a href=register.href aria-current=move || here().then_some("page")>
                    {register.name}
                </a>
            </li>
        }
    };
    view! {
        <nav class="registers" aria-label="Registers">
            <ul>{REGISTERS.iter().map(entry).collect_view()}</ul>
        </nav>
    }
}

/// Whether an address is that of a register or of a record in it.
fn belongs(path: &str, register: &str) -> bool {
    path.strip_prefix(register)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The page that names the registers.
#[component]
pub fn AdminHome() -> impl IntoView {
    let entry = |register: &'static Register| {
        view! {
            <li>
                <a href=register.href>{register.name}</a>
                <span class="soft">{register.about}</span>
            </li>
        }
    };
    view! {
        <AdminPage title="Administration">
            <ul class="register-list ui-panel">{REGISTERS.iter().map(entry).collect_view()}</ul>
        </AdminPage>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_belongs_to_its_register_and_to_no_other() {
        assert!(belongs("/admin/webhooks", "/admin/webhooks"));
        assert!(belongs("/admin/webhooks/01J", "/admin/webhooks"));
        assert!(!belongs("/admin/webhooks-old", "/admin/webhooks"));
        assert!(!belongs("/admin", "/admin/webhooks"));
    }
}
