//! Checklist templates: those that came with the product, and what was made of them here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::FormKey;
use domain::access::{Actor, Deed};
use domain::release::{Form, FormDigest, shipped};
use domain::wire::admin::AuditDeed;
use domain::wire::records::{ChecklistTemplate, NewTemplate, TemplateChange};
use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue};

use super::audit::{By, Change, audited};
use super::error::Failure;
use super::query::{Vars, broken, explain, id, key_of};
use super::{Error, Store};

/// Most templates, deleted ones included.
const MAX_TEMPLATES: usize = 200;

#[derive(SurrealValue)]
struct TemplateRow {
    id: RecordId,
    revision: u32,
    form: String,
    deleted: bool,
}

#[derive(SurrealValue)]
struct FormRow {
    template: String,
    digest: String,
}

const ALL: &str = "SELECT * FROM checklist_template";
const FORMS: &str = "SELECT template, digest FROM checklist_form WHERE template IN $templates";
const WRITE: &str = audited!(
    "IF ((SELECT VALUE revision FROM ONLY $id) OR 0) != $was { THROW 'moved' };
     UPSERT $id SET revision = $revision, form = $form, deleted = $deleted RETURN NONE;
     UPSERT $asked SET template = $template, digest = $digest RETURN NONE"
);

impl Store {
    /// All templates, by title; deleted ones too, as whoever looks after them sees them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checklist_templates(&self) -> Result<Vec<ChecklistTemplate>, Error> {
        let doing = "reading checklist templates";
        let mut all: BTreeMap<FormKey, ChecklistTemplate> = BTreeMap::new();
        for (key, form) in shipped() {
            let template = ChecklistTemplate {
                key: key.clone(),
                revision: 1,
                shipped: true,
                deleted: false,
                form,
            };
            all.insert(key, template);
        }
        let rows: Vec<TemplateRow> = self.ask(doing, ALL, Vars::new()).await?.rows(0)?;
        for row in rows {
            let key: FormKey = key_of(row.id)
                .parse()
                .map_err(|e| broken(doing, format!("{e}")))?;
            let template = ChecklistTemplate {
                key: key.clone(),
                revision: row.revision,
                shipped: false,
                deleted: row.deleted,
                form: serde_json::from_str(&row.form).map_err(|e| broken(doing, e.to_string()))?,
            };
            all.insert(key, template);
        }
        let mut all: Vec<_> = all.into_values().collect();
        all.sort_by(|a, b| a.form.title.cmp(&b.form.title).then_with(|| a.key.cmp(&b.key)));
        Ok(all)
    }

    /// The template with this key, if it is offered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checklist_template(&self, key: &FormKey) -> Result<Option<ChecklistTemplate>, Error> {
        let all = self.checklist_templates().await?;
        Ok(all.into_iter().find(|one| one.key == *key && !one.deleted))
    }

    /// Everything that these templates ask or once asked.
    pub(super) async fn forms_of(
        &self,
        templates: &BTreeSet<FormKey>,
    ) -> Result<BTreeSet<(FormKey, FormDigest)>, Error> {
        if templates.is_empty() {
            return Ok(BTreeSet::new());
        }
        let doing = "reading checklist templates";
        let mut forms: BTreeSet<_> = shipped()
            .into_iter()
            .filter(|(key, _)| templates.contains(key))
            .map(|(key, form)| (key, form.digest()))
            .collect();
        let names: Vec<String> = templates.iter().map(ToString::to_string).collect();
        let rows: Vec<FormRow> = self
            .ask(doing, FORMS, Vars::new().with("templates", names))
            .await?
            .rows(0)?;
        for row in rows {
            let key = row.template.parse().map_err(|e| broken(doing, format!("{e}")))?;
            forms.insert((key, FormDigest(row.digest)));
        }
        Ok(forms)
    }

    /// Makes a template.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::Invalid`], [`Error::Conflict`] when the key is taken.
    pub async fn add_checklist_template(
        &self,
        actor: &Actor,
        new: NewTemplate,
        now: DateTime<Utc>,
    ) -> Result<ChecklistTemplate, Error> {
        super::cmdb::allow(actor, Deed::Administer, "manage checklist templates")?;
        check_key(&new.key)?;
        let all = self.checklist_templates().await?;
        if all.iter().any(|one| one.key == new.key) {
            return Err(taken(&new.key));
        }
        if all.len() >= MAX_TEMPLATES {
            return Err(Error::Conflict(format!(
                "there are at most {MAX_TEMPLATES} templates"
            )));
        }
        let template = ChecklistTemplate {
            key: new.key,
            revision: 1,
            shipped: false,
            deleted: false,
            form: new.form,
        };
        self.write_template(actor, None, &template, now).await?;
        Ok(template)
    }

    /// Changes a template, takes it out of use or gives it back. Checklists made of it stay as they are.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::NotFound`], [`Error::Invalid`], [`Error::Conflict`] when it was changed
    /// since.
    pub async fn change_checklist_template(
        &self,
        actor: &Actor,
        key: &FormKey,
        change: TemplateChange,
        now: DateTime<Utc>,
    ) -> Result<ChecklistTemplate, Error> {
        super::cmdb::allow(actor, Deed::Administer, "manage checklist templates")?;
        let all = self.checklist_templates().await?;
        let before = all.into_iter().find(|one| one.key == *key);
        let before =
            before.ok_or_else(|| Error::NotFound(format!("there is no checklist template {key}")))?;
        if before.revision != change.revision {
            return Err(moved(key));
        }
        let after = ChecklistTemplate {
            key: before.key.clone(),
            revision: before.revision + 1,
            shipped: false,
            deleted: change.deleted.unwrap_or(before.deleted),
            form: change.form.unwrap_or_else(|| before.form.clone()),
        };
        self.write_template(actor, Some(&before), &after, now).await?;
        Ok(after)
    }

    async fn write_template(
        &self,
        actor: &Actor,
        before: Option<&ChecklistTemplate>,
        after: &ChecklistTemplate,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let doing = "storing a checklist template";
        after
            .form
            .check()
            .map_err(|wrong| Error::invalid(format!("form.{}", wrong.at), wrong.wrong))?;
        let json = |form: &Form| serde_json::to_string(form).map_err(|e| broken(doing, e.to_string()));
        let value = |one: &ChecklistTemplate| serde_json::to_value(one).ok();
        let deed = match before {
            None => AuditDeed::Created,
            Some(before) if !before.deleted && after.deleted => AuditDeed::Retired,
            Some(before) if before.deleted && !after.deleted => AuditDeed::Restored,
            Some(_) => AuditDeed::Changed,
        };
        let change = Change {
            label: after.form.title.clone(),
            before: before.and_then(value),
            after: value(after),
            ..Change::of("checklist-templates", after.key.to_string(), deed)
        };
        let digest = after.form.digest().0;
        let asked: Array = vec![after.key.to_string().into_value(), digest.clone().into_value()].into();
        let stored = before
            .filter(|before| !before.shipped)
            .map_or(0, |before| before.revision);
        let vars = Vars::new()
            .with("id", id("checklist_template", after.key.as_str()))
            .with("was", stored)
            .with("revision", after.revision)
            .with("form", json(&after.form)?)
            .with("deleted", after.deleted)
            .with(
                "asked",
                RecordId::new("checklist_form", RecordIdKey::Array(asked)),
            )
            .with("template", after.key.to_string())
            .with("digest", digest)
            .audit(&By::from(actor), now, &[change])?;
        match self.attempt(doing, WRITE, vars).await {
            Ok(_) => Ok(()),
            Err(Failure::Thrown(word)) if word == "moved" => Err(match before {
                None => taken(&after.key),
                Some(_) => moved(&after.key),
            }),
            Err(failure) => Err(explain(doing, failure)),
        }
    }
}

fn taken(key: &FormKey) -> Error {
    Error::Conflict(format!(
        "there is a checklist template {key} already; change that one, or take another key"
    ))
}

fn moved(key: &FormKey) -> Error {
    Error::Conflict(format!(
        "the checklist template {key} was changed since; look at it again"
    ))
}

fn check_key(key: &FormKey) -> Result<(), Error> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if key.as_str().chars().all(fits) {
        Ok(())
    } else {
        Err(Error::invalid("key", "may hold the characters a-z, 0-9 and `-`"))
    }
}
