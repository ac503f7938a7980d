use std::io::{self, BufRead, BufReader, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};

use super::Error;
use super::blobs;
use super::format::{
    BLOBS, BlobHead, Checked, FORMAT, FirstLine, Header, LONGEST_LINE, Line, Sum, check_of, is_part_name,
};

/// What a backup holds, in its order.
#[derive(Debug)]
pub(super) enum Event {
    /// A record of a table, as JSON.
    Record { part: String, json: String },
    /// A file begins.
    Blob(BlobHead),
    /// The next bytes of it; with the last of them it is what its name says.
    Data(Vec<u8>),
    /// A part is complete.
    End(Sum),
}

/// Reads a backup line by line and believes nothing: every sum is checked as soon as it can be.
pub(super) struct Reader<R> {
    lines: BufReader<GzDecoder<R>>,
    at: u64,
    all: Sha256,
    part: Option<Open>,
    header: Header,
    sums: Vec<Sum>,
    has_manifest: bool,
    /// The digest of the last line, once that was read and right.
    seal: Option<String>,
}

struct Open {
    name: String,
    records: u64,
    lines: Sha256,
    blob: Option<OpenBlob>,
}

struct OpenBlob {
    head: BlobHead,
    bytes: u64,
    content: Sha256,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    pub(super) fn new(mut input: R) -> Result<Self, Error> {
        let damaged = |what: &str| Error::Damaged(what.to_owned());
        let begin = input.fill_buf().map_err(|error| damaged(&error.to_string()))?;
        match begin {
            [] => return Err(damaged("the file is empty")),
            [0x1f, 0x8b, ..] | [0x1f] => {}
            _ => return Err(damaged("this is not a backup of slipway")),
        }
        let mut lines = BufReader::with_capacity(256 * 1024, GzDecoder::new(input));
        let mut all = Sha256::new();
        let line = read_line(&mut lines)
            .map_err(|what| damaged(&format!("line 1: {what}")))?
            .ok_or_else(|| damaged("the file ends before its first line: it was cut off"))?;
        all.update(&line);
        let first: FirstLine =
            serde_json::from_slice(&line).map_err(|_| damaged("this is not a backup of slipway"))?;
        if first.backup.format != FORMAT {
            return Err(Error::Damaged(format!(
                "the backup has format {}, this version of slipway reads format {FORMAT}; \
                 use the version that wrote it",
                first.backup.format
            )));
        }
        let header = match serde_json::from_slice(&line) {
            Ok(Line::Backup(header)) => header,
            Ok(_) => return Err(damaged("line 1: it does not say what the backup is of")),
            Err(error) => return Err(Error::Damaged(format!("line 1: {error}"))),
        };
        Ok(Self {
            lines,
            at: 1,
            all,
            part: None,
            header,
            sums: Vec::new(),
            has_manifest: false,
            seal: None,
        })
    }

    /// What the parts read so far hold, and the digest of all lines once everything was read.
    pub(super) fn into_sums(self) -> (Header, Vec<Sum>, Option<String>) {
        (self.header, self.sums, self.seal)
    }

    /// The next thing; `None` after the last, when all of it was right.
    pub(super) fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            self.at += 1;
            let line = read_line(&mut self.lines).map_err(|what| self.damaged(what))?;
            let Some(line) = line else {
                return Err(self.damaged("the file ends here: it was cut off"));
            };
            let parsed: Line<'_> = serde_json::from_slice(&line)
                .map_err(|error| self.damaged(format!("it cannot be read ({error})")))?;
            if let Line::Sha256(promised) = parsed {
                return self.close(promised).map(|()| None);
            }
            self.all.update(&line);
            let event = self.take(parsed).map_err(|what| self.damaged(what))?;
            if let (Some(part), Some(_)) = (&mut self.part, &event) {
                part.lines.update(&line);
            }
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    fn take(&mut self, line: Line<'_>) -> Result<Option<Event>, String> {
        match (line, &mut self.part) {
            (Line::Part(name), None) if !self.has_manifest => self.open(name).map(|()| None),
            (Line::Record(checked), Some(part)) if part.name != BLOBS => record(part, &checked).map(Some),
            (Line::Blob(head), Some(part)) if part.name == BLOBS && part.blob.is_none() => {
                blob(part, head).map(Some)
            }
            (Line::Data(text), Some(part)) => data(part, &text).map(Some),
            (Line::End(sum), Some(_)) => self.end(&sum).map(|sum| Some(Event::End(sum))),
            (Line::Manifest(manifest), None) if !self.has_manifest => {
                self.has_manifest = true;
                self.compare(&manifest.parts).map(|()| None)
            }
            _ => Err("a line of this kind has no business here".to_owned()),
        }
    }

    fn open(&mut self, name: String) -> Result<(), String> {
        if !is_part_name(&name) {
            return Err(format!("`{}` is not the name of a part", domain::shorten(&name)));
        }
        if self.sums.iter().any(|sum| sum.part == name) {
            return Err(format!("the part `{name}` comes twice"));
        }
        self.part = Some(Open {
            name,
            records: 0,
            lines: Sha256::new(),
            blob: None,
        });
        Ok(())
    }

