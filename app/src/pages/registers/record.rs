//! One record: its fields, how to back out, which CIs it changes, and who links it.

use domain::access::Deed;
use domain::registry::{RecordRef, RegisterKind};
use domain::wire::registry::{RecordDetail, RecordPatch};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::http;
use crate::parts::registry::{self, back_out, editor::RecordEditor, value_view};
use crate::parts::stage::stage_badge;
use crate::paths;
use crate::state::{Remote, remote, use_path, use_session, use_toasts};
use crate::ui::{
    Badge, Button, Confirm, CopyButton, Icon, Moment, Page, StateKind, TableFrame, Tone, show,
    skeleton_lines, state_view,
};
use crate::words;

/// The page.
#[component]
pub fn RecordPage() -> impl IntoView {
    let path = use_path();
    let at = Memo::new(move |_| {
        let raw = path.with(|path| path.strip_prefix("/registers/").unwrap_or_default().to_owned());
        paths::decode(&raw)
            .parse::<RecordRef>()
            .map_err(|error| error.to_string())
    });
    // Another record is another page: nothing of the one before may linger.
    move || match at.get() {
        Ok(at) => view! { <OneRecord at=at /> }.into_any(),
        Err(message) => view! {
            <Page title="No such record">
                {state_view(StateKind::NotFound, "There is no such record", &message, None)}
            </Page>
        }
        .into_any(),
    }
}

#[component]
fn OneRecord(at: RecordRef) -> impl IntoView {
    let session = use_session();
    let register = at.register;
    let wanted = at.clone();
    let detail = remote(
        false,
        move || wanted.clone(),
        |at| async move { registry::read(&at).await },
    );
    let key = at.key.to_string();
    let title = Signal::derive(move || {
        let title = detail
            .value
            .with(|d| d.as_ref().map(|d| d.record.title().to_owned()));
        title.unwrap_or_else(|| key.clone())
    });
    let (editing, deleting) = (RwSignal::new(false), RwSignal::new(false));
    let over = move || view! { <a href=paths::register(register)>{register.label()}</a> };
    let key = at.key.to_string();
    let beside = move || {
        let deleted = detail
            .value
            .with(|d| d.as_ref().is_some_and(|d| d.deleted.is_some()));
        let status = detail.value.with(|d| {
            let record = &d.as_ref()?.record;
            registry::status_badge(register, record.text(domain::registry::RecordField::Status))
        });
        view! {
            <span class="mono soft">{key.clone()}</span>
            <CopyButton text=key.clone() what="key" />
            {status}
            {deleted.then(|| view! { <Badge tone=Tone::Danger shape="✕" text="deleted" /> })}
        }
    };
    let bring_back = bring_back(at.clone(), detail);
    let actions = move || {
        let deleted = detail.value.with(|d| d.as_ref().map(|d| d.deleted.is_some()));
        session.may(Deed::EditCmdb).then(|| match deleted {
            None => ().into_any(),
            Some(true) => view! {
                <Button icon=Icon::Retry on_press=move |()| bring_back.run(())>"Bring it back"</Button>
            }
            .into_any(),
            Some(false) => view! {
                <Button on_press=move |()| deleting.set(true)>"Delete"</Button>
                <Button icon=Icon::Edit on_press=move |()| editing.set(true)>"Edit"</Button>
            }
            .into_any(),
        })
    };
    let toasts = use_toasts();
    let gone = at.clone();
    let delete = move |()| {
        let at = gone.clone();
        spawn_local(async move {
            match http::delete(&paths::api_record(&at)).await {
                Ok(()) => {
                    toasts.undoable(format!("Deleted {}", at.key), bring_back);
                    detail.reload();
                }
                Err(error) => toasts.fail(error.message()),
            }
        });
    };
    let question = format!("Delete {} {}?", register.one(), at.key);
    view! {
        <Page title=title over=over beside=beside actions=actions>
            {show(detail, "this record", || skeleton_lines(10), move |found| body(register, &found))}
            <RecordEditor
                register=register
                record=Signal::derive(move || detail.value.get())
                open=editing
                on_saved=move |now| detail.put(now)
            />
            <Confirm
                open=deleting
                title=Signal::derive(move || question.clone())
                text="It is no longer listed and cannot be linked anew. Releases that link it keep naming it. It can be brought back."
                action="Delete it"
                danger=true
                on_confirm=delete
            />
        </Page>
    }
}

