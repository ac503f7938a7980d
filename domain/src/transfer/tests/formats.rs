use super::*;
use RelationKind::{DependsOn, PartOf, RunsOn};

#[test]
fn ndjson_folds_unknown_fields_into_attributes() {
    let file = concat!(
        "\u{feff}",
        r#"{"type":"ci","key":"d1","name":"Disk","class":"device","serial":4711,"cores":8,"attributes":{"os":"x"}}"#,
        "\r\n\r\n",
        r#"{"type":"relation","kind":"depends_on","from":"d1","to":"d1","since":2019}"#,
        "\n",
        r#"{"type":"ci","key":"d1","name":"Disk","class":"device","serial":"4711","attributes":{"os":"x","cores":8}}"#
    );
    let found = read(Format::Ndjson, file.as_bytes());
    assert_eq!(found.problems, []);
    let disk = &found.cis["d1"];
    assert_eq!(disk.serial.as_deref(), Some("4711"));
    assert_eq!(
        (&disk.attributes["cores"], &disk.attributes["os"]),
        (&8.into(), &"x".into())
    );
    assert!(found.has(DependsOn, "d1", "d1"));
    assert_eq!(found.skipped["relation field `since`"], 1);
}

#[test]
fn csv_tells_its_two_tables_apart_and_keeps_quoted_cells() {
    let cis = "key;name;class;position;rack unit;attributes\n\
               a;\"Say \"\"hi\"\";\nthere\";device;4.5;left;\"{\"\"n\"\": 1}\"\n\
               \n\
               b;19\" shelf;rack;;;\n";
    let found = read(Format::Csv, cis.as_bytes());
    assert_eq!(found.problems, []);
    let a = &found.cis["a"];
    assert_eq!(a.name, "Say \"hi\";\nthere");
    assert_eq!(a.placement.position, Some(4.5));
    assert_eq!(
        (&a.attributes["n"], &a.attributes["rack unit"]),
        (&1.into(), &"left".into())
    );
    assert_eq!(found.cis["b"].name, "19\" shelf");
    assert!(found.cis["b"].attributes.is_empty());

    let relations = "from,kind,to,note\r\na,runs_on,b,x\r\na,runs_on,b,y\r\n";
    let found = read(Format::Csv, relations.as_bytes());
    assert_eq!(found.problems, []);
    assert_eq!(found.relations.len(), 1);
    assert!(found.has(RunsOn, "a", "b"));
    assert_eq!(found.skipped["relation column `note`"], 1);
}

#[test]
fn debian_takes_first_alternatives_and_drops_what_is_not_there() {
    let file = "Package: a\nVersion: 1:2.0-1\nPre-Depends: b (>= 1) | c\nDepends: b,\n c:any, zz, a\n\
                Description: first\n more\n\nPackage: b\n\n\nPackage: c\nVersion: 1\n\nPackage: c\nVersion: 2\n";
    let found = read(Format::DebianPackages, file.as_bytes());
    assert_eq!(found.problems, []);
    assert_eq!(found.cis["a"].version.as_deref(), Some("1:2.0-1"));
    assert_eq!(found.cis["a"].attributes["summary"], "first");
    assert_eq!(found.count("software"), 3);
    assert_eq!(found.relations.len(), 3);
    for to in ["a", "b", "c"] {
        assert!(found.has(DependsOn, "a", to), "{to}");
    }
    assert_eq!(
        found.skipped["dependency on a package that is not in the file"],
        1
    );
    assert_eq!(found.skipped["further version of a package"], 1);
}

#[test]
fn cyclonedx_components_parts_and_dependencies() {
    let file = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","services":[{"name":"s"}],
      "metadata":{"component":{"bom-ref":"r","type":"application","name":"shop","version":"3"}},
      "components":[
        {"bom-ref":"x","type":"library","group":"org","name":"lib","version":"1.0","purl":"pkg:maven/org/lib@1.0",
         "components":[{"bom-ref":"y","type":"file","name":"inner"}]}],
      "dependencies":[{"ref":"r","dependsOn":["x","nowhere"]},{"ref":"x"}]}"#;
    let found = read(Format::Cyclonedx, file.as_bytes());
    assert_eq!(found.cis["software:shop@3"].class.as_str(), "application");
    assert_eq!(found.cis["pkg:maven/org/lib@1.0"].name, "org/lib");
    assert!(found.has(DependsOn, "software:shop@3", "pkg:maven/org/lib@1.0"));
    assert!(found.has(PartOf, "software:inner", "pkg:maven/org/lib@1.0"));
    assert_eq!(found.problems.len(), 1);
    assert!(found.reasons()[0].contains("`nowhere`"), "{:?}", found.reasons());
    assert_eq!(found.skipped["services"], 1);
}

#[test]
fn keys_are_recognised_across_the_files_of_an_import() {
    let line = |name| format!(r#"{{"type":"ci","key":"k","name":"{name}","class":"vm"}}"#);
    let mut import = import(Format::Ndjson);
    assert_eq!(
        import
            .file("one", line("a").as_bytes())
            .filter(Result::is_ok)
            .count(),
        1
    );
    assert_eq!(import.file("two", line("a").as_bytes()).count(), 0);
    let other = line("b");
    let again: Vec<Found> = import.file("three", other.as_bytes()).collect();
    let problem = again[0].as_ref().unwrap_err();
    assert_eq!(problem.refused, Refused::Ci);
    assert!(problem.problem.reason.contains("first in line 1"), "{problem:?}");
}
