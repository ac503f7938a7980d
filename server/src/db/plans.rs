//! The statements that must stay fast use an index or a range of ids, never a scan of a table.

use super::Store;
use super::query::{Vars, id};

/// How the database would answer `text`.
async fn plan(store: &Store, text: &'static str) -> String {
    let vars = Vars::new()
        .with("text", "x")
        .with("number", 7)
        .with("group", vec!["x"])
        .with("id", id("ci", "x"))
        .with("ids", vec![id("ci", "x"), id("ci", "y")])
        .with("revisions", super::feed::revisions("journal", 7, u64::MAX));
    let mut answers = store.ask("explaining", text, vars).await.unwrap();
    // What is explained comes last.
    let lines: Vec<String> = answers.rows(text.matches(';').count()).unwrap();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_do_not_scan_tables() {
    let store = Store::in_memory().await;
    let indexed = [
        "EXPLAIN SELECT * FROM ci WHERE rack = $text",
        "EXPLAIN SELECT * FROM user WHERE login = $text LIMIT 1",
        "EXPLAIN SELECT right, types FROM group_right WHERE group IN $group",
        "LET $groups = $group OR []; EXPLAIN SELECT right, types FROM group_right WHERE group IN $groups",
        "EXPLAIN SELECT * FROM api_token WHERE hash = $text LIMIT 1",
        "EXPLAIN SELECT * FROM api_token WHERE user = $text ORDER BY id DESC",
        "EXPLAIN SELECT * FROM session WHERE user = $text",
        "EXPLAIN SELECT VALUE contract FROM contract_link WHERE holder IN $group",
        "LET $who = $text; EXPLAIN SELECT VALUE person FROM substitute WHERE substitute = $who AND retired = false",
        "EXPLAIN SELECT contract, holder FROM contract_link WHERE holder = $text",
        "EXPLAIN SELECT * FROM audit WHERE register = $text AND record = $text ORDER BY id DESC LIMIT 10",
        "EXPLAIN SELECT * FROM register_record WHERE following = true",
        "EXPLAIN SELECT VALUE count() FROM blob WHERE user = $text AND finished = NONE GROUP ALL",
        "EXPLAIN SELECT entry, rev FROM journal WHERE release = $text AND rev < $number ORDER BY rev DESC LIMIT 10",
    ];
    for text in indexed {
        let plan = plan(&store, text).await;
        assert!(
            plan.contains("IndexScan") && !plan.contains("TableScan"),
            "{text}\n{plan}"
        );
    }
    let direct = [
        "EXPLAIN SELECT * FROM ONLY $id",
        "EXPLAIN SELECT id, hash, revision FROM $ids",
        "EXPLAIN SELECT * FROM ci_version:[$text, 0]..[$text, 9223372036854775807]",
        "EXPLAIN SELECT * FROM blob:[$text, '']..[$text, '~']",
        "EXPLAIN SELECT VALUE release FROM record_link:[$text, $text, '']..[$text, $text, '~']",
        "EXPLAIN SELECT release FROM evidence:[$text, '']..[$text, '~']",
        "EXPLAIN SELECT rev, entry FROM $revisions LIMIT 100",
        "EXPLAIN SELECT id, outcome FROM op:[$text, $number]..[$text, 9223372036854775807]",
    ];
    for text in direct {
        let plan = plan(&store, text).await;
        let whole = plan
            .lines()
            .any(|line| line.contains("TableScan") && !line.contains("range"));
        assert!(!whole, "{text}\n{plan}");
    }
    // The check itself can fail.
    assert!(
        plan(&store, "EXPLAIN SELECT * FROM ci WHERE owner = $text")
            .await
            .contains("TableScan")
    );
}
