//! Two people changed the same record: what was, what they saved, what is typed here, and the decision field by field.

use domain::wire::Page;
use domain::wire::admin::AuditEntry;
use leptos::prelude::*;

use super::form::{Clash, Form};
use super::names::Names;
use super::words as values;
use crate::client::http;
use crate::paths::Query;
use crate::state::{Remote, remote};
use crate::ui::{Button, ButtonKind, For, Icon, Moment, icon};

/// What is to be decided before the form can be saved, and what was taken over; nothing where nobody else was faster.
#[component]
pub fn Clashes(form: Form, names: Names) -> impl IntoView {
    let met =
        Memo::new(move |_| form.clashes.with(|it| !it.is_empty()) || form.taken.with(|it| !it.is_empty()));
    move || met.get().then(|| view! { <Met form=form names=names /> })
}

#[component]
fn Met(form: Form, names: Names) -> impl IntoView {
    let by = who(form);
    let label = |key: &str| values::field(Some(form.register), key);
    let open = move || form.clashes.get();
    let taken = move || {
        let fields: Vec<String> = form.taken.get().into_iter().map(label).collect();
        (!fields.is_empty()).then(|| {
            view! {
                <p class="soft">
                    {format!("Taken over, because you had not touched it: {}.", fields.join(", "))}
                </p>
            }
        })
    };
    view! {
        <section class="part-conflicts" aria-label="Changed by somebody else">
            <div class="ui-bar" data-tone="warning" role="alert">
                {icon(Icon::Warning)}
                <span>
                    {move || match by.get().flatten() {
                        Some(entry) => {
                            view! {
                                {entry.by} " changed this after you opened it, " <Moment at=entry.at ago=true /> "."
                            }
                                .into_any()
                        }
                        None => "Somebody changed this after you opened it.".into_any(),
                    }}
                    {move || {
                        if form.clashes.with(Vec::is_empty) {
                            " Nothing of yours is in the way: save when you are ready."
                        } else {
                            " Decide what is to count; nothing of yours is lost until then."
                        }
                    }}
                </span>
            </div>
            <For each=open key=|clash| clash.key let:clash>
                <Sides form=form clash=clash names=names />
            </For>
            {taken}
        </section>
    }
}

#[component]
fn Sides(form: Form, clash: Clash, names: Names) -> impl IntoView {
    let key = clash.key;
    let label = values::field(Some(form.register), key);
    let slot = form.slots().into_iter().find(|slot| slot.spec.key == key);
    let side = move |heading: &'static str, words: Signal<String>| {
        view! {
            <div class="side">
                <h4>{heading}</h4>
                <p class="value">
                    {move || {
                        let words = words.get();
                        if words.is_empty() { "nothing".to_owned() } else { words }
                    }}
                </p>
            </div>
        }
    };
    let fixed = move |value: serde_json::Value| {
        Signal::derive(move || values::of(Some(form.register), key, &value, names))
    };
    let yours = Signal::derive(move || {
        let value = slot.map(|slot| slot.value.get()).unwrap_or_default();
        values::of(Some(form.register), key, &value, names)
    });
    view! {
        <article class="ui-panel part-conflict">
            <h3>{label}</h3>
            <div class="sides">
                {side("Was", fixed(clash.was))}
                {side("Theirs", fixed(clash.theirs))}
                {side("Yours", yours)}
            </div>
            <div class="ui-actions">
                <Button on_press=move |()| form.decide(key, true)>"Keep theirs"</Button>
                <Button kind=ButtonKind::Primary on_press=move |()| form.decide(key, false)>"Use mine"</Button>
            </div>
        </article>
    }
}

/// The latest change of the record. Leaders of groups may not ask; then nobody is named.
fn who(form: Form) -> Remote<Option<AuditEntry>> {
    remote(
        true,
        move || form.base.with(|base| (base.id.clone(), base.version)),
        move |(id, _)| async move {
            let query = Query::default()
                .with("register", form.register.name)
                .with("record", &id)
                .with("limit", "1");
            let page = http::get::<Page<AuditEntry>>(&query.on("/api/v1/admin/audit")).await;
            Ok(page.ok().and_then(|page| page.items.into_iter().next()))
        },
    )
}
