use chrono::Utc;
use sha2::{Digest, Sha256};
use surrealdb::types::SurrealValue;

use super::query::{Vars, id};
use super::{Error, Store};

/// A schema step: its number is its place in the list, its text never changes once released.
pub(super) struct Migration {
    name: &'static str,
    text: &'static str,
}

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        &[$(Migration { name: $name, text: include_str!(concat!("../../schema/", $name, ".surql")) }),+]
    };
}

pub(super) const MIGRATIONS: &[Migration] = migrations![
    "0001_base",
    "0002_identity",
    "0003_cmdb",
    "0004_releases",
    "0005_lives",
    "0006_backup",
    "0007_blobs",
    "0010_journal_chain",
    "0012_audit",
    "0011_workflow",
    "0016_webhooks",
    "0014_links",
    "0017_registers",
    "0013_records",
    "0015_saved_views",
    "0018_mail"
];

#[derive(SurrealValue)]
pub(super) struct Applied {
    number: i64,
    pub(super) name: String,
    pub(super) sha256: String,
}

const APPLIED: &str = "
    DEFINE TABLE IF NOT EXISTS migration TYPE NORMAL SCHEMAFULL;
    DEFINE FIELD IF NOT EXISTS number ON migration TYPE int;
    DEFINE FIELD IF NOT EXISTS name ON migration TYPE string;
    DEFINE FIELD IF NOT EXISTS sha256 ON migration TYPE string;
    DEFINE FIELD IF NOT EXISTS applied ON migration TYPE datetime;
    SELECT number, name, sha256 FROM migration WHERE number >= 0 ORDER BY number";

const RECORD: &str =
    "CREATE $id SET number = $number, name = $name, sha256 = $sha256, applied = $applied RETURN NONE";

/// A mark among the steps: the rows of a restore are not all there yet. Below every number.
const RESTORING: &str = "restoring";
const MARK: &str = "
    UPSERT $id SET number = -1, name = $name, sha256 = '', applied = $applied RETURN NONE;
    DELETE migration WHERE number >= 0 RETURN NONE";
const MARKED: &str = "RETURN record::exists($id)";

/// Brings the schema up to `migrations`; answers how many steps were new.
///
/// # Errors
/// [`Error::Unusable`] for a newer version's database, and for one in which a restore did not finish.
pub(super) async fn migrate(store: &Store, migrations: &[Migration]) -> Result<usize, Error> {
    if is_restoring(store).await? {
        return Err(Error::Unusable(format!(
            "a restore into this database did not finish ({}); run `slipway restore` again, it starts over",
            store.target()
        )));
    }
    advance(store, migrations).await
}

/// Whether a restore into this database has begun and not finished.
pub(super) async fn is_restoring(store: &Store) -> Result<bool, Error> {
    let vars = Vars::new().with("id", id("migration", RESTORING));
    let mut answers = store
        .ask("looking for an unfinished restore", MARKED, vars)
        .await?;
    Ok(answers.one(0)?.unwrap_or(false))
}

/// Notes that a restore begins, and forgets the steps of one that began before.
pub(super) async fn mark_restoring(store: &Store) -> Result<(), Error> {
    let doing = "noting that a restore begins";
    store.ask(doing, APPLIED, Vars::new()).await?;
    let vars = Vars::new()
        .with("id", id("migration", RESTORING))
        .with("name", RESTORING)
        .with("applied", Utc::now());
    store.ask(doing, MARK, vars).await.map(|_| ())
}

/// Whether these are the first of our steps.
///
/// # Errors
/// [`Error::Unusable`] when there are more than ours, or one is another.
pub(super) fn known<'a>(
    steps: impl Iterator<Item = (&'a str, &'a str)>,
    migrations: &[Migration],
) -> Result<(), Error> {
    for (at, (name, sha256)) in steps.enumerate() {
        let Some(ours) = migrations.get(at) else {
            return Err(Error::Unusable(format!(
                "the data was last used by a newer version of slipway (schema step {}); \
                 this version knows {} steps. Install the newer version again",
                domain::shorten(name),
                migrations.len()
            )));
        };
        if name != ours.name || sha256 != ours.checksum() {
            return Err(Error::Unusable(format!(
                "schema step {} in the data is not the {} of this version of slipway: \
                 a step was changed after its release. Use the version that made this data",
                domain::shorten(name),
                ours.name
            )));
        }
    }
    Ok(())
}

/// [`migrate`] without asking whether the database may be used.
pub(super) async fn advance(store: &Store, migrations: &[Migration]) -> Result<usize, Error> {
    let doing = "reading the schema version";
    let applied: Vec<Applied> = store.ask(doing, APPLIED, Vars::new()).await?.rows(5)?;
    known(
        applied
            .iter()
            .map(|step| (step.name.as_str(), step.sha256.as_str())),
        migrations,
    )?;
    for (number, migration) in migrations.iter().enumerate().skip(applied.len()) {
        let doing = format!("applying schema step {}", migration.name);
        let vars = Vars::new()
            .with("id", id("migration", migration.name))
            .with("number", number as i64)
            .with("name", migration.name)
            .with("sha256", migration.checksum())
            .with("applied", Utc::now());
        store.define(&doing, migration.text, RECORD, vars).await?;
    }
    Ok(migrations.len() - applied.len())
}

impl Migration {
    fn checksum(&self) -> String {
        format!("{:x}", Sha256::digest(self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration {
        name: "1",
        text: "DEFINE TABLE a SCHEMAFULL",
    };
    const SECOND: Migration = Migration {
        name: "2",
        text: "DEFINE TABLE b SCHEMAFULL",
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn steps_are_applied_once_in_order_and_checked() {
        let store = Store::bare().await;
        assert_eq!(migrate(&store, &[FIRST]).await, Ok(1));
        assert_eq!(migrate(&store, &[FIRST, SECOND]).await, Ok(1));
        assert_eq!(migrate(&store, &[FIRST, SECOND]).await, Ok(0));

        let older = migrate(&store, &[FIRST]).await.unwrap_err().to_string();
        assert!(older.contains("newer version"), "{older}");
        let changed = Migration {
            name: "1",
            text: "DEFINE TABLE a SCHEMALESS",
        };
        let refused = migrate(&store, &[changed, SECOND]).await.unwrap_err().to_string();
        assert!(refused.contains("changed after its release"), "{refused}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_step_that_fails_leaves_nothing() {
        let store = Store::bare().await;
        let broken = Migration {
            name: "1",
            text: "DEFINE TABLE a SCHEMAFULL; THROW 'no'",
        };
        assert!(migrate(&store, &[broken]).await.is_err());
        assert_eq!(
            migrate(&store, &[FIRST]).await,
            Ok(1),
            "the table of the failed step is not there"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_real_steps_apply_to_an_empty_database() {
        let store = Store::bare().await;
        assert_eq!(migrate(&store, MIGRATIONS).await, Ok(MIGRATIONS.len()));
    }
}
