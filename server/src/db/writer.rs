//! One writer at a time for releases and the CMDB; each commit moves the head.

use std::sync::atomic::Ordering;

use tokio::sync::MutexGuard;

use super::error::Failure;
use super::query::{Answers, Vars, broken, explain};
use super::{Counters, Error, MetaRow, READ_META, Store};

/// A transaction that goes through only if the head is where this process thinks it is.
macro_rules! guarded {
    ($($body:literal),+) => {
        concat!(
            "BEGIN;
             LET $moved = UPDATE ONLY meta:state SET head = $head, next_number = $next_number,
                     chained = $chained, chain = $chain
                 WHERE head = $was RETURN AFTER;
             IF $moved IS NONE { THROW 'moved' };",
            $($body),+,
            "; COMMIT"
        )
    };
}
pub(super) use guarded;

/// Tries of a change whose ground another process moves.
pub(super) const REREADS: u32 = 5;

/// The right to write, until dropped. What was committed is announced then, after the memory of this
/// process has been brought up to date.
pub(crate) struct Writer<'a> {
    store: &'a Store,
    counters: MutexGuard<'a, Counters>,
}

/// What became of a [`Writer::commit`].
pub(super) enum Commit {
    /// It is on disk.
    Done,
    /// Another process has written: everything must be read again.
    Moved,
}

impl Store {
    /// Waits for the right to write.
    pub(crate) async fn writer(&self) -> Writer<'_> {
        Writer {
            store: self,
            counters: self.0.writer.lock().await,
        }
    }
}

impl Writer<'_> {
    pub(super) fn counters(&self) -> Counters {
        *self.counters
    }

    /// Another process has written: reads the counters again and forgets what is in memory.
    pub(super) async fn reread(&mut self, doing: &str) -> Result<(), Error> {
        let mut answers: Answers = self.store.ask(doing, READ_META, Vars::new()).await?;
        let meta: Option<MetaRow> = answers.one(0)?;
        let meta = meta.ok_or_else(|| broken(doing, "the counters are gone"))?;
        *self.counters = meta.counters()?;
        self.store
            .0
            .durable
            .fetch_max(meta.durable_rev, Ordering::Relaxed);
        self.store.forget().await;
        Ok(())
    }

    /// Sends a [`guarded`] transaction that takes the counters to `next`.
    pub(super) async fn commit(
        &mut self,
        doing: &str,
        text: &'static str,
        vars: Vars,
        next: Counters,
    ) -> Result<Commit, Error> {
        let vars = vars
            .with("was", self.counters.head)
            .with("head", next.head)
            .with("next_number", next.next_number)
            .with("chained", next.chain.entries())
            .with("chain", next.chain.digest());
        match self.store.attempt(doing, text, vars).await {
            Ok(_) => {
                *self.counters = next;
                Ok(Commit::Done)
            }
            Err(Failure::Thrown(word)) if word == "moved" => {
                self.reread(doing).await?;
                Ok(Commit::Moved)
            }
            Err(failure) => Err(explain(doing, failure)),
        }
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        let head = self.counters.head;
        self.store
            .0
            .heads
            .send_if_modified(|known| std::mem::replace(known, head) != head);
    }
}

/// What is said when another process keeps writing.
pub(super) fn crowded() -> Error {
    Error::Busy("another process keeps changing the same database. Try again".into())
}
