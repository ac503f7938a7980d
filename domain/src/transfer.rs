//! File formats to and from the domain: what a CMDB export, a package index or an SBOM says, as CIs and
//! relations.
//!
//! Everything here is pure: bytes come in through a [`BufRead`], records and problems go out one by one.
//! A file is never held in memory; what is kept is one line or object, and what the format forces us to
//! remember (keys already seen, the tables of a NetBox dump). No input makes a reader panic: whatever
//! cannot be taken becomes a [`Problem`] that says where and why, and reading goes on behind it if it can.

mod csv;
mod cyclonedx;
mod debian;
mod export;
mod fields;
mod json;
mod lines;
mod ndjson;
mod netbox;
mod seen;
mod sniff;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::BufRead;
use std::str::FromStr;

use crate::cmdb::{Ci, Relation};
use crate::wire::cmdb::ImportProblem;
use crate::{BadId, ClassKey, shorten};

pub(crate) use csv::Rows;
pub use export::{ci_line, relation_line};
use seen::Seen;

/// A file format that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A JSON dump of NetBox 3.0 to 3.6 (`manage.py dumpdata`).
    Netbox,
    /// One JSON object a line; the format of our own export.
    Ndjson,
    /// `cis.csv` and `relations.csv`, told apart by their headers.
    Csv,
    /// A `Packages` index of a Debian archive.
    DebianPackages,
    /// A software bill of materials, CycloneDX JSON.
    Cyclonedx,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [
        Self::Netbox,
        Self::Ndjson,
        Self::Csv,
        Self::DebianPackages,
        Self::Cyclonedx,
    ];

    /// The word in URLs and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Netbox => "netbox",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::DebianPackages => "debian-packages",
            Self::Cyclonedx => "cyclonedx",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let known = || Self::ALL.map(Self::as_str).join(", ");
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| {
                BadId(format!(
                    "unknown format `{}`; known are {}",
                    shorten(text),
                    known()
                ))
            })
    }
}

/// What a file states.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A configuration item.
    Ci(Box<Ci>),
    /// A relation; whether its ends exist is for the caller to check against file and database.
    Relation(Relation),
}

/// A record and where it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Line in the file, counted from 1; absent where the format has no lines.
    pub line: Option<u64>,
    /// The object: a key or a pointer such as `dcim.device[17]`.
    pub reference: String,
    /// What it states.
    pub record: Record,
}

/// What a [`Problem`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// One configuration item.
    Ci,
    /// One relation.
    Relation,
    /// A detail, such as the owner of a CI or a port; the CI it belongs to was taken without it.
    Detail,
    /// A piece of the file of which one cannot tell what it was meant to be.
    Piece,
    /// Everything from here on, perhaps all: the file is empty, damaged or of another format.
    Rest,
}

/// Something that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What was not taken.
    pub refused: Refused,
    /// Where, and why.
    pub problem: ImportProblem,
}

impl Problem {
    fn at_line(refused: Refused, line: u64, reference: &str, reason: impl Into<String>) -> Self {
        Self {
            refused,
            problem: ImportProblem {
                line: Some(line),
                reference: shorten(reference),
                reason: reason.into(),
            },
        }
    }

    fn of_object(refused: Refused, reference: &str, reason: impl Into<String>) -> Self {
        Self {
            refused,
            problem: ImportProblem {
                line: None,
                reference: shorten(reference),
                reason: reason.into(),
            },
        }
    }
}

/// One thing found in a file.
pub type Found = Result<Entry, Problem>;

/// One import of one or more files of a format. Keys that come twice are recognised across its files.
#[derive(Debug)]
pub struct Import {
    format: Format,
    classes: BTreeSet<ClassKey>,
    seen: Seen,
    skipped: Skipped,
}

/// Kinds of things a format has and we do not map -> how many.
type Skipped = BTreeMap<String, u64>;

