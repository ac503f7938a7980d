use domain::wire::problem::FieldError;
use surrealdb::IndexedResults;
use surrealdb::types::QueryError;

/// Why the store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the asker may not know of it.
    #[error("{0}")]
    NotFound(String),
    /// The asker lacks a right.
    #[error("{0}")]
    NotAllowed(String),
    /// It was changed meanwhile, or the name is taken.
    #[error("{0}")]
    Conflict(String),
    /// Another record has this value already.
    #[error("{at}: {message}")]
    Taken {
        /// The field.
        at: String,
        /// Whose it is, and what to do.
        message: String,
    },
    /// The record was changed since the author of the change has seen it.
    #[error("{detail}")]
    Stale {
        /// What was changed meanwhile, and what to do.
        detail: String,
        /// Each field that was to be changed, with the value it has now and the one that was sent.
        errors: Vec<FieldError>,
        /// The record as it is now.
        current: serde_json::Value,
    },
    /// A value that was sent is wrong.
    #[error("{at}: {message}")]
    Invalid {
        /// The field.
        at: String,
        /// What is wrong with it and what would be right.
        message: String,
    },
    /// Several values that were sent are wrong.
    #[error("{}", .0.iter().map(|wrong| format!("{}: {}", wrong.at, wrong.message)).collect::<Vec<_>>().join("; "))]
    Unfit(Vec<FieldError>),
    /// Not now: shutting down, or the database does not answer. Trying again is right.
    #[error("{0}")]
    Busy(String),
    /// The database cannot be opened as asked; the text says why and what to do.
    #[error("{0}")]
    Unusable(String),
    /// The database refused or broke; a defect or a damaged folder.
    #[error("the database failed while {doing}: {detail}")]
    Database {
        /// What was being done.
        doing: String,
        /// What the database said.
        detail: String,
    },
}

impl Error {
    /// A wrong value at a field.
    pub fn invalid(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            at: at.into(),
            message: message.into(),
        }
    }
}

/// What went wrong with a request, before it is turned into an [`Error`].
pub(super) enum Failure {
    /// Another transaction got there first; the whole request may be sent again.
    Retry,
    /// A `THROW` of ours.
    Thrown(String),
    /// A unique index or a record id is taken.
    Taken(String),
    /// The connection is gone.
    Gone(String),
    /// Anything else.
    Other(String),
}

impl Failure {
    pub(super) fn from_error(error: &surrealdb::Error) -> Self {
        let text = error.message().to_owned();
        if is_conflict(error) {
            Self::Retry
        } else if error.is_thrown() {
            let said = text.strip_prefix("An error occurred: ").unwrap_or(&text);
            Self::Thrown(said.to_owned())
        } else if error.is_already_exists() || text.starts_with("Database index `") {
            Self::Taken(text)
        } else if error.is_connection() {
            Self::Gone(text)
        } else {
            Self::Other(text)
        }
    }
}

fn is_conflict(error: &surrealdb::Error) -> bool {
    error.query_details() == Some(&QueryError::TransactionConflict)
        || error.message().contains("This transaction can be retried")
}

/// The error that explains a failed request. In a failed transaction every statement carries an error,
/// and all but one only say that they did not run.
pub(super) fn real_error(results: &mut IndexedResults) -> Option<surrealdb::Error> {
    let mut errors: Vec<_> = results.take_errors().into_iter().collect();
    errors.sort_by_key(|(index, _)| *index);
    let rank = |error: &surrealdb::Error| match error.query_details() {
        _ if is_conflict(error) => 0,
        Some(QueryError::NotExecuted | QueryError::Cancelled) => 3,
        _ if error.message().starts_with("Cannot COMMIT") => 2,
        _ => 1,
    };
    errors.into_iter().map(|(_, error)| error).min_by_key(rank)
}
