//! People, groups and rights.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::access::{Actor, Right, Role, Types};
use domain::release::ReleaseType;
use domain::wire::admin::AuditDeed;
use domain::wire::session::{Group, Person};
use domain::{GroupId, UserId};
use serde_json::json;
use surrealdb::types::{RecordId, SurrealValue};

use super::admin::insert_rights;
use super::audit::{By, Change, audited};
use super::directory::person;
use super::error::Failure;
use super::query::{Answers, Vars, broken, explain, id, key_of};
use super::words::{from_word, word};
use super::{Error, Store};

/// What a sign-in is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Who.
    pub user: UserId,
    /// Password hash in PHC form; without one nobody signs in with a password.
    pub password: Option<String>,
    /// May not sign in.
    pub disabled: bool,
}

/// A person to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Sign-in name: 1 to 64 of a-z, 0-9, `.`, `_`, `-`, `@`; capitals are made small.
    pub login: String,
    /// Identity (mainly the name) and contact data; `login` in it is ignored.
    pub person: Person,
    /// Password hash in PHC form.
    pub password: Option<String>,
    /// Roles over the installation.
    pub roles: BTreeSet<Role>,
    /// Groups they belong to.
    pub groups: BTreeSet<GroupId>,
}

/// A group to add, with its rights over releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Identity and name.
    pub group: Group,
    /// What its members may do.
    pub rights: BTreeMap<Right, Types>,
}

#[derive(SurrealValue)]
pub(super) struct UserRow {
    pub(super) id: RecordId,
    pub(super) login: String,
    pub(super) name: String,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) location: Option<String>,
    password: Option<String>,
    pub(super) unit_id: Option<String>,
    pub(super) roles: Vec<String>,
    pub(super) groups: Vec<String>,
    disabled: bool,
    retired: bool,
}

impl UserRow {
    /// May not sign in.
    pub(super) fn is_out(&self) -> bool {
        self.disabled || self.retired
    }
}

#[derive(SurrealValue)]
struct RightRow {
    right: String,
    types: Option<Vec<String>>,
}

/// Reads a session or a token as `$held`, and in the same request who holds it and what they may do. The answers
/// are for [`holder`], but for the one to [`HELD`].
macro_rules! with_holder {
    ($held:literal) => {
        concat!(
            "LET $held = ",
            $held,
            ";
             LET $holder = IF $held IS NOT NONE { SELECT * FROM ONLY type::record('user', $held.user) };
             LET $named = array::map($holder.groups OR [], |$group| type::record('user_group', $group));
             LET $groups = SELECT VALUE record::id(id) FROM $named WHERE retired = false;
             LET $belongs = array::append($groups, $holder.unit_id OR '');
             LET $who = $held.user OR '';
             RETURN $held;
             RETURN $holder;
             RETURN $groups;
             SELECT right, types FROM group_right WHERE group IN $groups;
             SELECT VALUE contract FROM contract_link WHERE holder IN $belongs;
             SELECT VALUE person FROM substitute WHERE substitute = $who
                 AND retired = false AND begins <= time::now() AND ends > time::now()"
        )
    };
}
pub(super) use with_holder;

/// The statement of [`with_holder`] that answers what was looked for.
pub(super) const HELD: usize = 6;

/// Somebody with everything that decides what they may do, and their sign-in name; `None` when unknown or disabled.
pub type Holder = Option<(Actor, String)>;

/// Who holds what [`with_holder`] has found.
pub(super) fn holder(answers: &mut Answers) -> Result<Holder, Error> {
    let user: Option<UserRow> = answers.one(HELD + 1)?;
    let groups = answers.rows(HELD + 2)?;
    let granted = answers.rows(HELD + 3)?;
    let contracts = answers.rows(HELD + 4)?;
    let absent = answers.rows(HELD + 5)?;
    user.map_or(Ok(None), |user| able(user, &groups, granted, &contracts, &absent))
}

const COUNT: &str = "RETURN (SELECT count() AS n FROM user GROUP ALL)[0].n OR 0";
const BY_LOGIN: &str = "SELECT * FROM user WHERE login = $login LIMIT 1";
const BY_ID: &str = with_holder!("{ user: $user }");
const NAMED: &str = "SELECT * FROM ONLY $id";
const SET_PASSWORD: &str = audited!(
    "UPDATE ONLY $id SET password = $password, version += 1 RETURN NONE;
     DELETE session WHERE user = $user RETURN NONE"
);
// Only if it is as it was read, so that the audit is right.
const SET_DISABLED: &str = audited!(
    "LET $was = UPDATE ONLY $id SET disabled = $disabled, version += 1 WHERE disabled = !$disabled RETURN AFTER;
     IF $was = NONE { THROW 'moved' };
     IF $disabled { DELETE session WHERE user = $user RETURN NONE }"
);
const ADD_USER: &str = audited!(
    "CREATE $id SET login = $login, name = $name, phone = $phone, email = $email, unit = $unit,
         location = $location, password = $password, roles = $roles, groups = $groups, disabled = false,
         created = $created RETURN NONE"
);
const ADD_GROUP: &str = audited!(
    "CREATE $id SET name = $name RETURN NONE;
     INSERT INTO group_right $rights RETURN NONE"
);
const ADD_TYPE: &str = audited!(
    "CREATE $id SET name = $name, description = $description, default_group = $group,
         four_eyes = $four_eyes, policy = $policy RETURN NONE"
);
const ALL_USERS: &str = "SELECT * FROM user";

