use chrono::{DateTime, Utc};
use domain::UserId;
use surrealdb::types::{RecordId, SurrealValue};

use super::identity::{HELD, Holder, holder, with_holder};
use super::query::{Vars, broken, id, key_of};
use super::{Error, Store};

/// A browser session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the cookie's secret, in lowercase hex.
    pub hash: String,
    /// Whose.
    pub user: UserId,
    /// Sign-in.
    pub created: DateTime<Utc>,
    /// Last use, roughly.
    pub seen: DateTime<Utc>,
    /// It ends then at the latest.
    pub expires: DateTime<Utc>,
}

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    user: String,
    created: DateTime<Utc>,
    seen: DateTime<Utc>,
    expires: DateTime<Utc>,
}

const CREATE: &str =
    "CREATE $id SET user = $user, created = $created, seen = $seen, expires = $expires RETURN NONE";
const READ: &str = with_holder!("SELECT * FROM ONLY $id");
const TOUCH: &str = "UPDATE $id SET seen = $seen RETURN NONE";
const DELETE: &str = "DELETE $id RETURN NONE";
const SWEEP: &str = "DELETE session WHERE expires < $now OR seen < $idle RETURN NONE";

impl Store {
    /// Remembers a new session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_create(&self, session: &SessionRow) -> Result<(), Error> {
        let vars = Vars::new()
            .with("id", id("session", &session.hash))
            .with("user", session.user.to_string())
            .with("created", session.created)
            .with("seen", session.seen)
            .with("expires", session.expires);
        self.ask("storing a session", CREATE, vars).await.map(|_| ())
    }

    /// The session with this hash, whether or not it has expired, and whose it is. Read from the database each time,
    /// in one request: what is ended, disabled or taken away counts from the next request on, whichever process did it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, hash: &str) -> Result<Option<(SessionRow, Holder)>, Error> {
        let doing = "reading a session";
        let vars = Vars::new().with("id", id("session", hash));
        let mut answers = self.ask(doing, READ, vars).await?;
        let Some(row) = answers.one::<Row>(HELD)? else {
            return Ok(None);
        };
        let session = SessionRow {
            hash: key_of(row.id),
            user: row.user.parse().map_err(|e| broken(doing, format!("{e}")))?,
            created: row.created,
            seen: row.seen,
            expires: row.expires,
        };
        Ok(Some((session, holder(&mut answers)?)))
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_touch(&self, hash: &str, seen: DateTime<Utc>) -> Result<(), Error> {
        let vars = Vars::new().with("id", id("session", hash)).with("seen", seen);
        self.ask("noting the use of a session", TOUCH, vars)
            .await
            .map(|_| ())
    }

    /// Ends a session; an unknown one is no error.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_delete(&self, hash: &str) -> Result<(), Error> {
        let vars = Vars::new().with("id", id("session", hash));
        self.ask("ending a session", DELETE, vars).await.map(|_| ())
    }

    /// Forgets sessions that expired before `now` or were last used before `idle_before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions_sweep(&self, idle_before: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
        let vars = Vars::new().with("idle", idle_before).with("now", now);
        self.ask("sweeping sessions", SWEEP, vars).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use chrono::{SubsecRound, TimeDelta};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sessions_end_alone_and_by_age() {
        let store = Store::in_memory().await;
        let now = Utc::now().trunc_subsecs(3);
        let (ada, bob) = (UserId(ulid::Ulid::new()), UserId(ulid::Ulid::new()));
        let session = |hash: &str, user, age: i64| SessionRow {
            hash: hash.to_owned(),
            user,
            created: now - TimeDelta::hours(age),
            seen: now - TimeDelta::hours(age),
            expires: now + TimeDelta::hours(12 - age),
        };
        for one in [
            session("a", ada, 0),
            session("b", ada, 1),
            session("c", bob, 1),
            session("d", bob, 13),
        ] {
            store.session_create(&one).await.unwrap();
        }
        assert_eq!(
            store.session("a").await.unwrap(),
            Some((session("a", ada, 0), None))
        );
        assert_eq!(store.session("unknown").await.unwrap(), None);

        store.session_touch("c", now).await.unwrap();
        assert_eq!(store.session("c").await.unwrap().unwrap().0.seen, now);
        store
            .sessions_sweep(now - TimeDelta::hours(12), now)
            .await
            .unwrap();
        assert_eq!(store.session("d").await.unwrap(), None);
        assert!(store.session("c").await.unwrap().is_some());

        store.session_delete("a").await.unwrap();
        assert_eq!(store.session("a").await.unwrap(), None);
        assert!(store.session("b").await.unwrap().is_some());
    }
}
