//! Whose work it is, and who looks on.

use domain::UserId;
use domain::release::{Action, Command, Party, Release};
use leptos::prelude::*;

use super::dialogs::Foot;
use super::use_workflow;
use crate::parts::people::{or_none, use_people};
use crate::state::use_release;
use crate::ui::{Button, ButtonKind, For, SelectField};

/// Takes it from somebody who is named: nobody loses work unseen.
#[component]
pub fn ClaimSheet() -> impl IntoView {
    let (open, workflow, people) = (use_release(), use_workflow(), use_people());
    // Whoever has it when the dialog opens is whom one takes it from.
    let from: Option<UserId> = untrack(|| open.with(Release::assignee).flatten());
    let go = move |()| {
        open.act(Command::Claim { from });
        workflow.close();
    };
    view! {
        <p>{move || from.map(|from| people.name(from))} " has it. Claim it only if you have talked about it."</p>
        <Foot action=Action::Claim words="Claim it" on_go=go />
    }
}

/// To a person.
#[component]
pub fn DelegateSheet() -> impl IntoView {
    let (open, workflow, people) = (use_release(), use_workflow(), use_people());
    let now = untrack(|| open.with(Release::assignee).flatten());
    let (to, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let others = Signal::derive(move || {
        let mut others = people.people();
        others.retain(|(id, _)| Some(id.clone()) != now.map(|now| now.to_string()));
        or_none(others, "Choose a person")
    });
    let chosen = Signal::derive(move || to.with(|to| to.parse().ok().map(Party::User)));
    let go = move |()| match to.with_untracked(|to| to.parse()) {
        Ok(to) => {
            open.act(Command::Delegate { to });
            workflow.close();
        }
        Err(_) => wrong.set(Some("Choose who gets it.".into())),
    };
    view! {
        <p>
            {move || now.map_or_else(|| "Nobody has it now.".to_owned(), |now| format!("{} has it now.", people.name(now)))}
            " The other sees it in what waits for them, and may do the work of this stage if they hold the right."
        </p>
        <SelectField label="Person" value=to options=others error=wrong required=true />
        <Foot action=Action::Delegate words="Give it to them" on_go=go to=chosen />
    }
}

/// To a group.
#[component]
pub fn GroupSheet() -> impl IntoView {
    let (open, workflow, people) = (use_release(), use_workflow(), use_people());
    let now = untrack(|| open.with(Release::working_groups).unwrap_or_default());
    let (to, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let others = Signal::derive(move || {
        let mut others = people.groups();
        others.retain(|(id, _)| !now.iter().any(|group| group.to_string() == *id));
        or_none(others, "Choose a group")
    });
    let chosen = Signal::derive(move || to.with(|to| to.parse().ok().map(Party::Group)));
    let go = move |()| match to.with_untracked(|to| to.parse()) {
        Ok(to) => {
            open.act(Command::ChangeGroup { to });
            workflow.close();
        }
        Err(_) => wrong.set(Some("Choose which group gets it.".into())),
    };
    view! {
        <p>"Nobody has it afterwards, until somebody of the other group claims it."</p>
        <SelectField label="Group" value=to options=others error=wrong required=true />
        <Foot action=Action::ChangeGroup words="Give it to the group" on_go=go to=chosen />
    }
}

/// People and groups who look on: whoever is here may see the release, whatever their rights.
#[component]
pub fn ShareSheet() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let (with, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let shared = Memo::new(move |_| {
        open.with(|release| release.course.shared_with.iter().copied().collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let options = Signal::derive(move || {
        let groups = people.groups().into_iter();
        let groups = groups.map(|(id, name)| (format!("group {id}"), format!("Group {name}")));
        let persons = people.people().into_iter();
        let persons = persons.map(|(id, name)| (format!("user {id}"), name));
        let mut all: Vec<_> = groups.chain(persons).collect();
        let here: Vec<String> = shared.get().into_iter().map(key).collect();
        all.retain(|(key, _)| !here.contains(key));
        or_none(all, "Choose a person or group")
    });
    let go = move |()| match with.with_untracked(|with| party(with)) {
        Some(with_whom) => {
            open.act(Command::Share { with: with_whom });
            with.set(String::new());
            wrong.set(None);
        }
        None => wrong.set(Some("Choose whom to share it with.".into())),
    };
    let chosen = Signal::derive(move || with.with(|with| party(with)));
    let row = move |with: Party| {
        let name = move || match with {
            Party::User(user) => people.name(user),
            Party::Group(group) => format!("Group {}", people.group(group)),
        };
        view! {
            <li>
                <span>{name}</span>
                <Button kind=ButtonKind::Quiet on_press=move |()| open.act(Command::Unshare { with })>
                    "End sharing" <span class="sr-only">" with " {name}</span>
                </Button>
            </li>
        }
    };
    view! {
        <p>"They may read the release and its history and write into its journal. What else they may do does not come from this."</p>
        <ul class="page-shared">
            <For each=move || shared.get() key=|party| *party children=row />
        </ul>
        <SelectField label="Share with" value=with options=options error=wrong />
        <Foot action=Action::Share words="Share it" on_go=go to=chosen />
    }
}

fn key(party: Party) -> String {
    match party {
        Party::User(user) => format!("user {user}"),
        Party::Group(group) => format!("group {group}"),
    }
}

fn party(key: &str) -> Option<Party> {
    match key.split_once(' ')? {
        ("user", id) => id.parse().ok().map(Party::User),
        ("group", id) => id.parse().ok().map(Party::Group),
        _ => None,
    }
}
