//! One file of the site, and how a browser gets it: compressed as asked, or not again.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::http::worker;

/// For what never changes under its address.
pub const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// One file of a build, with what the build has compressed already.
pub struct File {
    /// Its content type.
    pub kind: &'static str,
    /// Of the uncompressed content.
    pub etag: HeaderValue,
    /// Its address changes with its content.
    pub hashed: bool,
    /// The content.
    pub plain: Bytes,
    /// The same, compressed.
    pub brotli: Option<Bytes>,
    /// The same, compressed.
    pub gzip: Option<Bytes>,
    /// The content security policy, for a script that runs by itself.
    pub policy: Option<HeaderValue>,
}

impl File {
    /// A service worker. Never kept by the browser without asking: it is how a browser learns of a new build.
    pub fn worker(script: Bytes) -> Self {
        Self {
            kind: kind_of(worker::URL),
            etag: etag(&script),
            hashed: false,
            plain: script,
            brotli: None,
            gzip: None,
            policy: Some(HeaderValue::from_static(worker::POLICY)),
        }
    }

    /// The file as asked for, or 304 for a browser that has it.
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        let caching = if self.hashed { FOR_EVER } else { ASK_AGAIN };
        headers.insert(header::CACHE_CONTROL, caching);
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::ETAG, self.etag.clone());
        // Also with 304: a browser gives what it has the headers of the latest answer.
        if let Some(policy) = &self.policy {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        if is_known(asked, &self.etag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        let (body, encoding) = match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if accepts(asked, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts(asked, "gzip") => (gzip, Some("gzip")),
            _ => (&self.plain, None),
        };
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        (headers, Body::from(body.clone())).into_response()
    }
}

/// The content type of an address, by its ending.
pub fn kind_of(url: &str) -> &'static str {
    match url.rsplit_once('.').map(|(_, end)| end) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A strong entity tag of the uncompressed content.
pub fn etag(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether the browser has the content with this tag.
pub fn is_known(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let etag = etag.to_str().unwrap_or_default();
    // A compressing proxy weakens tags; the content is the same.
    known.is_some_and(|known| {
        known
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
    })
}

/// Whether `Accept-Encoding` names a coding without `q=0`.
fn accepts(asked: &HeaderMap, coding: &str) -> bool {
    asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
            let refused = parts
                .filter_map(|part| part.strip_prefix("q="))
                .any(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
            named && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn encodings_are_chosen_as_asked() {
        assert!(accepts(
            &asking(header::ACCEPT_ENCODING, "gzip, deflate, br"),
            "br"
        ));
        assert!(!accepts(&asking(header::ACCEPT_ENCODING, "gzip, br;q=0"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_tag_is_known_also_when_weakened() {
        let tag = etag(b"x");
        let text = tag.to_str().unwrap().to_owned();
        let mut asked = HeaderMap::new();
        asked.insert(
            header::IF_NONE_MATCH,
            format!("\"other\", W/{text}").parse().unwrap(),
        );
        assert!(is_known(&asked, &tag));
        assert!(!is_known(&asked, &etag(b"y")));
    }
}
