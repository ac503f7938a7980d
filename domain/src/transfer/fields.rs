//! From named values, as a JSON object or a row of a table has them, to a CI or a relation.

use serde_json::{Map, Value};

use crate::cmdb::{Ci, Criticality, Face, Lifecycle, Placement, Relation};
use crate::shorten;

/// The fields of a relation.
pub(super) const RELATION_FIELDS: [&str; 3] = ["kind", "from", "to"];

/// A CI. Fields we do not know fold into its attributes; `null` means absent.
pub(super) fn ci(mut fields: Map<String, Value>) -> Result<Ci, String> {
    let mut attributes = match fields.remove("attributes") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(attributes)) => attributes,
        Some(other) => return Err(format!("attributes must be an object, not {}", kind_of(&other))),
    };
    let mut fields = Fields(fields);
    let key = fields.required("key")?;
    let name = fields.text("name")?.ok_or("name is missing")?;
    let class = fields.required("class")?;
    let ci = Ci {
        key,
        name,
        class,
        lifecycle: fields
            .word(
                "lifecycle",
                Lifecycle::parse,
                &Lifecycle::ALL.map(Lifecycle::as_str),
            )?
            .unwrap_or_default(),
        serial: fields.text("serial")?,
        asset_tag: fields.text("asset_tag")?,
        version: fields.text("version")?,
        owner: fields.text("owner")?,
        criticality: fields.word("criticality", criticality, &["low", "medium", "high"])?,
        placement: Placement {
            site: fields.parsed("site")?,
            location: fields.parsed("location")?,
            rack: fields.parsed("rack")?,
            position: fields.number("position")?,
            face: fields.word("face", face, &["front", "rear"])?,
            height: fields.number("height")?,
        },
        attributes: std::collections::BTreeMap::new(),
    };
    for (name, value) in fields.0 {
        match attributes.get(&name) {
            Some(other) if *other != value => {
                return Err(format!(
                    "`{}` stands both beside and in `attributes`, with different values",
                    shorten(&name)
                ));
            }
            _ => attributes.insert(name, value),
        };
    }
    Ok(Ci {
        attributes: attributes.into_iter().collect(),
        ..ci
    })
}

/// A relation, and the names of fields it has beyond those we know.
pub(super) fn relation(fields: Map<String, Value>) -> Result<(Relation, Vec<String>), String> {
    let mut fields = Fields(fields);
    let relation = Relation {
        kind: fields.required("kind")?,
        from: fields.required("from")?,
        to: fields.required("to")?,
    };
    Ok((relation, fields.0.into_iter().map(|(name, _)| name).collect()))
}

struct Fields(Map<String, Value>);

impl Fields {
    /// A text; numbers count as text, since serial numbers and versions often look like numbers.
    fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(format!("{name} must be a text, not {}", kind_of(&other))),
        }
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, String>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(name)?;
        text.map(|text| text.parse().map_err(|e: T::Err| format!("{name}: {e}")))
            .transpose()
    }

    fn required<T: std::str::FromStr>(&mut self, name: &str) -> Result<T, String>
    where
        T::Err: std::fmt::Display,
    {
        self.parsed(name)?.ok_or_else(|| format!("{name} is missing"))
    }

    fn word<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Result<Option<T>, String> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        parse(&text).map(Some).ok_or_else(|| {
            format!(
                "{name} `{}` is unknown; known are {}",
                shorten(&text),
                known.join(", ")
            )
        })
    }

    fn number(&mut self, name: &str) -> Result<Option<f64>, String> {
        let wrong = |what: &str| format!("{name} must be a number, not {what}");
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_f64()),
            Some(Value::String(text)) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                _ => Err(wrong(&format!("`{}`", shorten(&text)))),
            },
            Some(other) => Err(wrong(kind_of(&other))),
        }
    }
}

fn criticality(text: &str) -> Option<Criticality> {
    match text {
        "low" => Some(Criticality::Low),
        "medium" => Some(Criticality::Medium),
        "high" => Some(Criticality::High),
        _ => None,
    }
}

fn face(text: &str) -> Option<Face> {
    match text {
        "front" => Some(Face::Front),
        "rear" => Some(Face::Rear),
        _ => None,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
