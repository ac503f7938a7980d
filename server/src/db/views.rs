//! Lists that people keep under a name: one's own, and those that others share.

use chrono::{DateTime, Utc};
use domain::ViewId;
use domain::access::Actor;
use domain::wire::admin::AuditDeed;
use domain::wire::list::ReleaseQuery;
use domain::wire::view::{
    MAX_VIEW_NAME, MAX_VIEW_QUERY, MAX_VIEWS, NewView, SavedView, SharedWith, ViewChange,
};
use surrealdb::types::{RecordId, SurrealValue};

use super::audit::{By, Change, audited};
use super::query::{Vars, broken, id, key_of};
use super::{Error, Store};

#[derive(SurrealValue)]
struct Row {
    id: RecordId,
    owner: String,
    name: String,
    query: String,
    shared: Option<String>,
    changed: DateTime<Utc>,
}

const SEEN: &str = "SELECT * FROM saved_view WHERE owner = $user OR shared IN $with";
const COUNT: &str = "RETURN array::len(SELECT VALUE id FROM saved_view WHERE owner = $user)";
const NAMESAKES: &str = "RETURN array::len(SELECT VALUE id FROM saved_view
    WHERE owner = $user AND id != $id AND string::lowercase(name) = $name)";
const READ: &str = "SELECT * FROM ONLY $id";
const WRITE: &str = audited!(
    "UPSERT $id SET owner = $owner, name = $name, query = $query, shared = $shared,
         changed = $changed RETURN NONE"
);
const DROP: &str = audited!("DELETE $id RETURN NONE");

fn unknown() -> Error {
    Error::NotFound("there is no such view, or it is not shared with you".into())
}

impl Store {
    /// The views of a person and those shared with them, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn views(&self, actor: &Actor) -> Result<Vec<SavedView>, Error> {
        let groups = actor.groups.iter().map(ToString::to_string);
        let with: Vec<String> = groups.chain([SharedWith::Everybody.to_string()]).collect();
        let vars = Vars::new()
            .with("user", actor.user.to_string())
            .with("with", with);
        let rows: Vec<Row> = self.ask("listing views", SEEN, vars).await?.rows(0)?;
        let mut views = rows.into_iter().map(to_view).collect::<Result<Vec<_>, _>>()?;
        views.sort_by_cached_key(|view| (view.name.to_lowercase(), view.id));
        Ok(views)
    }

    /// Keeps a list under a name.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field, [`Error::Conflict`] with too many views or the name of another one.
    pub async fn view_create(
        &self,
        actor: &Actor,
        new: NewView,
        now: DateTime<Utc>,
    ) -> Result<SavedView, Error> {
        let view = checked(
            actor,
            &SavedView {
                id: ViewId(ulid::Ulid::new()),
                name: new.name,
                query: new.query,
                owner: actor.user,
                shared: new.shared,
                changed: now,
            },
        )?;
        let vars = Vars::new().with("user", actor.user.to_string());
        let have: Option<usize> = self.ask("counting views", COUNT, vars).await?.one(0)?;
        if have.unwrap_or(0) >= MAX_VIEWS {
            return Err(Error::Conflict(format!(
                "You have {MAX_VIEWS} views; delete one first."
            )));
        }
        self.write_view(actor, None, &view).await?;
        Ok(view)
    }

    /// Changes a view.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it cannot be seen, [`Error::NotAllowed`] where it is somebody else's.
    pub async fn view_change(
        &self,
        actor: &Actor,
        view: ViewId,
        change: ViewChange,
        now: DateTime<Utc>,
    ) -> Result<SavedView, Error> {
        let before = self.own_view(actor, view).await?;
        let kept = before.clone();
        let after = SavedView {
            name: change.name.unwrap_or(kept.name),
            query: change.query.unwrap_or(kept.query),
            shared: change.shared.unwrap_or(kept.shared),
            changed: now,
            ..kept
        };
        let after = checked(actor, &after)?;
        self.write_view(actor, Some(&before), &after).await?;
        Ok(after)
    }

    /// Forgets a view.
    ///
    /// # Errors
    /// As [`Store::view_change`].
    pub async fn view_delete(&self, actor: &Actor, view: ViewId, now: DateTime<Utc>) -> Result<(), Error> {
        let before = self.own_view(actor, view).await?;
        let vars = Vars::new().with("id", id("saved_view", view.to_string())).audit(
            &By::from(actor),
            now,
            &[noted(Some(&before), None)],
        )?;
        self.ask("deleting a view", DROP, vars).await.map(|_| ())
    }

    /// A view that the actor may change.
    async fn own_view(&self, actor: &Actor, view: ViewId) -> Result<SavedView, Error> {
        let vars = Vars::new().with("id", id("saved_view", view.to_string()));
        let row: Option<Row> = self.ask("reading a view", READ, vars).await?.one(0)?;
        let view = to_view(row.ok_or_else(unknown)?)?;
        let shared = view.shared.is_some_and(|shared| reaches(actor, shared));
        let administers = actor.is_administrator() && view.shared.is_some();
        if view.owner == actor.user || administers {
            return Ok(view);
        }
        Err(if shared {
            Error::NotAllowed("only its owner may change this view; save it under another name".into())
        } else {
            unknown()
        })
    }

    async fn write_view(
        &self,
        actor: &Actor,
        before: Option<&SavedView>,
        view: &SavedView,
    ) -> Result<(), Error> {
        let vars = Vars::new()
            .with("user", view.owner.to_string())
            .with("id", id("saved_view", view.id.to_string()))
            .with("name", view.name.to_lowercase());
        let same: Option<usize> = self
            .ask("looking for a view's name", NAMESAKES, vars)
            .await?
            .one(0)?;
        if same.unwrap_or(0) > 0 {
            return Err(Error::Conflict(format!(
                "There is a view “{}” already; choose another name.",
                view.name
            )));
        }
        let vars = Vars::new()
            .audit(&By::from(actor), view.changed, &[noted(before, Some(view))])?
            .with("id", id("saved_view", view.id.to_string()))
            .with("owner", view.owner.to_string())
            .with("name", view.name.clone())
            .with("query", view.query.clone())
            .with("shared", view.shared.map(|shared| shared.to_string()))
            .with("changed", view.changed);
        self.ask("storing a view", WRITE, vars).await.map(|_| ())
    }
}

