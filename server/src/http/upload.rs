//! Receives files: as a raw body or as `multipart/form-data`, straight to disk, never into memory.

use std::path::Path;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use domain::shorten;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio_stream::StreamExt;

use super::problem::Refusal;

/// A sender that is silent for longer has gone.
const SILENCE: Duration = Duration::from_secs(30);
/// Most files in one upload.
const MOST_FILES: usize = 20;
/// What a raw body may say it is; the format is in the query. The last is what curl says by itself.
const RAW: [&str; 8] = [
    "application/json",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "text/csv",
    "text/plain",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
];

/// A file on disk that goes away with this value.
#[derive(Debug)]
pub struct Upload {
    /// The sender's name for it, shortened; never used as a path.
    pub name: String,
    /// Where it is.
    pub file: NamedTempFile,
}

/// Receives the files of a request into `folder`, together at most `limit` bytes.
///
/// # Errors
/// 400 when the body breaks off or is no multipart, 413 over the limit, 415 for a content type that is no file,
/// 422 for a multipart without a file.
pub async fn receive(request: Request, folder: &Path, limit: u64) -> Result<Vec<Upload>, Refusal> {
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(Refusal::too_large(limit));
    }
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .map(|kind| kind.to_str().unwrap_or("?").to_ascii_lowercase());
    let essence = kind
        .as_deref()
        .map(|kind| kind.split(';').next().unwrap_or_default().trim());
    match essence {
        Some("multipart/form-data") => multipart(request, folder, limit).await,
        None => raw(request, folder, limit).await,
        Some(essence) if RAW.contains(&essence) => raw(request, folder, limit).await,
        Some(essence) => Err(Refusal::wrong_type(format!(
            "`{}` is not read here; send the file as application/octet-stream or multipart/form-data.",
            shorten(essence)
        ))),
    }
}

async fn raw(request: Request, folder: &Path, limit: u64) -> Result<Vec<Upload>, Refusal> {
    let mut body = request.into_body().into_data_stream();
    let mut sink = Sink::new(folder, limit).await?;
    while let Some(chunk) = patiently(body.next()).await? {
        let chunk = chunk.map_err(|error| Refusal::malformed(format!("The body broke off: {error}.")))?;
        sink.write(&chunk).await?;
    }
    Ok(vec![sink.finish("upload".into()).await?])
}

async fn multipart(request: Request, folder: &Path, limit: u64) -> Result<Vec<Upload>, Refusal> {
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| Refusal::malformed("The multipart body has no boundary in its content type."))?;
    let mut uploads = Vec::new();
    let mut left = limit;
    while let Some(mut field) = patiently(parts.next_field())
        .await?
        .map_err(|e| broken(&e, limit))?
    {
        if uploads.len() == MOST_FILES {
            return Err(Refusal::invalid("file", format!("more than {MOST_FILES} files")));
        }
        // A part without a file name is a form field; options come in the query.
        let name = field.file_name().map(shorten);
        let mut sink = Sink::new(folder, left).await?;
        while let Some(chunk) = patiently(field.chunk()).await?.map_err(|e| broken(&e, limit))? {
            sink.write(&chunk).await?;
        }
        left = left.saturating_sub(sink.written);
        if let Some(name) = name {
            uploads.push(sink.finish(name).await?);
        }
    }
    if uploads.is_empty() {
        return Err(Refusal::invalid(
            "file",
            "the form holds no file; add a part with a file name",
        ));
    }
    Ok(uploads)
}

fn broken(error: &MultipartError, limit: u64) -> Refusal {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::too_large(limit)
    } else {
        Refusal::malformed(format!(
            "The multipart body cannot be read: {}.",
            error.body_text()
        ))
    }
}

async fn patiently<T>(next: impl Future<Output = T>) -> Result<T, Refusal> {
    tokio::time::timeout(SILENCE, next)
        .await
        .map_err(|_| Refusal::malformed(format!("Nothing more arrived for {} seconds.", SILENCE.as_secs())))
}

struct Sink {
    file: NamedTempFile,
    out: tokio::io::BufWriter<tokio::fs::File>,
    limit: u64,
    written: u64,
}

impl Sink {
    async fn new(folder: &Path, limit: u64) -> Result<Self, Refusal> {
        let folder = folder.to_owned();
        let made = tokio::task::spawn_blocking(move || {
            let file = tempfile::Builder::new()
                .prefix("slipway-upload-")
                .tempfile_in(folder)?;
            let out = file.reopen()?;
            Ok::<_, std::io::Error>((file, out))
        });
        let (file, out) = made
            .await
            .map_err(|error| Refusal::internal(error.to_string()))?
            .map_err(|error| cannot_keep(&error))?;
        let out = tokio::io::BufWriter::with_capacity(256 * 1024, tokio::fs::File::from_std(out));
        Ok(Self {
            file,
            out,
            limit,
            written: 0,
        })
    }

    async fn write(&mut self, chunk: &Bytes) -> Result<(), Refusal> {
        self.written += chunk.len() as u64;
        if self.written > self.limit {
            return Err(Refusal::too_large(self.limit));
        }
        self.out
            .write_all(chunk)
            .await
            .map_err(|error| cannot_keep(&error))
    }

    async fn finish(mut self, name: String) -> Result<Upload, Refusal> {
        self.out.flush().await.map_err(|error| cannot_keep(&error))?;
        Ok(Upload {
            name,
            file: self.file,
        })
    }
}

fn cannot_keep(error: &std::io::Error) -> Refusal {
    Refusal::internal(format!("an upload could not be kept on disk: {error}"))
}
