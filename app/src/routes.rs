//! Every page and its address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Redirect, Route, Router};
use leptos_router::path;

use crate::frame::{Announcer, Frame, UpdateBar};
use crate::lazy::{Fetch, chunks, lazy, prefetch};
use crate::pages;
use crate::paths::Query;
use crate::state;
use crate::state::session::Who;
use crate::state::{use_path, use_query, use_session};
use crate::ui::failure_view;

/// The application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|text| format!("{text} · Slipway") />
        <Router>
            <Shell />
        </Router>
    }
}

/// What may be shown at all.
#[derive(Debug, Clone, PartialEq)]
enum Gate {
    Asking,
    /// Nobody is signed in; the page there asks who it is.
    SignIn,
    /// Nobody is signed in, at an address that needs somebody.
    GoToSignIn,
    Open,
    Broken(crate::client::http::ApiError),
}

#[component]
fn Shell() -> impl IntoView {
    state::provide();
    let announcer = Announcer::new();
    provide_context(announcer);
    let session = use_session();
    let path = use_path();
    // A memo, so that an ended session or a second sign-in leaves the page alone.
    let gate = Memo::new(move |_| match session.who() {
        _ if path.with(|path| path == "/sign-in") => Gate::SignIn,
        Who::Asking => Gate::Asking,
        Who::Nobody => Gate::GoToSignIn,
        Who::Somebody(_) | Who::Ended(_) => Gate::Open,
        Who::Unknown(error) => Gate::Broken(error),
    });
    let connection = state::use_connection();
    Effect::new(move |before: Option<()>| {
        connection.restored.track();
        if before.is_some() && matches!(untrack(|| session.who()), Who::Unknown(_)) {
            leptos::task::spawn_local(session.refresh());
        }
    });
    Effect::new(move |_| {
        if gate.with(|gate| *gate != Gate::Asking)
            && let Some(splash) = document().get_element_by_id("splash")
        {
            splash.remove();
        }
    });
    view! {
        {announcer.region()}
        {move || match gate.get() {
            // The splash of the page is still there, in the shape of what comes.
            Gate::Asking => ().into_any(),
            Gate::SignIn => view! { <pages::sign_in::SignInPage /> }.into_any(),
            Gate::GoToSignIn => view! { <GoToSignIn /> }.into_any(),
            Gate::Open => view! { <Frame><Pages /></Frame> }.into_any(),
            Gate::Broken(error) => {
                let retry = Callback::new(move |()| leptos::task::spawn_local(session.refresh()));
                view! {
                    <Title text="Not connected" />
                    <main class="frame-alone">
                        <h1>"Slipway"</h1>
                        {failure_view("Slipway", &error, Some(retry))}
                        <UpdateBar />
                    </main>
                }
                .into_any()
            }
        }}
    }
}

/// Goes to the sign-in page, which remembers where the person wanted to go. Reads the address once: it is about
/// to change.
#[component]
fn GoToSignIn() -> impl IntoView {
    let here = untrack(|| use_query().now.get().on(&use_path().get()));
    let target = Query::default().with("return", &here).on("/sign-in");
    let options = leptos_router::NavigateOptions {
        replace: true,
        ..Default::default()
    };
    view! { <Redirect path=target options=options /> }
}

