use std::path::Path;

use chrono::Utc;
use domain::wire::cmdb::{CiQuery, ImportReport, Tally};

use super::*;
use crate::db::samples::{administrator, author, key};
use crate::db::{Error, Store};
use crate::export;

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(&self, name: &str, content: impl AsRef<[u8]>) -> File {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        (name.to_owned(), path)
    }
}

async fn import(store: &Store, format: Format, files: Vec<File>, dry_run: bool) -> ImportReport {
    let record = run(store, &administrator(), format, files, dry_run, Utc::now(), None)
        .await
        .unwrap();
    let kept = store.import(&administrator(), &record.id).await.unwrap();
    assert_eq!(kept.report, record.report, "the report lasts");
    assert!(kept.ended.is_some());
    record.report.unwrap()
}

fn counts(tally: Tally) -> [u64; 5] {
    [
        tally.read,
        tally.created,
        tally.updated,
        tally.unchanged,
        tally.rejected,
    ]
}

const SMALL: &str = r#"{"type":"relation","kind":"runs_on","from":"vm/1","to":"hv/1"}
{"type":"ci","key":"vm/1","name":"One","class":"vm"}
{"type":"ci","key":"hv/1","name":"Host","class":"device","attributes":{"cpu":8}}
{"type":"relation","kind":"depends_on","from":"vm/1","to":"vm/1"}
{"type":"relation","kind":"runs_on","from":"vm/1","to":"nowhere"}
{"type":"ci","key":"x","name":"X","class":"spaceship"}
this is not JSON
"#;

