//! Files that are not whole backups, and those that mean harm.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Ground;
use crate::process::fails;

fn packed(text: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Lines with every sum made right again, as somebody would who means harm: of `old` only the content is kept.
fn resealed(old: &[String]) -> Vec<u8> {
    let (mut text, mut part, mut records, mut sums) = (String::new(), String::new(), 0, Vec::new());
    let mut content = String::new();
    for line in old {
        let value: Value = serde_json::from_str(line).unwrap();
        if let Some(name) = value["part"].as_str() {
            (part, records, content) = (name.to_owned(), 0, String::new());
        } else if value.get("end").is_some() {
            let sum = json!({ "part": part, "records": records, "sha256": hex(content.as_bytes()) });
            text += &format!("{}\n", json!({ "end": sum }));
            sums.push(sum);
            continue;
        } else if value.get("manifest").is_some() || value.get("sha256").is_some() {
            continue;
        } else if value.get("backup").is_none() {
            records += u32::from(value.get("data").is_none());
            content += &format!("{line}\n");
        }
        text += &format!("{line}\n");
    }
    text += &format!("{}\n", json!({ "manifest": { "parts": sums } }));
    text += &format!("{}\n", json!({ "sha256": hex(text.as_bytes()) }));
    packed(text.as_bytes())
}

fn record(json: &str) -> String {
    format!(
        r#"{{"record":{{"check":"{}","is":{json}}}}}"#,
        &hex(json.as_bytes())[..8]
    )
}

struct Case {
    ground: Ground,
    original: Vec<u8>,
    lines: Vec<String>,
}

impl Case {
    fn new() -> Self {
        let ground = Ground::new();
        let (_, file) = ground.small();
        let original = fs::read(file).unwrap();
        let mut text = String::new();
        GzDecoder::new(original.as_slice())
            .read_to_string(&mut text)
            .unwrap();
        let lines = text.lines().map(str::to_owned).collect();
        Self {
            ground,
            original,
            lines,
        }
    }

    /// Asserts that a file is refused with these words, and that nothing of it is restored.
    fn refused(&self, content: &[u8], words: &[&str]) {
        let (file, data) = (self.ground.path("bad.backup"), self.ground.path("target"));
        fs::write(&file, content).unwrap();
        for arguments in [
            vec!["restore", &file, "--data", &data],
            vec!["restore", &file, "--dry-run"],
            vec!["backup", "--verify", &file],
        ] {
            // What only the database finds out is found out while restoring.
            if arguments.len() == 3 && words.contains(&"only while restoring") {
                continue;
            }
            let errors = fails(1, &arguments);
            for word in words.iter().filter(|word| **word != "only while restoring") {
                assert!(errors.contains(word), "{arguments:?}: {errors} should say {word}");
            }
            assert!(!Path::new(&data).join("db").exists() && !Path::new(&data).join("restoring").exists());
        }
    }

    /// The lines with one exchanged, nothing else made right.
    fn with_line(&self, at: usize, line: &str) -> Vec<u8> {
        let mut lines = self.lines.clone();
        lines[at] = line.to_owned();
        packed((lines.join("\n") + "\n").as_bytes())
    }

    /// The lines with some added to a part, and every sum right.
    fn with_more(&self, part: &str, more: &[String]) -> Vec<u8> {
        let mut lines = self.lines.clone();
        let begin = self.at(&format!(r#"{{"part":"{part}"}}"#));
        lines.splice(begin + 1..=begin, more.iter().cloned());
        resealed(&lines)
    }

    fn at(&self, beginning: &str) -> usize {
        self.lines
            .iter()
            .position(|line| line.starts_with(beginning))
            .unwrap()
    }
}

#[test]
fn files_that_are_no_backups_say_so() {
    let case = Case::new();
    case.refused(b"", &["empty"]);
    case.refused(b"hello", &["not a backup"]);
    case.refused(&packed(b"hello\n"), &["not a backup"]);
    case.refused(
        &packed(br#"{"backup":{"format":2,"new":"things"}}"#),
        &["cut off"],
    );
    case.refused(
        &packed(b"{\"backup\":{\"format\":2,\"new\":\"things\"}}\n"),
        &["format 2", "format 1"],
    );
    let header = case.lines[0].replace(
        "\"schema\":[",
        "\"schema\":[{\"name\":\"0000_other\",\"sha256\":\"\"},",
    );
    let mut lines = case.lines.clone();
    lines[0] = header;
    case.refused(&resealed(&lines), &["only while restoring", "0000_other"]);
    let missing = fails(1, &["backup", "--verify", "/nowhere/x"]);
    assert!(missing.contains("/nowhere/x"), "{missing}");
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let case = Case::new();
    let size = case.original.len();
    for keep in [1, 5, 11, size / 3, size / 2, size - 30, size - 9, size - 1] {
        case.refused(&case.original[..keep], &[]);
    }
    case.refused(&case.original[..size / 2], &["line ", "cut off"]);
    let more = [case.original.as_slice(), b"x"].concat();
    case.refused(&more, &["something follows"]);
}

#[test]
fn a_bit_that_flipped_is_found() {
    let case = Case::new();
    // The name of the operating system in the header of gzip may be anything.
    for at in (10..case.original.len()).step_by(211) {
        let mut flipped = case.original.clone();
        flipped[at] ^= 1 << (at % 8);
        let file = case.ground.path("flipped.backup");
        fs::write(&file, flipped).unwrap();
        let errors = fails(1, &["backup", "--verify", &file]);
        assert!(errors.starts_with("slipway: "), "{at}: {errors}");
    }
}

#[test]
fn changed_content_is_named_with_its_place() {
    let case = Case::new();
    let user = case.at(r#"{"part":"user"}"#) + 1;
    let renamed = case.lines[user].replace("ada", "eve");
    assert_ne!(renamed, case.lines[user]);
    let place = format!("line {}, part `user`", user + 1);
    case.refused(
        &case.with_line(user, &renamed),
        &[&place, "checksum of this record"],
    );
    let end = case.at(r#"{"end":{"part":"user","#);
    let counts = case.lines[end].replace("\"records\":1", "\"records\":2");
    case.refused(
        &case.with_line(end, &counts),
        &["part `user` holds 1 records and should hold 2"],
    );

    let gone: Vec<&String> = case.lines[..user - 1]
        .iter()
        .chain(&case.lines[end + 1..])
        .collect();
    let text: String = gone.iter().map(|line| format!("{line}\n")).collect();
    case.refused(&packed(text.as_bytes()), &["part `user` is missing"]);
    let last = case.lines.len() - 1;
    case.refused(
        &case.with_line(last, &case.lines[last].replace(':', ": ")[..20]),
        &["cannot be read"],
    );
    case.refused(
        &case.with_line(last, r#"{"sha256":"00"}"#),
        &["whole file does not match"],
    );
}

#[test]
fn paths_and_tables_of_its_own_are_refused_even_with_right_sums() {
    let case = Case::new();
    for name in ["../../etc", "a/b", "", "CI", "$x"] {
        let mut lines = case.lines.clone();
        let part = case.at(r#"{"part":"user"}"#);
        lines[part] = json!({ "part": name }).to_string();
        case.refused(&resealed(&lines), &["not the name of a part"]);
    }
    let hash = hex(b"x");
    for path in [
        "../x".to_owned(),
        format!("../{hash}"),
        format!("/tmp/{hash}"),
        format!("ab/../../{hash}"),
    ] {
        let more = [
            json!({ "blob": { "path": path, "bytes": 1 } }).to_string(),
            json!({ "data": "eA==" }).to_string(),
        ];
        case.refused(&case.with_more("blobs", &more), &["not the path of a file"]);
    }
    let other = [
        json!({ "blob": { "path": hash, "bytes": 1 } }).to_string(),
        json!({ "data": "eQ==" }).to_string(),
    ];
    case.refused(&case.with_more("blobs", &other), &["not what its name says"]);
    let session = record(r#"{"id":{"$record":["session","x"]}}"#);
    case.refused(
        &case.with_more("user", std::slice::from_ref(&session)),
        &["not one of this table"],
    );
    let tagged = record(r#"{"id":{"$record":["user","x"]},"login":{"$sql":"DELETE user"}}"#);
    case.refused(&case.with_more("user", &[tagged]), &["means nothing here"]);
    // Signing somebody in by a backup.
    let mut lines = case.lines.clone();
    let manifest = case.at(r#"{"manifest""#);
    let part = [
        json!({ "part": "session" }).to_string(),
        session,
        json!({ "end": null }).to_string(),
    ];
    lines.splice(manifest..manifest, part);
    case.refused(&resealed(&lines), &["only while restoring", "does not have"]);
    let wrong = record(r#"{"id":{"$record":["user","x"]},"login":7}"#);
    case.refused(
        &case.with_more("user", &[wrong]),
        &["only while restoring", "user:x"],
    );
}
