//! One configuration item: how it is stored, read and compared.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::cmdb::{BUILT_IN_CLASSES, Ci, CiClass, Lifecycle, Placement};
use domain::{CiKey, ClassKey};
use sha2::{Digest, Sha256};
use surrealdb::types::{RecordId, SurrealValue};

use super::query::{Vars, broken, id, key_of};
use super::words::{from_word, word};
use super::{Error, Store};

/// A CI as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredCi {
    pub ci: Ci,
    /// Counts the changes, from 1.
    pub revision: u64,
    pub updated: DateTime<Utc>,
}

#[derive(Clone, SurrealValue)]
pub(super) struct CiRow {
    id: RecordId,
    name: String,
    class: String,
    lifecycle: String,
    serial: Option<String>,
    asset_tag: Option<String>,
    version: Option<String>,
    owner: Option<String>,
    criticality: Option<String>,
    site: Option<String>,
    location: Option<String>,
    rack: Option<String>,
    position: Option<f64>,
    face: Option<String>,
    height: Option<f64>,
    attributes: BTreeMap<String, serde_json::Value>,
    revision: u64,
    updated: DateTime<Utc>,
    hash: String,
}

impl CiRow {
    pub(super) fn new(stored: StoredCi) -> Self {
        let hash = digest(&stored.ci);
        let StoredCi {
            ci,
            revision,
            updated,
        } = stored;
        let text = |key: Option<CiKey>| key.map(|key| key.to_string());
        Self {
            id: id("ci", ci.key.as_str()),
            name: ci.name,
            class: ci.class.to_string(),
            lifecycle: ci.lifecycle.as_str().to_owned(),
            serial: ci.serial,
            asset_tag: ci.asset_tag,
            version: ci.version,
            owner: ci.owner,
            criticality: ci.criticality.as_ref().map(word),
            site: text(ci.placement.site),
            location: text(ci.placement.location),
            rack: text(ci.placement.rack),
            position: ci.placement.position,
            face: ci.placement.face.as_ref().map(word),
            height: ci.placement.height,
            attributes: ci.attributes,
            revision,
            updated,
            hash,
        }
    }

    pub(super) fn read(self) -> Result<StoredCi, Error> {
        let wrong = |e: domain::BadId| broken("reading a CI", e.to_string());
        let key = |key: Option<String>| key.map(|key| key.parse::<CiKey>()).transpose().map_err(wrong);
        let lifecycle = Lifecycle::parse(&self.lifecycle)
            .ok_or_else(|| broken("reading a CI", format!("unknown lifecycle `{}`", self.lifecycle)))?;
        Ok(StoredCi {
            revision: self.revision,
            updated: self.updated,
            ci: Ci {
                key: key_of(self.id).parse().map_err(wrong)?,
                name: self.name,
                class: self.class.parse().map_err(wrong)?,
                lifecycle,
                serial: self.serial,
                asset_tag: self.asset_tag,
                version: self.version,
                owner: self.owner,
                criticality: self.criticality.as_deref().and_then(from_word),
                placement: Placement {
                    site: key(self.site)?,
                    location: key(self.location)?,
                    rack: key(self.rack)?,
                    position: self.position,
                    face: self.face.as_deref().and_then(from_word),
                    height: self.height,
                },
                attributes: self.attributes,
            },
        })
    }
}

/// The digest of everything a file can say about a CI. Two CIs with the same digest are the same to an
/// import; comparing digests spares reading whole rows, and a number that the database stores in another
/// form does not look like a change for ever.
pub(crate) fn digest(ci: &Ci) -> String {
    // Maps are ordered, so the JSON of equal CIs is equal.
    let json = serde_json::to_vec(ci).unwrap_or_default();
    let full = Sha256::digest(json);
    full.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Which fields differ: name -> (before, after), attributes one by one.
pub(crate) fn changes(before: &Ci, after: &Ci) -> BTreeMap<String, (serde_json::Value, serde_json::Value)> {
    let (before, after) = (fields(before), fields(after));
    let null = serde_json::Value::Null;
    let names = before.keys().chain(after.keys());
    names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| {
            let side = |all: &BTreeMap<String, serde_json::Value>| all.get(name).unwrap_or(&null).clone();
            (name.clone(), (side(&before), side(&after)))
        })
        .collect()
}

fn fields(ci: &Ci) -> BTreeMap<String, serde_json::Value> {
    let Ok(serde_json::Value::Object(mut all)) = serde_json::to_value(ci) else {
        return BTreeMap::new();
    };
    let attributes = all.remove("attributes");
    let mut fields: BTreeMap<_, _> = all.into_iter().collect();
    if let Some(serde_json::Value::Object(attributes)) = attributes {
        fields.extend(
            attributes
                .into_iter()
                .map(|(name, value)| (format!("attributes.{name}"), value)),
        );
    }
    fields
}

const READ: &str = "SELECT * FROM ONLY $id";
const READ_MANY: &str = "SELECT * FROM $ids";
const CLASSES: &str = "SELECT * FROM ci_class";
const SEED_CLASSES: &str = "INSERT IGNORE INTO ci_class $classes RETURN NONE";

#[derive(SurrealValue)]
struct ClassRow {
    id: RecordId,
    name: String,
}

impl Store {
    /// A CI, if there is one with this key.
    pub(crate) async fn stored_ci(&self, key: &CiKey) -> Result<Option<StoredCi>, Error> {
        let vars = Vars::new().with("id", id("ci", key.as_str()));
        let row: Option<CiRow> = self.ask("reading a CI", READ, vars).await?.one(0)?;
        row.map(CiRow::read).transpose()
    }

    /// Those of the CIs that are there, in no particular order.
    pub(crate) async fn stored_cis(&self, keys: &[CiKey]) -> Result<Vec<StoredCi>, Error> {
        let ids: Vec<RecordId> = keys.iter().map(|key| id("ci", key.as_str())).collect();
        let vars = Vars::new().with("ids", ids);
        let rows: Vec<CiRow> = self.ask("reading CIs", READ_MANY, vars).await?.rows(0)?;
        rows.into_iter().map(CiRow::read).collect()
    }

    /// The classes there are, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn classes(&self) -> Result<Vec<CiClass>, Error> {
        let doing = "reading the CI classes";
        let rows: Vec<ClassRow> = self.ask(doing, CLASSES, Vars::new()).await?.rows(0)?;
        let mut classes = rows
            .into_iter()
            .map(|row| {
                let key: ClassKey = key_of(row.id)
                    .parse()
                    .map_err(|e| broken(doing, format!("{e}")))?;
                Ok(CiClass { key, name: row.name })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        classes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(classes)
    }

    pub(super) async fn seed_classes(&self) -> Result<(), Error> {
        let classes: Vec<ClassRow> = BUILT_IN_CLASSES
            .iter()
            .map(|(key, name)| ClassRow {
                id: id("ci_class", *key),
                name: (*name).to_owned(),
            })
            .collect();
        let vars = Vars::new().with("classes", classes);
        self.ask("storing the built-in classes", SEED_CLASSES, vars)
            .await
            .map(|_| ())
    }
}
