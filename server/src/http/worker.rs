//! The service worker: `sw.js` of the site with the build and its files filled in, so that a browser keeps
//! exactly what this server serves. Filling in is pure; [`super::site`] serves the text.

use base64::Engine as _;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Address of the worker; its folder is the scope.
pub const URL: &str = "/sw.js";

/// A worker takes its policy from its own answer: it fetches from this server, nothing else.
pub const POLICY: &str = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

/// The worker that removes itself and the builds kept: the operator's kill switch. Part of the server, so that
/// it works whatever is wrong with the site.
pub const OFF: &str = include_str!("worker/off.js");

/// Hex digits of the digest that name a build.
const NAME_DIGITS: usize = 12;

/// Where the two values go in the template. Quoted, so that the template is valid JavaScript.
const BUILD_SLOT: &str = "'{build}'";
const FILES_SLOT: &str = "['{files}']";

/// A file that a device keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    url: String,
    integrity: String,
}

impl Kept {
    /// A file by address and content.
    #[must_use]
    pub fn new(url: &str, content: &[u8]) -> Self {
        Self {
            url: url.to_owned(),
            integrity: integrity(content),
        }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The SHA-256 digest of a content as `integrity` of a request and a content security policy name it.
#[must_use]
pub fn integrity(content: &[u8]) -> String {
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(content));
    format!("sha256-{digest}")
}

/// Name of a build: it changes with every part of it, in whatever order they come.
#[must_use]
pub fn build_name(parts: &[Kept]) -> String {
    let mut lines: Vec<String> = parts
        .iter()
        .map(|part| format!("{} {}\n", part.url, part.integrity))
        .collect();
    lines.sort_unstable();
    let digest = Sha256::digest(lines.concat());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.chars().take(NAME_DIGITS).collect()
}

/// The text of the worker for a build; `None` when the template has no place for a value.
#[must_use]
pub fn script(template: &str, build: &str, files: &[Kept]) -> Option<String> {
    if !template.contains(BUILD_SLOT) || !template.contains(FILES_SLOT) {
        return None;
    }
    let mut files: Vec<(&str, &str)> = files.iter().map(|f| (&*f.url, &*f.integrity)).collect();
    files.sort_unstable();
    Some(
        template
            .replace(BUILD_SLOT, &json!(build).to_string())
            .replace(FILES_SLOT, &json!(files).to_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = include_str!("../../../public/sw.js");

    fn files() -> Vec<Kept> {
        vec![Kept::new("/pkg/b.js", b"b"), Kept::new("/a \"quoted\".svg", b"a")]
    }

    #[test]
    fn the_template_is_filled_in_with_every_file_as_json() {
        let text = script(TEMPLATE, "abc", &files()).unwrap();
        assert!(text.contains("const BUILD = \"abc\";"), "{text}");
        let line = text.lines().find(|line| line.starts_with("const FILES")).unwrap();
        let list = line.trim_start_matches("const FILES = ").trim_end_matches(';');
        // The digests of "a" and "b", as `printf a | openssl dgst -sha256 -binary | base64` writes them.
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(list).unwrap(),
            json!([
                [
                    "/a \"quoted\".svg",
                    "sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="
                ],
                ["/pkg/b.js", "sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0="],
            ])
        );
        assert!(!text.contains("{build}") && !text.contains("{files}"));
    }

    #[test]
    fn a_template_without_a_place_for_the_files_is_noticed() {
        assert_eq!(script("const BUILD = '{build}';", "abc", &files()), None);
        assert_eq!(script("const FILES = ['{files}'];", "abc", &files()), None);
    }

    #[test]
    fn the_name_follows_content_and_address_but_not_order() {
        let name = build_name(&files());
        assert_eq!(name.len(), NAME_DIGITS);
        let mut turned = files();
        turned.reverse();
        assert_eq!(build_name(&turned), name);
        for other in [
            vec![Kept::new("/pkg/b.js", b"B"), files().remove(1)],
            vec![Kept::new("/pkg/c.js", b"b"), files().remove(1)],
            files().split_off(1),
        ] {
            assert_ne!(build_name(&other), name, "{other:?}");
        }
    }

    #[test]
    fn the_kill_switch_takes_over_at_once_and_leaves_nothing_of_a_build() {
        for deed in [
            "skipWaiting()",
            "caches.delete(name)",
            "registration.unregister()",
        ] {
            assert!(OFF.contains(deed), "{deed}");
        }
        assert!(!OFF.contains("'fetch'"), "it answers no request");
    }
}
