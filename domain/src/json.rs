//! JSON with little code, for the browser.
//!
//! What serde derives can read a struct from an object, from an array, and by names of fields in three encodings, all
//! of it compiled anew for each reader. This one parses into a tree first, which is one piece of code for all types,
//! and hands a struct its fields in their order. So of everything that is derived, only the shortest way is compiled:
//! the sequence. What is not as expected is refused as by `serde_json`, except that fields nobody knows are passed
//! over, also where the type denies them: an answer of a newer server may have more than this page understands.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::{Deserialize, Serialize};
use serde_json::{Error, Map, Number, Value};

/// Reads a value from its text.
///
/// # Errors
/// The text is no JSON, or not of this type; says what is missing or wrong.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    from_value(serde_json::from_str(text)?)
}

/// Reads a value from JSON that was parsed already.
///
/// # Errors
/// It is not of this type; says what is missing or wrong.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Node::Value(value))
}

/// A value as JSON. By way of its text, so that it need not be able to write itself in a second way.
///
/// # Errors
/// It has no JSON.
pub fn to_value<T: Serialize>(value: &T) -> Result<Value, Error> {
    serde_json::from_str(&serde_json::to_string(value)?)
}

/// For `deserialize_with` of what stands in a variant with a tag inside: serde keeps such a variant in a tree of its own
/// first and reads it from there, which compiles all that is in it once more. So it is taken out of that tree. Only in
/// the browser: a server denies unknown fields, however deep.
///
/// # Errors
/// It is not of this type.
pub fn apart<'de, D: Deserializer<'de>, T: DeserializeOwned>(reader: D) -> Result<T, D::Error> {
    let value = Value::deserialize(reader)?;
    let read = if cfg!(target_arch = "wasm32") {
        from_value(value)
    } else {
        serde_json::from_value(value)
    };
    read.map_err(D::Error::custom)
}

/// A place in the tree.
enum Node {
    Value(Value),
    /// The key of an object: text, or a number written as text.
    Key(String),
    /// A field that is not there.
    Absent,
}

impl Node {
    fn object(self, expected: &dyn Expected) -> Result<Map<String, Value>, Error> {
        match self {
            Self::Value(Value::Object(object)) => Ok(object),
            other => Err(other.wrong(expected)),
        }
    }

    fn items(self, expected: &dyn Expected) -> Result<Items, Error> {
        match self {
            Self::Value(Value::Array(items)) => Ok(Items(items.into_iter())),
            other => Err(other.wrong(expected)),
        }
    }

    fn text(self, expected: &dyn Expected) -> Result<String, Error> {
        match self {
            Self::Value(Value::String(text)) | Self::Key(text) => Ok(text),
            other => Err(other.wrong(expected)),
        }
    }

    fn number(self, expected: &dyn Expected) -> Result<Number, Error> {
        match self {
            Self::Value(Value::Number(number)) => Ok(number),
            Self::Key(text) => text
                .parse()
                .map_err(|_| Error::invalid_value(Unexpected::Str(&text), expected)),
            other => Err(other.wrong(expected)),
        }
    }

    fn wrong(&self, expected: &dyn Expected) -> Error {
        let found = match self {
            Self::Value(Value::Null) => Unexpected::Unit,
            Self::Value(Value::Bool(flag)) => Unexpected::Bool(*flag),
            Self::Value(Value::Number(_)) => Unexpected::Other("a number"),
            Self::Value(Value::String(text)) | Self::Key(text) => Unexpected::Str(text),
            Self::Value(Value::Array(_)) => Unexpected::Seq,
            Self::Value(Value::Object(_)) => Unexpected::Map,
            Self::Absent => Unexpected::Other("nothing"),
        };
        Error::invalid_type(found, expected)
    }
}

macro_rules! all_like {
    ($like:ident: $($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.$like(visitor)
        }
    )+};
}

