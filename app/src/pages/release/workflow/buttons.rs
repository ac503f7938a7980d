//! Print, the run sheet, the one next thing to do, its opposite, and everything else in a menu that says why not.

use domain::access::Deed;
use domain::release::{Action, Next, Stage};
use leptos::prelude::*;

use super::dialogs::Dialogs;
use super::{Workflow, use_workflow};
use crate::parts::focus::focus;
use crate::state::{use_release, use_session};
use crate::ui::{Button, ButtonKind, Icon, LinkButton, Menu, MenuButton, icon};

/// All of them.
#[component]
pub fn Buttons() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let next = Memo::new(move |_| workflow.next());
    let print = Signal::derive(move || format!("/releases/{}/print", open.name()));
    view! {
        <LinkButton href=print icon=Icon::Print>"Print"</LinkButton>
        <More next=next />
        <RunLink next=next />
        {move || {
            let Some(Next::Act(action)) = next.get() else { return ().into_any() };
            view! { <Beside action=action /> <Primary action=action /> }.into_any()
        }}
        <Dialogs />
    }
}

/// The next thing to do.
#[component]
fn Primary(action: Action) -> impl IntoView {
    let workflow = use_workflow();
    let blocked = Signal::derive(move || workflow.blocked(action));
    // Whoever waits for others is not asked to take it back.
    let kind = if action == Action::Withdraw {
        ButtonKind::Normal
    } else {
        ButtonKind::Primary
    };
    view! {
        <span class="page-primary">
            <Button kind=kind blocked=blocked on_press=move |()| workflow.ask(action)>
                {move || workflow.label(action)}
            </Button>
            <WhyNot action=action blocked=blocked />
        </span>
    }
}

/// The opposite of a decision stands beside it.
fn opposite(action: Action) -> Option<Action> {
    match action {
        Action::Authorise => Some(Action::Refuse),
        Action::Accept | Action::Forward => Some(Action::Unresolved),
        _ => None,
    }
}

#[component]
fn Beside(action: Action) -> impl IntoView {
    let workflow = use_workflow();
    move || {
        let other = opposite(action).filter(|other| workflow.offers(*other))?;
        Some(view! { <Button on_press=move |()| workflow.ask(other)>{other.label()}</Button> })
    }
}

/// A way from the disabled button to what is missing.
#[component]
fn WhyNot(action: Action, blocked: Signal<Option<String>>) -> impl IntoView {
    let workflow = use_workflow();
    let leads =
        move || blocked.get().is_some() && workflow.offers(action) && workflow.held_up(action).is_none();
    view! {
        {move || {
            leads()
                .then(|| {
                    view! {
                        <button type="button" class="link" on:click=move |_| { focus("unmet"); }>"Show"</button>
                    }
                })
        }}
    }
}

/// To the run sheet, once there is something to run; the next thing to do while it runs.
#[component]
fn RunLink(next: Memo<Option<Next>>) -> impl IntoView {
    let open = use_release();
    let stage = Memo::new(move |_| open.with(|release| release.stage));
    let first = Memo::new(move |_| next.get() == Some(Next::Run));
    let sheet = Signal::derive(move || format!("/releases/{}/run", open.name()));
    view! {
        {move || {
            let link = |kind| view! { <LinkButton kind=kind href=sheet>"Run sheet"</LinkButton> };
            Some(match (stage.get()?, first.get()) {
                (Stage::Draft, _) => return None,
                (_, true) => view! { <span class="page-primary">{link(ButtonKind::Primary)}</span> }.into_any(),
                _ => link(ButtonKind::Normal).into_any(),
            })
        }}
    }
}

/// Everything else: first what can be done, then what cannot and why.
#[component]
fn More(next: Memo<Option<Next>>) -> impl IntoView {
    let (workflow, session) = (use_workflow(), use_session());
    let administers = Memo::new(move |_| session.may(Deed::Administer));
    // A memo: what somebody else does must not close what is being read.
    let lists = Memo::new(move |_| listed(workflow, next.get()));
    view! {
        <span class="page-more">
            <Menu label="More actions" face=|| view! { <span class="face">"More" {icon(Icon::Down)}</span> }>
                <div class="page-menu">
                    {move || {
                        let (ready, blocked) = lists.get();
                        let none = ready.is_empty() && blocked.is_empty();
                        let ready = ready.into_iter().map(|action| {
                            view! {
                                <MenuButton on_press=move |()| workflow.ask(action)>
                                    {move || workflow.label(action)}
                                </MenuButton>
                            }
                        });
                        let blocked = blocked.into_iter().map(|(action, why)| view! { <NotNow action=action why=why /> });
                        view! {
                            {none.then(|| view! { <p class="soft meta">"Nothing else can be done in this stage."</p> })}
                            {ready.collect_view()}
                            {blocked.collect_view()}
                        }
                    }}
                    {move || {
                        administers
                            .get()
                            .then(|| {
                                view! {
                                    <hr />
                                    <MenuButton on_press=move |()| workflow.why.set(true)>"Why can I (not)?"</MenuButton>
                                }
                            })
                    }}
                    <p class="soft meta">
                        "Authorise and Accept need the server: they decide on exactly what is stored there. Everything \
                        else is kept on this device without a network, and decided by the server when it is back."
                    </p>
                </div>
            </Menu>
        </span>
    }
}

/// An action that cannot be done now, with the reason.
#[component]
fn NotNow(action: Action, why: String) -> impl IntoView {
    let workflow = use_workflow();
    view! {
        <div class="item" data-blocked="">
            <button type="button" aria-disabled="true">{move || workflow.label(action)}</button>
            <span class="ui-reason">{why}</span>
        </div>
    }
}

/// The actions of this stage that have no button of their own.
pub(super) fn listed(workflow: Workflow, next: Option<Next>) -> (Vec<Action>, Vec<(Action, String)>) {
    let shown = match next {
        Some(Next::Act(action)) => [
            Some(action),
            opposite(action).filter(|other| workflow.offers(*other)),
        ],
        _ => [None, None],
    };
    let elsewhere = |code: &str| matches!(code, "wrong_stage" | "wrong_disposition" | "authorised_already");
    let (mut ready, mut blocked) = (Vec::new(), Vec::new());
    for action in Action::ALL {
        let unmet = workflow.unmet(action);
        // Sharing has one dialog for both ways.
        let other = shown.contains(&Some(action)) || action == Action::Unshare;
        if other || unmet.iter().any(|unmet| elsewhere(&unmet.code)) {
            continue;
        }
        match workflow.blocked(action) {
            None => ready.push(action),
            Some(why) => {
                let why = match unmet.as_slice() {
                    _ if workflow.held_up(action).is_some() => why,
                    [one] => one.text.clone(),
                    [first, rest @ ..] => match unmet.iter().find(|unmet| unmet.code == "not_allowed") {
                        Some(not_allowed) => not_allowed.text.clone(),
                        None => format!("{} And {} more.", first.text, rest.len()),
                    },
                    [] => why,
                };
                blocked.push((action, why));
            }
        }
    }
    (ready, blocked)
}
