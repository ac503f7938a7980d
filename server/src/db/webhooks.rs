//! Subscriptions of other programs. `deliveries`: what was sent to them.

mod deliveries;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Actor, Deed};
use domain::shorten;
use domain::wire::admin::AuditDeed;
use domain::wire::webhook::{EventKind, NewWebhook, Webhook, WebhookPatch, WebhookState};
use serde::Serialize;
use serde_json::Value;
use surrealdb::types::{RecordId, SurrealValue};

use super::audit::{By, Change, audited};
use super::cmdb::allow;
use super::error::Failure;
use super::query::{Vars, broken, explain, id, key_of};
use super::words::{from_word, word};
use super::{Error, Store};

/// Most subscriptions; each has a task and reads the journal by itself.
pub const MAX_WEBHOOKS: usize = 50;
const MAX_NAME: usize = 100;
const REGISTER: &str = "webhooks";
/// What people decide about a subscription.
const DECIDED: [&str; 5] = ["name", "url", "events", "release_types", "state"];
/// How long messages are signed with both secrets after a new one was made.
const BOTH_SECRETS: TimeDelta = TimeDelta::hours(24);

/// A subscription with what only the sender needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// What people see of it.
    pub webhook: Webhook,
    /// What its messages are signed with.
    pub secret: String,
    /// The secret before, while it still counts.
    pub old_secret: Option<String>,
    /// Everything up to this revision is done.
    pub cursor: u64,
    /// The first attempt at the message after it.
    pub first: Option<DateTime<Utc>>,
}

impl Hook {
    /// What a message is signed with now.
    pub fn secrets(&self, now: DateTime<Utc>) -> impl Iterator<Item = &str> {
        let both = self.webhook.old_secret_until.is_some_and(|until| now < until);
        let old = self.old_secret.as_deref().filter(|_| both);
        [self.secret.as_str()].into_iter().chain(old)
    }
}

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    name: String,
    url: String,
    events: Vec<String>,
    release_types: Option<Vec<String>>,
    state: String,
    secret: String,
    old_secret: Option<String>,
    old_until: Option<DateTime<Utc>>,
    cursor: u64,
    attempts: u32,
    first: Option<DateTime<Utc>>,
    next: Option<DateTime<Utc>>,
    trouble: Option<String>,
    delivered: Option<DateTime<Utc>>,
    created: DateTime<Utc>,
    by: String,
}

const ALL: &str = "SELECT * FROM webhook";
const READ: &str = "SELECT * FROM ONLY $id";
const CREATE: &str = audited!(
    "CREATE ONLY $id SET name = $name, url = $url, events = $events, release_types = $release_types,
        state = 'active', secret = $secret, cursor = $cursor, attempts = 0, created = $created, by = $by"
);
const CHANGE: &str = audited!(
    "UPDATE ONLY $id SET
        name = $name ?? name, url = $url ?? url, events = $events ?? events,
        release_types = IF $with_types { $release_types } ELSE { release_types },
        state = $state ?? state,
        cursor = IF $skip > cursor { $skip } ELSE { cursor },
        attempts = IF $afresh { 0 } ELSE { attempts }, first = IF $afresh { NONE } ELSE { first },
        next = IF $afresh { NONE } ELSE { next }, trouble = IF $afresh { NONE } ELSE { trouble };
    IF $abandon { UPDATE $deliveries SET state = 'given_up' WHERE state = 'retrying' RETURN NONE }"
);
const ROTATE: &str =
    audited!("UPDATE ONLY $id SET old_secret = secret, old_until = $until, secret = $secret");
const DELETE: &str = audited!("DELETE $id RETURN NONE; DELETE $deliveries RETURN NONE");
const LOOKED: &str = "UPDATE $id SET cursor = $through WHERE cursor < $through AND attempts = 0 RETURN NONE";

fn unknown(webhook: &str) -> Error {
    Error::NotFound(format!("there is no webhook `{}`", shorten(webhook)))
}

impl Store {
    /// All subscriptions, by name.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] unless the actor administers.
    pub async fn webhooks(&self, actor: &Actor) -> Result<Vec<Webhook>, Error> {
        allow(actor, Deed::Administer, "see webhooks")?;
        let mut hooks: Vec<Webhook> = self.hooks().await?.into_iter().map(|hook| hook.webhook).collect();
        hooks.sort_by_key(|hook| hook.name.to_lowercase());
        Ok(hooks)
    }