impl<'de> Deserializer<'de> for Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Value(Value::Null) => visitor.visit_unit(),
            Self::Value(Value::Bool(flag)) => visitor.visit_bool(flag),
            Self::Value(Value::Number(_)) => self.deserialize_f64(visitor),
            Self::Value(Value::String(text)) | Self::Key(text) => visitor.visit_string(text),
            Self::Value(Value::Array(items)) => visitor.visit_seq(Items(items.into_iter())),
            Self::Value(Value::Object(_)) => self.deserialize_map(visitor),
            Self::Absent => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Value(Value::Bool(flag)) => visitor.visit_bool(flag),
            other => Err(other.wrong(&visitor)),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let number = self.number(&visitor)?;
        match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => visitor.visit_u64(number),
            (None, Some(number)) => visitor.visit_i64(number),
            (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
        }
    }

    all_like!(deserialize_f64: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32);

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = self.text(&visitor)?;
        visitor.visit_string(text)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = self.text(&visitor)?;
        visitor.visit_str(&text)
    }

    all_like!(deserialize_str: deserialize_char deserialize_identifier);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Value(Value::Null) | Self::Absent => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Value(Value::Null) => visitor.visit_unit(),
            other => Err(other.wrong(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut items = self.items(&visitor)?;
        visitor.visit_seq(&mut items)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = self.object(&visitor)?.into_iter();
        visitor.visit_map(Entries { entries, value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut fields = Fields {
            object: self.object(&visitor)?,
            names: names.iter(),
            missing: None,
        };
        visitor
            .visit_seq(&mut fields)
            .map_err(|error| fields.missing.map_or(error, Error::missing_field))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let choice = Choice::of(self, &visitor)?;
        visitor.visit_enum(choice)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    all_like!(deserialize_any: deserialize_bytes deserialize_byte_buf);
}

/// The items of an array.
struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        match self.0.next() {
            Some(item) => seed.deserialize(Node::Value(item)).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The fields of a struct in their order.
struct Fields {
    object: Map<String, Value>,
    names: std::slice::Iter<'static, &'static str>,
    /// The latest one that was not there. If reading ends with it, it was needed.
    missing: Option<&'static str>,
}

impl Fields {
    fn next(&mut self) -> Option<(&'static str, Node)> {
        let name = self.names.next()?;
        self.missing = None;
        Some((name, self.object.remove(*name).map_or(Node::Absent, Node::Value)))
    }
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Error;

    /// `None` for a field that is not there and is no `Option`: what is derived then takes its default or fails.
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some((name, node)) = self.next() else {
            return Ok(None);
        };
        let absent = matches!(node, Node::Absent);
        match seed.deserialize(node) {
            Err(_) if absent => {
                self.missing = Some(name);
                Ok(None)
            }
            read => read.map(Some),
        }
    }
}

/// The entries of an object.
struct Entries {
    entries: serde_json::map::IntoIter,
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(Node::Key(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.value.take().map_or(Node::Absent, Node::Value))
    }
}

/// A variant: its name, or an object with its name and what is in it.
struct Choice {
    name: String,
    content: Option<Value>,
}

impl Choice {
    fn of(node: Node, expected: &dyn Expected) -> Result<Self, Error> {
        match node {
            Node::Value(Value::Object(object)) if object.len() == 1 => {
                let (name, content) = object.into_iter().next().unwrap_or_default();
                Ok(Self {
                    name,
                    content: Some(content),
                })
            }
            other => Ok(Self {
                name: other.text(expected)?,
                content: None,
            }),
        }
    }

    fn content(self) -> Node {
        self.content.map_or(Node::Absent, Node::Value)
    }
}

impl<'de> EnumAccess<'de> for Choice {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(mut self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = Node::Key(std::mem::take(&mut self.name));
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.content {
            None | Some(Value::Null) => Ok(()),
            Some(other) => Err(Node::Value(other).wrong(&"a variant with nothing in it")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.content())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.content().deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.content().deserialize_struct("", names, visitor)
    }
}
