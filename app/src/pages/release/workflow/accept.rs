//! Acceptance: how it ended, and everything that is still in the way.

use domain::release::{Action, Command, Release, ReleaseField};
use leptos::prelude::*;

use super::dates::typed;
use super::dialogs::Foot;
use super::{Workflow, is_asked_at_acceptance, names, use_workflow};
use crate::client::clock;
use crate::parts::cell::{ChoiceCell, TextCell, of_release};
use crate::state::use_release;
use crate::ui::{SelectField, TextArea, TextField};
use crate::words;

/// Most characters of the notes.
const MAX: u32 = 100_000;

/// Closure code, release date and notes are stored with the acceptance, all or none.
#[component]
pub fn AcceptSheet() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let seen = untrack(|| open.with(Release::content_hash));
    let text = |field| {
        let text = untrack(|| open.with(|release| release.text(field).to_owned()));
        RwSignal::new(text.unwrap_or_default())
    };
    let (code, notes) = (text(ReleaseField::ClosureCode), text(ReleaseField::ClosureNotes));
    let dated = untrack(|| {
        open.with(|release| release.time(ReleaseField::ReleaseDate))
            .flatten()
    });
    let date = RwSignal::new(clock::to_input(dated.unwrap_or_else(clock::now)));
    let codes = Signal::derive(move || codes(workflow));
    let (no_code, no_date) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    // What is filled in here is not missing.
    let missing = Memo::new(move |_| {
        let mut unmet = workflow.unmet(Action::Accept);
        unmet.retain(|unmet| !is_asked_at_acceptance(&unmet.at));
        unmet
    });
    let blocked = Signal::derive(move || match missing.with(Vec::len) {
        0 => None,
        n => Some(format!("{} first", words::many(n as u64, "problem", "problems"))),
    });
    let go = move |()| {
        let code = code.get_untracked();
        let at = typed(date, no_date, "say when it was released");
        no_code.set(code.is_empty().then(|| "Choose a closure code.".into()));
        let Some(at) = at.filter(|_| !code.is_empty()) else {
            return;
        };
        let set = |field, value| Command::Set { field, value };
        let wanted = [
            (ReleaseField::ClosureCode, code.into()),
            (ReleaseField::ReleaseDate, domain::release::Value::time(at)),
            (ReleaseField::ClosureNotes, notes.get_untracked().trim().into()),
        ];
        let changed = untrack(|| {
            open.with(|release| {
                let mut changed = wanted.to_vec();
                changed.retain(|(field, value)| {
                    let nothing = value.as_text().is_empty() && release.text(*field).is_empty();
                    release.value(*field) != value && !(nothing && *field == ReleaseField::ClosureNotes)
                });
                changed
            })
        });
        let changed = changed.unwrap_or_default().into_iter();
        let mut commands: Vec<Command> = changed.map(|(field, value)| set(field, value)).collect();
        commands.push(Command::Accept { seen: seen.clone() });
        open.act_all(commands);
        workflow.close();
    };
    view! {
        <SelectField label="Closure code" value=code options=codes error=no_code required=true />
        <TextField label="Release date" kind="datetime-local" value=date error=no_date required=true
            hint=format!("When it went live. Times are in {}", clock::zone()) />
        <TextArea label="Closure notes" value=notes rows=3 max=MAX hint="What differs from the plan" />
        {move || {
            let missing = missing.get();
            (!missing.is_empty())
                .then(|| {
                    let item = |unmet: &domain::wire::actions::Obstacle| {
                        let who = names(unmet);
                        let who = (!who.is_empty()).then(|| view! { <span class="soft meta">" By " {who}</span> });
                        view! { <li>{unmet.text.clone()} {who}</li> }
                    };
                    view! {
                        <section class="page-since" aria-label="Missing">
                            <p>"Before it can be accepted:"</p>
                            <ul>{missing.iter().map(item).collect_view()}</ul>
                        </section>
                    }
                })
        }}
        <p class="soft meta">"It goes to its requester, who closes it. You accept exactly what was authorised."</p>
        <Foot action=Action::Accept words="Accept it" blocked=blocked on_go=go />
    }
}

/// The closure codes that the type of the release offers.
fn codes(workflow: Workflow) -> Vec<(String, String)> {
    let kind = workflow.kind();
    let codes = kind.iter().flat_map(|kind| &kind.closure_codes);
    let codes = codes.filter(|choice| choice.active);
    let mut all = vec![(String::new(), "Choose how it ended".to_owned())];
    all.extend(codes.map(|choice| (choice.key.clone(), choice.text.clone())));
    all
}

/// How it ended, until it is closed: noted and corrected in place by who may say so.
#[component]
pub fn EndNotes() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let may = Memo::new(move |_| open.may().note_end);
    let codes = Signal::derive(move || codes(workflow));
    move || {
        may.get().then(|| {
            view! {
                <details class="page-end">
                    <summary>"How it ended"</summary>
                    <div class="fields">
                        <ChoiceCell at=of_release(ReleaseField::ClosureCode) options=codes />
                        <TextCell
                            at=of_release(ReleaseField::ReleaseDate)
                            hint=format!("When it went live. Times are in {}", clock::zone())
                        />
                        <TextCell at=of_release(ReleaseField::ClosureNotes) rows=2 hint="What differs from the plan" />
                    </div>
                </details>
            }
        })
    }
}