chunks! {
    /// What most people see first. Its files are fetched while the core still comes: see `FIRST` of the bundler.
    start {
        home => crate::pages::home::HomePage,
        work => crate::pages::releases::WorkPage,
        releases => crate::pages::releases::ReleasesPage,
    }
    /// Drafting, following and carrying out one release.
    release {
        plan => crate::pages::release::ReleasePage,
        new => crate::pages::release_new::NewReleasePage,
        run => crate::pages::run::RunPage,
        print => crate::pages::release::print::PrintPage,
    }
    /// What is done with lists of releases now and then.
    lists {
        charts => crate::pages::releases::charts::Charts,
        tools => crate::pages::releases::tools::Tools,
    }
    /// What there is beside releases: the estate, the registers, imports, and one's own device and account. One chunk: as
    /// three, what a device takes along grew by 3 %.
    estate {
        cmdb => crate::pages::cmdb::CmdbPage,
        ci => crate::pages::ci::CiPage,
        impact => crate::pages::impact::ImpactPage,
        register => crate::pages::registers::RegisterPage,
        record => crate::pages::registers::record::RecordPage,
        import => crate::pages::import::ImportPage,
        report => crate::pages::import::ReportPage,
        device => crate::pages::device::DevicePage,
        queue => crate::pages::device::queue::QueuePage,
        account => crate::pages::account::AccountPage,
        schedule => crate::pages::schedule::SchedulePage,
    }
    /// People, rights and the other registers around releases.
    admin {
        overview => crate::pages::admin::OverviewPage,
        rights => crate::pages::admin::RightsPage,
        tokens => crate::pages::admin::TokensPage,
        audit => crate::pages::admin::AuditPage,
        webhooks => crate::pages::admin::webhooks::WebhooksPage,
        webhook => crate::pages::admin::webhook::WebhookPage,
        mail => crate::pages::admin::mail::MailPage,
        register => crate::pages::admin::RegisterPage,
        record => crate::pages::admin::RecordPage,
    }
}

/// A page of each chunk that is fetched before anybody goes there. Administration is of no use without the server, and of
/// none to most people.
const AHEAD: &[Fetch] = &[start::home, release::plan, lists::tools, estate::cmdb];

#[component]
fn Pages() -> impl IntoView {
    prefetch(AHEAD);
    view! {
        <FlatRoutes fallback=|| view! { <pages::not_found::NotFoundPage /> }.into_any()>
            <Route path=path!("/") view=|| lazy(start::home) />
            <Route path=path!("/work") view=|| lazy(start::work) />
            <Route path=path!("/releases") view=|| lazy(start::releases) />
            <Route path=path!("/releases/new") view=|| lazy(release::new) />
            <Route path=path!("/releases/:id") view=|| lazy(release::plan) />
            <Route path=path!("/releases/:id/run") view=|| lazy(release::run) />
            <Route path=path!("/releases/:id/print") view=|| lazy(release::print) />
            <Route path=path!("/schedule") view=|| lazy(estate::schedule) />
            <Route path=path!("/cmdb") view=|| lazy(estate::cmdb) />
            <Route path=path!("/cmdb/ci/*key") view=|| lazy(estate::ci) />
            <Route path=path!("/registers/:kind") view=|| lazy(estate::register) />
            <Route path=path!("/registers/:kind/*key") view=|| lazy(estate::record) />
            <Route path=path!("/impact") view=|| lazy(estate::impact) />
            <Route path=path!("/import") view=|| lazy(estate::import) />
            <Route path=path!("/import/:id") view=|| lazy(estate::report) />
            <Route path=path!("/device") view=|| lazy(estate::device) />
            <Route path=path!("/device/queue") view=|| lazy(estate::queue) />
            <Route path=path!("/admin/webhooks") view=|| lazy(admin::webhooks) />
            <Route path=path!("/admin/webhooks/:id") view=|| lazy(admin::webhook) />
            <Route path=path!("/admin/mail") view=|| lazy(admin::mail) />
            <Route path=path!("/account") view=|| lazy(estate::account) />
            <Route path=path!("/admin") view=|| lazy(admin::overview) />
            <Route path=path!("/admin/rights") view=|| lazy(admin::rights) />
            <Route path=path!("/admin/tokens") view=|| lazy(admin::tokens) />
            <Route path=path!("/admin/audit") view=|| lazy(admin::audit) />
            <Route path=path!("/admin/:register") view=|| lazy(admin::register) />
            <Route path=path!("/admin/:register/:id") view=|| lazy(admin::record) />
        </FlatRoutes>
    }
    .into_any()
}
