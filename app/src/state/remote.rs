//! A value that comes from the server and may be late, missing or old.

use std::future::Future;
use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{use_connection, use_session};
use crate::client::http::ApiError;

/// A value loaded from the server. `Copy`, like a signal. Shown with [`crate::ui::show`].
pub struct Remote<T: Send + Sync + 'static> {
    /// The latest value; stays while a newer one is loaded.
    pub value: RwSignal<Option<T>>,
    /// Why the latest attempt failed.
    pub error: RwSignal<Option<ApiError>>,
    /// A request is under way.
    pub busy: RwSignal<bool>,
    again: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Send + Sync + 'static> Copy for Remote<T> {}

impl<T: Clone + Send + Sync + 'static> Remote<T> {
    /// Loads again; the old value stays on screen meanwhile.
    pub fn reload(self) {
        let _ = self.again.try_update(|count| *count += 1);
    }

    /// Takes a value that came with another answer, for example of a patch.
    pub fn put(self, value: T) {
        self.error.set(None);
        self.value.set(Some(value));
    }

    /// The value; tracks.
    #[must_use]
    pub fn get(self) -> Option<T> {
        self.value.get()
    }
}

/// Loads a value, and again whenever `key` changes, the server comes back after silence, or somebody signs in
/// after having been refused. A late answer to an older key is dropped. A new key forgets the old value unless
/// `keep_old` says that showing it meanwhile is right (a filtered list: yes; another CI: no).
pub fn remote<K, T, F>(
    keep_old: bool,
    key: impl Fn() -> K + 'static,
    load: impl Fn(K) -> F + 'static,
) -> Remote<T>
where
    K: PartialEq + Clone + 'static,
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + 'static,
{
    let remote = Remote {
        value: RwSignal::new(None),
        error: RwSignal::new(None),
        busy: RwSignal::new(true),
        again: RwSignal::new(0),
    };
    let turn = StoredValue::new(0_u32);
    Effect::new(move |before: Option<K>| {
        let key = key();
        remote.again.track();
        if before.is_some_and(|before| before != key) && !keep_old {
            remote.value.set(None);
        }
        remote.busy.set(true);
        let mine = turn.with_value(|turn| turn + 1);
        turn.set_value(mine);
        spawn_local(take(remote, turn, mine, Box::pin(load(key.clone()))));
        key
    });
    retry_when_possible(remote.error, remote.again);
    remote
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

async fn take<T: Send + Sync>(remote: Remote<T>, turn: StoredValue<u32>, mine: u32, answer: Answer<T>) {
    let answer = answer.await;
    // The page may be gone, or a newer request under way.
    if turn.try_get_value() != Some(mine) {
        return;
    }
    match answer {
        Ok(value) => {
            remote.error.set(None);
            remote.value.set(Some(value));
        }
        Err(error) => remote.error.set(Some(error)),
    }
    remote.busy.set(false);
}

fn retry_when_possible(error: RwSignal<Option<ApiError>>, again: RwSignal<u32>) {
    let (connection, session) = (use_connection(), use_session());
    Effect::new(move |before: Option<()>| {
        connection.restored.track();
        session.sign_ins.track();
        let retry = error.with_untracked(|error| match error {
            Some(ApiError::Problem(problem)) => problem.status == 401,
            Some(ApiError::Unreachable | ApiError::NotOurs(_)) => true,
            None => false,
        });
        if before.is_some() && retry {
            again.update(|count| *count += 1);
        }
    });
}
