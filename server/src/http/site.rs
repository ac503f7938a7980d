//! The web pages as files: read once at start, from a folder or from inside the binary, and answered from
//! memory with what the build has compressed already. Files of earlier builds come from the [`Archive`].

mod file;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Options;
use super::archive::Archive;
use super::problem::Refusal;
use super::shell::{self, Shell};
use super::worker::{self, Kept};
use crate::state::AppState;
use file::{FOR_EVER, File, kind_of};
pub(super) use file::{etag, is_known};

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
    /// Whether devices take it along.
    #[serde(default = "taken_along")]
    offline: bool,
}

fn taken_along() -> bool {
    true
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
        let mut files = files(&raw, &manifest);
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
        let stays = manifest.files.iter().filter(|file| !file.offline);
        let stays: HashSet<&str> = stays.map(|file| file.url.as_str()).collect();
        kept.retain(|file| !stays.contains(file.url()));
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

/// Everything in the folder but the compressed twins, which go with their file.
fn files(raw: &HashMap<String, Bytes>, manifest: &Manifest) -> HashMap<String, File> {
    let listed = manifest.files.iter();
    let hashed: HashSet<&str> = listed.filter(|f| f.hashed).map(|f| f.url.as_str()).collect();
    let is_twin = |url: &str| {
        let of = url.strip_suffix(".br").or_else(|| url.strip_suffix(".gz"));
        of.is_some_and(|of| of == worker::URL || raw.contains_key(of))
    };
    raw.iter()
        .filter(|(url, _)| !is_twin(url))
        .map(|(url, plain)| {
            let file = File {
                kind: kind_of(url),
                etag: etag(plain),
                hashed: hashed.contains(url.as_str()),
                plain: plain.clone(),
                brotli: raw.get(&format!("{url}.br")).cloned(),
                gzip: raw.get(&format!("{url}.gz")).cloned(),
                policy: None,
            };
            (url.clone(), file)
        })
        .collect()
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
    use include_dir::{Dir, include_dir};

    // The macro reads the variable unseen by cargo: named here so that another folder means another build.
    const _: &str = env!("SLIPWAY_SITE_DIR");
    static PAGES: Dir<'_> = include_dir!("$SLIPWAY_SITE_DIR");

    fn gather(folder: &Dir<'static>, raw: &mut HashMap<String, Bytes>) {
        raw.extend(folder.files().filter_map(|file| {
            let name = file.path().to_str()?;
            Some((format!("/{name}"), Bytes::from_static(file.contents())))
        }));
        folder.dirs().for_each(|inner| gather(inner, raw));
    }

    let mut raw = HashMap::new();
    gather(&PAGES, &mut raw);
    Some(raw)
}

#[cfg(not(feature = "embed"))]
fn embedded() -> Option<HashMap<String, Bytes>> {
    None
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
        return file.answer(&asked.headers);
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

#[cfg(test)]
mod tests {
    use super::*;

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
