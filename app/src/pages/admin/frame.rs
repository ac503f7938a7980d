//! What all pages of administration have around them: the sidebar, and the word for those who may not be here.

use domain::access::Deed;
use leptos::prelude::*;

use super::register::Register;
use super::registers;
use crate::state::{use_connection, use_directory, use_path, use_session};
use crate::ui::{Icon, Page, StateKind, icon, keep_current_in_sight, skeleton_lines, state_view};

/// What somebody may do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is not known yet.
    Asking,
    /// Everything.
    Administrator,
    /// Say who belongs to the groups they lead.
    Leader,
    /// Nothing.
    Nobody,
}

/// What the person may do here; tracks.
#[must_use]
pub fn use_standing() -> Memo<Standing> {
    let (session, directory) = (use_session(), use_directory());
    Memo::new(move |_| {
        let Some(me) = session.me() else {
            return Standing::Asking;
        };
        if session.may(Deed::Administer) {
            return Standing::Administrator;
        }
        directory.value.with(|directory| match directory {
            None => Standing::Asking,
            Some(directory) => {
                let leads = directory
                    .groups
                    .iter()
                    .any(|group| group.leader == Some(me.actor.user));
                if leads { Standing::Leader } else { Standing::Nobody }
            }
        })
    })
}

/// Pages that are no list of a register.
const MORE: [(&str, &str); 5] = [
    ("/admin/rights", "Rights"),
    ("/admin/tokens", "Tokens"),
    ("/admin/webhooks", "Webhooks"),
    ("/admin/mail", "Mail"),
    ("/admin/audit", "Audit"),
];

/// A page of administration. `led`: leaders of groups may see it, too.
#[component]
pub fn AdminPage(
    /// Heading.
    #[prop(into)]
    title: Signal<String>,
    /// Leaders of groups may see it.
    #[prop(optional, into)]
    led: Signal<bool>,
    /// Above the heading.
    #[prop(optional, into)]
    over: Option<ViewFn>,
    /// Beside the heading.
    #[prop(optional, into)]
    beside: Option<ViewFn>,
    /// What can be done here.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    children: ChildrenFn,
) -> impl IntoView {
    let standing = use_standing();
    let open = Memo::new(move |_| match standing.get() {
        Standing::Administrator => Some(true),
        Standing::Leader => Some(led.get()),
        Standing::Nobody => Some(false),
        Standing::Asking => None,
    });
    let children = StoredValue::new(children);
    let when_open = move |view: Option<ViewFn>| {
        let view = StoredValue::new(view);
        ViewFn::from(move || {
            (open.get() == Some(true)).then(|| view.with_value(|view| view.as_ref().map(ViewFn::run)))
        })
    };
    view! {
        <Page title=title over=when_open(over) beside=when_open(beside) actions=when_open(actions)>
            {move || match open.get() {
                None => skeleton_lines(8),
                Some(false) => {
                    state_view(
                        StateKind::NoPermission,
                        "Not for your account",
                        "Only administrators may see this page, and leaders the groups they lead. An administrator can give you the role.",
                        None,
                    )
                }
                Some(true) => {
                    view! {
                        <div class="page-admin">
                            <Sidebar standing=standing />
                            <div class="ui-stack content">
                                <NeedsNetwork />
                                {children.with_value(|children| children())}
                            </div>
                        </div>
                    }
                        .into_any()
                }
            }}
        </Page>
    }
}

#[component]
fn Sidebar(standing: Memo<Standing>) -> impl IntoView {
    let path = use_path();
    let entry = move |href: String, word: &'static str| {
        let mine = href.clone();
        let here = move || {
            path.with(|path| {
                *path == mine
                    || path
                        .strip_prefix(mine.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
            })
        };
        view! {
            <li>
                <a href=href aria-current=move || here().then_some("page")>{word}</a>
            </li>
        }
    };
    let entries = move || {
        let all = standing.get() == Standing::Administrator;
        let seen = move |register: &&Register| all || !register.led.is_empty();
        let lists = registers::ALL.into_iter().filter(seen);
        let lists = lists
            .map(|register| entry(register.page(), register.title))
            .collect_view();
        let more = all.then(|| {
            let more = MORE.into_iter().map(|(href, word)| entry(href.to_owned(), word));
            more.collect_view()
        });
        (lists, more)
    };
    let row = NodeRef::new();
    keep_current_in_sight(row, move || {
        path.track();
        standing.track();
    });
    view! {
        <nav class="page-admin-nav" aria-label="Administration" node_ref=row>
            <ul>{entries}</ul>
        </nav>
    }
}

/// Nothing here is kept on the device: without a server nothing can be saved.
#[component]
fn NeedsNetwork() -> impl IntoView {
    let connection = use_connection();
    move || {
        connection.offline_since.get().is_some().then(|| {
            view! {
                <div class="ui-bar" data-tone="warning" role="status">
                    {icon(Icon::Offline)}
                    <span>
                        "Administration needs the network: nothing can be saved while the server is out of reach. What you typed stays on this page."
                    </span>
                </div>
            }
        })
    }
}