    /// One subscription.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`].
    pub async fn webhook(&self, actor: &Actor, webhook: &str) -> Result<Hook, Error> {
        allow(actor, Deed::Administer, "see webhooks")?;
        self.hook(webhook).await?.ok_or_else(|| unknown(webhook))
    }

    /// Makes a subscription to what happens from now on. The address was checked and the secret drawn by the caller.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming a field, [`Error::Conflict`] for too many, [`Error::NotAllowed`].
    pub async fn webhook_create(
        &self,
        actor: &Actor,
        new: &NewWebhook,
        secret: &str,
        now: DateTime<Utc>,
    ) -> Result<Webhook, Error> {
        allow(actor, Deed::Administer, "make webhooks")?;
        let name = checked_name(&new.name)?;
        let events = checked_events(&new.events)?;
        let types = new.release_types.as_ref().filter(|types| !types.is_empty());
        if self.hooks().await?.len() >= MAX_WEBHOOKS {
            return Err(Error::Conflict(format!(
                "there are {MAX_WEBHOOKS} webhooks, more are not served; delete one first"
            )));
        }
        let key = ulid::Ulid::new().to_string();
        let change = Change {
            label: name.clone(),
            after: Some(about(new)),
            ..Change::of(REGISTER, &key, AuditDeed::Created)
        };
        let vars = Vars::new()
            .with("id", id("webhook", key))
            .with("name", name)
            .with("url", new.url.trim().to_owned())
            .with("events", events)
            .with("release_types", types.map(texts))
            .with("secret", secret.to_owned())
            .with("cursor", self.head())
            .with("created", now)
            .with("by", actor.name.clone())
            .audit(&By::from(actor), now, &[change])?;
        let doing = "making a webhook";
        match self.attempt(doing, CREATE, vars).await {
            Ok(mut answers) => {
                let row: Option<Row> = answers.one(1)?;
                row.map(|row| to_hook(row).webhook)
                    .ok_or_else(|| broken(doing, "it is not there afterwards"))
            }
            Err(failure) => Err(taken(doing, failure)),
        }
    }

    /// Changes a subscription.
    ///
    /// # Errors
    /// As [`Store::webhook_create`], and [`Error::NotFound`].
    pub async fn webhook_change(
        &self,
        actor: &Actor,
        webhook: &str,
        patch: &WebhookPatch,
        now: DateTime<Utc>,
    ) -> Result<Webhook, Error> {
        let before = self.webhook(actor, webhook).await?.webhook;
        let name = patch.name.as_deref().map(checked_name).transpose()?;
        let events = patch.events.as_ref().map(checked_events).transpose()?;
        if patch.state == Some(WebhookState::Stopped) {
            return Err(Error::invalid("state", "`active` and `paused` can be asked for"));
        }
        let types = patch.release_types.as_ref().filter(|types| !types.is_empty());
        let change = Change {
            label: name.clone().unwrap_or_else(|| before.name.clone()),
            before: Some(about(&before)),
            after: Some(with(about(&before), patch)),
            ..Change::of(REGISTER, webhook, AuditDeed::Changed)
        };
        let asks_for_other = events.is_some() || patch.release_types.is_some();
        let afresh = patch.state == Some(WebhookState::Active)
            || patch.url.is_some()
            || asks_for_other
            || patch.skip_waiting;
        let vars = Vars::new()
            .with("id", id("webhook", webhook))
            .with("name", name)
            .with("url", patch.url.as_ref().map(|url| url.trim().to_owned()))
            .with("events", events)
            .with("with_types", patch.release_types.is_some())
            .with("release_types", types.map(texts))
            .with("state", patch.state.map(|state| word(&state)))
            .with("skip", if patch.skip_waiting { self.head() } else { 0 })
            .with("afresh", afresh)
            .with("abandon", asks_for_other || patch.skip_waiting)
            .with("deliveries", deliveries::of(webhook))
            .audit(&By::from(actor), now, &[change])?;
        let doing = "changing a webhook";
        match self.attempt(doing, CHANGE, vars).await {
            Ok(mut answers) => {
                let row: Option<Row> = answers.one(1)?;
                row.map(|row| to_hook(row).webhook)
                    .ok_or_else(|| unknown(webhook))
            }
            Err(failure) => Err(taken(doing, failure)),
        }
    }

