//! What stays on a device when its user signs out: their own work, and nothing else.

use super::rows::{SYNC, SyncMark, put};
use crate::sync::store::{Durability, Generation, Row, Table, Tx, Write};

/// Takes everything out of a store that can be fetched again. What its user did stays, sealed until they sign in
/// here again: the queue, outcomes they have not seen, the shelf. `None` where there is nothing of that kind and the
/// whole store may go.
#[must_use]
pub fn leaving(generation: Generation, rows: &[Row]) -> Option<Tx> {
    let own = [Table::Outbox, Table::Outcomes, Table::Shelf, Table::Drafts];
    if !rows.iter().any(|row| own.contains(&row.table)) {
        return None;
    }
    let mut writes = vec![Write::Clear(Table::Base), Write::Clear(Table::Package)];
    let sync = rows
        .iter()
        .find(|row| row.table == Table::Meta && row.key == SYNC);
    // Without its rows the checkpoint is none: the next sign-in fetches all of it.
    if let Some(mark) = sync.and_then(|row| crate::json::from_str::<SyncMark>(&row.value).ok()) {
        writes.push(put(Table::Meta, SYNC, &SyncMark { base: None, ..mark }));
    }
    Some(Tx {
        on: generation,
        durability: Durability::Strict,
        writes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Epoch;
    use crate::release::Rev;
    use crate::sync::Cursor;

    fn row(table: Table, key: &str, value: &str) -> Row {
        Row {
            table,
            key: key.into(),
            value: value.into(),
        }
    }

    #[test]
    fn own_work_stays_and_everything_else_goes() {
        let epoch = Epoch(ulid::Ulid::from(7_u128));
        let mark = SyncMark {
            epoch: Some(epoch),
            base: Some(Cursor { epoch, rev: Rev(9) }),
            durable_rev: Rev(3),
            ..SyncMark::default()
        };
        let text = serde_json::to_string(&mark).unwrap();
        let mut rows = vec![row(Table::Meta, SYNC, &text), row(Table::Base, "b", "{}")];
        assert_eq!(
            leaving(Generation(4), &rows),
            None,
            "nothing of one's own: the store may go"
        );

        rows.push(row(Table::Outbox, "1", "{}"));
        let tx = leaving(Generation(4), &rows).unwrap();
        assert_eq!((tx.on, tx.durability), (Generation(4), Durability::Strict));
        assert!(tx.writes.contains(&Write::Clear(Table::Base)));
        assert!(tx.writes.contains(&Write::Clear(Table::Package)));
        let kept = tx.writes.iter().find_map(|write| match write {
            Write::Put(row) => serde_json::from_str::<SyncMark>(&row.value).ok(),
            _ => None,
        });
        assert_eq!(kept, Some(SyncMark { base: None, ..mark }));
        let touches = |write: &Write, of: Table| match write {
            Write::Put(row) => row.table == of,
            Write::Delete(table, _) | Write::Clear(table) => *table == of,
        };
        assert!(!tx.writes.iter().any(|write| touches(write, Table::Outbox)));
    }
}