impl Store {
    /// How many people there are, disabled ones included; 0 means that nobody can sign in yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_count(&self) -> Result<u64, Error> {
        let count: Option<u64> = self.ask("counting people", COUNT, Vars::new()).await?.one(0)?;
        Ok(count.unwrap_or(0))
    }

    /// What a sign-in as `login` is checked against; `None` when nobody is called that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn credentials(&self, login: &str) -> Result<Option<Credentials>, Error> {
        let vars = Vars::new().with("login", login.trim().to_lowercase());
        let row: Option<UserRow> = self.ask("looking up a sign-in", BY_LOGIN, vars).await?.one(0)?;
        row.map(|row| {
            let disabled = row.is_out();
            Ok(Credentials {
                user: user_id(row.id)?,
                password: row.password,
                disabled,
            })
        })
        .transpose()
    }

    /// A person who has proved who they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn actor(&self, user: UserId) -> Result<Holder, Error> {
        let vars = Vars::new().with("user", user.to_string());
        holder(&mut self.ask("reading a person's rights", BY_ID, vars).await?)
    }

    /// Replaces a password hash and ends all sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person.
    pub async fn set_password(
        &self,
        by: &By,
        user: UserId,
        phc: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let row = self.user_row(user).await?;
        let change = of_user(&row, AuditDeed::PasswordSet);
        let vars = Vars::new()
            .with("id", row.id)
            .with("user", user.to_string())
            .with("password", phc.to_owned())
            .audit(by, now, &[change])?;
        self.ask("storing a password", SET_PASSWORD, vars)
            .await
            .map(|_| ())
    }

    /// Takes away or gives back the right to sign in; taking it away ends all sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person.
    pub async fn set_disabled(
        &self,
        by: &By,
        user: UserId,
        disabled: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let doing = "disabling a person";
        loop {
            let row = self.user_row(user).await?;
            if row.disabled == disabled {
                return Ok(());
            }
            let change = Change {
                before: Some(json!({ "disabled": !disabled })),
                after: Some(json!({ "disabled": disabled })),
                ..of_user(&row, AuditDeed::Changed)
            };
            let vars = Vars::new()
                .with("id", row.id)
                .with("user", user.to_string())
                .with("disabled", disabled)
                .audit(by, now, &[change])?;
            match self.attempt(doing, SET_DISABLED, vars).await {
                // Somebody else did it meanwhile.
                Err(Failure::Thrown(word)) if word == "moved" => {}
                Err(failure) => return Err(explain(doing, failure)),
                Ok(_) => return Ok(()),
            }
        }
    }

    async fn user_row(&self, user: UserId) -> Result<UserRow, Error> {
        let vars = Vars::new().with("id", id("user", user.to_string()));
        let row: Option<UserRow> = self.ask("looking up a person", NAMED, vars).await?.one(0)?;
        row.ok_or_else(|| Error::NotFound(format!("there is no person {user}")))
    }

    /// Adds a person, as a command on the data itself does.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the sign-in name is taken, [`Error::Invalid`] when it or the name is unfit.
    pub async fn add_user(&self, new: &NewUser, now: DateTime<Utc>) -> Result<(), Error> {
        let login = check_login(&new.login)?;
        if new.person.name.trim().is_empty() {
            return Err(Error::invalid("name", "is empty"));
        }
        let vars = Vars::new()
            .with("id", id("user", new.person.id.to_string()))
            .with("login", login.clone())
            .with("name", new.person.name.clone())
            .with("phone", new.person.phone.clone())
            .with("email", new.person.email.clone())
            .with("unit", new.person.unit.clone())
            .with("location", new.person.location.clone())
            .with("password", new.password.clone())
            .with("roles", new.roles.iter().map(word).collect::<Vec<_>>())
            .with(
                "groups",
                new.groups.iter().map(GroupId::to_string).collect::<Vec<_>>(),
            )
            .with("created", now)
            .audit(
                &By::command_line(),
                now,
                &[Change {
                    label: new.person.name.clone(),
                    after: Some(json!({
                        "login": login, "name": new.person.name, "phone": new.person.phone,
                        "email": new.person.email, "location": new.person.location,
                        "roles": new.roles, "groups": new.groups,
                    })),
                    ..Change::of("users", new.person.id.to_string(), AuditDeed::Created)
                }],
            )?;
        self.create("adding a person", ADD_USER, vars, || {
            format!("the sign-in name `{login}` is taken")
        })
        .await
    }

    /// Adds a group with its rights, as a command on the data itself does.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the name is taken.
    pub async fn add_group(&self, new: &NewGroup) -> Result<(), Error> {
        let group = new.group.id.to_string();
        let rights = insert_rights(&group, &new.rights);
        let change = Change {
            label: new.group.name.clone(),
            after: Some(json!({ "name": new.group.name, "rights": new.rights })),
            ..Change::of("groups", group.clone(), AuditDeed::Created)
        };
        let vars = Vars::new()
            .with("id", id("user_group", group))
            .with("name", new.group.name.clone())
            .with("rights", rights)
            .audit(&By::command_line(), Utc::now(), &[change])?;
        let taken = || format!("there is a group `{}` already", new.group.name);
        self.create("adding a group", ADD_GROUP, vars, taken).await
    }

    /// Adds a release type, as a command on the data itself does.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the key is taken.
    pub async fn add_release_type(&self, new: &ReleaseType) -> Result<(), Error> {
        let doing = "adding a release type";
        let policy = serde_json::to_string(new).map_err(|e| broken(doing, e.to_string()))?;
        let vars = Vars::new()
            .with("id", id("release_type", new.key.as_str()))
            .with("name", new.name.clone())
            .with("description", new.description.clone())
            .with("group", new.default_group.map(|group| group.to_string()))
            .with("four_eyes", new.four_eyes)
            .with("policy", policy)
            .audit(
                &By::command_line(),
                Utc::now(),
                &[Change {
                    label: new.name.clone(),
                    after: serde_json::to_value(new).ok(),
                    ..Change::of("types", new.key.to_string(), AuditDeed::Created)
                }],
            )?;
        let taken = || format!("there is a release type `{}` already", new.key);
        self.create(doing, ADD_TYPE, vars, taken).await
    }

    /// Everybody with their roles and whether they are disabled, by sign-in name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self) -> Result<Vec<(Person, BTreeSet<Role>, bool)>, Error> {
        let rows: Vec<UserRow> = self
            .ask("listing people", ALL_USERS, Vars::new())
            .await?
            .rows(0)?;
        let mut users = rows
            .into_iter()
            .map(|row| {
                let roles = row.roles.iter().filter_map(|role| from_word(role)).collect();
                let disabled = row.is_out();
                Ok((person(row)?, roles, disabled))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        users.sort_by(|a, b| a.0.login.cmp(&b.0.login));
        Ok(users)
    }

    /// A request that makes something with a unique name.
    async fn create(
        &self,
        doing: &str,
        text: &'static str,
        vars: Vars,
        taken: impl Fn() -> String,
    ) -> Result<(), Error> {
        match self.attempt(doing, text, vars).await {
            Ok(_) => Ok(()),
            Err(Failure::Taken(_)) => Err(Error::Conflict(taken())),
            Err(failure) => Err(explain(doing, failure)),
        }
    }
}

