//! The two tasks: one follows what happens and queues the mails that are due, the other hands them in. A mail server
//! that is away keeps only the second one, and nothing else, waiting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use rand::Rng;
use tokio_util::sync::CancellationToken;

use super::Mails;
use super::compose;
use super::letter::Letter;
use super::settings::Settings;
use super::smtp::Failure;
use crate::backoff::{self, Next};
use crate::db::{Error, QueuedMail, Store};

/// How often is looked without being told of anything: another process may have written to a shared database.
const LOOK: Duration = Duration::from_secs(60);
/// After a failure of the database, or of the mail server as a whole.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a stopping server waits for a mail that is on its way.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Revisions without mails after which the cursor is moved all the same, and not more often than each so long.
const UNNOTED: u64 = 500;
const NOTE: Duration = Duration::from_secs(10);

/// Queues and sends until the server stops. Without a mail server nothing is queued, and what happens meanwhile is not
/// told later.
pub async fn run(mails: Arc<Mails>, store: Store, stopping: CancellationToken) {
    let Some(settings) = mails.settings() else {
        if let Err(error) = store.mail_forget().await {
            tracing::warn!(%error, "it was not noted that no mails are sent");
        }
        return;
    };
    tokio::join!(
        follow(&mails, settings, &store, &stopping),
        hand_in(&mails, &store, &stopping)
    );
}

async fn follow(mails: &Mails, settings: &Settings, store: &Store, stopping: &CancellationToken) {
    let mut heads = store.heads();
    let mut place = None;
    while !stopping.is_cancelled() {
        heads.borrow_and_update();
        let wait = match step(mails, settings, store, &mut place).await {
            Ok(true) => continue,
            Ok(false) => LOOK,
            Err(error) => {
                tracing::warn!(%error, "mails that are due were not queued; it is tried again");
                place = None;
                PAUSE
            }
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = heads.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// How far the journal was looked through.
struct Place {
    looked: u64,
    noted: u64,
    when: Instant,
}

/// Queues what is due of the next stretch; whether there may be more.
async fn step(
    mails: &Mails,
    settings: &Settings,
    store: &Store,
    place: &mut Option<Place>,
) -> Result<bool, Error> {
    let here = match place {
        Some(here) => here,
        None => {
            let cursor = store.mail_cursor().await?;
            place.insert(Place {
                looked: cursor,
                noted: cursor,
                when: Instant::now(),
            })
        }
    };
    let stretch = store.events_after(here.looked).await?;
    if stretch.through == here.looked {
        return Ok(false);
    }
    let mut due = Vec::new();
    for event in &stretch.events {
        due.extend(compose::mails(store, settings, event).await?);
    }
    here.looked = stretch.through;
    let unnoted = here.looked - here.noted;
    if !due.is_empty() || unnoted >= UNNOTED || here.when.elapsed() >= NOTE {
        store.mail_queue(&due, here.looked, Utc::now()).await?;
        (here.noted, here.when) = (here.looked, Instant::now());
        if !due.is_empty() {
            mails.wake();
        }
    }
    Ok(true)
}

async fn hand_in(mails: &Mails, store: &Store, stopping: &CancellationToken) {
    let mut changes = mails.changes.subscribe();
    while !stopping.is_cancelled() {
        changes.borrow_and_update();
        let wait = match round(mails, store, stopping).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::warn!(%error, "queued mails were not looked at; it is tried again");
                PAUSE
            }
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = changes.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Hands in what is due; how long it may be until there is more to do.
async fn round(mails: &Mails, store: &Store, stopping: &CancellationToken) -> Result<Duration, Error> {
    for mail in store.mails_waiting().await? {
        let early = (mail.next - Utc::now()).to_std().unwrap_or_default();
        if !early.is_zero() {
            return Ok(early.min(LOOK));
        }
        let cut_off = async {
            stopping.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let letter = mail.letter();
        let outcome = tokio::select! {
            outcome = mails.attempt(&letter) => outcome,
            // Sent after the next start.
            () = cut_off => return Ok(LOOK),
        };
        let Some(outcome) = outcome else { return Ok(LOOK) };
        if note(mails, store, &mail, outcome).await? {
            return Ok(PAUSE);
        }
        if stopping.is_cancelled() {
            return Ok(LOOK);
        }
    }
    // A page of them may have been done, and there may be another one.
    match store.mails_waiting().await?.first() {
        Some(mail) => Ok((mail.next - Utc::now()).to_std().unwrap_or_default().min(LOOK)),
        None => Ok(LOOK),
    }
}

/// Notes what came of an attempt; whether the mail server as a whole was away.
async fn note(
    mails: &Mails,
    store: &Store,
    mail: &QueuedMail,
    outcome: Result<(), Failure>,
) -> Result<bool, Error> {
    let now = Utc::now();
    let failure = match outcome {
        Ok(()) => return store.mail_sent(mail, now).await.map(|()| false),
        Err(failure) => failure,
    };
    let away = matches!(failure, Failure::Away(_));
    let failed = mail.attempts.saturating_add(1);
    let chance = rand::rng().random_range(0.0..1.0);
    let next = match failure {
        Failure::Never(_) => Next::GiveUp,
        _ => backoff::after(failed, mail.first.unwrap_or(now), now, None, chance),
    };
    let trouble = failure.to_string();
    match next {
        Next::Again(then) => store.mail_failed(mail, now, then, trouble).await?,
        Next::GiveUp => {
            tracing::warn!(
                to = mail.address,
                message = mail.message,
                trouble,
                "a mail was given up"
            );
            store.mail_given_up(mail, now, trouble).await?;
            mails.tally.gave_up();
        }
    }
    Ok(away)
}

impl QueuedMail {
    fn letter(&self) -> Letter {
        Letter {
            message: self.message.clone(),
            address: self.address.clone(),
            recipient: self.recipient.clone(),
            said: self.rendered.clone(),
            at: self.created,
        }
    }
}