fn bring_back(at: RecordRef, detail: Remote<RecordDetail>) -> Callback<()> {
    let toasts = use_toasts();
    Callback::new(move |()| {
        let at = at.clone();
        spawn_local(async move {
            // What was deleted a moment ago has another version by now.
            let answer = match registry::read(&at).await {
                Ok(now) => {
                    let patch = RecordPatch {
                        deleted: Some(false),
                        ..RecordPatch::new(now.version, domain::registry::RecordDraft::default())
                    };
                    http::patch::<_, RecordDetail>(&paths::api_record(&at), &patch).await
                }
                Err(error) => Err(error),
            };
            match answer {
                Ok(now) => {
                    toasts.say(format!("{} is back", now.record.key));
                    detail.put(now);
                }
                Err(error) => toasts.fail(error.message()),
            }
        });
    })
}

fn body(register: RegisterKind, found: &RecordDetail) -> AnyView {
    let record = &found.record;
    let facts = register.fields().iter().filter_map(|spec| {
        let value = value_view(record, spec)?;
        Some(view! { <dt>{spec.label}</dt> <dd>{value}</dd> })
    });
    let facts = facts.collect_view();
    let changes = (register == RegisterKind::Changes).then(|| {
        view! {
            <section class="ui-panel">
                <h2>"Back-out plan"</h2>
                {back_out::view(record)}
            </section>
            {cis(found)}
        }
    });
    view! {
        <div class="ui-stack">
            <dl class="ui-facts ui-panel">
                {facts}
                <dt>"Last changed"</dt>
                <dd><Moment at=found.updated /> " by " {found.by.clone()}</dd>
            </dl>
            {changes}
            {releases(register, found)}
        </div>
    }
    .into_any()
}

fn cis(found: &RecordDetail) -> AnyView {
    if found.record.cis.is_empty() {
        return state_view(
            StateKind::Empty,
            "It changes no CI",
            "CIs that a change names come into the scope of the releases that link it.",
            None,
        );
    }
    let count = u64::try_from(found.record.cis.len()).unwrap_or(u64::MAX);
    let rows = found.record.cis.iter().cloned().map(|one| {
        view! {
            <tr>
                <th scope="row"><a data-row="" class="mono" href=paths::ci(&one.ci)>{one.ci.to_string()}</a></th>
                <td>{one.what}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <TableFrame caption=format!("{} changed", words::many(count, "CI", "CIs"))>
            <thead>
                <tr>
                    <th scope="col">"CI"</th>
                    <th scope="col">"What changes"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </TableFrame>
    }
    .into_any()
}

fn releases(register: RegisterKind, found: &RecordDetail) -> AnyView {
    if found.releases.is_empty() {
        let text = format!(
            "Releases link a {} on their tab “Links”. Those that you may see appear here.",
            register.one()
        );
        return state_view(StateKind::Empty, "No release links it", &text, None);
    }
    let rows = found.releases.iter().cloned().map(|release| {
        let href = match release.number {
            Some(number) => paths::release(number),
            None => paths::release_by_id(release.id),
        };
        view! {
            <tr>
                <th scope="row"><a data-row="" href=href>{release.title}</a></th>
                <td class="key">{release.number.map(|number| number.to_string())}</td>
                <td>{stage_badge(release.stage, release.disposition)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let caption = format!(
        "Linked by {}",
        words::many(found.releases_total, "release", "releases")
    );
    view! {
        <TableFrame caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Release"</th>
                    <th scope="col">"Number"</th>
                    <th scope="col">"Stage"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </TableFrame>
    }
    .into_any()
}
