//! People, as administrators keep them.

use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::wire::admin::{AuditDeed, Kept, Register, User};
use surrealdb::types::{RecordId, SurrealValue};

use super::super::audit::{Change, audited};
use super::super::query::{Answers, Vars, broken, key_of};
use super::super::words::{from_word, word};
use super::super::{Error, Store};
use super::known::Known;
use super::{Stored, pointer};

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    login: String,
    name: String,
    phone: Option<String>,
    email: Option<String>,
    unit_id: Option<String>,
    location: Option<String>,
    roles: Vec<String>,
    groups: Vec<String>,
    disabled: bool,
    version: u32,
    retired: bool,
}

impl Stored for User {
    const TABLE: &'static str = "user";
    const ALL: &'static str = "SELECT * FROM user";
    const ONE_ROW: &'static str = "SELECT * FROM $id";
    const CREATE: &'static str = audited!(
        "CREATE $id SET login = $login, name = $name, phone = $phone, email = $email, unit_id = $unit,
             location = $location, password = $password, roles = $roles, groups = $groups, disabled = $disabled,
             retired = $retired, version = $version, created = $created RETURN NONE;
         UPDATE $regrouped SET version += 1 RETURN NONE"
    );
    const CHANGE: &'static str = audited!(
        "LET $done = UPDATE ONLY $id SET login = $login, name = $name, phone = $phone, email = $email,
             unit_id = $unit, location = $location, roles = $roles, groups = $groups, disabled = $disabled,
             retired = $retired, version = $version WHERE version = $was RETURN AFTER;
         IF $done = NONE { THROW 'stale' };
         UPDATE $regrouped SET version += 1 RETURN NONE;
         IF $out { DELETE session WHERE user = $key RETURN NONE };
         IF $out OR 'administrator' NOT IN $roles {
             LET $left = SELECT VALUE id FROM user
                 WHERE disabled = false AND retired = false AND 'administrator' IN roles LIMIT 1;
             IF array::is_empty($left) { THROW 'last administrator' }
         }"
    );

    fn read(mut answers: Answers) -> Result<Vec<Kept<Self>>, Error> {
        let rows: Vec<Row> = answers.rows(0)?;
        rows.into_iter().map(kept).collect()
    }

    fn vars(before: Option<&Kept<Self>>, now: &Kept<Self>, at: DateTime<Utc>) -> Result<Vars, Error> {
        let user = &now.value;
        let belonged = before.map(|before| &before.value.groups);
        let regrouped = match belonged {
            Some(belonged) => belonged.symmetric_difference(&user.groups).collect(),
            None => user.groups.iter().collect::<Vec<_>>(),
        };
        Ok(Vars::new()
            .with("key", now.id.clone())
            .with("login", user.login.clone())
            .with("name", user.name.clone())
            .with("phone", user.phone.clone())
            .with("email", user.email.clone())
            .with("unit", user.unit.map(|unit| unit.to_string()))
            .with("location", user.location.clone())
            .with("password", None::<String>)
            .with("roles", user.roles.iter().map(word).collect::<Vec<_>>())
            .with(
                "groups",
                user.groups.iter().map(ToString::to_string).collect::<Vec<_>>(),
            )
            .with("disabled", user.disabled)
            .with("retired", now.retired)
            .with("version", now.version)
            .with("created", at)
            .with("out", user.disabled || now.retired)
            .with(
                "regrouped",
                regrouped
                    .into_iter()
                    .map(|group| pointer("user_group", group))
                    .collect::<Vec<_>>(),
            ))
    }

    fn check_links(before: Option<&Self>, now: &Self, known: &Known) -> Result<(), Error> {
        let groups = before.iter().flat_map(|user| &user.groups);
        known.groups.may_choose("groups", groups, &now.groups)?;
        let unit = before.and_then(|user| user.unit);
        known.units.may_choose("unit", unit, now.unit)
    }
}

impl Store {
    /// Adds a person, and their first password in the same transaction: without one they cannot sign in until one is set.
    ///
    /// # Errors
    /// As [`Store::make_kept`].
    pub(crate) async fn make_user(
        &self,
        actor: &Actor,
        key: String,
        user: User,
        password: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Kept<User>, Error> {
        let (made, created) = self.checked(actor, key, user).await?;
        let set = password.as_ref().map(|_| Change {
            label: created.label.clone(),
            ..Change::of(User::NAME, &made.id, AuditDeed::PasswordSet)
        });
        let changes: Vec<Change> = std::iter::once(created).chain(set).collect();
        let vars = User::vars(None, &made, now)?.with("password", password);
        self.store_new(actor, made, vars, &changes, now).await
    }
}

fn kept(row: Row) -> Result<Kept<User>, Error> {
    let unit = row
        .unit_id
        .map(|unit| unit.parse())
        .transpose()
        .map_err(|e: domain::BadId| broken("reading a person", e.to_string()))?;
    Ok(Kept {
        id: key_of(row.id),
        version: row.version,
        retired: row.retired,
        value: User {
            login: row.login,
            name: row.name,
            phone: row.phone,
            email: row.email,
            unit,
            location: row.location,
            roles: row.roles.iter().filter_map(|role| from_word(role)).collect(),
            groups: row.groups.iter().filter_map(|group| group.parse().ok()).collect(),
            disabled: row.disabled,
        },
    })
}
