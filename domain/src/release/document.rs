use crate::grow::Arrange;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cell, DocumentField, Mark, Release};
use crate::files::FileName;
use crate::{BlobId, DocumentId};

/// Most documents of a release, detached ones included.
pub const MAX_DOCUMENTS: usize = 500;
/// Most files of one document: its versions.
pub const MAX_VERSIONS: usize = 100;

/// A file that somebody brings. Its bytes travel apart and may come later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FileRef {
    /// SHA-256 of its bytes.
    pub blob: BlobId,
    /// How many bytes, as its sender says.
    pub bytes: u64,
    /// What its sender takes it for: `application/pdf`. It is served as what its content is.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: FileName,
}

/// One version of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DocumentFile {
    /// The file.
    pub file: FileRef,
    /// Who brought it, and when.
    pub mark: Mark,
}

/// A document of a release (S14): what it is called, and its versions. Taken off softly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Document {
    /// Class, name and description.
    pub fields: BTreeMap<DocumentField, Cell>,
    /// Its versions, the newest last; never empty.
    pub files: Vec<DocumentFile>,
    /// Who took it off, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detached: Option<Mark>,
    /// Last change of anything in it.
    pub mark: Mark,
}

/// The classes of documents (S14), as (value, label).
pub const DOCUMENT_CLASSES: [(&str, &str); 4] = [
    ("attachment", "Attachment"),
    ("legal", "Legal document"),
    ("general", "General document"),
    ("back_out", "Back-out plan"),
];

impl Document {
    /// A text field, `""` if empty.
    #[must_use]
    pub fn text(&self, field: DocumentField) -> &str {
        self.fields.get(&field).map_or("", |cell| cell.value.as_text())
    }

    /// The version that is shown.
    #[must_use]
    pub fn file(&self) -> Option<&DocumentFile> {
        self.files.last()
    }

    /// What people call it: its name, or that of its file.
    #[must_use]
    pub fn title(&self) -> &str {
        match self.text(DocumentField::Name) {
            "" => self
                .file()
                .map_or("a document", |newest| newest.file.name.as_str()),
            name => name,
        }
    }

    /// Its class; an attachment if nothing else was said.
    #[must_use]
    pub fn class(&self) -> &str {
        match self.text(DocumentField::Class) {
            "" => "attachment",
            class => class,
        }
    }
}

impl Release {
    /// Documents that are not taken off, by class and name.
    #[must_use]
    pub fn documents(&self) -> Vec<(DocumentId, &Document)> {
        let place = |class: &str| DOCUMENT_CLASSES.iter().position(|(value, _)| *value == class);
        let mut all: Vec<_> = self
            .documents
            .iter()
            .filter(|(_, document)| document.detached.is_none())
            .map(|(id, document)| (*id, document))
            .collect();
        all.arrange_by(|(a_id, a), (b_id, b)| {
            place(a.class())
                .cmp(&place(b.class()))
                .then_with(|| a.title().cmp(b.title()))
                .then(a_id.cmp(b_id))
        });
        all
    }
}
