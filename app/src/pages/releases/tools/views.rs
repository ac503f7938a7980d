use domain::wire::view::{NewView, SavedView, SharedWith, ViewChange};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::state::ListState;
use crate::client::http::{self, ApiError};
use crate::parts::people::use_people;
use crate::paths::Query;
use crate::state::{Remote, remote, use_session, use_toasts};
use crate::ui::{
    Button, ButtonKind, Dialog, Icon, SelectField, StateKind, TextField, icon, show, skeleton_lines,
    state_view,
};

const PATH: &str = "/api/v1/views";

/// Lists under a name: one's own and those of others, and this one under a new name.
#[component]
pub fn Views(
    /// Open or not.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open=open title="Views">
            <Content open=open />
        </Dialog>
    }
}

#[component]
fn Content(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<ListState>();
    let (session, people, toasts) = (use_session(), use_people(), use_toasts());
    let views = remote(true, || (), |()| http::get::<Vec<SavedView>>(PATH));
    let name = RwSignal::new(String::new());
    let shared = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let groups = Signal::derive(move || {
        let mine = session.me().map(|me| me.actor.groups.clone()).unwrap_or_default();
        let mut options = vec![
            (String::new(), "Only me".to_owned()),
            ("everybody".to_owned(), "Everybody".to_owned()),
        ];
        options.extend(mine.into_iter().map(|id| (id.to_string(), people.group(id))));
        options
    });
    let save = move |()| {
        let new = NewView {
            name: name.get_untracked(),
            query: here(state),
            shared: shared.get_untracked().parse().ok(),
        };
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            match http::post::<_, SavedView>(PATH, &new).await {
                Ok(view) => {
                    toasts.say(format!("“{}” is kept", view.name));
                    name.try_set(String::new());
                    views.reload();
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    let error = |field: &'static str| Signal::derive(move || failed.with(|it| it.as_ref()?.field(field)));
    let other = move || {
        failed.with(|it| {
            let error = it.as_ref()?;
            let named = ["name", "shared"]
                .iter()
                .any(|field| error.field(field).is_some());
            (!named).then(|| error.message())
        })
    };
    view! {
        {show(views, "the views", || skeleton_lines(4), move |list| rows(list, views, open))}
        <form
            class="ui-form part-save-view"
            on:submit=move |ev| {
                ev.prevent_default();
                save(());
            }
        >
            <h3>"Keep this list as it is now"</h3>
            <TextField label="Name" value=name max=80 error=error("name") required=true />
            <SelectField label="Who sees it" value=shared options=groups error=error("shared") />
            <p class="error" role="alert">{other}</p>
            <div class="ui-actions">
                <Button kind=ButtonKind::Primary busy=busy submit=true>"Keep it"</Button>
            </div>
        </form>
    }
}

/// The query of the list as it is, whole: also the tab that it has by itself.
fn here(state: ListState) -> String {
    let view = state.wanted.with_untracked(|wanted| wanted.view);
    let address = state.query.now.get_untracked().with("view", view.as_str());
    address.on("").trim_start_matches('?').to_owned()
}

fn rows(list: Vec<SavedView>, views: Remote<Vec<SavedView>>, open: RwSignal<bool>) -> AnyView {
    if list.is_empty() {
        return state_view(
            StateKind::Empty,
            "No views yet",
            "Filter and order the list, choose its columns, and keep it under a name.",
            None,
        );
    }
    let state = expect_context::<ListState>();
    let (session, people, toasts) = (use_session(), use_people(), use_toasts());
    let me = session.me();
    let row = move |view: SavedView| {
        let mine = me.as_ref().is_some_and(|me| {
            me.actor.user == view.owner || (me.actor.is_administrator() && view.shared.is_some())
        });
        let href = Query::parse(&view.query).on(state.list.path());
        let owner = view.owner;
        let with = view.shared;
        let who = move || match with {
            None => "only me".to_owned(),
            Some(SharedWith::Everybody) => format!("everybody, by {}", people.name(owner)),
            Some(SharedWith::Group(group)) => format!("{}, by {}", people.group(group), people.name(owner)),
        };
        let path = format!("{PATH}/{}", view.id);
        let (kept, dropped) = (view.name.clone(), view.name.clone());
        let keep = {
            let path = path.clone();
            move |()| {
                let (path, name) = (path.clone(), kept.clone());
                let change = ViewChange {
                    query: Some(here(state)),
                    ..ViewChange::default()
                };
                spawn_local(async move {
                    match http::patch::<_, SavedView>(&path, &change).await {
                        Ok(_) => toasts.say(format!("“{name}” is now this list")),
                        Err(error) => toasts.fail(error.message()),
                    }
                    views.reload();
                });
            }
        };
        let forget = move |()| {
            let (path, name) = (path.clone(), dropped.clone());
            spawn_local(async move {
                match http::delete(&path).await {
                    Ok(()) => toasts.say(format!("“{name}” is deleted")),
                    Err(error) => toasts.fail(error.message()),
                }
                views.reload();
            });
        };
        let label = format!("Delete {}", view.name);
        let own = mine.then(|| {
            view! {
                <Button kind=ButtonKind::Quiet title="Let it be the list as it is now" on_press=keep>"Overwrite"</Button>
                <Button kind=ButtonKind::Quiet icon=Icon::Trash on_press=forget>
                    <span class="sr-only">{label}</span>
                </Button>
            }
        });
        view! {
            <li>
                <a href=href data-noscroll="" on:click=move |_| open.set(false)>{view.name.clone()}</a>
                <span class="soft meta">{icon(Icon::Person)} {who}</span>
                {own}
            </li>
        }
    };
    view! { <ul class="part-list part-views">{list.into_iter().map(row).collect_view()}</ul> }.into_any()
}
