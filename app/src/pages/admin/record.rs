//! One record of a register, or a new one: its form, retiring it and giving it back.

use domain::wire::list::ReleasePage;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;

use super::conflict::Clashes;
use super::editors::editor;
use super::form::Form;
use super::frame::{AdminPage, Standing, use_standing};
use super::names::Names;
use super::register::{Record, Register};
use super::registers;
use super::save::SaveBar;
use crate::client::http;
use crate::pages::not_found::NotFoundPage;
use crate::paths::{Query, decode};
use crate::state::{Remote, offline, remote, use_connection, use_toasts};
use crate::ui::{Badge, Button, Confirm, Icon, LinkButton, Tone, icon, show, skeleton_lines};
use crate::words;

/// The page.
#[component]
pub fn RecordPage() -> impl IntoView {
    let params = use_params_map();
    let at = Memo::new(move |_| {
        let part = |name| params.with(|params| decode(&params.get(name).unwrap_or_default()));
        (part("register"), part("id"))
    });
    move || {
        let (register, id) = at.get();
        match registers::find(&register) {
            Some(register) if id == "new" => view! { <New register=register /> }.into_any(),
            Some(register) => view! { <Existing register=register id=id /> }.into_any(),
            None => view! { <NotFoundPage /> }.into_any(),
        }
    }
}

#[component]
fn New(register: &'static Register) -> impl IntoView {
    let names = Names::load(register.sources());
    let empty = Record {
        id: String::new(),
        version: 0,
        retired: false,
        fields: (register.start)(),
    };
    let over = move || view! { <a href=register.page()>{register.title}</a> };
    view! {
        <AdminPage title=format!("Add {}", register.one) over=over>
            <Editing register=register record=empty.clone() names=names loaded=None />
        </AdminPage>
    }
}

#[component]
fn Existing(register: &'static Register, id: String) -> impl IntoView {
    let id = StoredValue::new(id);
    let record = remote(
        false,
        || (),
        move |()| async move { register.read(&id.get_value()).await },
    );
    let names = Names::load(register.sources());
    let title = Signal::derive(move || {
        record
            .value
            .with(|record| {
                record
                    .as_ref()
                    .map(|record| (register.label)(&record.fields, names))
            })
            .unwrap_or_else(|| register.title.to_owned())
    });
    let over = move || view! { <a href=register.page()>{register.title}</a> };
    let beside = move || {
        let retired = record
            .value
            .with(|record| record.as_ref().is_some_and(|record| record.retired));
        retired.then(|| view! { <Badge tone=Tone::Warning text="retired" /> })
    };
    let actions = move || view! { <Actions register=register record=record names=names /> };
    // Made once for each answer that is not this page's own: what is typed must outlive a save.
    let there = Memo::new(move |_| record.value.with(Option::is_some));
    let form = move || {
        let found = there.get().then(|| record.value.get_untracked()).flatten();
        found
            .map(|found| view! { <Editing register=register record=found names=names loaded=Some(record) /> })
    };
    view! {
        <AdminPage title=title led=!register.led.is_empty() over=over beside=beside actions=actions>
            {show(record, "this record", || skeleton_lines(10), |_| ().into_any())}
            {form}
        </AdminPage>
    }
}

/// Retire, give back, and the way to what was changed before.
#[component]
fn Actions(register: &'static Register, record: Remote<Record>, names: Names) -> impl IntoView {
    let standing = use_standing();
    let (toasts, connection) = (use_toasts(), use_connection());
    let asking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let label = move || {
        let label = record
            .value
            .with(|record| record.as_ref().map(|it| (register.label)(&it.fields, names)));
        label.unwrap_or_default()
    };
    let restore = Callback::new(move |()| {
        let Some(now) = record.value.get_untracked() else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            let _saving = connection.saving();
            let back = register.restore(&now.id, now.version).await;
            busy.try_set(false);
            match back {
                Ok(back) => {
                    record.put(back);
                    names.reload();
                    toasts.say(format!("{} is in use again", untrack(label)));
                }
                Err(error) => toasts.fail(error.message()),
            }
        });
    });
    let retire = move |()| {
        let Some(now) = record.value.get_untracked() else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            let _saving = connection.saving();
            let answer = match register.retire(&now.id, now.version).await {
                Ok(()) => register.read(&now.id).await,
                Err(error) => Err(error),
            };
            busy.try_set(false);
            match answer {
                Ok(now) => {
                    record.put(now);
                    names.reload();
                    toasts.undoable(format!("{} is retired", untrack(label)), restore);
                }
                Err(error) => toasts.fail(error.message()),
            }
        });
    };
    let left = RwSignal::new(None::<String>);
    let ask = move || {
        let Some(now) = record.value.get_untracked() else {
            return;
        };
        left.set(None);
        asking.set(true);
        spawn_local(async move {
            left.try_set(left_open(register.name, &now.id).await);
        });
    };
    let blocked = offline();
    let buttons = move || {
        let (id, retired) = record
            .value
            .with(|it| it.as_ref().map(|it| (it.id.clone(), it.retired)))?;
        if standing.get() != Standing::Administrator {
            return None;
        }
        let changes = Query::default()
            .with("register", register.name)
            .with("record", &id)
            .on("/admin/audit");
        let button = if retired {
            view! { <Button busy=busy blocked=blocked on_press=restore>"Put back into use"</Button> }
                .into_any()
        } else {
            view! {
                <Button busy=busy blocked=blocked icon=Icon::Trash on_press=move |()| ask()>"Retire"</Button>
            }
            .into_any()
        };
        Some(view! {
            <LinkButton href=changes>"Changes"</LinkButton>
            {button}
        })
    };
    view! {
        {buttons}
        <Confirm
            open=asking
            title=Signal::derive(move || format!("Retire {}?", label()))
            text=Signal::derive(move || format!(
                "{} {} {}You can put it back into use at any time.",
                label(),
                register.retiring,
                left.get().map(|left| format!("{left} ")).unwrap_or_default()
            ))
            action=Signal::derive(move || format!("Retire {}", label()))
            danger=true
            on_confirm=retire
        />
    }
}

