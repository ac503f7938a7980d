use leptos::prelude::*;

use super::button::Button;
use super::icon::{Icon, icon};
use crate::client::http::ApiError;

/// Why there is no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// There is nothing yet.
    Empty,
    /// Nothing matches.
    NoMatch,
    /// It could not be loaded.
    Error,
    /// The server cannot be reached.
    Offline,
    /// The person may not see it.
    NoPermission,
    /// It does not exist, or the person may not know that it does.
    NotFound,
    /// The session ended before it could be loaded.
    SignedOut,
}

impl StateKind {
    fn face(self) -> (&'static str, Icon) {
        match self {
            Self::Empty => ("empty", Icon::Empty),
            Self::NoMatch => ("no-match", Icon::Search),
            Self::Error => ("error", Icon::Warning),
            Self::Offline => ("offline", Icon::Offline),
            Self::NoPermission => ("no-permission", Icon::Lock),
            Self::NotFound => ("not-found", Icon::Help),
            Self::SignedOut => ("signed-out", Icon::Lock),
        }
    }
}

/// What stands where content would: what is the case, what it means, and one action.
#[must_use]
pub fn state_view(kind: StateKind, title: &str, text: &str, action: Option<AnyView>) -> AnyView {
    let (word, picture) = kind.face();
    let (title, text) = (title.to_owned(), text.to_owned());
    view! {
        <div class="ui-state" data-state=word role=(kind == StateKind::Error).then_some("alert")>
            {icon(picture)}
            <p class="title">{title}</p>
            <p class="text">{text}</p>
            {action.map(|action| view! { <div class="action">{action}</div> })}
        </div>
    }
    .into_any()
}

/// A failure as a state view; `what` is what should have been here ("the list of CIs").
#[must_use]
pub fn failure_view(what: &str, error: &ApiError, retry: Option<Callback<()>>) -> AnyView {
    let message = error.message();
    let again = || {
        retry.map(|retry| view! { <Button icon=Icon::Retry on_press=retry>"Try again"</Button> }.into_any())
    };
    match error {
        ApiError::Unreachable => state_view(
            StateKind::Offline,
            "Offline",
            &format!(
                "The server cannot be reached, so {what} cannot be shown. The page tries again by itself."
            ),
            again(),
        ),
        ApiError::Problem(problem) => match problem.status {
            401 => state_view(
                StateKind::SignedOut,
                "Signed out",
                &format!("Sign in again to see {what}."),
                None,
            ),
            403 => state_view(
                StateKind::NoPermission,
                "Not for your account",
                &format!("Your account may not see {what}. An administrator can change that. {message}"),
                None,
            ),
            404 => state_view(StateKind::NotFound, "Not found", &message, None),
            _ => state_view(
                StateKind::Error,
                &format!("Could not load {what}"),
                &message,
                again(),
            ),
        },
        ApiError::NotOurs(_) => state_view(
            StateKind::Error,
            &format!("Could not load {what}"),
            &message,
            again(),
        ),
    }
}
