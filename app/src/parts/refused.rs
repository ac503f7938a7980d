//! Changes that did not make it: what was wanted, why not, and the content to copy. Also what holds up sending.

use domain::ReleaseId;
use leptos::prelude::*;

use super::describe::{op_content, op_words};
use super::people::use_people;
use crate::client::sync::{Refused, use_sync};
use crate::state::use_release;
use crate::ui::{Button, CopyButton, Icon, Moment, icon};

/// Refusals of changes to this release, oldest first; nothing where there are none.
#[component]
pub fn RefusedCards(
    /// The release.
    #[prop(into)]
    release: Signal<Option<ReleaseId>>,
) -> impl IntoView {
    let (sync, open, people) = (use_sync(), use_release(), use_people());
    let mine = move || {
        let id = release.get();
        sync.refused.with(|list| {
            list.iter()
                .filter(|refused| Some(refused.op.release) == id)
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    let card = move |refused: Refused| {
        let what = untrack(|| {
            open.shown
                .with(|shown| op_words(&refused.op.op, shown.release.as_ref()))
        });
        let content = op_content(&refused.op.op, people);
        let (reason, made) = (refused.reason.to_string(), refused.op.made.wall);
        let dismiss = move |()| sync.dismiss(&refused);
        view! {
            <article class="ui-panel part-refused" role="alert">
                <h3>{icon(Icon::Warning)} "Not stored: " {what}</h3>
                <p>{reason} " " <span class="soft meta"><Moment at=made /></span></p>
                {(!content.is_empty())
                    .then(|| {
                        view! {
                            <div class="content">
                                <pre>{content.clone()}</pre>
                                <CopyButton text=content.clone() what="text" />
                            </div>
                        }
                    })}
                <div class="ui-actions"><Button on_press=dismiss>"Seen, take it away"</Button></div>
            </article>
        }
    };
    view! {
        <HaltBar />
        <For each=mine key=|refused| refused.op.id children=card />
    }
}

/// Says why nothing is sent.
#[component]
fn HaltBar() -> impl IntoView {
    let sync = use_sync();
    view! {
        {move || {
            let waiting = sync.outbox.waiting.get();
            sync.halt
                .get()
                .filter(|_| waiting > 0)
                .map(|halt| {
                    view! {
                        <div class="ui-bar" data-tone="warning" role="alert">
                            {icon(Icon::Warning)}
                            <span>{format!("{waiting} to send. {}", halt.text())}</span>
                            <Button on_press=move |()| { sync.halt.set(None); sync.wake(); }>"Try again"</Button>
                        </div>
                    }
                })
        }}
    }
}
