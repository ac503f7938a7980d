//! Webhooks: telling other programs what happened.
//!
//! There is no queue beside the journal: each subscription has a cursor, a revision, and what comes after it in the
//! journal is what it is told, in order. So nothing can be forgotten between a commit and its message, and a message
//! is sent again where the server ended between an answer and the note of it.
//!
//! - [`guard`]: where messages may go at all; [`send`]: one attempt; [`signature`]: how it is signed;
//! - `crate::backoff`: when the next one is made; [`worker`]: one task for each subscription.

pub mod guard;
pub mod send;
pub mod signature;
pub mod worker;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::wire::webhook::{Attempt, Delivery, EventKind, Message, MessageActor, Webhook, WebhookTest};
use tokio::sync::{Semaphore, watch};
use url::Url;

use crate::auth::proxy::Network;
use crate::config::page_at;
use crate::db::{Error, Event, Hook, Store};
use crate::tally::{Tally, Words};
use guard::Guard;
use send::{Lookup, Sender, SystemLookup};

/// Messages on their way at once, to all receivers together.
const AT_ONCE: usize = 8;

/// How the server was asked to treat webhooks.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Networks inside that messages may go to.
    pub allow: Vec<Network>,
    /// Also over http, where nobody but the signature protects a message.
    pub plain_http: bool,
    /// Under which address people reach this server, for links.
    pub public_url: Option<Url>,
}

/// What all subscriptions share.
pub struct Hooks {
    /// Where messages may go.
    pub guard: Guard,
    sender: Sender,
    public_url: Option<Url>,
    turns: Semaphore,
    /// Counts the changes of subscriptions.
    changes: watch::Sender<u64>,
    tally: Tally,
}

impl Hooks {
    /// With the names of this machine's resolver.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::with(settings, Arc::new(SystemLookup))
    }

    /// With the names that `lookup` knows.
    #[must_use]
    pub fn with(settings: Settings, lookup: Arc<dyn Lookup>) -> Self {
        let guard = Guard {
            allow: settings.allow,
            plain_http: settings.plain_http,
        };
        Self {
            guard: guard.clone(),
            sender: Sender::new(guard, lookup),
            public_url: settings.public_url,
            turns: Semaphore::new(AT_ONCE),
            changes: watch::Sender::new(0),
            tally: Tally::default(),
        }
    }

    /// A subscription was made, changed or taken away.
    pub fn wake(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Sends a message once, outside of the order, and notes what came of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn redeliver(&self, store: &Store, hook: &Hook, event: Event) -> Result<Delivery, Error> {
        let kind = event.kind;
        let release = event.release.as_ref().and_then(|release| release.number);
        let rev = event.rev;
        let message = self.message(store, event);
        let (attempt, verdict) = self.attempt(hook, &message).await;
        let note = send::Note {
            rev,
            event: kind,
            release,
            attempt: &attempt,
            delivered: verdict == send::Verdict::Delivered,
        };
        let delivery = store.hook_redelivered(&hook.webhook.id, &note).await?;
        self.wake();
        Ok(delivery)
    }

    /// Sends a message that says nothing, and notes nothing.
    pub async fn try_out(&self, hook: &Hook, by: MessageActor, now: DateTime<Utc>) -> WebhookTest {
        let message = Message {
            id: format!("msg_test_{}", ulid::Ulid::new()),
            kind: EventKind::Test,
            time: now,
            actor: by,
            release: None,
            text: format!("tried out the webhook {}", hook.webhook.name),
            link: self.link(&page_of(&hook.webhook)),
            revision: hook.cursor,
        };
        let (attempt, verdict) = self.attempt(hook, &message).await;
        WebhookTest {
            delivered: verdict == send::Verdict::Delivered,
            attempt,
        }
    }

    /// One attempt, in its turn; counted.
    async fn attempt(&self, hook: &Hook, message: &Message) -> (Attempt, send::Verdict) {
        // Never closed; without a turn it would only be one more at once.
        let _turn = self.turns.acquire().await;
        let outcome = self.sender.attempt(hook, message, Utc::now()).await;
        self.tally.attempted(outcome.1 == send::Verdict::Delivered);
        outcome
    }

    fn message(&self, store: &Store, event: Event) -> Message {
        Message {
            id: store.message_id(event.rev),
            kind: event.kind,
            time: event.at,
            actor: event.actor,
            release: event.release,
            text: event.text,
            link: self.link(&event.page),
            revision: event.rev,
        }
    }

    fn link(&self, page: &str) -> String {
        let base = self.public_url.as_ref();
        base.map_or_else(|| page.to_owned(), |base| page_at(base, page))
    }

    /// Counters in the Prometheus text format.
    ///
    /// # Errors
    /// Never, for a text in memory.
    pub fn write_metrics(&self, out: &mut String) -> std::fmt::Result {
        let words = Words {
            name: "webhook",
            taken: "delivered",
            attempts: "Attempts at sending a message, by outcome.",
            given_up: "Messages that were given up.",
        };
        self.tally.write_metrics(words, out)
    }
}

fn page_of(webhook: &Webhook) -> String {
    format!("/admin/webhooks/{}", webhook.id)
}
