//! Every failure over HTTP is `application/problem+json` (RFC 9457) with a stable `code`.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::wire::problem::{FieldError, Problem};

use crate::db;

/// What went wrong, for the log only; carried in the extensions of a response.
#[derive(Debug, Clone)]
pub struct LogDetail(pub String);

/// An answer that is not what was asked for.
#[derive(Debug)]
pub struct Refusal(Box<Content>);

#[derive(Debug)]
struct Content {
    problem: Problem,
    headers: Vec<(HeaderName, HeaderValue)>,
    log: Option<String>,
}

impl Refusal {
    /// A refusal with a stable code; `detail` says what is wrong, where, and what to do.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Content {
            problem: Problem::new(status.as_u16(), code, title, detail),
            headers: Vec::new(),
            log: None,
        }))
    }

    /// 400: what was sent cannot be read at all.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            "The request cannot be read",
            detail,
        )
    }

    /// 401: nobody is signed in, or the credentials are wrong, expired or revoked.
    #[must_use]
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "Sign in first", detail)
            .with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"slipway\"")
    }

    /// 403: signed in, without the right to do this.
    #[must_use]
    pub fn not_allowed(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            "You may not do this",
            detail,
        )
    }

    /// 403: a browser sent it on behalf of a page that is not ours.
    #[must_use]
    pub fn foreign_origin() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "Not from our pages",
            "A request that changes something must come from our own pages (same origin), or carry an API token.",
        )
    }

    /// 404: there is no such thing, or the caller may not know of it.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such thing",
            detail,
        )
    }

    /// 409: it was changed meanwhile.
    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "conflict",
            "It is not as you last saw it",
            detail,
        )
    }

    /// 409: another record has this value.
    #[must_use]
    pub fn taken(at: impl Into<String>, message: impl Into<String>) -> Self {
        let (at, message) = (at.into(), message.into());
        let mut refusal = Self::new(
            StatusCode::CONFLICT,
            "taken",
            "This is taken",
            format!("{at}: {message}"),
        );
        refusal.0.problem.errors.push(FieldError { at, message });
        refusal
    }

    /// 409: the change was made on a version of the record that is no longer the newest.
    #[must_use]
    pub fn stale(detail: impl Into<String>, errors: Vec<FieldError>, current: serde_json::Value) -> Self {
        let mut refusal = Self::new(StatusCode::CONFLICT, "stale", "It was changed meanwhile", detail);
        refusal.0.problem.errors = errors;
        refusal.0.problem.current = Some(current);
        refusal
    }

    /// 413: more was sent than is taken here.
    #[must_use]
    pub fn too_large(limit: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is too large",
            format!("At most {limit} bytes are taken here; send less at a time."),
        )
    }

    /// 415: the content type is not one that is read here.
    #[must_use]
    pub fn wrong_type(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "wrong_content_type",
            "This content type is not read here",
            detail,
        )
    }

    /// 422: readable, but a value is wrong.
    #[must_use]
    pub fn invalid(at: impl Into<String>, message: impl Into<String>) -> Self {
        let (at, message) = (at.into(), message.into());
        let mut refusal = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "A value is wrong",
            format!("{at}: {message}"),
        );
        refusal.0.problem.errors.push(FieldError { at, message });
        refusal
    }

    /// 422: readable, but several values are wrong.
    #[must_use]
    pub fn unfit(wrong: Vec<FieldError>) -> Self {
        let mut wrong = wrong.into_iter();
        let Some(first) = wrong.next() else {
            return Self::invalid("body", "is wrong");
        };
        wrong.fold(Self::invalid(first.at, first.message), |refusal, more| {
            refusal.with_error(more.at, more.message)
        })
    }

    /// 429: too often; `seconds` until it is worth trying again.
    #[must_use]
    pub fn too_often(seconds: u64, detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_often",
            "Too many attempts",
            detail,
        )
        .with_header(header::RETRY_AFTER, &seconds.to_string())
    }

    /// 503: not now.
    #[must_use]
    pub fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Not now", detail)
            .with_header(header::RETRY_AFTER, "1")
    }

    /// 500: our fault. `log` goes to the log with the request id, never to the caller.
    #[must_use]
    pub fn internal(log: impl Into<String>) -> Self {
        let mut refusal = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong in the server",
            "The request could not be finished; the server's log has the reason under this answer's x-request-id.",
        );
        refusal.0.log = Some(log.into());
        refusal
    }

    /// The same with one more header. A value that is no header is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// The same with one more wrong place.
    #[must_use]
    pub fn with_error(mut self, at: impl Into<String>, message: impl Into<String>) -> Self {
        let (at, message) = (at.into(), message.into());
        self.0.problem.errors.push(FieldError { at, message });
        self
    }

    /// The problem and the headers alone, for those who answer in another way than by a response. What is
    /// for the log is logged now.
    #[must_use]
    pub fn into_parts(self) -> (Problem, Vec<(HeaderName, HeaderValue)>) {
        if let Some(log) = &self.0.log {
            tracing::error!(detail = %log, "request failed");
        }
        (self.0.problem, self.0.headers)
    }

    /// The status it will answer with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let Content {
            problem,
            headers,
            log,
        } = *self.0;
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        if let Some(log) = log {
            response.extensions_mut().insert(LogDetail(log));
        }
        response
    }
}

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound(detail) => Self::not_found(detail),
            db::Error::NotAllowed(detail) => Self::not_allowed(detail),
            db::Error::Conflict(detail) => Self::conflict(detail),
            db::Error::Taken { at, message } => Self::taken(at, message),
            db::Error::Stale {
                detail,
                errors,
                current,
            } => Self::stale(detail, errors, current),
            db::Error::Invalid { at, message } => Self::invalid(at, message),
            db::Error::Unfit(wrong) => Self::unfit(wrong),
            db::Error::Busy(detail) => Self::busy(detail),
            error @ (db::Error::Unusable(_) | db::Error::Database { .. }) => {
                Self::internal(error.to_string())
            }
        }
    }
}
