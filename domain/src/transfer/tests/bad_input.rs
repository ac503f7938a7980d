use std::io::{BufReader, Read};

use proptest::prelude::*;

use super::*;

/// One problem, about the whole file, that says what to do.
fn refused_whole(format: Format, input: &[u8], word: &str) {
    let found = read(format, input);
    assert_eq!(found.problems.len(), 1, "{format} {:?}", found.reasons());
    assert_eq!(found.problems[0].refused, Refused::Rest);
    let reason = found.reasons()[0];
    assert!(reason.contains(word), "{format}: {reason}");
    assert!(found.cis.is_empty() && found.relations.is_empty());
}

#[test]
fn files_that_are_not_what_they_should_be() {
    for format in Format::ALL {
        refused_whole(format, b"", "empty");
        refused_whole(format, b"\x1f\x8b\x08\0\0", "gzip");
        refused_whole(format, b"PK\x03\x04rest", "ZIP");
        refused_whole(format, b"\xff\xfea\0b\0", "UTF-16");
        refused_whole(format, b"abc\0def", "binary");
        refused_whole(format, b"<!DOCTYPE html>", "XML");
    }
    refused_whole(Format::Netbox, br#"{"type":"ci"}"#, "ndjson");
    refused_whole(Format::Ndjson, b"[{}]", "netbox");
    refused_whole(Format::Csv, b"[{}]", "netbox");
    refused_whole(Format::DebianPackages, b" {\"a\":1}", "ndjson");
    refused_whole(Format::Cyclonedx, b"[1]", "netbox");
    refused_whole(Format::Cyclonedx, br#"{"type":"ci","key":"a"}"#, "bomFormat");
    refused_whole(Format::Csv, b"a,b,c\n1,2,3\n", "key, name and class");
    refused_whole(Format::Csv, b"Package: x\n", "header");
    refused_whole(Format::Csv, b"key,name,class,key\n", "twice");
    refused_whole(Format::Ndjson, b"\n\n  \n", "empty lines");
    refused_whole(Format::Netbox, b"[", "cut off");
    refused_whole(Format::Netbox, b"[]]", "behind the end");
    refused_whole(Format::Netbox, b"[1]", "object");
    refused_whole(Format::Netbox, br#"[{"model":"#, "cut off");
    assert!(read(Format::Netbox, &b"[ ]\n"[..]).problems.is_empty());
}

#[test]
fn deep_nesting_is_one_problem_in_every_json_format() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let object = format!(r#"{{"type":"ci","model":"dcim.site","bomFormat":{deep}}}"#);
    let found = read(Format::Ndjson, object.as_bytes());
    assert_eq!(found.problems.len(), 1);
    assert!(found.reasons()[0].contains("nested"), "{:?}", found.reasons());
    refused_whole(Format::Cyclonedx, object.as_bytes(), "invalid type");
    let dump = format!(r#"[{object},{{"model":"dcim.site","pk":1,"fields":{{"name":"after"}}}}]"#);
    let found = read(Format::Netbox, dump.as_bytes());
    assert!(
        found.reasons()[0].contains("nested 10001 levels"),
        "{:?}",
        found.reasons()
    );
    assert_eq!(found.cis.len(), 1);
}

#[test]
fn a_line_of_100_mb_is_one_problem_naming_the_line() {
    let after = br#"
{"type":"ci","key":"k","name":"after","class":"vm"}
"#;
    let start = &b"{\"type\":\"ci\",\n"[..];
    let huge = BufReader::new(
        start
            .chain(std::io::repeat(b'x').take(100_000_000))
            .chain(&after[..]),
    );
    let found = read(Format::Ndjson, huge);
    assert_eq!(found.cis["k"].name, "after");
    assert_eq!(found.problems.len(), 2);
    assert_eq!(found.problems[1].problem.line, Some(2));
    assert!(
        found.reasons()[1].contains("100000000 bytes"),
        "{:?}",
        found.reasons()
    );

    let open = &b"key,name,class\na,\"never closed,vm\n"[..];
    let rest = BufReader::new(std::io::repeat(b'\n').take(3_000_000));
    let found = read(Format::Csv, open.chain(rest));
    assert!(found.reasons()[0].contains("quote"), "{:?}", found.reasons());
    assert_eq!(found.problems[0].problem.line, Some(2));
}

#[test]
fn each_wrong_line_has_its_number_and_reason_and_the_others_are_taken() {
    let long = "n".repeat(10_000);
    let lines = [
        (
            r#"{"type":"ci","key":"ok","name":"a","class":"vm"}"#.to_owned(),
            None,
        ),
        (
            r#"{"type":"ci","key":"ok","name":"b","class":"vm"}"#.into(),
            Some("twice"),
        ),
        (
            r#"{"type":"ci","name":"b","class":"vm"}"#.into(),
            Some("key is missing"),
        ),
        (
            r#"{"type":"ci","key":"c","class":"vm"}"#.into(),
            Some("name is missing"),
        ),
        (
            r#"{"type":"ci","key":"c","name":"c","class":"spaceship"}"#.into(),
            Some("unknown class `spaceship`"),
        ),
        (
            r#"{"type":"ci","key":"c","name":"c","class":"vm","lifecycle":"dead"}"#.into(),
            Some("in_production"),
        ),
        (
            r#"{"type":"ci","key":"c","name":"c","class":"vm","position":"top"}"#.into(),
            Some("position"),
        ),
        (
            r#"{"type":"ci","key":"c","name":"c","class":"vm","position":1e99}"#.into(),
            Some("position"),
        ),
        (
            r#"{"type":"ci","key":"c","name":"c","class":"vm","attributes":[]}"#.into(),
            Some("attributes"),
        ),
        (
            r#"{"type":"ci","key":"c","name":"c","class":"vm","x":1,"attributes":{"x":2}}"#.into(),
            Some("`x`"),
        ),
        (
            format!(r#"{{"type":"ci","key":"c","name":"{long}","class":"vm"}}"#),
            Some("10000 characters"),
        ),
        (
            format!(r#"{{"type":"ci","key":"{long}","name":"c","class":"vm"}}"#),
            Some("10000 bytes"),
        ),
        (
            r#"{"type":"relation","kind":"loves","from":"a","to":"b"}"#.into(),
            Some("unknown relation kind `loves`"),
        ),
        (
            r#"{"type":"relation","kind":"runs_on","from":"a"}"#.into(),
            Some("to is missing"),
        ),
        (
            r#"{"type":"relation","kind":"runs_on","from":"a","to":""}"#.into(),
            Some("to: CI key `` is empty"),
        ),
        (r#"{"type":"thing"}"#.into(), Some("type must be")),
        (r#"{"key":"a"}"#.into(), Some("type is missing")),
        ("[]".into(), Some("object")),
        ("{".into(), Some("cut off")),
        (r#"{"type":"ci" "key"}"#.into(), Some("not valid JSON")),
        (
            r#"{"type":"relation","kind":"runs_on","from":"ok","to":"ok"}"#.into(),
            None,
        ),
    ];
    let file: String = lines.iter().map(|(line, _)| format!("{line}\n")).collect();
    let found = read(Format::Ndjson, file.as_bytes());
    let mut problems = found.problems.iter();
    for (number, (line, reason)) in lines.iter().enumerate().filter(|(_, l)| l.1.is_some()) {
        let problem = problems.next().unwrap();
        assert_eq!(
            problem.problem.line,
            Some(number as u64 + 1),
            "{line:.80} {problem:?}"
        );
        assert!(problem.problem.reason.contains(reason.unwrap()), "{problem:?}");
        assert!(problem.problem.reason.len() < 500, "{problem:?}");
    }
    assert!(problems.next().is_none());
    assert_eq!((found.cis.len(), found.relations.len()), (1, 1));

    let csv = "key,name,class\na,b\nc,d,vm\ne,\"f\"g,vm\nh,\"open,vm\n";
    let found = read(Format::Csv, csv.as_bytes());
    let lines: Vec<_> = found.problems.iter().map(|p| p.problem.line).collect();
    assert_eq!(lines, [Some(2), Some(4), Some(5)], "{:?}", found.reasons());
    assert_eq!(found.cis.len(), 1);

    let packages = "Version: 1\n\nPackage: \n\nnonsense\nPackage: good\nDepends: bad\u{7}name\n";
    let found = read(Format::DebianPackages, packages.as_bytes());
    assert_eq!(found.problems.len(), 4, "{:?}", found.reasons());
    assert_eq!(found.cis.len(), 1);
}

#[test]
fn text_that_is_not_utf_8_is_a_problem_of_its_line() {
    let found = read(
        Format::Ndjson,
        &b"{\"type\":\"ci\",\"key\":\"\xe9\"}\n{\"type\":\"x\"}"[..],
    );
    assert!(found.reasons()[0].contains("UTF-8"));
    assert_eq!(found.problems.len(), 2);
    let found = read(Format::Netbox, &b"[{\"model\":\"\xe9\"},{\"model\":\"a.b\"}]"[..]);
    assert!(found.reasons()[0].contains("UTF-8"));
    let found = read(Format::Cyclonedx, &b"{\"bomFormat\":\"\xe9\"}"[..]);
    assert_eq!(found.problems.len(), 1);
}

/// Texts that get past the first checks of each format more often than random bytes do.
fn almost(format: Format) -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&'static str> = match format {
        Format::Csv => vec![
            "key,name,class",
            "kind,from,to",
            ",",
            "\"",
            "\n",
            ";",
            "a",
            "vm",
            "\"\"",
        ],
        Format::DebianPackages => {
            vec![
                "Package: ",
                "Depends: ",
                "a",
                "b",
                "\n",
                "\n\n",
                " ",
                ",",
                "|",
                "(",
                ":",
                "[",
            ]
        }
        _ => vec![
            "[",
            "{",
            "}",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\n",
            "1",
            "null",
            "\"type\":\"ci\"",
            "\"key\":\"a\"",
            "\"model\":\"dcim.device\"",
            "\"pk\":1",
            "\"fields\":{",
            "\"bomFormat\":\"CycloneDX\"",
            "\u{feff}",
        ],
    };
    let piece = prop_oneof![
        8 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn any_file() -> impl Strategy<Value = (Format, Vec<u8>)> {
    prop::sample::select(Format::ALL.to_vec()).prop_flat_map(|format| {
        let bytes = prop_oneof![almost(format), prop::collection::vec(any::<u8>(), 0..200)];
        (Just(format), bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// No panic, an end, and either something found or something said; however the bytes arrive.
    #[test]
    fn no_reader_panics_or_is_silent((format, bytes) in any_file(), chunk in 1_usize..20) {
        let found = read(format, &*bytes);
        let in_pieces = read(format, BufReader::with_capacity(chunk.max(8), &*bytes));
        prop_assert_eq!(&found.cis, &in_pieces.cis);
        prop_assert_eq!(&found.relations, &in_pieces.relations);
        let silent = found.problems.is_empty() && found.cis.is_empty() && found.relations.is_empty();
        let holds_nothing = match format {
            Format::Netbox => !found.skipped.is_empty() || bytes.contains(&b'['),
            Format::Cyclonedx => bytes.contains(&b'{'),
            Format::Csv => bytes.contains(&b','),
            Format::DebianPackages | Format::Ndjson => false,
        };
        prop_assert!(!silent || holds_nothing, "{:?}", String::from_utf8_lossy(&bytes));
    }

    /// A real structure with one byte changed or lost.
    #[test]
    fn a_damaged_dump_never_panics(at in 0_usize..800, byte in any::<u8>(), drop in any::<bool>()) {
        let mut dump = br#"[{"model":"dcim.site","pk":1,"fields":{"name":"Home","region":2}},
            {"model":"dcim.region","pk":2,"fields":{"name":"R","parent":2}},
            {"model":"dcim.device","pk":1,"fields":{"name":"a","device_type":1,"site":1,"position":"4.0"}},
            {"model":"dcim.devicetype","pk":1,"fields":{"model":"m","u_height":"1.0"}},
            {"model":"dcim.frontport","pk":1,"fields":{"device":1,"rear_port":1,"rear_port_position":1}},
            {"model":"dcim.rearport","pk":1,"fields":{"device":1,"positions":1}},
            {"model":"dcim.cable","pk":1,"fields":{"status":"connected"}},
            {"model":"dcim.cabletermination","pk":1,"fields":{"cable":1,"cable_end":"A","termination_type":["dcim","frontport"],"termination_id":1}},
            {"model":"dcim.cabletermination","pk":2,"fields":{"cable":1,"cable_end":"B","termination_type":["dcim","rearport"],"termination_id":1}}]"#
            .to_vec();
        let at = at % dump.len();
        if drop {
            dump.remove(at);
        } else {
            dump[at] = byte;
        }
        read(Format::Netbox, &*dump);
    }
}
