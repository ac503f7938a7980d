//! Writing into the journal of a release; works offline. What is typed stays when the tab is left and comes back.

use domain::release::{Command, NoteBody, Stage};
use domain::wire::admin::CategoryKind;
use leptos::prelude::*;

use crate::client::sync::use_sync;
use crate::parts::describe::op_words;
use crate::state::{use_directory, use_release, use_session};
use crate::ui::{Button, ButtonKind, Icon, SelectField, TextArea, TextField, icon};

/// What is being written.
#[derive(Clone, Copy)]
pub struct NoteDraft {
    open: RwSignal<bool>,
    category: RwSignal<String>,
    source: RwSignal<String>,
    minutes: RwSignal<String>,
    short: RwSignal<String>,
    text: RwSignal<String>,
    contact: RwSignal<String>,
    stage: RwSignal<String>,
}

impl NoteDraft {
    /// Made once for the page of a release: leaving the tab loses nothing.
    pub fn provide() {
        let empty = || RwSignal::new(String::new());
        provide_context(Self {
            open: RwSignal::new(false),
            category: RwSignal::new("Follow-up".to_owned()),
            source: empty(),
            minutes: empty(),
            short: empty(),
            text: empty(),
            contact: empty(),
            stage: empty(),
        });
    }

    fn body(self) -> Result<NoteBody, String> {
        let minutes = self.minutes.get_untracked();
        let minutes = match minutes.trim() {
            "" => 0,
            text => text
                .parse()
                .map_err(|_| "minutes: must be a whole number".to_owned())?,
        };
        let stage = self.stage.get_untracked();
        NoteBody {
            category: self.category.get_untracked(),
            source: self.source.get_untracked(),
            minutes,
            short: self.short.get_untracked(),
            text: self.text.get_untracked(),
            contact: self.contact.get_untracked(),
            stage: domain::json::from_value(stage.into()).ok(),
        }
        .checked()
    }

    /// The choices stay for the next entry; what was said does not.
    fn clear(self) {
        for text in [self.minutes, self.short, self.text, self.contact] {
            text.set(String::new());
        }
        self.open.set(false);
    }
}

/// The form, folded until somebody wants to write, and what was written and is still on this device.
#[component]
pub fn NoteForm() -> impl IntoView {
    let draft = expect_context::<NoteDraft>();
    let session = use_session();
    let lapsed = Signal::derive(move || session.lapsed());
    view! {
        <section class="part-note" aria-label="Write into the journal">
            {move || {
                if draft.open.get() {
                    view! { <Fields draft=draft /> }.into_any()
                } else {
                    view! {
                        <Button icon=Icon::Plus blocked=lapsed on_press=move |()| draft.open.set(true)>"Write an entry"</Button>
                    }
                        .into_any()
                }
            }}
            <OnDevice />
        </section>
    }
}

#[component]
fn Fields(draft: NoteDraft) -> impl IntoView {
    let open = use_release();
    let wrong = RwSignal::new(None::<String>);
    let words = |all: &[&str]| -> Vec<(String, String)> {
        all.iter()
            .map(|word| ((*word).to_owned(), (*word).to_owned()))
            .collect()
    };
    let directory = use_directory();
    let own = move |kind: CategoryKind| -> Vec<(String, String)> {
        directory.value.with(|known| {
            let all = known.iter().flat_map(|known| &known.categories);
            let of_kind = all.filter(|one| one.value.kind == kind);
            of_kind
                .map(|one| (one.value.name.clone(), one.value.name.clone()))
                .collect()
        })
    };
    let categories = Signal::derive(move || {
        let mut all = words(NoteBody::CATEGORIES);
        all.extend(own(CategoryKind::JournalCategory));
        all
    });
    let sources = Signal::derive(move || {
        let mut all = vec![(String::new(), "Not said".to_owned())];
        all.extend(words(NoteBody::SOURCES));
        all.extend(own(CategoryKind::JournalSource));
        all
    });
    let stages = Signal::derive(|| {
        let mut all = vec![(String::new(), "None in particular".to_owned())];
        let word = |stage: &Stage| (stage.as_str().to_owned(), stage.as_str().to_owned());
        all.extend(Stage::ALL.iter().map(word));
        all
    });
    let wrong_at = move |field: &'static str| {
        Signal::derive(move || {
            wrong.with(|wrong| {
                let (at, what) = wrong.as_ref()?.split_once(": ")?;
                (at == field).then(|| format!("Please correct: {what}."))
            })
        })
    };
    let save = move |()| match draft.body() {
        Ok(note) => {
            wrong.set(None);
            open.act(Command::Note { note });
            draft.clear();
        }
        Err(why) => wrong.set(Some(why)),
    };
    view! {
        <form
            class="ui-panel ui-stack"
            on:submit=move |ev| {
                ev.prevent_default();
                save(());
            }
        >
            <TextField label="In a line" value=draft.short error=wrong_at("short") required=true max=200 />
            <TextArea label="In full" value=draft.text rows=3 error=wrong_at("text") max=20_000 />
            <div class="fields">
                <SelectField label="Category" value=draft.category options=categories error=wrong_at("category") />
                <SelectField label="Source" value=draft.source options=sources error=wrong_at("source") />
                <TextField label="Minutes spent" value=draft.minutes kind="number" error=wrong_at("minutes") />
                <TextField label="Contact" value=draft.contact error=wrong_at("contact") max=200 />
                <SelectField label="About the stage" value=draft.stage options=stages />
            </div>
            <p class="soft meta">"An entry is only ever added: it cannot be changed or taken out later."</p>
            <div class="ui-actions">
                <Button on_press=move |()| draft.open.set(false)>"Not now"</Button>
                <Button kind=ButtonKind::Primary submit=true>"Write it down"</Button>
            </div>
        </form>
    }
}

/// Entries of this device that the server does not have yet.
#[component]
fn OnDevice() -> impl IntoView {
    let (open, sync) = (use_release(), use_sync());
    let waiting = Memo::new(move |_| {
        let id = open.id.get();
        let waiting = sync.read(|machine| {
            let of_it = |waiting: &domain::sync::client::Waiting<'_>| {
                Some(waiting.op.release) == id
                    && matches!(waiting.op.op, domain::sync::ReleaseOp::Note { .. })
            };
            let all = machine.waiting().into_iter().filter(of_it);
            all.map(|waiting| op_words(&waiting.op.op, None))
                .collect::<Vec<_>>()
        });
        waiting.unwrap_or_default()
    });
    view! {
        {move || {
            waiting
                .with(|all| !all.is_empty())
                .then(|| {
                    let row = |text: String| view! { <li>{icon(Icon::Saving)} <span>{text}</span></li> };
                    view! {
                        <div class="waiting">
                            <p class="soft meta">"On this device, on the way to the server:"</p>
                            <ul>{waiting.get().into_iter().map(row).collect_view()}</ul>
                        </div>
                    }
                })
        }}
    }
}
