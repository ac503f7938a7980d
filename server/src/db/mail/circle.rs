//! Whom a release may concern, as far as mails are concerned. Read by identity: O(groups and people that may be told).

use std::collections::{BTreeMap, HashMap};

use domain::mail::{Occasion, Reader, groups_asked, people_asked};
use domain::release::Release;
use domain::sync::Named;
use domain::wire::admin::GroupRecord;
use domain::wire::session::Directory;
use domain::{GroupId, UserId};
use surrealdb::types::{RecordId, SurrealValue};

use super::super::query::{Vars, id, key_of};
use super::super::{Error, Store};

/// Whom a release may concern.
pub(crate) struct Around {
    /// Groups that are not retired.
    pub(crate) groups: BTreeMap<GroupId, GroupRecord>,
    /// People who may sign in.
    pub(crate) people: BTreeMap<UserId, Reader>,
    /// What everybody is called whom the release names.
    pub(crate) directory: Directory,
}

#[derive(SurrealValue)]
struct EmailRow {
    id: RecordId,
    email: Option<String>,
}

const EMAILS: &str = "SELECT id, email FROM $people";

impl Store {
    /// Whom a release may concern because of something that was done.
    pub(crate) async fn mail_circle(&self, occasion: &Occasion, release: &Release) -> Result<Around, Error> {
        let mut groups = BTreeMap::new();
        for group in groups_asked(occasion, release) {
            let found = self.find::<GroupRecord>(&group.to_string()).await?;
            groups.extend(found.filter(|kept| !kept.retired).map(|kept| (group, kept.value)));
        }
        let asked = people_asked(occasion, release, &groups);
        let mut emails = self.mail_addresses(asked.iter()).await?;
        let mut people = BTreeMap::new();
        for user in asked {
            if let Some((actor, _)) = self.actor(user).await? {
                let email = emails.remove(&user);
                people.insert(user, Reader { actor, email });
            }
        }
        Ok(Around {
            groups,
            people,
            directory: self.named_by(release).await?,
        })
    }

    /// What everybody and everything is called that a release names.
    pub(crate) async fn named_by(&self, release: &Release) -> Result<Directory, Error> {
        self.directory_of(Named::by_release(release)).await
    }

    /// The e-mail address of a person, if they have one.
    pub(crate) async fn mail_address(&self, user: UserId) -> Result<Option<String>, Error> {
        let mut emails = self.mail_addresses([user].iter()).await?;
        Ok(emails.remove(&user))
    }

    async fn mail_addresses(
        &self,
        people: impl Iterator<Item = &UserId>,
    ) -> Result<HashMap<UserId, String>, Error> {
        let ids: Vec<RecordId> = people.map(|user| id("user", user.to_string())).collect();
        let doing = "reading the addresses of people";
        let vars = Vars::new().with("people", ids);
        let rows: Vec<EmailRow> = self.ask(doing, EMAILS, vars).await?.rows(0)?;
        let known = rows
            .into_iter()
            .filter_map(|row| Some((key_of(row.id).parse().ok()?, row.email?)));
        Ok(known.collect())
    }
}