/// The head of an audit row about a person.
fn of_user(row: &UserRow, deed: AuditDeed) -> Change {
    Change {
        label: row.name.clone(),
        ..Change::of("users", key_of(row.id.clone()), deed)
    }
}

/// What a person may do by their groups; `None` when they are disabled.
fn able(
    row: UserRow,
    groups: &[String],
    granted: Vec<RightRow>,
    contracts: &[String],
    absent: &[String],
) -> Result<Holder, Error> {
    if row.is_out() {
        return Ok(None);
    }
    let mut rights = BTreeMap::new();
    for grant in granted {
        if let Some(right) = from_word::<Right>(&grant.right) {
            widen(
                rights.entry(right).or_insert(Types::Only(BTreeSet::new())),
                grant.types,
            );
        }
    }
    let actor = Actor {
        user: user_id(row.id)?,
        name: row.name,
        roles: row.roles.iter().filter_map(|role| from_word(role)).collect(),
        groups: groups.iter().filter_map(|group| group.parse().ok()).collect(),
        contracts: contracts.iter().filter_map(|key| key.parse().ok()).collect(),
        rights,
        stands_in_for: absent.iter().filter_map(|key| key.parse().ok()).collect(),
        scopes: None,
    };
    Ok(Some((actor, row.login)))
}

/// Rights through several groups add up.
fn widen(held: &mut Types, granted: Option<Vec<String>>) {
    match (held, granted) {
        (Types::All, _) => {}
        (held, None) => *held = Types::All,
        (Types::Only(held), Some(more)) => held.extend(more.iter().filter_map(|key| key.parse().ok())),
    }
}

fn check_login(login: &str) -> Result<String, Error> {
    let login = login.trim().to_lowercase();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    if (1..=64).contains(&login.len()) && login.chars().all(fits) {
        Ok(login)
    } else {
        Err(Error::invalid(
            "login",
            format!(
                "`{}` is not 1 to 64 of the characters a-z, 0-9, `.`, `_`, `-`, `@`",
                domain::shorten(&login)
            ),
        ))
    }
}

pub(super) fn user_id(id: RecordId) -> Result<UserId, Error> {
    key_of(id)
        .parse()
        .map_err(|e| broken("reading a person", format!("{e}")))
}

#[cfg(test)]
mod tests;
