//! The rights of several groups at once: groups x release types.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::GroupId;
use domain::access::Actor;
use domain::wire::admin::{
    AuditDeed, GroupRecord, Kept, Patch, Register, RightChange, RightsMatrix, RightsRow, TypeName,
};

use super::super::audit::{By, Change, audited};
use super::super::error::Failure;
use super::super::query::{Vars, broken, explain};
use super::super::{Error, Store};
use super::{STALE, Stored, allow, at_field, insert_rights, json, pointer, stale, unknown};

/// Most groups whose rights are changed at once.
const MAX_CHANGES: usize = 200;

const MANY: &str = audited!(
    "LET $done = SELECT VALUE id FROM $groups WHERE version = $versions[record::id(id)];
     IF array::len($done) != array::len($groups) { THROW 'stale' };
     UPDATE $groups SET version += 1 RETURN NONE;
     DELETE group_right WHERE group IN $keys RETURN NONE;
     INSERT INTO group_right $rights RETURN NONE"
);

impl Store {
    /// Who may do what with releases of which type; groups and types that are retired are left out.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] without the right to administer.
    pub async fn rights_matrix(&self, actor: &Actor) -> Result<RightsMatrix, Error> {
        allow::<GroupRecord>(actor)?;
        let mut types: Vec<TypeName> = self
            .directory()
            .await?
            .release_types
            .into_iter()
            .map(|kind| TypeName {
                key: kind.key,
                name: kind.name,
            })
            .collect();
        types.sort_by(|a, b| a.name.cmp(&b.name));
        let mut groups = self.all_groups().await?;
        groups.retain(|group| !group.retired);
        groups.sort_by_cached_key(|group| group.value.name().to_lowercase());
        let rows = groups.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(RightsMatrix { types, rows })
    }

    /// Changes the rights of groups, all of them or none.
    ///
    /// # Errors
    /// [`Error::NotAllowed`]; [`Error::Invalid`] names the change; [`Error::Stale`] when a group was changed meanwhile.
    pub async fn change_rights(
        &self,
        actor: &Actor,
        changes: &[RightChange],
        now: DateTime<Utc>,
    ) -> Result<RightsMatrix, Error> {
        allow::<GroupRecord>(actor)?;
        if changes.len() > MAX_CHANGES {
            return Err(Error::invalid(
                "changes",
                format!("at most {MAX_CHANGES} groups at once"),
            ));
        }
        let groups = self.all_groups().await?;
        let known = self.known().await?;
        let mut seen = BTreeSet::new();
        let (mut keys, mut pointers, mut rights, mut audit) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut versions = surrealdb::types::Object::default();
        for (n, change) in changes.iter().enumerate() {
            let at = |field: &str| format!("changes[{n}].{field}");
            if !seen.insert(change.group) {
                return Err(Error::invalid(at("group"), "is named twice"));
            }
            let key = change.group.to_string();
            let Some(before) = groups.iter().find(|group| group.id == key) else {
                return Err(unknown::<GroupRecord>(&key));
            };
            if before.version != change.version {
                return Err(stale(before, &as_patch(change)?)?);
            }
            let mut after = before.value.clone();
            for (right, types) in &change.rights {
                match types {
                    Some(types) => after.rights.insert(*right, types.clone()),
                    None => after.rights.remove(right),
                };
            }
            after.check().map_err(at_field)?;
            let checked = GroupRecord::check_links(Some(&before.value), &after, &known);
            checked.map_err(|error| match error {
                Error::Invalid { message, .. } => Error::invalid(at("rights"), message),
                other => other,
            })?;
            if after == before.value {
                continue;
            }
            audit.push(Change {
                label: after.name.clone(),
                before: Some(serde_json::json!({ "rights": before.value.rights })),
                after: Some(serde_json::json!({ "rights": after.rights })),
                ..Change::of(GroupRecord::NAME, &key, AuditDeed::Changed)
            });
            rights.extend(insert_rights(&key, &after.rights));
            pointers.push(pointer("user_group", &key));
            versions.insert(key.clone(), i64::from(before.version));
            keys.push(key);
        }
        let doing = "changing rights";
        let vars = Vars::new()
            .with("groups", pointers)
            .with("keys", keys)
            .with("versions", versions)
            .with("rights", rights)
            .audit(&By::from(actor), now, &audit)?;
        match self.attempt(doing, MANY, vars).await {
            Ok(_) => self.rights_matrix(actor).await,
            // Between reading and writing: it is said which group it was.
            Err(Failure::Thrown(word)) if word == STALE => {
                let groups = self.all_groups().await?;
                let moved = changes.iter().find_map(|change| {
                    let group = groups.iter().find(|group| group.id == change.group.to_string())?;
                    (group.version != change.version).then_some((group, change))
                });
                match moved {
                    Some((group, change)) => Err(stale(group, &as_patch(change)?)?),
                    None => Err(Error::Busy(
                        "others are changing the same rights. Try again".into(),
                    )),
                }
            }
            Err(failure) => Err(explain(doing, failure)),
        }
    }

    pub(super) async fn all_groups(&self) -> Result<Vec<Kept<GroupRecord>>, Error> {
        let doing = "listing the groups";
        GroupRecord::read(self.ask(doing, GroupRecord::ALL, Vars::new()).await?)
    }
}

fn row(group: Kept<GroupRecord>) -> Result<RightsRow, Error> {
    let id: GroupId = group
        .id
        .parse()
        .map_err(|e: domain::BadId| broken("reading a group", e.to_string()))?;
    Ok(RightsRow {
        group: id,
        name: group.value.name,
        version: group.version,
        rights: group.value.rights,
    })
}

/// The same change as one of a single group, to say what is stale about it.
fn as_patch(change: &RightChange) -> Result<Patch, Error> {
    Ok(Patch {
        version: change.version,
        retired: None,
        fields: [("rights".to_owned(), json(&change.rights)?)].into(),
    })
}
