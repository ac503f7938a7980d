use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::UserId;
use domain::access::{Actor, Deed, Scope};
use domain::wire::admin::AuditDeed;
use serde_json::json;
use surrealdb::types::{RecordId, SurrealValue};

use super::audit::{By, Change, audited};
use super::error::Failure;
use super::identity::{HELD, Holder, holder, with_holder};
use super::query::{Vars, broken, explain, id, key_of};
use super::words::{from_word, word};
use super::{Error, Store};

/// An API token; its secret is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// ULID, to show and to revoke by.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the secret, in lowercase hex.
    pub hash: String,
    /// Whose.
    pub user: UserId,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// It ends then.
    pub expires: Option<DateTime<Utc>>,
    /// Last use, roughly.
    pub last_used: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked: Option<DateTime<Utc>>,
}

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    name: String,
    hash: String,
    user: String,
    scopes: Vec<String>,
    created: DateTime<Utc>,
    expires: Option<DateTime<Utc>>,
    last_used: Option<DateTime<Utc>>,
    revoked: Option<DateTime<Utc>>,
}

const CREATE: &str = audited!(
    "CREATE $id SET name = $name, hash = $hash, user = $user, scopes = $scopes, created = $created,
         expires = $expires, last_used = $last_used, revoked = $revoked RETURN NONE"
);
const ONE: &str = "SELECT * FROM ONLY $id";
const BY_HASH: &str = with_holder!("(SELECT * FROM api_token WHERE hash = $hash LIMIT 1)[0]");
const TOUCH: &str = "UPDATE $id SET last_used = $at RETURN NONE";
const OF_USER: &str = "SELECT * FROM api_token WHERE user = $user ORDER BY id DESC";
const ALL: &str = "SELECT * FROM api_token ORDER BY id DESC";
const REVOKE: &str = audited!(
    "LET $done = UPDATE ONLY $id SET revoked = $at WHERE revoked = NONE RETURN AFTER;
     IF $done = NONE { THROW 'revoked' }"
);

impl Store {
    /// Remembers a new token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_create(&self, by: &By, token: &TokenRow) -> Result<(), Error> {
        let change = Change {
            label: token.name.clone(),
            after: Some(about(token)),
            ..Change::of("tokens", &token.id, AuditDeed::Created)
        };
        let vars = Vars::new()
            .with("id", id("api_token", &token.id))
            .with("name", token.name.clone())
            .with("hash", token.hash.clone())
            .with("user", token.user.to_string())
            .with("scopes", token.scopes.iter().map(word).collect::<Vec<_>>())
            .with("created", token.created)
            .with("expires", token.expires)
            .with("last_used", token.last_used)
            .with("revoked", token.revoked)
            .audit(by, token.created, &[change])?;
        self.ask("storing a token", CREATE, vars).await.map(|_| ())
    }

    /// The token with this hash, also when expired or revoked, and whose it is. Read from the database each time, as
    /// sessions are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<(TokenRow, Holder)>, Error> {
        let vars = Vars::new().with("hash", hash.to_owned());
        let mut answers = self.ask("reading a token", BY_HASH, vars).await?;
        match answers.one::<Row>(HELD)? {
            Some(row) => Ok(Some((to_token(row)?, holder(&mut answers)?))),
            None => Ok(None),
        }
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_touch(&self, token: &str, at: DateTime<Utc>) -> Result<(), Error> {
        let vars = Vars::new().with("id", id("api_token", token)).with("at", at);
        self.ask("noting the use of a token", TOUCH, vars)
            .await
            .map(|_| ())
    }

    /// All tokens of a person, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens_of(&self, user: UserId) -> Result<Vec<TokenRow>, Error> {
        let vars = Vars::new().with("user", user.to_string());
        let rows: Vec<Row> = self.ask("listing tokens", OF_USER, vars).await?.rows(0)?;
        rows.into_iter().map(to_token).collect()
    }

    /// All tokens with the sign-in names of their owners, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self) -> Result<Vec<(String, TokenRow)>, Error> {
        let logins: HashMap<UserId, String> = self
            .users()
            .await?
            .into_iter()
            .map(|(person, ..)| (person.id, person.login))
            .collect();
        let rows: Vec<Row> = self.ask("listing tokens", ALL, Vars::new()).await?.rows(0)?;
        rows.into_iter()
            .map(|row| {
                let token = to_token(row)?;
                Ok((logins.get(&token.user).cloned().unwrap_or_default(), token))
            })
            .collect()
    }

    /// [`Store::tokens`] for an administrator.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for somebody else.
    pub async fn all_tokens(&self, actor: &Actor) -> Result<Vec<(String, TokenRow)>, Error> {
        super::cmdb::allow(actor, Deed::Administer, "see the tokens of others")?;
        self.tokens().await
    }

    /// Revokes a token of a person; `false` when they have no such token. Revoking twice keeps the first time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_revoke(
        &self,
        by: &By,
        user: UserId,
        token: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let doing = "revoking a token";
        let record = Vars::new().with("id", id("api_token", token));
        let row: Option<Row> = self.ask(doing, ONE, record.clone()).await?.one(0)?;
        let Some(row) = row.filter(|row| row.user == user.to_string()) else {
            return Ok(false);
        };
        let change = Change {
            label: row.name.clone(),
            before: Some(about(&to_token(row)?)),
            ..Change::of("tokens", token, AuditDeed::Revoked)
        };
        let vars = record.with("at", at).audit(by, at, &[change])?;
        match self.attempt(doing, REVOKE, vars).await {
            Err(Failure::Thrown(word)) if word == "revoked" => Ok(true),
            Err(failure) => Err(explain(doing, failure)),
            Ok(_) => Ok(true),
        }
    }
}