    fn end(&mut self, sum: &Sum) -> Result<Sum, String> {
        let Some(part) = self.part.take() else {
            return Err("a part ends that did not begin".to_owned());
        };
        if let Some(blob) = part.blob {
            return Err(format!("the file {} is not complete", blob.head.path));
        }
        let found = Sum {
            part: part.name,
            records: part.records,
            sha256: format!("{:x}", part.lines.finalize()),
        };
        if found.part != sum.part {
            return Err(format!("the part `{}` ends as another", found.part));
        }
        if found.records != sum.records {
            return Err(format!(
                "the part `{}` holds {} records and should hold {}",
                found.part, found.records, sum.records
            ));
        }
        if found.sha256 != sum.sha256 {
            return Err(format!(
                "the checksum of the part `{}` does not match",
                found.part
            ));
        }
        self.sums.push(found.clone());
        Ok(found)
    }

    fn compare(&self, manifest: &[Sum]) -> Result<(), String> {
        for sum in manifest {
            match self.sums.iter().find(|found| found.part == sum.part) {
                None => return Err(format!("the part `{}` is missing", domain::shorten(&sum.part))),
                Some(found) if found != sum => {
                    return Err(format!(
                        "the part `{}` is not what the manifest says ({} records, there are {})",
                        sum.part, sum.records, found.records
                    ));
                }
                Some(_) => {}
            }
        }
        match self
            .sums
            .iter()
            .find(|found| manifest.iter().all(|sum| sum.part != found.part))
        {
            Some(extra) => Err(format!("the manifest does not know the part `{}`", extra.part)),
            None => Ok(()),
        }
    }

    fn close(&mut self, promised: String) -> Result<(), Error> {
        if !self.has_manifest {
            return Err(self.damaged("there is no manifest"));
        }
        if format!("{:x}", self.all.clone().finalize()) != promised {
            return Err(self.damaged("the checksum of the whole file does not match"));
        }
        let nothing_more = match self.lines.fill_buf() {
            Ok([]) => self.lines.get_mut().get_mut().fill_buf().map(<[u8]>::is_empty),
            Ok(_) => Ok(false),
            Err(error) => Err(error),
        };
        match nothing_more {
            Ok(true) => {
                self.seal = Some(promised);
                Ok(())
            }
            Ok(false) => Err(self.damaged("something follows the last line")),
            Err(error) => Err(self.damaged(explain(&error))),
        }
    }

    /// Says where.
    pub(super) fn damaged(&self, what: impl std::fmt::Display) -> Error {
        let part = self
            .part
            .as_ref()
            .map(|part| format!(", part `{}`", part.name))
            .unwrap_or_default();
        Error::Damaged(format!("line {}{part}: {what}", self.at))
    }
}

fn record(part: &mut Open, checked: &Checked<'_>) -> Result<Event, String> {
    let json = checked.is.get();
    if check_of(json) != checked.check {
        return Err(format!(
            "the checksum of this record does not match; it begins with {}",
            domain::shorten(json)
        ));
    }
    part.records += 1;
    Ok(Event::Record {
        part: part.name.clone(),
        json: json.to_owned(),
    })
}

fn blob(part: &mut Open, head: BlobHead) -> Result<Event, String> {
    if blobs::hash_in(&head.path).is_none() {
        return Err(format!(
            "`{}` is not the path of a file",
            domain::shorten(&head.path)
        ));
    }
    part.records += 1;
    part.blob = Some(OpenBlob {
        head: head.clone(),
        bytes: 0,
        content: Sha256::new(),
    });
    close_blob(part)?;
    Ok(Event::Blob(head))
}

fn data(part: &mut Open, text: &str) -> Result<Event, String> {
    let Some(blob) = &mut part.blob else {
        return Err("content without a file".to_owned());
    };
    let bytes = STANDARD
        .decode(text)
        .map_err(|error| format!("the content of {} cannot be read ({error})", blob.head.path))?;
    blob.bytes += bytes.len() as u64;
    blob.content.update(&bytes);
    close_blob(part)?;
    Ok(Event::Data(bytes))
}

/// Checks a file once all of it was read.
fn close_blob(part: &mut Open) -> Result<(), String> {
    let Some(blob) = part.blob.take_if(|blob| blob.bytes >= blob.head.bytes) else {
        return Ok(());
    };
    let path = &blob.head.path;
    if blob.bytes > blob.head.bytes {
        return Err(format!("the file {path} is longer than it says"));
    }
    let found = format!("{:x}", blob.content.finalize());
    if blobs::hash_in(path) != Some(found.as_str()) {
        return Err(format!("the file {path} is not what its name says"));
    }
    Ok(())
}

/// A line with its end, or none at the end of the file.
fn read_line(lines: &mut impl BufRead) -> Result<Option<Vec<u8>>, String> {
    let mut line = Vec::new();
    lines
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
        .map_err(|error| explain(&error))?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() as u64 == LONGEST_LINE => Err("the line is too long".to_owned()),
        Some(_) => Err("the file ends within a line: it was cut off".to_owned()),
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the file ends here: it was cut off".to_owned(),
        _ => format!("the compressed content is damaged ({error})"),
    }
}
