//! Records as JSON and back, nothing lost. What JSON has no word for is an object with one key that starts
//! with `$`; an object of ours with such a key is wrapped, so that the two are never mixed up.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value as Json, json};
use surrealdb::types::{Array, Datetime, Number, Object, RecordId, RecordIdKey, Value};

/// A value as JSON, or what kind of value has no form there. None of those is in the schema.
pub(super) fn encode(value: Value) -> Result<Json, String> {
    Ok(match value {
        Value::None => json!({ "$none": true }),
        Value::Null => Json::Null,
        Value::Bool(value) => value.into(),
        Value::Number(Number::Int(value)) => value.into(),
        Value::Number(Number::Float(value)) => serde_json::Number::from_f64(value)
            .ok_or("a float that is no number cannot be backed up")?
            .into(),
        Value::String(value) => value.into(),
        Value::Datetime(value) => {
            let text = value.into_inner().to_rfc3339_opts(SecondsFormat::AutoSi, true);
            json!({ "$datetime": text })
        }
        Value::RecordId(id) => json!({ "$record": [id.table.as_str(), encode_key(id.key)?] }),
        Value::Array(values) => Json::Array(encode_all(values)?),
        Value::Object(object) => encode_object(object)?,
        other => {
            return Err(format!(
                "a value of the kind {:?} cannot be backed up",
                other.kind()
            ));
        }
    })
}

fn encode_all(values: Array) -> Result<Vec<Json>, String> {
    values.into_iter().map(encode).collect()
}

fn encode_object(object: Object) -> Result<Json, String> {
    let ambiguous = object.keys().any(|key| key.starts_with('$'));
    let mut fields = Map::new();
    for (key, value) in object.into_inner() {
        fields.insert(key, encode(value)?);
    }
    Ok(if ambiguous {
        json!({ "$object": fields })
    } else {
        fields.into()
    })
}

fn encode_key(key: RecordIdKey) -> Result<Json, String> {
    match key {
        RecordIdKey::Number(key) => Ok(key.into()),
        RecordIdKey::String(key) => Ok(key.into()),
        RecordIdKey::Array(key) => Ok(Json::Array(encode_all(key)?)),
        RecordIdKey::Uuid(_) | RecordIdKey::Object(_) | RecordIdKey::Range(_) => {
            Err("a record id of this kind cannot be backed up".to_owned())
        }
    }
}

/// The value that JSON stands for, or what is wrong with it.
pub(super) fn decode(json: Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => decode_number(&number)?,
        Json::String(value) => Value::String(value),
        Json::Array(values) => Value::Array(decode_all(values)?),
        Json::Object(fields) => match fields.keys().find(|key| key.starts_with('$')) {
            None => Value::Object(decode_object(fields)?),
            Some(tag) => decode_tagged(&tag.clone(), fields)?,
        },
    })
}

/// What an object with a `$` word stands for.
fn decode_tagged(tag: &str, mut fields: Map<String, Json>) -> Result<Value, String> {
    let inner = fields.remove(tag).unwrap_or_default();
    if !fields.is_empty() {
        return Err(format!("`{}` stands beside other fields", domain::shorten(tag)));
    }
    match (tag, inner) {
        ("$none", Json::Bool(true)) => Ok(Value::None),
        ("$datetime", Json::String(text)) => {
            let at = DateTime::parse_from_rfc3339(&text).map_err(|_| "a point in time that is none")?;
            Ok(Value::Datetime(Datetime::from(at.with_timezone(&Utc))))
        }
        ("$record", Json::Array(parts)) => decode_record(parts).map(Value::RecordId),
        ("$object", Json::Object(fields)) => decode_object(fields).map(Value::Object),
        _ => Err(format!("`{}` means nothing here", domain::shorten(tag))),
    }
}

fn decode_record(parts: Vec<Json>) -> Result<RecordId, String> {
    let Ok([Json::String(table), key]) = <[Json; 2]>::try_from(parts) else {
        return Err("a record id is a table and a key".to_owned());
    };
    let key = match key {
        Json::String(key) => RecordIdKey::String(key),
        Json::Number(key) => RecordIdKey::Number(key.as_i64().ok_or("a record id that is no whole number")?),
        Json::Array(key) => RecordIdKey::Array(decode_all(key)?),
        _ => return Err("a record id is a text, a number or a list".to_owned()),
    };
    Ok(RecordId::new(table, key))
}

fn decode_number(number: &serde_json::Number) -> Result<Value, String> {
    let number = match number.as_i64() {
        Some(whole) => Number::Int(whole),
        None if number.is_f64() => Number::Float(number.as_f64().unwrap_or_default()),
        None => return Err(format!("the number {number} is too large")),
    };
    Ok(Value::Number(number))
}

fn decode_all(values: Vec<Json>) -> Result<Array, String> {
    let values: Vec<Value> = values.into_iter().map(decode).collect::<Result<_, _>>()?;
    Ok(values.into())
}

fn decode_object(fields: Map<String, Json>) -> Result<Object, String> {
    let mut object = Object::new();
    for (key, value) in fields {
        object.insert(key, decode(value)?);
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use surrealdb::types::SurrealValue;

    use super::*;

    fn there_and_back(value: &Value) {
        let text = encode(value.clone()).unwrap().to_string();
        let back = decode(serde_json::from_str(&text).unwrap()).unwrap();
        // Debug tells 1 from 1.0, and NONE from NULL.
        assert_eq!(format!("{back:?}"), format!("{value:?}"), "{text}");
    }

    #[test]
    fn every_kind_of_value_survives() {
        let nested: Array = vec!["01J".to_owned().into_value(), 7_i64.into_value()].into();
        let mut plain = Object::new();
        plain.insert("none", Value::None);
        plain.insert("null", Value::Null);
        let mut odd = Object::new();
        odd.insert("$record", "not one");
        odd.insert("$datetime", Value::Null);
        let moment = DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
        for value in [
            Value::None,
            Value::Null,
            true.into_value(),
            i64::MIN.into_value(),
            1_i64.into_value(),
            1.0.into_value(),
            0.1.into_value(),
            1e300.into_value(),
            "tab\there \u{1f512} \"quoted\"".to_owned().into_value(),
            moment.into_value(),
            Value::RecordId(RecordId::new("ci", "vm/1\tx")),
            Value::RecordId(RecordId::new("journal", 42_i64)),
            Value::RecordId(RecordId::new("op", RecordIdKey::Array(nested))),
            vec![1_i64.into_value(), Value::None].into_value(),
            Value::Object(plain),
            Value::Object(odd),
        ] {
            there_and_back(&value);
        }
    }

    #[test]
    fn what_has_no_form_is_refused_not_changed() {
        assert!(encode(f64::NAN.into_value()).is_err());
        for wrong in [
            json!({ "$what": 1 }),
            json!({ "$datetime": "yesterday" }),
            json!({ "$record": ["ci"] }),
            json!({ "$record": ["ci", { "a": 1 }] }),
            json!({ "$none": true, "also": 1 }),
            json!(u64::MAX),
        ] {
            assert!(decode(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
