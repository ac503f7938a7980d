//! One task for each subscription: what is next, when, and what became of it. All of that is in the database, so that
//! a server which was killed goes on where it was.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use domain::wire::webhook::{Webhook, WebhookState};
use rand::Rng;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Hooks;
use super::send::{Note, Verdict};
use crate::backoff::{self, Next};
use crate::db::{Error, Event, Hook, Store};

/// How often subscriptions and the journal are looked at without being told of anything: another process may have
/// written to a shared database.
const LOOK: Duration = Duration::from_secs(60);
/// After a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a stopping server waits for a message that is on its way.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Revisions that are not for a subscription after which its cursor is moved all the same.
const UNNOTED: u64 = 500;
/// And so is that of one that has nothing to do, not more often than this.
const NOTE: Duration = Duration::from_secs(10);

/// Serves all subscriptions until the server stops.
pub async fn run(hooks: Arc<Hooks>, store: Store, stopping: CancellationToken) {
    let mut changes = hooks.changes.subscribe();
    let mut workers: HashMap<String, JoinHandle<()>> = HashMap::new();
    loop {
        changes.borrow_and_update();
        match store.hooks().await {
            Ok(there) => {
                workers.retain(|_, worker| !worker.is_finished());
                for hook in there {
                    let id = hook.webhook.id;
                    workers.entry(id.clone()).or_insert_with(|| {
                        let worker = Worker {
                            changes: hooks.changes.subscribe(),
                            heads: store.heads(),
                            hooks: hooks.clone(),
                            store: store.clone(),
                            stopping: stopping.clone(),
                            waiting: VecDeque::new(),
                            looked: 0,
                            noted: Instant::now(),
                            id,
                        };
                        tokio::spawn(worker.run())
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "webhooks were not read"),
        }
        tokio::select! {
            () = stopping.cancelled() => break,
            _ = changes.changed() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    for worker in workers.into_values() {
        // One that panicked has said so.
        let _ = worker.await;
    }
}

struct Worker {
    id: String,
    hooks: Arc<Hooks>,
    store: Store,
    stopping: CancellationToken,
    changes: watch::Receiver<u64>,
    heads: watch::Receiver<u64>,
    /// Events that were read and not sent yet.
    waiting: VecDeque<Event>,
    /// Everything up to this revision was sent or waits here.
    looked: u64,
    /// When it was last noted how far that is.
    noted: Instant,
}

/// What a worker does next.
enum Step {
    /// Looks again at once.
    On,
    /// Looks again when something happens, at the latest then.
    Wait(Duration),
    /// The subscription is gone.
    End,
}

impl Worker {
    async fn run(mut self) {
        loop {
            if self.stopping.is_cancelled() {
                return;
            }
            if self.changes.has_changed().unwrap_or(true) {
                // It may ask for something else now.
                self.changes.borrow_and_update();
                self.look_anew();
            }
            self.heads.borrow_and_update();
            let step = match self.step().await {
                Ok(step) => step,
                Err(error) => {
                    tracing::warn!(webhook = %self.id, %error, "a webhook was not served");
                    // What was taken out of the queue is not forgotten.
                    self.look_anew();
                    Step::Wait(PAUSE)
                }
            };
            match step {
                Step::On => {}
                Step::End => return,
                Step::Wait(time) => tokio::select! {
                    () = self.stopping.cancelled() => return,
                    _ = self.changes.changed() => self.look_anew(),
                    _ = self.heads.changed() => {}
                    () = tokio::time::sleep(time) => {}
                },
            }
        }
    }

    /// The cursor in the database says where to go on.
    fn look_anew(&mut self) {
        self.waiting.clear();
        self.looked = 0;
    }

    async fn step(&mut self) -> Result<Step, Error> {
        let Some(hook) = self.store.hook(&self.id).await? else {
            return Ok(Step::End);
        };
        if hook.webhook.state != WebhookState::Active {
            return Ok(Step::Wait(LOOK));
        }
        let now = Utc::now();
        if let Some(next) = hook.webhook.next_attempt
            && next > now
        {
            let time = (next - now).to_std().unwrap_or(PAUSE);
            return Ok(Step::Wait(time.min(LOOK)));
        }
        match self.next(&hook).await? {
            Some(event) => self.send(&hook, event).await,
            None => Ok(Step::Wait(LOOK)),
        }
    }

    /// The first event after the cursor that the subscription asks for.
    async fn next(&mut self, hook: &Hook) -> Result<Option<Event>, Error> {
        while let Some(event) = self.waiting.pop_front() {
            if event.rev > hook.cursor {
                return Ok(Some(event));
            }
        }
        self.looked = self.looked.max(hook.cursor);
        loop {
            let stretch = self.store.events_after(self.looked).await?;
            let nothing_new = stretch.through == self.looked;
            self.looked = stretch.through;
            let wanted = stretch
                .events
                .into_iter()
                .filter(|event| wants(&hook.webhook, event));
            self.waiting.extend(wanted);
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            if nothing_new {
                break;
            }
            if self.looked - hook.cursor >= UNNOTED {
                self.store.hook_looked(&self.id, self.looked).await?;
            }
        }
        if self.looked > hook.cursor && self.noted.elapsed() >= NOTE {
            self.store.hook_looked(&self.id, self.looked).await?;
            self.noted = Instant::now();
        }
        Ok(None)
    }

    async fn send(&mut self, hook: &Hook, event: Event) -> Result<Step, Error> {
        let (rev, kind) = (event.rev, event.kind);
        let release = event.release.as_ref().and_then(|release| release.number);
        let message = self.hooks.message(&self.store, event);
        let stopping = self.stopping.clone();
        let cut_off = async {
            stopping.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let (attempt, verdict) = tokio::select! {
            outcome = self.hooks.attempt(hook, &message) => outcome,
            // Sent again after the next start.
            () = cut_off => return Ok(Step::End),
        };
        let note = Note {
            rev,
            event: kind,
            release,
            attempt: &attempt,
            delivered: verdict == Verdict::Delivered,
        };
        let asked = match verdict {
            Verdict::Delivered => {
                self.store.hook_taken(&self.id, &note).await?;
                return Ok(Step::On);
            }
            Verdict::Gone => {
                let why = "the receiver says that it is gone for good (410)".to_owned();
                return self.give_up(&note, why).await;
            }
            Verdict::Failed(asked) => asked,
        };
        // Read again for the next attempt: it is still the first in line, and what is said of the release may change.
        self.look_anew();
        let now = Utc::now();
        let failed = hook.webhook.attempts.saturating_add(1);
        let chance = rand::rng().random_range(0.0..1.0);
        match backoff::after(failed, hook.first.unwrap_or(attempt.at), now, asked, chance) {
            Next::Again(then) => {
                self.store.hook_failed(&self.id, &note, then).await?;
                Ok(Step::On)
            }
            Next::GiveUp => {
                let last = attempt.error.as_deref().unwrap_or("no reason");
                let why = format!("{failed} attempts within a day failed; the last: {last}");
                self.give_up(&note, why).await
            }
        }
    }

    async fn give_up(&self, note: &Note<'_>, why: String) -> Result<Step, Error> {
        tracing::warn!(webhook = %self.id, revision = note.rev, why, "a message was given up, the webhook is stopped");
        self.store.hook_given_up(&self.id, note, why).await?;
        self.hooks.tally.gave_up();
        Ok(Step::On)
    }
}

/// Does the subscription ask for this?
fn wants(webhook: &Webhook, event: &Event) -> bool {
    let of_type = || match (&webhook.release_types, &event.release) {
        (None, _) | (_, None) => true,
        (Some(types), Some(release)) => {
            let own = release.release_type.as_ref();
            own.is_some_and(|own| types.contains(own))
        }
    };
    webhook.events.contains(&event.kind) && of_type()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::release::Stage;
    use domain::wire::webhook::{EventKind, MessageActor, MessageRelease};

    use super::*;

    fn event(kind: EventKind, release_type: Option<&str>) -> Event {
        let release = release_type.map(|key| MessageRelease {
            id: domain::ReleaseId(ulid::Ulid::new()),
            number: None,
            title: "x".into(),
            release_type: (!key.is_empty()).then(|| key.parse().unwrap()),
            stage: Stage::Draft,
        });
        Event {
            rev: 1,
            kind,
            done: None,
            at: Utc::now(),
            actor: MessageActor {
                id: None,
                name: "ada".into(),
            },
            release,
            text: "x".into(),
            page: "/".into(),
        }
    }

    #[test]
    fn a_subscription_gets_its_events_of_its_types() {
        let mut webhook = Webhook {
            id: String::new(),
            name: String::new(),
            url: String::new(),
            events: BTreeSet::from([EventKind::Submitted, EventKind::ImportFinished]),
            release_types: None,
            state: WebhookState::Active,
            trouble: None,
            attempts: 0,
            next_attempt: None,
            last_delivered: None,
            old_secret_until: None,
            created: Utc::now(),
            created_by: String::new(),
        };
        assert!(wants(&webhook, &event(EventKind::Submitted, Some("standard"))));
        assert!(wants(&webhook, &event(EventKind::Submitted, Some(""))));
        assert!(!wants(&webhook, &event(EventKind::Cancelled, Some("standard"))));
        webhook.release_types = Some(BTreeSet::from(["standard".parse().unwrap()]));
        assert!(wants(&webhook, &event(EventKind::Submitted, Some("standard"))));
        assert!(!wants(&webhook, &event(EventKind::Submitted, Some("emergency"))));
        assert!(
            !wants(&webhook, &event(EventKind::Submitted, Some(""))),
            "none chosen yet"
        );
        assert!(
            wants(&webhook, &event(EventKind::ImportFinished, None)),
            "imports have no type"
        );
    }
}
