//! A section of links to records of one register.

use domain::registry::{RecordField, RecordRef, RegisterKind};
use domain::release::{Command, Link, LinkKey};
use domain::sync::ReleaseOp;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Links;
use crate::parts::registry::{self, value_view};
use crate::paths;
use crate::state::use_release;
use crate::ui::{Button, ButtonKind, Choice, Combobox, Dialog, For, Icon, TableFrame, icon};
use crate::words;

/// A link to a record, as a row shows it.
#[derive(Clone, PartialEq)]
pub(super) struct Linked {
    pub at: RecordRef,
    pub link: Link,
}

impl Linked {
    pub fn key(&self) -> LinkKey {
        LinkKey::Record(self.at.clone())
    }
}

/// The live links to records of a register.
pub(super) fn linked(register: RegisterKind) -> Memo<Vec<Linked>> {
    let open = use_release();
    Memo::new(move |_| {
        open.with(|release| {
            let all = release.linked(register);
            all.map(|(at, link)| Linked {
                at: at.clone(),
                link: link.clone(),
            })
            .collect()
        })
        .unwrap_or_default()
    })
}

/// The field that links another record, where that may be done.
pub(super) fn adding(register: RegisterKind, hint: &'static str) -> impl IntoView {
    let (open, links) = (use_release(), expect_context::<Links>());
    let search = registry::record_search(register);
    let pick = move |choice: Choice| {
        let Ok(key) = choice.key.parse() else { return };
        let at = RecordRef { register, key };
        open.act(Command::Link {
            register,
            key: at.key.clone(),
        });
        // What comes with it is shown before the op was decided, where the server can be asked.
        spawn_local(async move {
            if let Ok(found) = registry::read(&at).await
                && open.id.try_get_untracked().is_some()
            {
                open.learn_record(at, registry::known(&found.record));
            }
        });
    };
    let label = format!("Link a {}", register.one());
    move || {
        links.may(register).then(|| {
            view! {
                <div class="page-scope-add">
                    <Combobox label=label.clone() placeholder="Words of the title, or its key" hint=hint search=search on_pick=pick />
                </div>
            }
        })
    }
}

/// The button that ends a link; what was done can be undone.
pub(super) fn ending(one: &Linked) -> impl IntoView + use<> {
    let (open, links) = (use_release(), expect_context::<Links>());
    let RecordRef { register, key } = one.at.clone();
    let link = one.key();
    let name = format!("{} {key}", register.one());
    let label = format!("End the link to {name}");
    let end = Callback::new(move |()| {
        open.act(Command::Unlink { link: link.clone() });
        open.undoable(
            format!("Ended the link to {name}"),
            ReleaseOp::LinkRecord {
                register,
                key: key.clone(),
            },
        );
    });
    move || {
        let label = label.clone();
        links.may(register).then(|| {
            view! {
                <button type="button" class="ui-button" data-kind="quiet" aria-label=label on:click=move |_| end.run(())>
                    {icon(Icon::Close)}
                </button>
            }
        })
    }
}

/// The name of a record with its key, linked to its page, and to the system where it is worked on.
pub(super) fn name(one: &Linked) -> impl IntoView + use<> {
    let links = expect_context::<Links>();
    let (key, at) = (one.key(), one.at.clone());
    let was = one.link.name.clone();
    let now = Memo::new(move |_| {
        links
            .now
            .value
            .with(|now| now.as_ref().and_then(|now| now.get(&key).cloned()))
    });
    let title = move || {
        let title = now.with(|now| now.as_ref()?.record.as_ref().map(|r| r.title().to_owned()));
        title.unwrap_or_else(|| was.clone())
    };
    let gone = move || now.with(|now| now.as_ref().is_some_and(|now| now.record.is_none()));
    view! {
        <a data-row="" href=paths::record(&at)>{title}</a>
        " "
        <span class="mono soft">{at.key.to_string()}</span>
        {move || gone().then(|| view! { <span class="soft">" · deleted in its register"</span> })}
    }
}

/// What a section says where it has nothing.
pub(super) fn none(text: &'static str) -> AnyView {
    view! { <p class="soft">{text}</p> }.into_any()
}

fn hint(register: RegisterKind) -> (&'static str, &'static str) {
    match register {
        RegisterKind::Problems => ("No problem is linked.", "What it solves or works around."),
        RegisterKind::Knowledge => (
            "No article is linked.",
            "What whoever carries it out may have to look up.",
        ),
        RegisterKind::Media => (
            "No definitive medium is linked.",
            "What it installs from. Frozen with the plan at submission.",
        ),
        RegisterKind::Purchases => (
            "No purchase is linked.",
            "It goes on from execution once every purchase is closed.",
        ),
        RegisterKind::Changes => ("No change is linked.", ""),
    }
}

