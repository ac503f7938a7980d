//! The web pages as files: read once at start, from a folder or from inside the binary, and answered from
//! memory with what the build has compressed already.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::problem::Refusal;
use super::shell::Shell;
use crate::state::AppState;

/// What the build says about the folder; other fields are for others.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    /// Address of the JavaScript module whose default export starts the application.
    pub js: String,
    /// Address of the WebAssembly module.
    pub wasm: String,
    /// Address of the stylesheet.
    pub css: String,
    #[serde(default)]
    files: Vec<ListedFile>,
}

#[derive(Debug, Clone, Deserialize)]
struct ListedFile {
    url: String,
    #[serde(default)]
    hashed: bool,
}

struct File {
    kind: &'static str,
    etag: HeaderValue,
    hashed: bool,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// The pages of one build; perhaps none.
pub struct Site {
    files: HashMap<String, File>,
    shell: Shell,
}

impl Site {
    /// Reads the folder, or what the binary holds when there is no folder.
    ///
    /// # Errors
    /// When a folder was named that is no built site, with what is wrong with it.
    pub fn load(folder: Option<&Path>) -> io::Result<Self> {
        match folder {
            Some(folder) => {
                let mut raw = HashMap::new();
                read_folder(folder, "", &mut raw)?;
                Self::build(raw)
                    .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))
            }
            None => match embedded() {
                Some(raw) => Self::build(raw),
                None => Ok(Self::none()),
            },
        }
    }

    /// Without pages: the interface only, and a page that says how to build the others.
    #[must_use]
    pub fn none() -> Self {
        Self {
            files: HashMap::new(),
            shell: Shell::without_site(),
        }
    }

    fn build(mut raw: HashMap<String, Bytes>) -> io::Result<Self> {
        let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
        let manifest = raw.remove("/manifest.json").ok_or_else(|| {
            wrong("there is no manifest.json; build the pages with `cargo xtask run`".into())
        })?;
        let manifest: Manifest = serde_json::from_slice(&manifest)
            .map_err(|error| wrong(format!("manifest.json cannot be read: {error}")))?;
        for url in [&manifest.js, &manifest.wasm, &manifest.css] {
            if !raw.contains_key(url) {
                return Err(wrong(format!("manifest.json names {url}, which is not there")));
            }
        }
        let hashed: HashMap<&str, bool> = manifest
            .files
            .iter()
            .map(|f| (f.url.as_str(), f.hashed))
            .collect();
        let mut files = HashMap::new();
        for (url, plain) in &raw {
            let twin_of = url.strip_suffix(".br").or_else(|| url.strip_suffix(".gz"));
            if twin_of.is_some_and(|url| raw.contains_key(url)) {
                continue;
            }
            let file = File {
                kind: kind_of(url),
                etag: etag(plain),
                hashed: hashed.get(url.as_str()).copied().unwrap_or(false),
                plain: plain.clone(),
                brotli: raw.get(&format!("{url}.br")).cloned(),
                gzip: raw.get(&format!("{url}.gz")).cloned(),
            };
            files.insert(url.clone(), file);
        }
        let shell = Shell::new(&manifest);
        Ok(Self { files, shell })
    }
}

fn read_folder(folder: &Path, prefix: &str, raw: &mut HashMap<String, Bytes>) -> io::Result<()> {
    let explain = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(explain)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let url = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &url, raw)?;
        } else {
            raw.insert(url, std::fs::read(entry.path())?.into());
        }
    }
    Ok(())
}

#[cfg(feature = "embed")]
fn embedded() -> Option<HashMap<String, Bytes>> {
    /// The built pages.
    #[derive(rust_embed::RustEmbed)]
    #[folder = "$SLIPWAY_SITE_DIR"]
    struct Embedded;

    let raw = Embedded::iter()
        .filter_map(|name| {
            let bytes = match Embedded::get(&name)?.data {
                std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                std::borrow::Cow::Owned(bytes) => bytes.into(),
            };
            Some((format!("/{name}"), bytes))
        })
        .collect();
    Some(raw)
}

#[cfg(not(feature = "embed"))]
fn embedded() -> Option<HashMap<String, Bytes>> {
    None
}

fn kind_of(url: &str) -> &'static str {
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
pub(super) fn etag(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Answers what no route answers: a file of the site, or the shell for the address of a page.
pub async fn page(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    let ours = ["/api/", "/sync/", "/pkg/"]
        .iter()
        .any(|prefix| path.starts_with(prefix));
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let refusal = if ours {
            Refusal::not_found("There is nothing at this address.")
        } else {
            Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This method is not offered here",
                "Pages can only be read.",
            )
            .with_header(header::ALLOW, "GET,HEAD")
        };
        return refusal.into_response();
    }
    if let Some(file) = state.site.files.get(path) {
        return answer_file(file, request.headers());
    }
    let named_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let is_page = path.starts_with("/cmdb/") || !named_file;
    if ours || path == "/api" || path == "/sync" || !is_page {
        return Refusal::not_found("There is nothing at this address.").into_response();
    }
    state.site.shell.answer(request.headers())
}

fn answer_file(file: &File, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    let caching = if file.hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ETAG, file.etag.clone());
    if is_known(asked, &file.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
    let (body, encoding) = match (&file.brotli, &file.gzip) {
        (Some(brotli), _) if accepts(asked, "br") => (brotli, Some("br")),
        (_, Some(gzip)) if accepts(asked, "gzip") => (gzip, Some("gzip")),
        _ => (&file.plain, None),
    };
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    (headers, Body::from(body.clone())).into_response()
}

pub(super) fn is_known(asked: &HeaderMap, etag: &HeaderValue) -> bool {
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

    #[test]
    fn a_folder_that_is_no_site_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let error = Site::load(Some(folder.path())).err().unwrap().to_string();
        assert!(error.contains("manifest.json"), "{error}");
        std::fs::write(
            folder.path().join("manifest.json"),
            r#"{"js":"/pkg/a.js","wasm":"/pkg/a.wasm","css":"/pkg/a.css","files":[]}"#,
        )
        .unwrap();
        let error = Site::load(Some(folder.path())).err().unwrap().to_string();
        assert!(error.contains("/pkg/a.js"), "{error}");
    }
}
