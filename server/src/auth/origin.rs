//! Cross-site request forgery: a browser says where a request comes from, and one that changes something
//! under a cookie must come from our own pages. No token is needed for that in today's browsers.

use axum::http::{HeaderMap, Method, Uri, header};

/// Where a request comes from, as the browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From our own pages, or typed by the person.
    Own,
    /// From somewhere else.
    Foreign,
    /// It does not say: no browser, or a very old one.
    Unsaid,
}

/// Reads `Sec-Fetch-Site`, or failing that compares `Origin` with `Host`.
#[must_use]
pub fn of(headers: &HeaderMap) -> Origin {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &axum::http::HeaderValue| v.to_str().ok())
    };
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return match site {
            "same-origin" | "none" => Origin::Own,
            _ => Origin::Foreign,
        };
    }
    let Some(origin) = text(header::ORIGIN) else {
        return Origin::Unsaid;
    };
    let host = origin
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.authority().cloned());
    match (host, text(header::HOST)) {
        (Some(theirs), Some(ours)) if theirs.as_str().eq_ignore_ascii_case(ours) => Origin::Own,
        _ => Origin::Foreign,
    }
}

/// Whether a method may change something.
#[must_use]
pub fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&'static str, &'static str)]) -> Origin {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        of(&headers)
    }

    #[test]
    fn the_browser_says_where_it_comes_from() {
        assert_eq!(given(&[]), Origin::Unsaid);
        assert_eq!(given(&[("sec-fetch-site", "same-origin")]), Origin::Own);
        assert_eq!(given(&[("sec-fetch-site", "none")]), Origin::Own);
        assert_eq!(given(&[("sec-fetch-site", "same-site")]), Origin::Foreign);
        assert_eq!(given(&[("sec-fetch-site", "cross-site")]), Origin::Foreign);
        let own = [
            ("origin", "https://slipway.test:8443"),
            ("host", "slipway.test:8443"),
        ];
        assert_eq!(given(&own), Origin::Own);
        assert_eq!(
            given(&[("origin", "https://evil.test"), ("host", "slipway.test")]),
            Origin::Foreign
        );
        assert_eq!(
            given(&[("origin", "null"), ("host", "slipway.test")]),
            Origin::Foreign
        );
        assert_eq!(
            given(&[("sec-fetch-site", "cross-site"), own[0], own[1]]),
            Origin::Foreign,
            "Sec-Fetch-Site cannot be forged by a page and wins"
        );
    }
}
