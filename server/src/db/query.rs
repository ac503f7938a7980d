//! The only way to the database: constant text, bound values, every error looked at.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use surrealdb::engine::any::Any;
use surrealdb::types::{RecordId, RecordIdKey, SurrealValue, Variables};
use surrealdb::{IndexedResults, Surreal};
use tracing::Instrument;

use super::error::{Failure, real_error};
use super::{Error, Store};

/// Tries of a request that another transaction got in the way of.
const TRIES: u32 = 8;

/// A record id with a text key.
pub(super) fn id(table: &str, key: impl Into<String>) -> RecordId {
    RecordId::new(table, key.into())
}

/// The text key of a record id; other kinds of keys are never made.
pub(super) fn key_of(id: RecordId) -> String {
    match id.key {
        RecordIdKey::String(key) => key,
        other => format!("{other:?}"),
    }
}

/// The values of a request.
#[derive(Clone, Default)]
pub(crate) struct Vars(Variables);

impl Vars {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn with(mut self, name: &str, value: impl SurrealValue) -> Self {
        self.0.insert(name, value);
        self
    }

    pub(super) fn into_inner(self) -> Variables {
        self.0
    }
}

/// The answers to the statements of a request that succeeded as a whole.
pub(crate) struct Answers {
    doing: String,
    results: IndexedResults,
}

impl Answers {
    /// All rows of a statement. `BEGIN`, `LET` and `COMMIT` count as statements.
    pub(super) fn rows<T: SurrealValue>(&mut self, statement: usize) -> Result<Vec<T>, Error> {
        self.results
            .take(statement)
            .map_err(|e| broken(&self.doing, e.message()))
    }

    /// The one row or value of a statement, if any.
    pub(super) fn one<T: SurrealValue>(&mut self, statement: usize) -> Result<Option<T>, Error> {
        self.results
            .take(statement)
            .map_err(|e| broken(&self.doing, e.message()))
    }
}

pub(super) fn broken(doing: &str, detail: impl Into<String>) -> Error {
    Error::Database {
        doing: doing.to_owned(),
        detail: detail.into(),
    }
}

impl Store {
    /// Sends a request; a conflict with another transaction is tried again. The text is constant by type.
    pub(super) async fn ask(&self, doing: &str, text: &'static str, vars: Vars) -> Result<Answers, Error> {
        self.attempt(doing, text, vars)
            .await
            .map_err(|failure| explain(doing, failure))
    }

    /// [`Store::ask`] for callers that tell failures apart.
    pub(super) async fn attempt(
        &self,
        doing: &str,
        text: &'static str,
        vars: Vars,
    ) -> Result<Answers, Failure> {
        let db = self.handle().map_err(|e| Failure::Gone(e.to_string()))?;
        let mut tries = 0;
        loop {
            let failure = match send(Arc::clone(&db), text, vars.clone()).await {
                Ok(results) => {
                    return Ok(Answers {
                        doing: doing.to_owned(),
                        results,
                    });
                }
                Err(failure) => failure,
            };
            tries += 1;
            if tries == TRIES || !matches!(failure, Failure::Retry) {
                return Err(failure);
            }
            let pause = rand::rng().random_range(1..=(2_u64 << tries));
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// Runs schema text and the note that it ran in one transaction.
    pub(super) async fn define(
        &self,
        doing: &str,
        schema: &'static str,
        note: &'static str,
        vars: Vars,
    ) -> Result<(), Error> {
        let text = format!("BEGIN;\n{schema};\n{note};\nCOMMIT");
        let db = self.handle()?;
        let sent = db.query(text).bind(vars.0).await;
        let failure = match sent {
            Ok(mut results) => match real_error(&mut results) {
                None => return Ok(()),
                Some(error) => Failure::from_error(&error),
            },
            Err(error) => Failure::from_error(&error),
        };
        Err(explain(doing, failure))
    }
}

/// A task of its own: a caller that goes away, because the browser has hung up, must not tear a transaction that has
/// begun. It ends as if somebody waited for it.
async fn send(db: Arc<Surreal<Any>>, text: &'static str, vars: Vars) -> Result<IndexedResults, Failure> {
    let query = async move { db.query(text).bind(vars.0).await };
    let sent = tokio::spawn(query.in_current_span()).await;
    let mut results = sent
        .map_err(|e| Failure::Gone(e.to_string()))?
        .map_err(|e| Failure::from_error(&e))?;
    match real_error(&mut results) {
        None => Ok(results),
        Some(error) => Err(Failure::from_error(&error)),
    }
}

/// What a failure means where the caller expects none in particular.
pub(super) fn explain(doing: &str, failure: Failure) -> Error {
    match failure {
        Failure::Retry => Error::Busy(format!(
            "others keep changing the same data; {doing} did not get through. Try again"
        )),
        Failure::Gone(detail) => Error::Busy(format!("the database does not answer ({detail}). Try again")),
        Failure::Thrown(detail) | Failure::Taken(detail) | Failure::Other(detail) => broken(doing, detail),
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    const KEPT: &str = "SELECT VALUE note FROM hung_up:up";

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_begun_ends_also_when_the_caller_hangs_up() {
        let store = Store::bare().await;
        let write = "BEGIN; CREATE hung_up:up SET note = $note; COMMIT";
        {
            let mut asked =
                Box::pin(store.ask("writing", write, Vars::new().with("note", "kept".to_owned())));
            // It may be done by then.
            let _begun = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        let mut kept: Vec<String> = Vec::new();
        // Half a minute at most; it takes some milliseconds.
        for _ in 0..6_000 {
            if !kept.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            // Until the record is there, neither is its table.
            let read = store.ask("reading", KEPT, Vars::new()).await;
            kept = read.and_then(|mut answers| answers.rows(0)).unwrap_or_default();
        }
        assert_eq!(kept, ["kept"]);
    }
}