impl Import {
    /// An import of files of a format; CIs of other classes than these are refused.
    pub fn new(format: Format, classes: impl IntoIterator<Item = ClassKey>) -> Self {
        Self {
            format,
            classes: classes.into_iter().collect(),
            seen: Seen::default(),
            skipped: Skipped::new(),
        }
    }

    /// Starts reading the next file; `name` is how problems with the file as a whole refer to it.
    pub fn file<'a>(&'a mut self, name: &'a str, input: impl BufRead + Send + 'a) -> Reader<'a> {
        let source: Box<dyn Source + Send + 'a> = match sniff::check(self.format, name, input) {
            Err(problem) => Box::new(Some(problem)),
            Ok(input) => match self.format {
                Format::Netbox => Box::new(netbox::Source::new(name, input)),
                Format::Ndjson => Box::new(ndjson::Source::new(input)),
                Format::Csv => Box::new(csv::Source::new(name, input)),
                Format::DebianPackages => Box::new(debian::Source::new(input)),
                Format::Cyclonedx => Box::new(cyclonedx::Source::new(name, input)),
            },
        };
        Reader { import: self, source }
    }

    /// What the formats have and we do not map, counted over the files read so far: name -> how many.
    #[must_use]
    pub fn skipped(&self) -> &BTreeMap<String, u64> {
        &self.skipped
    }
}

/// The things found in one file, one by one, in file order where the format has one.
///
/// Each CI and each relation comes once: repeating it with the same values is passed over, repeating a CI
/// with other values is a problem.
pub struct Reader<'a> {
    import: &'a mut Import,
    source: Box<dyn Source + Send + 'a>,
}

impl Iterator for Reader<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let entry = match self.source.next(&mut self.import.skipped)? {
                Ok(entry) => entry,
                Err(problem) => return Some(Err(problem)),
            };
            if let Err(reason) = self.check(&entry) {
                let refused = match entry.record {
                    Record::Ci(_) => Refused::Ci,
                    Record::Relation(_) => Refused::Relation,
                };
                let mut problem = Problem::of_object(refused, &entry.reference, reason);
                problem.problem.line = entry.line;
                return Some(Err(problem));
            }
            match self.import.seen.first_time(&entry) {
                Ok(true) => return Some(Ok(entry)),
                Ok(false) => {}
                Err(reason) => {
                    let mut problem = Problem::of_object(Refused::Ci, &entry.reference, reason);
                    problem.problem.line = entry.line;
                    return Some(Err(problem));
                }
            }
        }
    }
}

impl Reader<'_> {
    fn check(&self, entry: &Entry) -> Result<(), String> {
        let Record::Ci(ci) = &entry.record else {
            return Ok(());
        };
        ci.key.fits_address().map_err(|error| error.to_string())?;
        if !self.import.classes.contains(&ci.class) {
            let known: Vec<&str> = self.import.classes.iter().map(ClassKey::as_str).collect();
            return Err(format!(
                "unknown class `{}`; known are {}. Add the class first, or change the file",
                shorten(ci.class.as_str()),
                known.join(", ")
            ));
        }
        ci.check()
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("format", &self.import.format)
            .finish_non_exhaustive()
    }
}

/// What the reader of each format does: the next thing, or the end.
trait Source {
    fn next(&mut self, skipped: &mut Skipped) -> Option<Found>;
}

/// A file that cannot be read at all: the one problem it has.
impl Source for Option<Problem> {
    fn next(&mut self, _: &mut Skipped) -> Option<Found> {
        self.take().map(Err)
    }
}

/// The class of this built-in key.
#[expect(
    clippy::expect_used,
    reason = "only called with keys of BUILT_IN_CLASSES, which are valid"
)]
fn built_in(key: &'static str) -> ClassKey {
    key.parse().expect("a built-in class key")
}

fn count(skipped: &mut Skipped, what: impl Into<String>) {
    *skipped.entry(what.into()).or_default() += 1;
}
