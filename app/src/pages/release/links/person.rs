//! People in a role: who to call, as they were when linked.

use domain::release::{Command, Link, LinkKey, PersonCard};
use domain::sync::ReleaseOp;
use domain::{PersonLinkId, UserId};
use leptos::prelude::*;

use super::Links;
use super::record::none;
use crate::client::fresh;
use crate::parts::people::{or_none, use_people};
use crate::state::use_release;
use crate::ui::{Button, ButtonKind, Dialog, For, Icon, SelectField, TableFrame, TextField, icon};
use crate::words;

/// The section.
#[component]
pub fn People() -> impl IntoView {
    let (open, links) = (use_release(), expect_context::<Links>());
    let all = Memo::new(move |_| {
        open.with(|release| {
            let people = release.live_links().filter(|(_, link)| link.person.is_some());
            people
                .map(|(key, link)| (key.clone(), link.clone()))
                .collect::<Vec<(LinkKey, Link)>>()
        })
        .unwrap_or_default()
    });
    let empty = Memo::new(move |_| all.with(Vec::is_empty));
    let adding = RwSignal::new(false);
    let caption = Signal::derive(move || {
        let count = all.with(|all| u64::try_from(all.len()).unwrap_or(u64::MAX));
        words::many(count, "person", "people")
    });
    view! {
        <section class="ui-panel" aria-label="People and roles">
            <h2>"People and roles"</h2>
            {move || {
                if empty.get() {
                    none("Nobody is linked.")
                } else {
                    view! {
                        <TableFrame caption=caption>
                            <thead>
                                <tr>
                                    <th scope="col">"Person"</th>
                                    <th scope="col">"Role"</th>
                                    <th scope="col">"Job title"</th>
                                    <th scope="col">"Phone"</th>
                                    <th scope="col">"E-mail"</th>
                                    <th scope="col"><span class="sr-only">"Actions"</span></th>
                                </tr>
                            </thead>
                            <tbody>
                                <For each=move || all.get() key=|(key, _)| key.clone() let:one>
                                    <Row key=one.0 link=one.1 />
                                </For>
                            </tbody>
                        </TableFrame>
                    }
                        .into_any()
                }
            }}
            {move || {
                links.accompanies.get().then(|| {
                    view! {
                        <div>
                            <Button icon=Icon::Plus on_press=move |()| adding.set(true)>"Link a person"</Button>
                        </div>
                    }
                })
            }}
            <Dialog open=adding title="Link a person in a role">
                <Form open=adding />
            </Dialog>
        </section>
    }
}

#[component]
fn Row(key: LinkKey, link: Link) -> impl IntoView {
    let (open, links) = (use_release(), expect_context::<Links>());
    let person = link.person.unwrap_or_default();
    let label = format!("End the link to {}", person.name);
    let again = person.clone();
    let end = Callback::new(move |()| {
        open.act(Command::Unlink { link: key.clone() });
        // Undone, it is a link of its own: what ended has ended.
        open.undoable(
            format!("Ended the link to {}", again.name),
            ReleaseOp::LinkPerson {
                link: PersonLinkId(fresh::ulid()),
                person: again.clone(),
            },
        );
    });
    let reach = |scheme: &str, text: &str| {
        let href = format!("{scheme}:{}", text.replace(' ', ""));
        (!text.is_empty()).then(|| view! { <a href=href>{text.to_owned()}</a> })
    };
    let phone = reach("tel", &person.phone);
    let email = reach("mailto", &person.email);
    view! {
        <tr>
            <th scope="row">{person.name.clone()}</th>
            <td>{person.role.clone()}</td>
            <td data-label="job title">{person.job_title.clone()}</td>
            <td data-label="phone">{phone}</td>
            <td data-label="e-mail">{email}</td>
            <td class="actions">
                {move || {
                    let label = label.clone();
                    links.accompanies.get().then(|| {
                        view! {
                            <button type="button" class="ui-button" data-kind="quiet" aria-label=label on:click=move |_| end.run(())>
                                {icon(Icon::Close)}
                            </button>
                        }
                    })
                }}
            </td>
        </tr>
    }
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let (release, people) = (use_release(), use_people());
    let text = || RwSignal::new(String::new());
    let (user, name, role, job_title, phone, email) = (text(), text(), text(), text(), text(), text());
    let tried = RwSignal::new(false);
    // Somebody who is known here brings along what is known of them.
    let choose = move |chosen: String| {
        let person = chosen
            .parse::<UserId>()
            .ok()
            .and_then(|id| untrack(|| people.person(id)));
        if let Some(person) = person {
            name.set(person.name);
            phone.set(person.phone.unwrap_or_default());
            email.set(person.email.unwrap_or_default());
        }
    };
    let missing = move |field: RwSignal<String>, what: &'static str| {
        Signal::derive(move || {
            (tried.get() && field.with(|text| text.trim().is_empty())).then(|| what.to_owned())
        })
    };
    let submit = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        tried.set(true);
        let get = |field: RwSignal<String>| field.get_untracked().trim().to_owned();
        if get(name).is_empty() || get(role).is_empty() {
            return;
        }
        release.act(Command::LinkPerson {
            person: PersonCard {
                user: user.get_untracked().parse().ok(),
                name: get(name),
                role: get(role),
                job_title: get(job_title),
                phone: get(phone),
                email: get(email),
            },
        });
        open.set(false);
    };
    view! {
        <form class="ui-form" on:submit=submit novalidate>
            <SelectField
                label="Known here"
                value=user
                options=Signal::derive(move || or_none(people.people(), "somebody else"))
                on_change=choose
            />
            <div class="ui-columns">
                <TextField label="Name" value=name required=true max=200 error=missing(name, "Say who it is.") />
                <TextField label="Role in this release" value=role required=true max=200 error=missing(role, "Say what they do here.") />
                <TextField label="Job title" value=job_title max=200 />
                <TextField label="Phone" kind="tel" value=phone max=60 />
                <TextField label="E-mail" kind="email" value=email max=200 />
            </div>
            <div class="ui-actions">
                <Button on_press=move |()| open.set(false)>"Cancel"</Button>
                <Button kind=ButtonKind::Primary submit=true>"Link"</Button>
            </div>
        </form>
    }
}