/// What the audit keeps of a change.
fn noted(before: Option<&SavedView>, after: Option<&SavedView>) -> Change {
    let deed = match (before, after) {
        (None, _) => AuditDeed::Created,
        (_, None) => AuditDeed::Deleted,
        (Some(_), Some(_)) => AuditDeed::Changed,
    };
    let view = after.or(before);
    let about = |view: &SavedView| {
        serde_json::json!({
            "name": view.name, "query": view.query, "owner": view.owner, "shared": view.shared,
        })
    };
    Change {
        label: view.map_or_else(String::new, |view| view.name.clone()),
        before: before.map(about),
        after: after.map(about),
        ..Change::of(
            "views",
            view.map_or_else(String::new, |view| view.id.to_string()),
            deed,
        )
    }
}

fn reaches(actor: &Actor, shared: SharedWith) -> bool {
    match shared {
        SharedWith::Everybody => true,
        SharedWith::Group(group) => actor.groups.contains(&group),
    }
}

/// The view with its texts trimmed, if everything in it makes sense.
fn checked(actor: &Actor, view: &SavedView) -> Result<SavedView, Error> {
    let name = view.name.trim().to_owned();
    let length = name.chars().count();
    if length == 0 || length > MAX_VIEW_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            format!("1 to {MAX_VIEW_NAME} visible characters are needed"),
        ));
    }
    let query = view.query.trim_start_matches('?').to_owned();
    if query.chars().count() > MAX_VIEW_QUERY {
        return Err(Error::invalid(
            "query",
            format!("has more than {MAX_VIEW_QUERY} characters"),
        ));
    }
    read_query(&query).map_err(|message| Error::invalid("query", message))?;
    if let Some(SharedWith::Group(group)) = view.shared
        && !actor.groups.contains(&group)
        && !actor.roles.contains(&domain::access::Role::Administrator)
    {
        return Err(Error::invalid("shared", "is no group of yours"));
    }
    Ok(SavedView {
        name,
        query,
        ..view.clone()
    })
}

/// The query that an address holds.
///
/// # Errors
/// A sentence naming the filter that cannot be read.
pub(crate) fn read_query(text: &str) -> Result<ReleaseQuery, String> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(text.trim_start_matches('?').as_bytes())
        .into_owned()
        .collect();
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    ReleaseQuery::read(pairs).map_err(|bad| bad.to_string())
}

fn to_view(row: Row) -> Result<SavedView, Error> {
    let wrong = |e: domain::BadId| broken("reading a view", e.0);
    Ok(SavedView {
        id: key_of(row.id).parse().map_err(wrong)?,
        name: row.name,
        query: row.query,
        owner: row.owner.parse().map_err(wrong)?,
        shared: row
            .shared
            .map(|shared| shared.parse())
            .transpose()
            .map_err(wrong)?,
        changed: row.changed,
    })
}
