use domain::sync::client::{Link, Standing};
use domain::sync::store::StoreFault;
use leptos::prelude::*;

use crate::client::clock;
use crate::client::sync::use_sync;
use crate::paths;
use crate::state::session::Who;
use crate::state::{use_connection, use_session};
use crate::ui::{Icon, icon};

/// The one indicator of connection and of work on its way, in the same place on every page; leads to the queue.
#[component]
pub fn StandingSlot() -> impl IntoView {
    let (connection, session, sync) = (use_connection(), use_session(), use_sync());
    let face = Memo::new(move |_| {
        let silent_since = connection.offline_since.get();
        let mut standing = sync.standing();
        // The server answers, if only to say that it does not know the person any more.
        if silent_since.is_none() && matches!(session.who(), Who::Ended(_)) {
            standing.link = Link::LoginNeeded;
        }
        let held_up = sync.held_up.get().is_some();
        face(&standing, silent_since, sync.lasts() && !held_up)
    });
    view! {
        <a class="frame-standing" href=paths::QUEUE data-standing=move || face.get().mark>
            {move || icon(face.get().picture)}
            <span class="word" role="status">{move || face.get().words}</span>
        </a>
    }
}

/// What the indicator shows.
#[derive(Debug, Clone, PartialEq)]
struct Face {
    mark: &'static str,
    picture: Icon,
    words: String,
}

/// The state of the connection, then everything that waits for somebody, in words.
fn face(standing: &Standing, silent_since: Option<f64>, lasts: bool) -> Face {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double")]
    let offline = match standing.link {
        Link::Offline { since } => Some(since.timestamp_millis() as f64),
        _ => silent_since,
    };
    let waiting = standing.waiting;
    let (mark, picture, state) = match (&standing.link, offline) {
        _ if standing.trouble.is_some() => ("trouble", Icon::Warning, trouble(standing.trouble.as_ref())),
        (_, Some(since)) => (
            "offline",
            Icon::Offline,
            format!("Offline since {}", clock::clock_time(since)),
        ),
        (Link::LoginNeeded, _) => ("trouble", Icon::Lock, "Signed out".into()),
        (Link::WrongUser, _) => ("trouble", Icon::Lock, "Somebody else is signed in".into()),
        (Link::UpdateNeeded, _) => ("trouble", Icon::Warning, "Update needed".into()),
        (Link::ServerTooOld, _) => ("trouble", Icon::Warning, "Server too old".into()),
        (Link::Blocked { .. }, _) => ("trouble", Icon::Warning, "Not sent".into()),
        (Link::Online { .. } | Link::Unknown, None) if standing.sending => {
            ("saving", Icon::Saving, "Sending…".into())
        }
        (Link::Online { .. } | Link::Unknown, None) if waiting > 0 => {
            ("saving", Icon::Saving, "Online".into())
        }
        (Link::Online { .. } | Link::Unknown | Link::Offline { .. }, None) => {
            ("online", Icon::Online, "Online".into())
        }
    };
    let part = |count: usize, words: &str| (count > 0).then(|| format!("{count} {words}"));
    let need = if standing.needs_you == 1 {
        "needs you"
    } else {
        "need you"
    };
    let parts = [
        Some(state),
        part(to_send(mark, standing), "to send"),
        part(standing.needs_you, need),
        part(standing.refused, "refused"),
        (!lasts).then(|| "not kept on this device".to_owned()),
    ];
    Face {
        mark,
        picture,
        words: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}

/// How many ops the indicator counts. While they are on their way its first word says so instead; an attempt that
/// nobody answers yet is no news, and hides nothing.
fn to_send(mark: &str, standing: &Standing) -> usize {
    match mark {
        "saving" if standing.sending => 0,
        _ => standing.waiting,
    }
}

fn trouble(fault: Option<&StoreFault>) -> String {
    match fault {
        Some(StoreFault::Quota) => "This device is full".into(),
        _ => "Not kept on this device".into(),
    }
}
