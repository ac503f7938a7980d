use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Error;
use super::format::{BlobHead, Checked, Header, Line, Manifest, Sum, check_of};

/// Writes the lines of a backup and keeps their sums; [`Writer::take`] hands out what is ready.
pub(super) struct Writer {
    out: GzEncoder<Vec<u8>>,
    all: Sha256,
    part: Option<Open>,
    sums: Vec<Sum>,
}

/// The part being written.
struct Open {
    name: String,
    records: u64,
    lines: Sha256,
}

impl Writer {
    pub(super) fn new(header: Header) -> Result<Self, Error> {
        let mut writer = Self {
            out: GzEncoder::new(Vec::new(), Compression::fast()),
            all: Sha256::new(),
            part: None,
            sums: Vec::new(),
        };
        writer.line(&Line::Backup(header))?;
        Ok(writer)
    }

    pub(super) fn begin(&mut self, part: &str) -> Result<(), Error> {
        self.line(&Line::Part(part.to_owned()))?;
        self.part = Some(Open {
            name: part.to_owned(),
            records: 0,
            lines: Sha256::new(),
        });
        Ok(())
    }

    pub(super) fn record(&mut self, json: String) -> Result<(), Error> {
        let check = check_of(&json).into();
        let json = RawValue::from_string(json).map_err(|e| broken(&e.into()))?;
        self.counted(&Line::Record(Checked { check, is: &json }))
    }

    pub(super) fn blob(&mut self, path: String, bytes: u64) -> Result<(), Error> {
        self.counted(&Line::Blob(BlobHead { path, bytes }))
    }

    pub(super) fn data(&mut self, data: &[u8]) -> Result<(), Error> {
        self.line(&Line::Data(STANDARD.encode(data)))
    }

    pub(super) fn end(&mut self) -> Result<(), Error> {
        let Some(part) = self.part.take() else {
            return Ok(());
        };
        let sum = Sum {
            part: part.name,
            records: part.records,
            sha256: format!("{:x}", part.lines.finalize()),
        };
        self.sums.push(sum.clone());
        self.line(&Line::End(sum))
    }

    /// The rest of the file, the digest over its lines and what its parts hold.
    pub(super) fn finish(mut self) -> Result<(Vec<u8>, String, Vec<Sum>), Error> {
        let parts = self.sums.clone();
        self.line(&Line::Manifest(Manifest { parts }))?;
        let sha256 = format!("{:x}", self.all.clone().finalize());
        self.line(&Line::Sha256(sha256.clone()))?;
        let rest = self.out.finish().map_err(|e| broken(&e))?;
        Ok((rest, sha256, self.sums))
    }

    /// What is ready to be sent, once there is enough of it.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let ready = self.out.get_mut();
        (ready.len() >= 64 * 1024).then(|| std::mem::take(ready))
    }

    fn counted(&mut self, line: &Line<'_>) -> Result<(), Error> {
        self.line(line)?;
        if let Some(part) = &mut self.part {
            part.records += 1;
        }
        Ok(())
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), Error> {
        let mut text = serde_json::to_vec(line).map_err(|e| broken(&e.into()))?;
        text.push(b'\n');
        self.all.update(&text);
        if let Some(part) = &mut self.part {
            part.lines.update(&text);
        }
        self.out.write_all(&text).map_err(|e| broken(&e))
    }
}

/// Writing to memory does not fail; a value that is no JSON would.
fn broken(error: &std::io::Error) -> Error {
    Error::Refused(format!("the backup cannot be written: {error}"))
}