/// What would be left open by whoever is to be retired, and what to do; nothing where nothing is.
async fn left_open(register: &str, id: &str) -> Option<String> {
    let open = async |filter: &str| {
        let query = Query::default()
            .with(filter, id)
            .with("disposition", "active,on_hold")
            .with("limit", "1");
        let page = http::get::<ReleasePage>(&query.on("/api/v1/releases")).await;
        page.map_or(0, |page| page.total)
    };
    let many = |count| words::many(count, "open release", "open releases");
    match register {
        "groups" => {
            let count = open("group").await;
            (count > 0).then(|| format!("It has {}: give them to another group first.", many(count)))
        }
        "users" => {
            let (asked, desk) = (open("requester").await, open("assignee").await);
            (asked + desk > 0).then(|| {
                format!(
                    "They are the requester of {} and the assignee of {}: name somebody who stands in for them, or \
                     nobody can authorise and close these.",
                    many(asked),
                    many(desk)
                )
            })
        }
        _ => None,
    }
}

/// The form, and what is beside it.
#[component]
fn Editing(
    register: &'static Register,
    record: Record,
    names: Names,
    /// Where the record came from; nowhere for a new one.
    loaded: Option<Remote<Record>>,
) -> impl IntoView {
    let standing = use_standing();
    let (form, found) = Form::open(register, record.clone());
    // Retired, put back or changed by a button of the page: the form goes on from there.
    if let Some(loaded) = loaded {
        Effect::new(move |_| {
            let Some(now) = loaded.get() else { return };
            if untrack(|| form.base.with(|base| base.version < now.version)) {
                form.meet(now);
                form.taken.set(Vec::new());
            }
        });
    }
    let changed = Memo::new(move |_| form.changes().keys().cloned().collect::<Vec<_>>());
    on_cleanup(move || form.leave());
    let guard = window_event_listener(leptos::ev::beforeunload, move |ev| {
        if changed.try_with_untracked(|changed| !changed.is_empty()) == Some(true) {
            ev.prevent_default();
        }
    });
    on_cleanup(move || guard.remove());
    let aside = register
        .aside
        .map(|aside| move || (standing.get() == Standing::Administrator).then(|| aside(form, names)));
    let sections = move || {
        form.turn.track();
        let all = standing.get() == Standing::Administrator;
        let section = |section: &'static super::register::Section| {
            let slots = form.slots().into_iter();
            let mine = slots.filter(|slot| section.fields.iter().any(|spec| spec.key == slot.spec.key));
            let fields = mine.map(|slot| {
                let locked = !all && !register.led.contains(&slot.spec.key);
                editor(form, slot, names, locked)
            });
            view! {
                <section class="ui-panel">
                    <h2>{section.title}</h2>
                    <div class="ui-form">{fields.collect_view()}</div>
                </section>
            }
        };
        register.sections.iter().map(section).collect_view()
    };
    let kept = RwSignal::new(found);
    view! {
        <Clashes form=form names=names />
        {move || kept.get().then(|| view! { <Kept form=form kept=kept /> })}
        <form class="page-admin-form" novalidate on:submit=move |ev| ev.prevent_default()>
            <div class="ui-columns">{sections} {aside}</div>
            <SaveBar form=form changed=changed loaded=loaded names=names />
        </form>
    }
}

/// Says that what was typed before is here again.
#[component]
fn Kept(form: Form, kept: RwSignal<bool>) -> impl IntoView {
    let discard = move |()| {
        form.take(form.base.get_untracked());
        kept.set(false);
    };
    view! {
        <div class="ui-bar" data-tone="info" role="status">
            {icon(Icon::Edit)}
            <span>"What you typed here before and did not save is back."</span>
            <Button on_press=discard>"Discard it"</Button>
        </div>
    }
}
