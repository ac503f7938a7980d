//! Mails: telling people and groups what happens to their releases.
//!
//! Who is told, and in which words, decides `domain::mail`. What is due is read from the journal, by a cursor as webhooks
//! have one, and becomes a row for each address (`db::mail`) in the transaction that moves the cursor: nothing is
//! forgotten between a commit and its mails, and nothing is queued twice.
//!
//! - [`settings`]: the mail server, as it was named at the start; [`compose`]: from an event to its rows;
//! - [`letter`]: the message as it travels; [`smtp`]: one attempt; [`worker`]: the two tasks that do all this.

pub mod compose;
pub mod letter;
pub mod settings;
pub mod smtp;
pub mod worker;

use chrono::{DateTime, Utc};
use domain::mail::Rendered;
use domain::wire::mail::{MailStanding, MailTest};
use tokio::sync::watch;

use letter::Letter;
use settings::Settings;
use smtp::{Failure, Post};

use crate::tally::{Tally, Words};

/// What everything about mails shares.
pub struct Mails {
    post: Option<Post>,
    /// Counts what was queued by hand.
    changes: watch::Sender<u64>,
    tally: Tally,
}

impl Mails {
    /// By this mail server; without one nothing is queued.
    #[must_use]
    pub fn new(settings: Option<Settings>) -> Self {
        Self {
            post: settings.map(Post::new),
            changes: watch::Sender::new(0),
            tally: Tally::default(),
        }
    }

    /// How mails are sent, if they are.
    #[must_use]
    pub fn settings(&self) -> Option<&Settings> {
        self.post.as_ref().map(|post| &post.settings)
    }

    /// Something was queued.
    pub fn wake(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Says to whoever administers how mails are sent; the numbers are those of the log.
    #[must_use]
    pub fn standing(&self, [queued, sent, given_up]: [u64; 3]) -> MailStanding {
        let settings = self.settings();
        MailStanding {
            server: settings.map(|settings| settings.server.to_string()),
            sender: settings.map(|settings| settings.sender.to_string()),
            queued,
            sent,
            given_up,
        }
    }

    /// Sends a mail that says nothing, at once; it is not in the log. `None` without a mail server.
    pub async fn try_out(&self, address: &str, name: &str, now: DateTime<Utc>) -> Option<MailTest> {
        let settings = self.settings()?;
        let letter = Letter {
            message: format!("msg_test_{}@{}", ulid::Ulid::new(), settings.sender.host()),
            address: address.to_owned(),
            recipient: name.to_owned(),
            said: Rendered {
                subject: "Slipway can send mails".to_owned(),
                text: format!(
                    "Hello {name},\n\nyou asked for this mail to see whether mails arrive. They do.\n\n{}\n",
                    settings.link("/admin/mail")
                ),
            },
            at: now,
        };
        let outcome = self.attempt(&letter).await?;
        Some(MailTest {
            address: address.to_owned(),
            sent: outcome.is_ok(),
            trouble: outcome.err().map(|failure| failure.to_string()),
        })
    }

    /// One attempt, counted. `None` without a mail server.
    async fn attempt(&self, letter: &Letter) -> Option<Result<(), Failure>> {
        let outcome = self.post.as_ref()?.send(letter).await;
        self.tally.attempted(outcome.is_ok());
        Some(outcome)
    }

    /// Counters in the Prometheus text format.
    ///
    /// # Errors
    /// Never, for a text in memory.
    pub fn write_metrics(&self, out: &mut String) -> std::fmt::Result {
        let words = Words {
            name: "mail",
            taken: "sent",
            attempts: "Attempts at sending a mail, by outcome.",
            given_up: "Mails that were given up.",
        };
        self.tally.write_metrics(words, out)
    }
}