    /// Gives a subscription another secret; for a day its messages are signed with both.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`].
    pub async fn webhook_rotate(
        &self,
        actor: &Actor,
        webhook: &str,
        secret: &str,
        now: DateTime<Utc>,
    ) -> Result<Webhook, Error> {
        let before = self.webhook(actor, webhook).await?.webhook;
        let change = Change {
            label: before.name,
            ..Change::of(REGISTER, webhook, AuditDeed::SecretSet)
        };
        let vars = Vars::new()
            .with("id", id("webhook", webhook))
            .with("secret", secret.to_owned())
            .with("until", now + BOTH_SECRETS)
            .audit(&By::from(actor), now, &[change])?;
        let row: Option<Row> = self.ask("changing a secret", ROTATE, vars).await?.one(1)?;
        row.map(|row| to_hook(row).webhook)
            .ok_or_else(|| unknown(webhook))
    }

    /// Takes a subscription away, with its log.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`].
    pub async fn webhook_delete(
        &self,
        actor: &Actor,
        webhook: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let before = self.webhook(actor, webhook).await?.webhook;
        let change = Change {
            label: before.name.clone(),
            before: Some(about(&before)),
            ..Change::of(REGISTER, webhook, AuditDeed::Deleted)
        };
        let vars = Vars::new()
            .with("id", id("webhook", webhook))
            .with("deliveries", deliveries::of(webhook))
            .audit(&By::from(actor), now, &[change])?;
        self.ask("deleting a webhook", DELETE, vars).await.map(|_| ())
    }

    /// All subscriptions.
    pub(crate) async fn hooks(&self) -> Result<Vec<Hook>, Error> {
        let rows: Vec<Row> = self.ask("listing webhooks", ALL, Vars::new()).await?.rows(0)?;
        Ok(rows.into_iter().map(to_hook).collect())
    }

    /// A subscription, if it is there.
    pub(crate) async fn hook(&self, webhook: &str) -> Result<Option<Hook>, Error> {
        let vars = Vars::new().with("id", id("webhook", webhook));
        let row: Option<Row> = self.ask("reading a webhook", READ, vars).await?.one(0)?;
        Ok(row.map(to_hook))
    }

    /// Notes that nothing up to `through` is for this subscription.
    pub(crate) async fn hook_looked(&self, webhook: &str, through: u64) -> Result<(), Error> {
        let vars = Vars::new()
            .with("id", id("webhook", webhook))
            .with("through", through);
        self.ask("noting how far a webhook is", LOOKED, vars)
            .await
            .map(|_| ())
    }
}

/// What the audit keeps of a subscription, made or to be made: what people decide, never the secret.
fn about(webhook: &impl Serialize) -> Value {
    let mut all = serde_json::to_value(webhook).unwrap_or_default();
    if let Value::Object(fields) = &mut all {
        fields.retain(|field, _| DECIDED.contains(&field.as_str()));
    }
    all
}

/// The same after a change.
fn with(mut before: Value, patch: &WebhookPatch) -> Value {
    if let (Value::Object(fields), Value::Object(changed)) = (&mut before, serde_json::json!(patch)) {
        fields.extend(changed);
    }
    before
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            format!("1 to {MAX_NAME} visible characters are needed"),
        ));
    }
    Ok(name.to_owned())
}

fn checked_events(events: &BTreeSet<EventKind>) -> Result<Vec<String>, Error> {
    if events.is_empty() {
        return Err(Error::invalid("events", "at least one is needed"));
    }
    if events.contains(&EventKind::Test) {
        return Err(Error::invalid("events", "`webhook.test` is sent on demand only"));
    }
    Ok(events.iter().map(|event| event.as_str().to_owned()).collect())
}

fn texts<T: ToString>(values: &BTreeSet<T>) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn taken(doing: &str, failure: Failure) -> Error {
    match failure {
        Failure::Taken(_) => Error::invalid("name", "another webhook is called that"),
        failure => explain(doing, failure),
    }
}

fn to_hook(row: Row) -> Hook {
    let types = row.release_types;
    Hook {
        secret: row.secret,
        old_secret: row.old_secret,
        cursor: row.cursor,
        first: row.first,
        webhook: Webhook {
            id: key_of(row.id),
            name: row.name,
            url: row.url,
            events: row
                .events
                .iter()
                .filter_map(|event| EventKind::parse(event))
                .collect(),
            release_types: types.map(|types| types.iter().filter_map(|key| key.parse().ok()).collect()),
            // A state of a later version is none that this one serves.
            state: from_word(&row.state).unwrap_or(WebhookState::Paused),
            trouble: row.trouble,
            attempts: row.attempts,
            next_attempt: row.next,
            last_delivered: row.delivered,
            old_secret_until: row.old_until,
            created: row.created,
            created_by: row.by,
        },
    }
}

#[cfg(test)]
mod tests;
