//! A software bill of materials (CycloneDX JSON, 1.2 and later): components as CIs of class software or
//! application, their dependencies as `depends_on`, nested components as `part_of`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::BufRead;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Entry, Found, Problem, Record, Refused, Skipped, built_in, json};
use crate::CiKey;
use crate::cmdb::{Ci, Lifecycle, Placement, Relation, RelationKind};

pub(super) struct Source<'a, R> {
    name: &'a str,
    /// Taken when the document is read, which happens as a whole: its references point both ways.
    input: Option<R>,
    pending: VecDeque<Found>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    bom_format: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    components: Vec<Component>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    services: Vec<IgnoredAny>,
    #[serde(default)]
    vulnerabilities: Vec<IgnoredAny>,
    #[serde(default)]
    compositions: Vec<IgnoredAny>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    component: Option<Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "bom-ref")]
    bom_ref: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    group: Option<String>,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    cpe: Option<String>,
    publisher: Option<String>,
    description: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    r#ref: String,
    #[serde(default)]
    depends_on: Vec<String>,
}

impl<'a, R: BufRead> Source<'a, R> {
    pub(super) fn new(name: &'a str, input: R) -> Self {
        Self {
            name,
            input: Some(input),
            pending: VecDeque::new(),
        }
    }

    fn read(&mut self, input: R, skipped: &mut Skipped) {
        let refuse = |reason: String| Err(Problem::of_object(Refused::Rest, self.name, reason));
        let document: Document = match serde_json::from_reader(input) {
            Ok(document) => document,
            Err(error) => {
                let mut problem = Problem::of_object(Refused::Rest, self.name, json::reason(&error));
                problem.problem.line = Some(error.line() as u64);
                self.pending.push_back(Err(problem));
                return;
            }
        };
        if document.bom_format.as_deref() != Some("CycloneDX") {
            let reason = "not a CycloneDX document: `bomFormat` must be \"CycloneDX\"";
            self.pending.push_back(refuse(reason.into()));
            return;
        }
        for (what, list) in [
            ("services", &document.services),
            ("vulnerabilities", &document.vulnerabilities),
            ("compositions", &document.compositions),
        ] {
            if !list.is_empty() {
                *skipped.entry(what.to_owned()).or_default() += list.len() as u64;
            }
        }
        let mut out = Out {
            keys: HashMap::new(),
            cis: VecDeque::new(),
            relations: VecDeque::new(),
        };
        let top = document.metadata.component.into_iter();
        for (at, component) in top.chain(document.components).enumerate() {
            out.component(&format!("components[{at}]"), component, None);
        }
        for (at, dependency) in document.dependencies.into_iter().enumerate() {
            out.dependency(at, &dependency);
        }
        self.pending = out.cis;
        self.pending.extend(out.relations);
    }
}

impl<R: BufRead> super::Source for Source<'_, R> {
    fn next(&mut self, skipped: &mut Skipped) -> Option<Found> {
        if let Some(input) = self.input.take() {
            self.read(input, skipped);
        }
        self.pending.pop_front()
    }
}

struct Out {
    /// `bom-ref` -> key.
    keys: HashMap<String, CiKey>,
    cis: VecDeque<Found>,
    relations: VecDeque<Found>,
}

impl Out {
    fn component(&mut self, reference: &str, component: Component, whole: Option<&CiKey>) {
        let key = match component.key() {
            Ok(key) => key,
            Err(reason) => {
                let problem = Problem::of_object(Refused::Ci, reference, reason);
                self.cis.push_back(Err(problem));
                return;
            }
        };
        if let Some(bom_ref) = &component.bom_ref {
            self.keys.insert(bom_ref.clone(), key.clone());
        }
        if let Some(whole) = whole {
            self.relate(RelationKind::PartOf, key.clone(), whole.clone());
        }
        let application = component.kind.as_deref() == Some("application");
        let texts = [
            ("type", component.kind),
            ("purl", component.purl),
            ("cpe", component.cpe),
            ("publisher", component.publisher),
            ("description", component.description),
        ];
        let attributes: BTreeMap<String, Value> = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))))
            .collect();
        let name = match component.group.filter(|group| !group.is_empty()) {
            Some(group) => format!("{group}/{}", component.name),
            None => component.name,
        };
        self.cis.push_back(Ok(Entry {
            line: None,
            reference: key.to_string(),
            record: Record::Ci(Box::new(Ci {
                key: key.clone(),
                name,
                class: built_in(if application { "application" } else { "software" }),
                lifecycle: Lifecycle::InProduction,
                serial: None,
                asset_tag: None,
                version: component.version.filter(|version| !version.is_empty()),
                owner: None,
                criticality: None,
                placement: Placement::default(),
                attributes,
            })),
        }));
        for (at, part) in component.components.into_iter().enumerate() {
            self.component(&format!("{reference}.components[{at}]"), part, Some(&key));
        }
    }

    fn dependency(&mut self, at: usize, dependency: &Dependency) {
        for to in &dependency.depends_on {
            match (self.keys.get(&dependency.r#ref), self.keys.get(to)) {
                (Some(from), Some(to)) => {
                    let (from, to) = (from.clone(), to.clone());
                    self.relate(RelationKind::DependsOn, from, to);
                }
                (from, _) => {
                    let unknown = if from.is_none() { &dependency.r#ref } else { to };
                    let unknown = crate::shorten(unknown);
                    let reason = format!("`{unknown}` is the bom-ref of no component in the document");
                    let reference = format!("dependencies[{at}]");
                    let problem = Problem::of_object(Refused::Relation, &reference, reason);
                    self.relations.push_back(Err(problem));
                }
            }
        }
    }

    fn relate(&mut self, kind: RelationKind, from: CiKey, to: CiKey) {
        self.relations.push_back(Ok(Entry {
            line: None,
            reference: format!("{from} -> {to}"),
            record: Record::Relation(Relation { kind, from, to }),
        }));
    }
}

impl Component {
    /// The package URL, the identity the standard itself gives; without one, what tells components apart.
    /// Never the `bom-ref`: it means nothing outside its document.
    fn key(&self) -> Result<CiKey, String> {
        let named = || {
            let group = self.group.as_deref().filter(|group| !group.is_empty());
            let group = group.map_or_else(String::new, |group| format!("{group}/"));
            let version = self.version.as_deref().filter(|version| !version.is_empty());
            let version = version.map_or_else(String::new, |version| format!("@{version}"));
            format!("software:{group}{}{version}", self.name)
        };
        let key = self.purl.clone().unwrap_or_else(named);
        key.parse().map_err(|bad: crate::BadId| bad.to_string())
    }
}
