use std::io::{BufRead, Cursor, Read};

use super::{Format, Problem, Refused};

/// How compressed and other well-known binary files begin.
const BINARY: [(&[u8], &str); 8] = [
    (b"\x1f\x8b", "gzip-compressed"),
    (b"\xfd7zXZ", "xz-compressed"),
    (b"\x04\x22\x4d\x18", "lz4-compressed"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed"),
    (b"BZh", "bzip2-compressed"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
];

/// How many bytes are looked at.
const START: u64 = 4096;

/// Looks at the first bytes for what would otherwise give a thousand strange problems: an empty file, a
/// binary one, one of another format. Gives the whole input back.
pub(super) fn check<R: BufRead>(format: Format, name: &str, mut input: R) -> Result<impl BufRead, Problem> {
    let mut start = Vec::new();
    let read = input.by_ref().take(START).read_to_end(&mut start);
    let looked = match read {
        Ok(_) => look(format, &start),
        Err(error) => Err(format!("the file cannot be read: {error}")),
    };
    match looked {
        Ok(()) => Ok(Cursor::new(start).chain(input)),
        Err(reason) => Err(Problem::of_object(Refused::Rest, name, reason)),
    }
}

fn look(format: Format, start: &[u8]) -> Result<(), String> {
    if start.is_empty() {
        return Err("the file is empty".into());
    }
    for (magic, what) in BINARY {
        if start.starts_with(magic) {
            return Err(format!("the file is {what}; give it as plain UTF-8 text"));
        }
    }
    if start.contains(&0) {
        return Err(format!("the file is binary, not {}", expectation(format)));
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let Some(first) = text.iter().find(|byte| !byte.is_ascii_whitespace()) else {
        return Ok(());
    };
    let fits = match format {
        Format::Netbox => *first == b'[',
        Format::Ndjson | Format::Cyclonedx => *first == b'{',
        Format::Csv | Format::DebianPackages => !matches!(first, b'{' | b'[' | b'<'),
    };
    if fits {
        return Ok(());
    }
    let hint = match first {
        b'[' => "It begins like a JSON array: for a NetBox dump choose the format netbox",
        b'{' => "It begins like a JSON object: for one object a line choose ndjson, for an SBOM cyclonedx",
        b'<' => "It begins like XML or a web page",
        _ => "Check the file and the format",
    };
    Err(format!("the file is not {}. {hint}", expectation(format)))
}

fn expectation(format: Format) -> &'static str {
    match format {
        Format::Netbox => "a NetBox dump (a JSON array of objects)",
        Format::Ndjson => "NDJSON (one JSON object a line)",
        Format::Csv => "CSV with a header line",
        Format::DebianPackages => "a Debian `Packages` index",
        Format::Cyclonedx => "a CycloneDX JSON document",
    }
}
