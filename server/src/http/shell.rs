//! The one HTML document. It holds the skeleton of the frame, so that the first paint is not blank, and
//! starts the application; all pages are drawn in the browser.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::site::{Manifest, etag, is_known};
use super::worker::integrity;

/// Where the document is also found under a name of its own: what a device keeps for every page.
pub const URL: &str = "/shell.html";

/// The skeleton: rail, bar and lines where the frame will be, in the colours of either theme.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0}\
#splash{position:fixed;inset:0;display:grid;grid-template:3.5rem 1fr/14rem 1fr;\
background:light-dark(#f6f7f9,#12161c);font:1rem/1.5 system-ui,sans-serif;color:light-dark(#1b2430,#e6eaf0)}\
#splash>i{background:light-dark(#fff,#181d25);border:solid light-dark(#dfe3e8,#2a323d);border-width:0 0 1px}\
#splash>i+i{grid-column:1;border-width:0 1px 0 0}\
#splash>i:first-child{grid-column:1/-1}\
#splash>div{padding:2rem}\
#splash b{display:block;height:1rem;margin:0 0 1rem;border-radius:.25rem;max-width:40rem;\
background:light-dark(#e4e8ed,#242b35)}\
#splash b:first-child{height:2rem;max-width:16rem}\
@media(max-width:48rem){#splash{grid-template:3.5rem 1fr/1fr}#splash>i+i{display:none}}";

/// Icons, colours of the window, and what iPadOS wants to hear before it installs a page.
const INSTALLABLE: &str = "\
<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n\
<link rel=\"apple-touch-icon\" href=\"/icon-180.png\">\n\
<link rel=\"manifest\" href=\"/manifest.webmanifest\">\n\
<meta name=\"theme-color\" content=\"#f6f7f9\" media=\"(prefers-color-scheme: light)\">\n\
<meta name=\"theme-color\" content=\"#12161c\" media=\"(prefers-color-scheme: dark)\">\n\
<meta name=\"mobile-web-app-capable\" content=\"yes\">\n\
<meta name=\"apple-mobile-web-app-capable\" content=\"yes\">\n\
<meta name=\"apple-mobile-web-app-title\" content=\"Slipway\">\n\
<meta name=\"apple-mobile-web-app-status-bar-style\" content=\"default\">\n";

/// The document and the headers that go with it.
pub struct Shell {
    html: String,
    policy: HeaderValue,
    etag: HeaderValue,
    preload: Option<HeaderValue>,
}

impl Shell {
    /// The document for a build of this name. Its script holds a lock with the name of the build's cache as long
    /// as the page lives: the service worker drops a build only when nobody holds its lock.
    #[must_use]
    pub fn new(manifest: &Manifest, build: &str) -> Self {
        let (js, wasm, css) = (
            attribute(&manifest.js),
            attribute(&manifest.wasm),
            attribute(&manifest.css),
        );
        let script = format!(
            "navigator.locks?.request({},{{mode:'shared'}},()=>new Promise(()=>{{}}));\
             import({}).then(app=>app.default({{module_or_path:{}}})).catch(e=>{{console.error(e);\
             document.getElementById('splash-failed')?.removeAttribute('hidden')}});",
            script_text(&format!("app-{build}")),
            script_text(&manifest.js),
            script_text(&manifest.wasm)
        );
        let html = format!(
            "<!doctype html>\n<html lang=\"en\" data-build=\"{build}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n\
             <title>Slipway</title>\n<meta name=\"description\" content=\"Release management for IT infrastructure\">\n\
             <style>{STYLE}</style>\n\
             <link rel=\"preload\" href=\"{wasm}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
             <link rel=\"modulepreload\" href=\"{js}\">\n\
             <link rel=\"stylesheet\" href=\"{css}\">\n\
             {INSTALLABLE}\
             <script type=\"module\">{script}</script>\n</head>\n<body>\n\
             <div id=\"splash\"><i></i><i></i><div><b></b><b></b><b></b>\
             <noscript>Slipway needs JavaScript and WebAssembly.</noscript>\
             <p id=\"splash-failed\" hidden>Slipway did not start in this browser. Close every window of Slipway and \
             open it again; if that does not help, update the browser.</p></div></div>\n</body>\n</html>\n"
        );
        let policy = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' '{}'; style-src 'self' '{}'; \
             img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
             worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            integrity(script.as_bytes()),
            integrity(STYLE.as_bytes())
        );
        let preload = format!(
            "<{js}>; rel=modulepreload, <{wasm}>; rel=preload; as=fetch; type=application/wasm; crossorigin, \
             <{css}>; rel=preload; as=style"
        );
        Self {
            etag: etag(html.as_bytes()),
            html,
            policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
            preload: HeaderValue::from_str(&preload).ok(),
        }
    }

    /// The page of a server that has no pages: it says how to get them.
    #[must_use]
    pub fn without_site() -> Self {
        let html = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Slipway</title></head>\n\
            <body><h1>Slipway</h1>\n<p>This server runs without its web pages. Build and serve them with \
            <code>cargo xtask run</code>, or start it with <code>slipway serve --site DIR</code> where DIR is a built \
            site.</p>\n<p>The programming interface works: <a href=\"/api/v1/openapi.json\">its description</a>.</p>\n\
            </body></html>\n"
            .to_owned();
        Self {
            etag: etag(html.as_bytes()),
            html,
            policy: HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
            preload: None,
        }
    }

    /// The same, telling the application not to register a service worker: registering again, while a page is
    /// still open, would keep the one that is about to remove itself.
    #[must_use]
    pub fn without_worker(self) -> Self {
        let html = self.html.replacen("<html ", "<html data-worker=\"off\" ", 1);
        Self {
            etag: etag(html.as_bytes()),
            html,
            ..self
        }
    }

    /// The document itself.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
    }

    /// All that a device keeps of it: the document and its policy.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        [self.html.as_bytes(), self.policy.as_bytes()].concat()
    }

    /// The document, or 304 for a browser that has it.
    #[must_use]
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        if is_known(asked, &self.etag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        if let Some(preload) = &self.preload {
            headers.insert(header::LINK, preload.clone());
        }
        (headers, Html(self.html.clone())).into_response()
    }
}

/// Addresses come from our own build; escaping keeps a strange one from becoming markup.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn script_text(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_inline_part_is_covered_by_its_digest_and_nothing_else_is_inline() {
        let manifest: Manifest =
            serde_json::from_str(r#"{"js":"/pkg/s.1.js","wasm":"/pkg/s.1.wasm","css":"/pkg/s.1.css"}"#)
                .unwrap();
        let shell = Shell::new(&manifest, "1f0c3a5b9d2e");
        let policy = shell.policy.to_str().unwrap();
        let between = |open: &str, close: &str| {
            let from = shell.html.find(open).unwrap() + open.len();
            let length = shell.html[from..].find(close).unwrap();
            shell.html[from..from + length].to_owned()
        };
        assert!(
            policy.contains(&integrity(
                between("<script type=\"module\">", "</script>").as_bytes()
            )),
            "{policy}"
        );
        assert!(
            policy.contains(&integrity(between("<style>", "</style>").as_bytes())),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !shell.html.contains(" style="),
            "{policy}"
        );
        assert_eq!(shell.html.matches("<script").count(), 1);
        assert!(policy.contains("worker-src 'self'") && policy.contains("'wasm-unsafe-eval'"));
        assert!(
            shell.html.contains("request(\"app-1f0c3a5b9d2e\""),
            "{}",
            shell.html
        );
    }
}
