//! Linked changes: what becomes of each in this release, their CIs, and how to back out.

use domain::registry::RegisterKind;
use domain::release::{ChangeOutcome, Command};
use domain::wire::registry::LinkNow;
use leptos::prelude::*;

use super::Links;
use super::record::{Linked, adding, ending, linked, name, none};
use crate::parts::registry::{self, back_out};
use crate::state::use_release;
use crate::ui::{Button, ButtonKind, Dialog, For, Icon, TableFrame, icon};
use crate::words;

const REGISTER: RegisterKind = RegisterKind::Changes;

/// The section.
#[component]
pub fn Changes() -> impl IntoView {
    let all = linked(REGISTER);
    let empty = Memo::new(move |_| all.with(Vec::is_empty));
    let looked_at = RwSignal::new(None::<Linked>);
    let looking = RwSignal::new(false);
    let caption = Signal::derive(move || {
        let count = all.with(|all| u64::try_from(all.len()).unwrap_or(u64::MAX));
        words::many(count, "change", "changes")
    });
    let look = Callback::new(move |one: Linked| {
        looked_at.set(Some(one));
        looking.set(true);
    });
    view! {
        <section class="ui-panel" aria-label="Changes">
            <h2>"Changes"</h2>
            {move || {
                if empty.get() {
                    none("No change is linked.")
                } else {
                    view! {
                        <TableFrame caption=caption>
                            <thead>
                                <tr>
                                    <th scope="col">"Change"</th>
                                    <th scope="col">"Status there"</th>
                                    <th scope="col">"CIs"</th>
                                    <th scope="col">"In this release"</th>
                                    <th scope="col"><span class="sr-only">"Actions"</span></th>
                                </tr>
                            </thead>
                            <tbody>
                                <For each=move || all.get() key=|one| (one.at.clone(), one.link.clone().into_key()) let:one>
                                    <Row one=one look=look />
                                </For>
                            </tbody>
                        </TableFrame>
                    }
                        .into_any()
                }
            }}
            {adding(REGISTER, "Its CIs come into scope, and the draft follows when the change is edited.")}
            <BackOut one=looked_at open=looking />
        </section>
    }
}

/// What a row depends on, for the keys of a list.
trait IntoKey {
    fn into_key(
        self,
    ) -> (
        domain::release::FieldVer,
        Option<ChangeOutcome>,
        Vec<domain::CiKey>,
    );
}

impl IntoKey for domain::release::Link {
    fn into_key(
        self,
    ) -> (
        domain::release::FieldVer,
        Option<ChangeOutcome>,
        Vec<domain::CiKey>,
    ) {
        (self.mark.ver, self.status, self.cis.into_keys().collect())
    }
}

#[component]
fn Row(one: Linked, look: Callback<Linked>) -> impl IntoView {
    let links = expect_context::<Links>();
    let key = one.key();
    let now = Memo::new(move |_| {
        links
            .now
            .value
            .with(|now| now.as_ref().and_then(|now| now.get(&key).cloned()))
    });
    let status = move || {
        now.with(|now| {
            let record = now.as_ref()?.record.as_ref()?;
            registry::status_badge(REGISTER, record.text(domain::registry::RecordField::Status))
        })
    };
    let count = u64::try_from(one.link.cis.len()).unwrap_or(u64::MAX);
    let shown = one.clone();
    view! {
        <tr>
            <th scope="row">
                {name(&one)}
                {since(one.clone(), now)}
            </th>
            <td>{status}</td>
            <td class="number" data-label="CIs">{words::count(count)}</td>
            <td>{outcome(&one)}</td>
            <td class="actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| look.run(shown.clone())>"Back-out plan"</Button>
                {ending(&one)}
            </td>
        </tr>
    }
}

/// What the change changes now and did not when the release took it over: after submission, or for a moment before.
fn since(one: Linked, now: Memo<Option<LinkNow>>) -> impl IntoView {
    let (open, links) = (use_release(), expect_context::<Links>());
    let change = one.at.key;
    move || {
        let (more, less) = now.with(|now| match now {
            Some(now) => (
                now.more.iter().map(|one| one.ci.to_string()).collect::<Vec<_>>(),
                now.less.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ),
            None => (Vec::new(), Vec::new()),
        });
        if more.is_empty() && less.is_empty() {
            return None;
        }
        let count = |all: &[String]| u64::try_from(all.len()).unwrap_or(u64::MAX);
        let mut parts = Vec::new();
        if !more.is_empty() {
            let which = words::many(count(&more), "CI more", "CIs more");
            parts.push(format!("{which} ({})", more.join(", ")));
        }
        if !less.is_empty() {
            let which = words::many(count(&less), "CI less", "CIs less");
            parts.push(format!("{which} ({})", less.join(", ")));
        }
        let text = format!("Changed since: the change has {}.", parts.join(" and "));
        let change = change.clone();
        let take = links.edits.get().then(|| {
            let take = move |()| {
                open.act(Command::FollowChange {
                    change: change.clone(),
                });
                links.now.reload();
            };
            view! { <Button kind=ButtonKind::Quiet on_press=take>"Take over"</Button> }
        });
        Some(view! {
            <p class="ui-bar page-since" data-tone="warning">
                {icon(Icon::Warning)}
                <span>{text}</span>
                {take}
            </p>
        })
    }
}

/// What became of the change in this release: a choice where it may be said.
fn outcome(one: &Linked) -> impl IntoView + use<> {
    let (open, links) = (use_release(), expect_context::<Links>());
    let (status, change) = (one.link.status, one.at.key.clone());
    move || {
        if !links.accompanies.get() {
            let text = status.map_or("not said yet", ChangeOutcome::label);
            return view! { <span>{text}</span> }.into_any();
        }
        let label = format!("What becomes of change {change} in this release");
        let change = change.clone();
        let choose = move |ev: leptos::ev::Event| {
            open.act(Command::SetChangeStatus {
                change: change.clone(),
                status: ChangeOutcome::parse(&event_target_value(&ev)),
            });
        };
        let option = |outcome: ChangeOutcome| {
            view! {
                <option value=outcome.as_str() selected=status == Some(outcome)>{outcome.label()}</option>
            }
        };
        view! {
            <select class="ui-input" aria-label=label on:change=choose>
                <option value="" selected=status.is_none()>"not said yet"</option>
                {ChangeOutcome::ALL.into_iter().map(option).collect_view()}
            </select>
        }
        .into_any()
    }
}

/// How to back out of a change, without leaving the release.
#[component]
fn BackOut(one: RwSignal<Option<Linked>>, open: RwSignal<bool>) -> impl IntoView {
    let links = expect_context::<Links>();
    let title = Signal::derive(move || {
        let key = one.with(|one| one.as_ref().map(|one| one.at.key.to_string()));
        format!("Back-out plan of change {}", key.unwrap_or_default())
    });
    let body = move || {
        let key = one.with(|one| one.as_ref().map(Linked::key))?;
        let record = links
            .now
            .value
            .with(|now| now.as_ref()?.get(&key)?.record.clone());
        Some(match record {
            Some(record) => back_out::view(&record),
            None => view! {
                <p class="ui-bar" data-tone="info">
                    <span>"The back-out plan is kept with the change in its register, and that needs the server."</span>
                </p>
            }
            .into_any(),
        })
    };
    view! { <Dialog open=open title=title>{body}</Dialog> }
}
