//! The dialogs of the actions: one at a time, made anew each time it opens.

use domain::release::{Action, Party, Stage};
use leptos::prelude::*;

use super::accept::AcceptSheet;
use super::dates::{ReDateSheet, ScheduleSheet};
use super::decide::{AuthoriseSheet, SubmitSheet};
use super::hand::{ClaimSheet, DelegateSheet, GroupSheet, ShareSheet};
use super::reason::{CloseSheet, ForwardSheet, HoldSheet, ReasonSheet, ResumeSheet, WithdrawSheet};
use super::use_workflow;
use super::why::WhySheet;
use crate::state::use_release;
use crate::ui::{Button, ButtonKind, Dialog, Icon, icon};

/// All of them.
#[component]
pub fn Dialogs() -> impl IntoView {
    let (open, workflow) = (use_release(), use_workflow());
    let title = Signal::derive(move || match workflow.asked.get() {
        None => String::new(),
        Some(Action::Submit) => "Submit for authorisation".into(),
        Some(Action::Withdraw) => "Withdraw to draft?".into(),
        Some(Action::Authorise) => "Authorise this release".into(),
        Some(Action::Refuse) => "Refuse, back to draft".into(),
        Some(Action::Forward) => workflow.label(Action::Forward).into(),
        Some(Action::Unresolved) => "Unresolved, back to authorisation".into(),
        Some(Action::Accept) => "Accept this release".into(),
        Some(Action::Close) => "Close this release".into(),
        Some(Action::Cancel) => "Cancel this release".into(),
        Some(Action::Reopen) => "Reopen this release".into(),
        Some(Action::Hold) => "Put it on hold".into(),
        Some(Action::Resume) => match open.with(|release| release.stage) {
            Some(stage) => format!("Resume it in {}", stage.as_str()),
            None => "Resume it".into(),
        },
        Some(Action::Claim) => "Claim it from somebody else".into(),
        Some(Action::Delegate) => "Give it to a person".into(),
        Some(Action::Share | Action::Unshare) => "Who may look on".into(),
        Some(Action::ChangeGroup) => "Give it to another group".into(),
        Some(Action::ReDate) => "Move the planned dates".into(),
        Some(Action::Schedule) => "Schedule the work".into(),
    });
    view! {
        <Dialog open=workflow.dialog title=title>
            {move || workflow.asked.get().map(sheet)}
        </Dialog>
        <Dialog open=workflow.why title="Why can I (not)?">
            <WhySheet />
        </Dialog>
    }
}

fn sheet(action: Action) -> AnyView {
    match action {
        Action::Submit => view! { <SubmitSheet /> }.into_any(),
        Action::Withdraw => view! { <WithdrawSheet /> }.into_any(),
        Action::Authorise => view! { <AuthoriseSheet /> }.into_any(),
        Action::Refuse | Action::Unresolved | Action::Cancel | Action::Reopen => {
            view! { <ReasonSheet action=action /> }.into_any()
        }
        Action::Forward => view! { <ForwardSheet /> }.into_any(),
        Action::Accept => view! { <AcceptSheet /> }.into_any(),
        Action::Close => view! { <CloseSheet /> }.into_any(),
        Action::Hold => view! { <HoldSheet /> }.into_any(),
        Action::Resume => view! { <ResumeSheet /> }.into_any(),
        Action::Claim => view! { <ClaimSheet /> }.into_any(),
        Action::Delegate => view! { <DelegateSheet /> }.into_any(),
        Action::Share | Action::Unshare => view! { <ShareSheet /> }.into_any(),
        Action::ChangeGroup => view! { <GroupSheet /> }.into_any(),
        Action::ReDate => view! { <ReDateSheet /> }.into_any(),
        Action::Schedule => view! { <ScheduleSheet /> }.into_any(),
    }
}

/// The foot of a dialog: back, or do it, where nothing is in the way.
#[component]
pub fn Foot(
    /// What it does.
    action: Action,
    /// The words on the button.
    #[prop(into)]
    words: Signal<String>,
    /// It ends or stops something.
    #[prop(optional)]
    danger: bool,
    /// Does it, and closes the dialog.
    #[prop(into)]
    on_go: Callback<()>,
    /// What is filled in is in the way.
    #[prop(optional, into)]
    blocked: Signal<Option<String>>,
    /// Who gets it, or may look on, once somebody is chosen.
    #[prop(optional, into)]
    to: Signal<Option<Party>>,
) -> impl IntoView {
    let workflow = use_workflow();
    let kind = if danger {
        ButtonKind::Danger
    } else {
        ButtonKind::Primary
    };
    let why = Signal::derive(move || workflow.blocked(action).or_else(|| blocked.get()));
    let warnings = move || {
        let warnings = match to.get() {
            Some(to) => workflow.warnings_of(action, to),
            None => workflow.warnings(action),
        };
        let warnings = warnings.into_iter();
        warnings
            .map(|one| view! { <p>{icon(Icon::Warning)} " " {one.text}</p> })
            .collect_view()
    };
    view! {
        {warnings}
        <div class="ui-actions">
            <Button on_press=move |()| workflow.close()>"Go back"</Button>
            <Button kind=kind blocked=why on_press=on_go>{move || words.get()}</Button>
        </div>
    }
}

/// Who gets the work in a stage, in words; the group of the release's type, or whoever holds the right.
#[must_use]
pub fn who_gets(stage: Stage) -> Signal<String> {
    let (open, workflow) = (use_release(), use_workflow());
    let people = crate::parts::people::use_people();
    Signal::derive(move || {
        let kind = workflow.kind();
        let group = match stage {
            Stage::Test => kind.and_then(|kind| kind.test_group),
            Stage::Acceptance => kind.and_then(|kind| kind.acceptance_group),
            _ => open.with(|release| release.assignment_group()).flatten(),
        };
        let right = match stage {
            Stage::Test => "test",
            Stage::Acceptance => "accept",
            _ => "carry out",
        };
        group.map_or_else(
            || format!("everybody who may {right} releases of this type"),
            |group| format!("the group {}", people.group(group)),
        )
    })
}