/// What the audit keeps of a token: never its hash.
fn about(token: &TokenRow) -> serde_json::Value {
    json!({ "name": token.name, "user": token.user, "scopes": token.scopes, "expires": token.expires })
}

fn to_token(row: Row) -> Result<TokenRow, Error> {
    Ok(TokenRow {
        id: key_of(row.id),
        name: row.name,
        hash: row.hash,
        user: row
            .user
            .parse()
            .map_err(|e| broken("reading a token", format!("{e}")))?,
        scopes: row.scopes.iter().filter_map(|scope| from_word(scope)).collect(),
        created: row.created,
        expires: row.expires,
        last_used: row.last_used,
        revoked: row.revoked,
    })
}

#[cfg(test)]
mod tests {
    use chrono::{SubsecRound, TimeDelta};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn only_the_owner_revokes_and_the_first_time_counts() {
        let store = Store::in_memory().await;
        let now = Utc::now().trunc_subsecs(3);
        let by = By::command_line();
        let (ada, bob) = (UserId(ulid::Ulid::new()), UserId(ulid::Ulid::new()));
        let token = TokenRow {
            id: ulid::Ulid::new().to_string(),
            name: "deploys".to_owned(),
            hash: "abc".to_owned(),
            user: ada,
            scopes: BTreeSet::from([Scope::Read, Scope::Import]),
            created: now,
            expires: None,
            last_used: None,
            revoked: None,
        };
        store.token_create(&by, &token).await.unwrap();
        assert_eq!(
            store.token_by_hash("abc").await.unwrap(),
            Some((token.clone(), None))
        );
        assert_eq!(store.token_by_hash("abd").await.unwrap(), None);
        store.token_touch(&token.id, now).await.unwrap();
        assert_eq!(store.tokens_of(bob).await.unwrap(), []);
        assert_eq!(store.tokens_of(ada).await.unwrap()[0].last_used, Some(now));

        assert_eq!(store.token_revoke(&by, bob, &token.id, now).await, Ok(false));
        assert_eq!(store.token_revoke(&by, ada, &token.id, now).await, Ok(true));
        assert_eq!(
            store
                .token_revoke(&by, ada, &token.id, now + TimeDelta::hours(1))
                .await,
            Ok(true)
        );
        assert_eq!(
            store.token_by_hash("abc").await.unwrap().unwrap().0.revoked,
            Some(now)
        );
    }
}
