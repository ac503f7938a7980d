//! Documents: attached, followed by new versions, taken off softly. They accompany a release through its whole life.

use std::collections::BTreeMap;

use super::{Ctx, Done, Refusal, applied, is_newer, kept, malformed, no_such, register};
use crate::files::Kind;
use crate::release::{
    Document, DocumentField, DocumentFile, FieldVer, FileRef, MAX_DOCUMENTS, MAX_VERSIONS, Release, Value,
};
use crate::sync::journal::Category;
use crate::sync::outcome::{MergeNote, Reason, Verdict};
use crate::{DocumentId, shorten};

/// A new document, or a new version of one. One that was taken off meanwhile is there again: nothing is lost.
pub(super) fn attach(
    release: &mut Release,
    id: DocumentId,
    file: &FileRef,
    fields: &BTreeMap<DocumentField, Value>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    check(file)?;
    let version = DocumentFile {
        file: file.clone(),
        mark: ctx.mark(),
    };
    let Some(document) = release.documents.get_mut(&id) else {
        return add(release, id, version, fields, ctx);
    };
    if !fields.is_empty() {
        return Err(Reason::Duplicate {
            what: format!("The document {id}"),
        }
        .into());
    }
    if document.files.len() >= MAX_VERSIONS {
        return Err(Reason::TooMany {
            what: format!("A document has at most {MAX_VERSIONS} versions."),
        }
        .into());
    }
    let before = document.file().map_or(Value::Empty, words);
    let text = format!("brought a new version of document “{}”", document.title());
    let after = words(&version);
    document.files.push(version);
    document.mark = ctx.mark();
    let back = document.detached.take().is_some();
    let (verdict, note) = applied(Category::Document, text, before, after);
    let verdict = if back {
        Verdict::Merged(MergeNote::KeptElement)
    } else {
        verdict
    };
    Ok((verdict, note))
}

fn add(
    release: &mut Release,
    id: DocumentId,
    version: DocumentFile,
    fields: &BTreeMap<DocumentField, Value>,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    if release.documents.len() >= MAX_DOCUMENTS {
        return Err(Reason::TooMany {
            what: format!("A release has at most {MAX_DOCUMENTS} documents."),
        }
        .into());
    }
    let mark = ctx.mark();
    let fields = register::first_values(fields, |field| (field.kind(), field.label()), mark)?;
    let after = words(&version);
    let document = Document {
        fields,
        files: vec![version],
        detached: None,
        mark,
    };
    let text = format!("attached document “{}”", document.title());
    release.documents.insert(id, document);
    Ok(applied(Category::Document, text, Value::Empty, after))
}

fn check(file: &FileRef) -> Result<(), Refusal> {
    if file.bytes == 0 {
        return Err(malformed("file.bytes: an empty file shows nothing"));
    }
    if Kind::from_media(&file.kind).is_none() {
        return Err(malformed(format!(
            "file.type: `{}` is not kept here. Photos, PDF, documents of office suites and plain text are; attach it as \
             one of these",
            shorten(&file.kind)
        )));
    }
    Ok(())
}

/// A version as the journal writes it: name, bytes, content.
fn words(version: &DocumentFile) -> Value {
    let FileRef {
        name, bytes, blob, ..
    } = &version.file;
    format!("{name}, {bytes} bytes, SHA-256 {blob}").into()
}

/// Takes a document off; it and its versions stay in the history. One that got a new version meanwhile is kept.
pub(super) fn detach(
    release: &mut Release,
    id: DocumentId,
    base: FieldVer,
    ctx: &Ctx<'_>,
) -> Result<Done, Refusal> {
    let document = known(release, id)?;
    let text = format!("took off document “{}”", document.title());
    let before = document.file().map_or(Value::Empty, words);
    if document.detached.is_some() {
        return Ok(register::plain(Category::Document, text));
    }
    if is_newer(document.mark.ver, base, ctx)?.is_newer() {
        return Ok(kept(Category::Document, text));
    }
    document.detached = Some(ctx.mark());
    document.mark = ctx.mark();
    Ok(applied(Category::Document, text, before, Value::Empty))
}

/// Puts a document back that was taken off.
pub(super) fn reattach(release: &mut Release, id: DocumentId, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let document = known(release, id)?;
    let text = format!("put document “{}” back", document.title());
    if document.detached.take().is_some() {
        document.mark = ctx.mark();
    }
    Ok(register::plain(Category::Document, text))
}

fn known(release: &mut Release, id: DocumentId) -> Result<&mut Document, Refusal> {
    release
        .documents
        .get_mut(&id)
        .ok_or_else(|| no_such(format!("document {id}")))
}