#[tokio::test(flavor = "multi_thread")]
async fn good_lines_are_taken_and_each_bad_one_is_named() {
    let (store, files) = (Store::in_memory().await, Files::new());
    let file = files.with("small.ndjson", SMALL);
    let dry = import(&store, Format::Ndjson, vec![file.clone()], true).await;
    assert!(dry.dry_run && !dry.refused);
    assert_eq!(
        store
            .cis(&administrator(), &CiQuery::default())
            .await
            .unwrap()
            .total,
        0,
        "nothing written"
    );

    let report = import(&store, Format::Ndjson, vec![file.clone()], false).await;
    assert_eq!(counts(report.cis), [4, 2, 0, 0, 2]);
    assert_eq!(counts(report.relations), [3, 2, 0, 0, 1]);
    let lines: Vec<Option<u64>> = report.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(5), Some(6), Some(7)]);
    assert!(
        report.problems[0].reason.contains("`nowhere`"),
        "{:?}",
        report.problems[0]
    );
    assert_eq!(
        dry,
        ImportReport {
            dry_run: true,
            ..report
        },
        "a dry run says exactly what would happen"
    );

    let again = import(&store, Format::Ndjson, vec![file], false).await;
    assert_eq!(counts(again.cis), [4, 0, 0, 2, 2]);
    assert_eq!(counts(again.relations), [3, 0, 0, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn relations_may_name_what_is_in_the_cmdb_already_and_changes_are_versions() {
    let (store, files) = (Store::in_memory().await, Files::new());
    import(&store, Format::Ndjson, vec![files.with("a", SMALL)], false).await;
    let more = r#"{"type":"ci","key":"vm/1","name":"One renamed","class":"vm"}
{"type":"relation","kind":"depends_on","from":"vm/1","to":"hv/1"}
"#;
    let report = import(&store, Format::Ndjson, vec![files.with("b.ndjson", more)], false).await;
    assert_eq!(counts(report.cis), [1, 0, 1, 0, 0]);
    assert_eq!(counts(report.relations), [1, 1, 0, 0, 0]);
    let detail = store.ci(&administrator(), &key("vm/1")).await.unwrap();
    assert_eq!(
        (detail.revision, detail.history[0].origin.as_str()),
        (2, "import b.ndjson (ndjson)")
    );
    assert_eq!(detail.history[0].changes["name"].1, "One renamed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_changes_nothing() {
    let (store, files) = (Store::in_memory().await, Files::new());
    let netbox = r#"[{"model":"dcim.site","pk":1,"fields":{"name":"S","slug":"s"}},{"model":"dcim.si"#;
    let missing: File = ("gone".to_owned(), files.0.path().join("gone"));
    let deep = format!("[{}", "[".repeat(10_000));
    let cases: Vec<(Format, File)> = vec![
        (Format::Netbox, files.with("cut.json", netbox)),
        (Format::Netbox, files.with("empty.json", "")),
        (Format::Netbox, files.with("deep.json", deep)),
        (Format::Ndjson, files.with("wrong.ndjson", "[1,2]")),
        (Format::Csv, files.with("binary.csv", [0, 159, 146, 150])),
        (Format::Ndjson, files.with("gzip", b"\x1f\x8b\x08")),
        (Format::Ndjson, missing),
    ];
    for (format, file) in cases {
        let name = file.0.clone();
        let good = files.with("good", SMALL);
        let all = if format == Format::Ndjson {
            vec![good, file]
        } else {
            vec![file]
        };
        let report = import(&store, format, all, false).await;
        assert!(
            report.refused && !report.problems.is_empty(),
            "{name}: {report:?}"
        );
        assert_eq!(
            store
                .cis(&administrator(), &CiQuery::default())
                .await
                .unwrap()
                .total,
            0,
            "{name}"
        );
    }
    let denied = run(&store, &author(), Format::Ndjson, vec![], false, Utc::now(), None).await;
    assert!(matches!(denied, Err(Error::NotAllowed(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_netbox_dump_twice_changes_nothing_and_its_export_comes_back_unchanged() {
    let path = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("../../shared/data/netbox-demo-v3.6.json");
    if !path.exists() {
        println!("not run: {} is not there", path.display());
        return;
    }
    let (store, files) = (Store::in_memory().await, Files::new());
    let dump: File = ("netbox-demo-v3.6.json".to_owned(), path);
    let first = import(&store, Format::Netbox, vec![dump.clone()], false).await;
    let wanted = [("device", 72), ("vm", 180), ("rack", 42), ("site", 24)];
    for (class, count) in wanted {
        assert_eq!(first.classes.get(class), Some(&count), "{class}");
    }
    assert_eq!(
        (first.cis.rejected, first.relations.rejected),
        (0, 0),
        "{:?}",
        first.problems
    );
    assert!(first.relations.created > 400 && !first.skipped.is_empty());
    let second = import(&store, Format::Netbox, vec![dump], false).await;
    assert_eq!(
        (second.cis.created, second.cis.updated, second.cis.unchanged),
        (0, 0, first.cis.created)
    );
    assert_eq!(
        (second.relations.created, second.relations.unchanged),
        (0, first.relations.created)
    );

    let mut exported = Vec::new();
    let written = export::run(&store, &mut exported).await.unwrap();
    assert_eq!(
        (written.cis, written.relations),
        (first.cis.created, first.relations.created)
    );
    let back = import(
        &store,
        Format::Ndjson,
        vec![files.with("export.ndjson", &exported)],
        false,
    )
    .await;
    assert_eq!(
        (back.cis.unchanged, back.cis.read),
        (first.cis.created, first.cis.created)
    );
    assert_eq!(
        (back.relations.unchanged, back.problems.len()),
        (first.relations.created, 0)
    );
    assert_eq!(
        store.verify_graph(100).await.unwrap().differences,
        Vec::<String>::new()
    );

    let elsewhere = Store::in_memory().await;
    let moved = import(
        &elsewhere,
        Format::Ndjson,
        vec![files.with("export.ndjson", &exported)],
        false,
    )
    .await;
    assert_eq!(
        (moved.cis.created, moved.relations.created),
        (first.cis.created, first.relations.created)
    );
}