/// The section.
#[component]
pub fn Records(
    /// Of which register.
    register: RegisterKind,
) -> impl IntoView {
    let all = linked(register);
    let empty = Memo::new(move |_| all.with(Vec::is_empty));
    let looked_at = RwSignal::new(None::<RecordRef>);
    let looking = RwSignal::new(false);
    let (nothing, hint) = hint(register);
    let caption = Signal::derive(move || {
        let count = all.with(|all| u64::try_from(all.len()).unwrap_or(u64::MAX));
        words::many(count, register.one(), register.many())
    });
    let look = Callback::new(move |at: RecordRef| {
        looked_at.set(Some(at));
        looking.set(true);
    });
    view! {
        <section class="ui-panel" aria-label=register.label()>
            <h2>{register.label()}</h2>
            {move || {
                if empty.get() {
                    none(nothing)
                } else {
                    view! {
                        <TableFrame caption=caption>
                            <thead>
                                <tr>
                                    <th scope="col">{register.fields().first().map_or("Title", |spec| spec.label)}</th>
                                    <th scope="col">{facts_head(register)}</th>
                                    <th scope="col"><span class="sr-only">"Actions"</span></th>
                                </tr>
                            </thead>
                            <tbody>
                                <For each=move || all.get() key=|one| (one.at.clone(), one.link.mark.ver) let:one>
                                    <tr>
                                        <th scope="row">{name(&one)}</th>
                                        <td>{facts(register, &one)}</td>
                                        <td class="actions">
                                            {
                                                let at = one.at.clone();
                                                view! {
                                                    <Button kind=ButtonKind::Quiet on_press=move |()| look.run(at.clone())>
                                                        {if register == RegisterKind::Knowledge { "Read" } else { "Look" }}
                                                    </Button>
                                                }
                                            }
                                            {ending(&one)}
                                        </td>
                                    </tr>
                                </For>
                            </tbody>
                        </TableFrame>
                    }
                        .into_any()
                }
            }}
            {adding(register, hint)}
            <Consult record=looked_at open=looking />
        </section>
    }
}

fn facts_head(register: RegisterKind) -> &'static str {
    match register {
        RegisterKind::Purchases => "Request, item, project, cost centre",
        RegisterKind::Media => "Version, type, digest",
        _ => "Status",
    }
}

/// What a row says about a record; what is not known here says so.
fn facts(register: RegisterKind, one: &Linked) -> impl IntoView + use<> {
    let links = expect_context::<Links>();
    let key = one.key();
    move || {
        let record = links
            .now
            .value
            .with(|now| now.as_ref()?.get(&key)?.record.clone());
        let Some(record) = record else {
            let silent = links.now.error.with(Option::is_some);
            return silent
                .then(|| view! { <span class="soft">"not known without the server"</span> })
                .into_any();
        };
        let text = |field| record.text(field).to_owned();
        match register {
            RegisterKind::Purchases => {
                let rest = [
                    RecordField::ItemStatus,
                    RecordField::Project,
                    RecordField::CostCentre,
                ]
                .map(text);
                let rest: Vec<_> = rest.into_iter().filter(|text| !text.is_empty()).collect();
                view! {
                    {registry::status_badge(register, record.text(RecordField::Status))}
                    " "
                    {rest.join(" · ")}
                }
                .into_any()
            }
            RegisterKind::Media => {
                let digest = text(RecordField::Sha256);
                let head = [text(RecordField::Version), text(RecordField::MediaType)];
                let head: Vec<_> = head.into_iter().filter(|text| !text.is_empty()).collect();
                let short: String = digest.chars().take(12).collect();
                let short = (!short.is_empty()).then(
                    || view! { <span class="mono soft" title=digest>{format!(" sha256 {short}…")}</span> },
                );
                view! { {head.join(" · ")} {short} }.into_any()
            }
            _ => view! { {registry::status_badge(register, record.text(RecordField::Status))} }.into_any(),
        }
    }
}

/// A record to consult, without leaving the release.
#[component]
pub fn Consult(
    /// Which.
    record: RwSignal<Option<RecordRef>>,
    /// Open or not.
    open: RwSignal<bool>,
) -> impl IntoView {
    let links = expect_context::<Links>();
    let title = Signal::derive(move || {
        record.get().map_or_else(String::new, |at| {
            format!("{} {}", words::capital(at.register.one()), at.key)
        })
    });
    let body = move || {
        let at = record.get()?;
        let found = links
            .now
            .value
            .with(|now| now.as_ref()?.get(&LinkKey::Record(at.clone()))?.record.clone());
        Some(match found {
            None => view! {
                <p class="ui-bar" data-tone="info">
                    <span>"What it says is kept in its register, and that needs the server. The link stays."</span>
                </p>
            }
            .into_any(),
            Some(found) => {
                let fields = at.register.fields().iter();
                let facts = fields.filter_map(|spec| {
                    let value = value_view(&found, spec)?;
                    Some(view! { <dt>{spec.label}</dt> <dd>{value}</dd> })
                });
                view! {
                    <dl class="ui-facts">{facts.collect_view()}</dl>
                    <div class="ui-actions">
                        <a class="ui-button" data-kind="normal" href=paths::record(&at)>"Open in its register"</a>
                    </div>
                }
                .into_any()
            }
        })
    };
    view! { <Dialog open=open title=title>{body}</Dialog> }
}
