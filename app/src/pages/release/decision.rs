//! The decision in authorisation: the go-ahead for exactly what was submitted, or back to draft with a reason.

use domain::release::{Command, Release};
use leptos::prelude::*;

use super::actions::summary_of;
use crate::parts::people::use_people;
use crate::state::use_release;
use crate::ui::{Button, ButtonKind, Dialog, Icon, Moment, TextArea, icon};

/// The two buttons, for whoever may decide.
#[component]
pub fn Decision() -> impl IntoView {
    let open = use_release();
    let (authorising, refusing) = (RwSignal::new(false), RwSignal::new(false));
    let may = Memo::new(move |_| open.may().authorise);
    view! {
        {move || {
            may.get()
                .then(|| {
                    view! {
                        <Button on_press=move |()| refusing.set(true)>"Refuse"</Button>
                        <span class="page-primary">
                            <Button kind=ButtonKind::Primary on_press=move |()| authorising.set(true)>"Authorise"</Button>
                        </span>
                    }
                })
        }}
        <Dialog open=authorising title="Authorise this release">
            <AuthoriseSheet open_dialog=authorising />
        </Dialog>
        <Dialog open=refusing title="Refuse, back to draft">
            <RefuseSheet open_dialog=refusing />
        </Dialog>
    }
}

#[component]
fn AuthoriseSheet(open_dialog: RwSignal<bool>) -> impl IntoView {
    let open = use_release();
    // What is on the screen now is what is authorised: a later change is refused, not let through.
    let seen = open
        .shown
        .with_untracked(|shown| shown.release.as_ref().map(Release::content_hash));
    let short = seen
        .as_ref()
        .map(|hash| hash.0.chars().take(12).collect::<String>());
    let go = move |()| {
        open.act(Command::Authorise { seen: seen.clone() });
        open_dialog.set(false);
    };
    view! {
        <dl class="ui-facts">{move || open.with(summary_of)}</dl>
        <p class="soft meta">
            "Content " <span class="mono">{short}</span> ". You authorise exactly this; its steps can be started then."
        </p>
        <div class="ui-actions">
            <Button on_press=move |()| open_dialog.set(false)>"Go back"</Button>
            <Button kind=ButtonKind::Primary on_press=go>"Authorise it"</Button>
        </div>
    }
}

#[component]
fn RefuseSheet(open_dialog: RwSignal<bool>) -> impl IntoView {
    let open = use_release();
    let (reason, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let go = move |()| {
        let reason = reason.get_untracked();
        if reason.trim().is_empty() {
            wrong.set(Some("Say what has to change.".into()));
            return;
        }
        open.act(Command::Refuse { reason });
        open_dialog.set(false);
    };
    view! {
        <p>"Its author can edit it again, reads your reason, and submits it anew."</p>
        <TextArea label="Reason" value=reason rows=3 max=4_000_u32 error=wrong required=true />
        <div class="ui-actions">
            <Button on_press=move |()| open_dialog.set(false)>"Go back"</Button>
            <Button kind=ButtonKind::Danger on_press=go>"Refuse it"</Button>
        </div>
    }
}

/// Why a draft came back, until it is submitted again.
#[component]
pub fn SentBackBar() -> impl IntoView {
    let (open, people) = (use_release(), use_people());
    let sent_back = Memo::new(move |_| open.with(|release| release.sent_back.clone()).flatten());
    view! {
        {move || {
            sent_back
                .get()
                .map(|back| {
                    view! {
                        <div class="ui-bar page-frozen" data-tone="warning">
                            {icon(Icon::Warning)}
                            <span>
                                {people.name(back.mark.by)}
                                {match back.from {
                                    None => " refused it, ".to_owned(),
                                    Some(stage) => format!(" found it unresolved in {}, ", stage.as_str()),
                                }}
                                <Moment at=back.mark.at /> ": " {back.reason}
                            </span>
                        </div>
                    }
                })
        }}
    }
}
