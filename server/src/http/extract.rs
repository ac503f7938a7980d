//! Extractors whose rejections are problems: what is wrong, where, and what to do.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::{BadId, shorten};
use serde::de::DeserializeOwned;

use super::problem::Refusal;
use super::routes::BodyLimit;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        from_json(&json_bytes(request).await?).map(Self)
    }
}

/// The bytes of a body that says it is JSON, at most as many as the route takes.
///
/// # Errors
/// 415, 413, or 400 when the body breaks off.
pub async fn json_bytes(request: Request) -> Result<Bytes, Refusal> {
    if !is_json(request.headers()) {
        return Err(Refusal::wrong_type(
            "Send JSON with `content-type: application/json`.",
        ));
    }
    let limit = request
        .extensions()
        .get::<BodyLimit>()
        .copied()
        .unwrap_or_default();
    Bytes::from_request(request, &())
        .await
        .map_err(|rejection| body_refusal(&rejection, limit))
}

/// Reads JSON, telling text that is no JSON (400) from JSON of another shape (422).
///
/// # Errors
/// A refusal that names the place.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().is_data() {
            wrong_shape(error.path(), error.inner())
        } else {
            Refusal::malformed(format!(
                "The body is not JSON: {}.",
                clip(&error.inner().to_string())
            ))
        }
    })?;
    reader
        .end()
        .map_err(|error| Refusal::malformed(format!("There is something after the JSON: {error}.")))?;
    Ok(value)
}

/// Reads a value out of JSON that was read already.
///
/// # Errors
/// 422 naming the place.
pub fn from_value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(value).map_err(|error| wrong_shape(error.path(), error.inner()))
}

fn wrong_shape(path: &serde_path_to_error::Path, error: &serde_json::Error) -> Refusal {
    let at = path.to_string();
    let message = clip(&error.to_string());
    // A name of a map is no place in it: the map is wrong.
    if let Some(map) = at.strip_suffix('?') {
        let message = match message.strip_prefix("unknown variant ") {
            Some(name) => format!("has no {name}"),
            None => message,
        };
        return Refusal::invalid(shorten(named(map.trim_end_matches('.'))), message);
    }
    Refusal::invalid(shorten(named(&at)), message)
}

/// A place in a body; the whole where it is nowhere in particular.
fn named(at: &str) -> &str {
    if at.is_empty() || at == "." { "body" } else { at }
}

/// serde quotes what was sent; a message must not grow with it.
fn clip(message: &str) -> String {
    const LONGEST: usize = 300;
    let mut clipped: String = message.chars().take(LONGEST).collect();
    if clipped.len() < message.len() {
        clipped.push('…');
    }
    clipped
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()) else {
        return false;
    };
    let essence = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn body_refusal(rejection: &BytesRejection, limit: BodyLimit) -> Refusal {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Refusal::too_large(limit.0)
        }
        other => Refusal::malformed(format!("The body broke off: {other}.")),
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let text = parts.uri.query().unwrap_or_default();
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text)
            .map_err(|error| Refusal::malformed(format!("The query string cannot be read: {error}.")))?;
        // An empty value is a filter that was left blank.
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let text = serde_urlencoded::to_string(&pairs)
            .map_err(|error| Refusal::malformed(format!("The query string cannot be read: {error}.")))?;
        let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        serde_path_to_error::deserialize(reader)
            .map(Self)
            .map_err(|error| {
                let at = error.path().to_string();
                let at = if at == "." { "query".to_owned() } else { at };
                Refusal::invalid(shorten(&at), clip(&error.into_inner().to_string()))
            })
    }
}

/// Two path segments that are identities, in their order.
pub struct Segments<A, B>(pub A, pub B);

impl<A, B, S> FromRequestParts<S> for Segments<A, B>
where
    A: std::str::FromStr<Err = BadId> + Send,
    B: std::str::FromStr<Err = BadId> + Send,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::malformed("The path holds an escape that is not UTF-8."))?;
        let unknown = |error: BadId| Refusal::not_found(format!("{error}."));
        Ok(Self(
            first.parse().map_err(unknown)?,
            second.parse().map_err(unknown)?,
        ))
    }
}

/// One path segment that is an identity. What is no such identity cannot exist: 404.
pub struct Segment<T>(pub T);

impl<T, S> FromRequestParts<S> for Segment<T>
where
    T: std::str::FromStr<Err = BadId> + Send,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(segments) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::malformed("The path holds an escape that is not UTF-8."))?;
        let text = segments.into_values().next().unwrap_or_default();
        text.parse()
            .map(Self)
            .map_err(|error| Refusal::not_found(format!("{error}.")))
    }
}
