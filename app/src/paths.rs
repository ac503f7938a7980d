//! Addresses of pages and API routes, and the query part of an address. Pure text, tested natively.

use std::fmt::Write as _;

use domain::registry::{RecordRef, RegisterKind};
use domain::{CiKey, ReleaseId, ReleaseNumber};

/// The page of this device.
pub const DEVICE: &str = "/device";

/// The page with everything that waits for the server or for its author.
pub const QUEUE: &str = "/device/queue";

/// The page of a CI. Slashes in the key stay readable: `/cmdb/ci/device/sw-c3`.
#[must_use]
pub fn ci(key: &CiKey) -> String {
    format!("/cmdb/ci/{}", encode(key.as_str(), b"/"))
}

/// The page of a release.
#[must_use]
pub fn release(number: ReleaseNumber) -> String {
    format!("/releases/{number}")
}

/// The page of a release that has no number yet.
#[must_use]
pub fn release_by_id(id: ReleaseId) -> String {
    format!("/releases/{id}")
}

/// The impact page with these CIs assumed down.
#[must_use]
pub fn impact<'a>(down: impl IntoIterator<Item = &'a CiKey>) -> String {
    let mut query = Query::default();
    for key in down {
        query.add("down", key.as_str());
    }
    query.on("/impact")
}

/// The API route of a CI: the key is one encoded segment.
#[must_use]
pub fn api_ci(key: &CiKey) -> String {
    format!("/api/v1/cis/{}", encode(key.as_str(), b""))
}

/// The page of a register.
#[must_use]
pub fn register(register: RegisterKind) -> String {
    format!("/registers/{register}")
}

/// The page of a record.
#[must_use]
pub fn record(at: &RecordRef) -> String {
    format!("/registers/{}/{}", at.register, encode(at.key.as_str(), b"/"))
}

/// The API route of a register.
#[must_use]
pub fn api_register(register: RegisterKind) -> String {
    format!("/api/v1/registers/{register}")
}

/// The API route of a record: the key is one encoded segment.
#[must_use]
pub fn api_record(at: &RecordRef) -> String {
    format!(
        "/api/v1/registers/{}/{}",
        at.register,
        encode(at.key.as_str(), b"")
    )
}

/// Percent-encodes everything that is not unreserved or in `keep`.
#[must_use]
pub fn encode(text: &str, keep: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Decodes percent escapes; what is not an escape stays as it is, bytes that are no UTF-8 become U+FFFD.
#[must_use]
pub fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let escape = (byte == b'%').then(|| {
            let mut ahead = bytes.clone();
            let high = char::from(ahead.next()?).to_digit(16)?;
            let low = char::from(ahead.next()?).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        });
        if let Some(decoded) = escape.flatten() {
            out.push(decoded);
            bytes.nth(1);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The query part of an address, in order; names may repeat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=1&b=x%20y`, with or without the leading `?`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let pairs = text
            .trim_start_matches('?')
            .split('&')
            .filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    let read = |part: &str| decode(&part.replace('+', " "));
                    (read(name), read(value))
                })
                .collect(),
        )
    }

    /// The first value of a name, unless it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, v)| n == name && !v.is_empty())
            .map(|(_, v)| v.as_str())
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, v)| n == name && !v.is_empty())
            .map(|(_, v)| v.as_str())
    }

    /// All pairs with a value, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().filter(|(_, value)| !value.is_empty());
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Adds a pair at the end.
    pub fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// The query with `name` set once, or removed where `value` is empty.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(n, _)| n != name);
        if !value.is_empty() {
            self.add(name, value);
        }
        self
    }

    /// The query without one pair.
    #[must_use]
    pub fn without(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(n, v)| n != name || v != value);
        self
    }

    /// The address of `path` with this query.
    #[must_use]
    pub fn on(&self, path: &str) -> String {
        let mut out = path.to_owned();
        for (index, (name, value)) in self.0.iter().enumerate() {
            let glue = if index == 0 { '?' } else { '&' };
            let _ = write!(out, "{glue}{}={}", encode(name, b""), encode(value, b"/:,"));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_the_address() {
        for key in ["device/sw c3", "a%41b#?&é", "100%", "rack/A+1"] {
            let key: CiKey = key.parse().unwrap();
            let page = ci(&key);
            assert_eq!(decode(page.strip_prefix("/cmdb/ci/").unwrap()), key.as_str());
            let api = api_ci(&key);
            let segment = api.strip_prefix("/api/v1/cis/").unwrap();
            assert!(!segment.contains('/'), "{segment}");
            assert_eq!(decode(segment), key.as_str());
        }
    }

    #[test]
    fn queries_repeat_and_round_trip() {
        let keys: Vec<CiKey> = ["vm/a b", "vm/c&d"].iter().map(|k| k.parse().unwrap()).collect();
        let address = impact(&keys);
        let (path, query) = address.split_once('?').unwrap();
        assert_eq!(path, "/impact");
        let query = Query::parse(query);
        assert_eq!(query.all("down").collect::<Vec<_>>(), ["vm/a b", "vm/c&d"]);
        assert_eq!(
            query.clone().without("down", "vm/a b").on("/impact"),
            "/impact?down=vm/c%26d"
        );
        assert_eq!(query.with("down", "").on("/x"), "/x");
        assert_eq!(Query::parse("?q=a+b%2Bc&empty=").get("q"), Some("a b+c"));
        assert_eq!(Query::parse("empty=").get("empty"), None);
        assert_eq!(decode("%zz%4"), "%zz%4");
    }
}
