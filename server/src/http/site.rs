//! The web pages as files: read once at start, from a folder or from inside the binary, and answered from
//! memory with what the build has compressed already. Files of earlier builds come from the [`Archive`].

use std::collections::HashMap;
use std::io;
use std::path::Path;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Options;
use super::archive::Archive;
use super::problem::Refusal;
use super::shell::{self, Shell};
use super::worker::{self, Kept};
use crate::state::AppState;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

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
    /// The content security policy, for a script that runs by itself.
    policy: Option<HeaderValue>,
}

impl File {
    /// A service worker. Never kept by the browser without asking: it is how a browser learns of a new build.
    fn worker(script: Bytes) -> Self {
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
}

/// The pages of one build; perhaps none.
pub struct Site {
    build: String,
    files: HashMap<String, File>,
    shell: Shell,
    archive: Archive,
}

impl Site {
    /// The site as the operator wants it served.
    ///
    /// # Errors
    /// See [`Site::load`].
    pub fn open(options: &Options) -> io::Result<Self> {
        let mut site = Self::load(options.site.as_deref())?;
        if let Some(folder) = &options.archive {
            site.keep_in(folder);
        }
        if !options.service_worker {
            let off = File::worker(Bytes::from_static(worker::OFF.as_bytes()));
            site.files.insert(worker::URL.to_owned(), off);
            site.shell = site.shell.without_worker();
        }
        Ok(site)
    }

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
            build: String::new(),
            files: HashMap::new(),
            shell: Shell::without_site(),
            archive: Archive::default(),
        }
    }

    fn build(mut raw: HashMap<String, Bytes>) -> io::Result<Self> {
        let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
        let manifest = raw.remove("/manifest.json").ok_or_else(|| {
            wrong("there is no manifest.json; build the pages with `cargo xtask run`".into())
        })?;
        let manifest: Manifest = serde_json::from_slice(&manifest)
            .map_err(|error| wrong(format!("manifest.json cannot be read: {error}")))?;
        let listed = manifest.files.iter().map(|file| &file.url);
        for url in listed.chain([&manifest.js, &manifest.wasm, &manifest.css]) {
            if !raw.contains_key(url) {
                return Err(wrong(format!("manifest.json names {url}, which is not there")));
            }
        }
        let template = raw
            .remove(worker::URL)
            .ok_or_else(|| wrong("there is no sw.js, the service worker".into()))?;
        let hashed: HashMap<&str, bool> = manifest
            .files
            .iter()
            .map(|f| (f.url.as_str(), f.hashed))
            .collect();
        let mut files = HashMap::new();
        for (url, plain) in &raw {
            let twin_of = url.strip_suffix(".br").or_else(|| url.strip_suffix(".gz"));
            if twin_of.is_some_and(|url| url == worker::URL || raw.contains_key(url)) {
                continue;
            }
            let file = File {
                kind: kind_of(url),
                etag: etag(plain),
                hashed: hashed.get(url.as_str()).copied().unwrap_or(false),
                plain: plain.clone(),
                brotli: raw.get(&format!("{url}.br")).cloned(),
                gzip: raw.get(&format!("{url}.gz")).cloned(),
                policy: None,
            };
            files.insert(url.clone(), file);
        }
        let mut kept: Vec<Kept> = files
            .iter()
            .map(|(url, file)| Kept::new(url, &file.plain))
            .collect();
        // The document carries the name of the build, so its draft without a name is what the name rests on.
        let draft = Shell::new(&manifest, "").fingerprint();
        let mut parts = kept.clone();
        parts.extend([Kept::new(shell::URL, &draft), Kept::new(worker::URL, &template)]);
        let build = worker::build_name(&parts);
        let shell = Shell::new(&manifest, &build);
        kept.push(Kept::new(shell::URL, shell.html().as_bytes()));
        let script = std::str::from_utf8(&template)
            .ok()
            .and_then(|template| worker::script(template, &build, &kept))
            .ok_or_else(|| wrong("sw.js has no place for the name and the files of the build".into()))?;
        files.insert(worker::URL.to_owned(), File::worker(script.into()));
        Ok(Self {
            build,
            files,
            shell,
            archive: Archive::default(),
        })
    }

    /// Keeps what this build is asked for by name, and answers for the builds kept before. A disk that cannot
    /// keep it is no reason not to serve.
    fn keep_in(&mut self, folder: &Path) {
        if self.build.is_empty() {
            return;
        }
        let hashed = self.files.iter().filter(|(_, file)| file.hashed);
        let hashed = hashed.map(|(url, file)| (url.as_str(), &*file.plain));
        match Archive::open(folder, &self.build, chrono::Utc::now(), hashed) {
            Ok(archive) => self.archive = archive,
            Err(error) => tracing::warn!(
                %error,
                folder = %folder.display(),
                "files of earlier builds are not kept; tablets that still run one may have to update first"
            ),
        }
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
    let (asked, _) = request.into_parts();
    let path = asked.uri.path();
    let ours = ["/api/", "/sync/", "/pkg/"]
        .iter()
        .any(|prefix| path.starts_with(prefix));
    if !matches!(asked.method, Method::GET | Method::HEAD) {
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
    let site = &state.site;
    if let Some(file) = site.files.get(path) {
        return answer_file(file, &asked.headers);
    }
    if let Some(content) = site.archive.read(path).await {
        let kind = HeaderValue::from_static(kind_of(path));
        return (
            [(header::CACHE_CONTROL, FOR_EVER), (header::CONTENT_TYPE, kind)],
            content,
        )
            .into_response();
    }
    let named_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let is_page = path == shell::URL || path.starts_with("/cmdb/") || !named_file;
    if ours || path == "/api" || path == "/sync" || !is_page {
        return Refusal::not_found("There is nothing at this address.").into_response();
    }
    site.shell.answer(&asked.headers)
}

fn answer_file(file: &File, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    let caching = if file.hashed { FOR_EVER } else { ASK_AGAIN };
    headers.insert(header::CACHE_CONTROL, caching);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ETAG, file.etag.clone());
    // Also with 304: a browser gives what it has the headers of the latest answer.
    if let Some(policy) = &file.policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
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
        for name in ["a.js", "a.wasm", "a.css"] {
            std::fs::create_dir_all(folder.path().join("pkg")).unwrap();
            std::fs::write(folder.path().join("pkg").join(name), name).unwrap();
        }
        let error = Site::load(Some(folder.path())).err().unwrap().to_string();
        assert!(error.contains("sw.js"), "{error}");
        std::fs::write(folder.path().join("sw.js"), "// empty").unwrap();
        let error = Site::load(Some(folder.path())).err().unwrap().to_string();
        assert!(error.contains("no place"), "{error}");
    }
}
