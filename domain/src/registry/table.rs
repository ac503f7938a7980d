//! Registers as CSV: a header with `key` and names of fields, a row a record.
//!
//! Of changes, `back_out` holds a step a line, and `cis` the CIs, separated by semicolons, each with what changes
//! after ` => `: `sw-c3 => firmware 2.1; sw-c4 => firmware 2.1`. A column that is not there says nothing; an empty
//! cell empties the field.

use std::collections::BTreeSet;
use std::io::BufRead;

use super::record::at;
use super::{ChangedCi, RecordDraft, RecordField, RegisterKind};
use crate::release::Value;
use crate::transfer::Rows;
use crate::wire::problem::FieldError;
use crate::{RecordKey, shorten};

/// Most rows of one file: they are stored in one transaction.
pub const MAX_ROWS: usize = 10_000;

/// A row that could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The key of its record.
    pub key: RecordKey,
    /// What it says.
    pub draft: RecordDraft,
}

/// Something in a file that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Line in the file, from 1.
    pub line: u64,
    /// The key of the record, as far as it is known.
    pub reference: String,
    /// The column.
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// What is in a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// Rows that could be read, in file order.
    pub rows: Vec<Row>,
    /// What could not, in file order.
    pub problems: Vec<RowProblem>,
    /// Rows found, those with problems included.
    pub read: u64,
    /// The file could not be read to its end; nothing of it counts.
    pub unusable: bool,
}

enum Column {
    Key,
    Field(RecordField),
    BackOut,
    Cis,
}

/// Reads a file.
pub fn read_table<R: BufRead>(register: RegisterKind, input: R) -> Table {
    let mut table = Table::default();
    let mut source = Rows::new(input);
    let columns = match source.next() {
        None => Err((
            1,
            "the file is empty; the first line must name the columns".to_owned(),
        )),
        Some(Err(wrong)) => Err((wrong.line, wrong.reason)),
        Some(Ok((line, cells))) => header(register, &cells).map_err(|reason| (line, reason)),
    };
    let columns = match columns {
        Ok(columns) => columns,
        Err((line, reason)) => {
            table.unusable = true;
            table.problems.push(RowProblem {
                line,
                reference: "header".into(),
                field: None,
                reason,
            });
            return table;
        }
    };
    let mut seen = BTreeSet::new();
    for found in source {
        let (line, cells) = match found {
            Ok(row) => row,
            Err(wrong) => {
                table.read += 1;
                table.unusable |= wrong.ends;
                table.problems.push(RowProblem {
                    line: wrong.line,
                    reference: format!("line {}", wrong.line),
                    field: None,
                    reason: wrong.reason,
                });
                if wrong.ends {
                    return table;
                }
                continue;
            }
        };
        table.read += 1;
        if table.rows.len() >= MAX_ROWS {
            table.unusable = true;
            table.problems.push(RowProblem {
                line,
                reference: format!("line {line}"),
                field: None,
                reason: format!("the file has more than {MAX_ROWS} rows; send it in several files"),
            });
            return table;
        }
        match read_row(&columns, line, cells, &mut seen) {
            Ok(row) => table.rows.push(row),
            Err(problems) => table.problems.extend(problems),
        }
    }
    table
}

fn header(register: RegisterKind, cells: &[String]) -> Result<Vec<Column>, String> {
    let names: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
    if let Some(twice) = names
        .iter()
        .enumerate()
        .find(|(place, name)| names[..*place].contains(*name))
    {
        return Err(format!("the column `{}` comes twice", shorten(twice.1)));
    }
    if !names.contains(&"key") {
        return Err("the header must name the column key".into());
    }
    let changes = register == RegisterKind::Changes;
    names
        .iter()
        .map(|name| match *name {
            "key" => Ok(Column::Key),
            "back_out" if changes => Ok(Column::BackOut),
            "cis" if changes => Ok(Column::Cis),
            other => RecordField::parse(other)
                .filter(|field| register.field(*field).is_some())
                .map(Column::Field)
                .ok_or_else(|| {
                    let mut known: Vec<_> = register.fields().iter().map(|s| s.field.as_str()).collect();
                    if changes {
                        known.extend(["back_out", "cis"]);
                    }
                    format!(
                        "{} have no column `{}`; they have key, {}",
                        register.many(),
                        shorten(other),
                        known.join(", ")
                    )
                }),
        })
        .collect()
}

fn read_row(
    columns: &[Column],
    line: u64,
    cells: Vec<String>,
    seen: &mut BTreeSet<RecordKey>,
) -> Result<Row, Vec<RowProblem>> {
    let problem = |reference: &str, wrong: FieldError| RowProblem {
        line,
        reference: shorten(reference),
        field: Some(wrong.at),
        reason: wrong.message,
    };
    if cells.len() != columns.len() {
        let reason = format!(
            "the row has {} cells, the header has {}",
            cells.len(),
            columns.len()
        );
        return Err(vec![RowProblem {
            line,
            reference: format!("line {line}"),
            field: None,
            reason,
        }]);
    }
    let (mut key, mut draft, mut wrong) = (String::new(), RecordDraft::default(), Vec::new());
    for (column, cell) in columns.iter().zip(cells) {
        match column {
            Column::Key => key = cell.trim().to_owned(),
            Column::Field(field) => {
                draft.fields.insert(field.as_str().to_owned(), Value::from(cell));
            }
            Column::BackOut => draft.back_out = Some(cell.lines().map(str::to_owned).collect()),
            Column::Cis => match changed(&cell) {
                Ok(cis) => draft.cis = Some(cis),
                Err(message) => wrong.push(at("cis", message)),
            },
        }
    }
    let read = key.parse::<RecordKey>().map_err(|e| at("key", e.to_string()));
    match read {
        Ok(read) if !seen.insert(read.clone()) => wrong.push(at("key", "comes twice in this file")),
        Ok(read) if wrong.is_empty() => {
            return Ok(Row {
                line,
                key: read,
                draft,
            });
        }
        Ok(_) => {}
        Err(error) => wrong.push(error),
    }
    Err(wrong.into_iter().map(|wrong| problem(&key, wrong)).collect())
}

fn changed(cell: &str) -> Result<Vec<ChangedCi>, String> {
    cell.split([';', '\n'])
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(|one| {
            let (ci, what) = one.split_once("=>").unwrap_or((one, ""));
            Ok(ChangedCi {
                ci: ci.trim().parse().map_err(|e: crate::BadId| e.to_string())?,
                what: what.trim().to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(register: RegisterKind, text: &str) -> Table {
        read_table(register, text.as_bytes())
    }

    #[test]
    fn a_row_says_what_its_columns_say() {
        let text = "key,title,cis,back_out\r\nCHG-1,\"Firmware, all\",sw-1 => 2.1; sw-2,\"Flash old\nReboot\"\r\n\r\nCHG-2,x,,\n";
        let table = read(RegisterKind::Changes, text);
        assert_eq!(table.problems, []);
        assert_eq!((table.read, table.rows.len()), (2, 2));
        let first = &table.rows[0];
        assert_eq!((first.line, first.key.as_str()), (2, "CHG-1"));
        assert_eq!(first.draft.fields["title"], "Firmware, all".into());
        assert_eq!(first.draft.cis.as_ref().unwrap()[0].what, "2.1");
        assert_eq!(first.draft.back_out.as_ref().unwrap().len(), 2);
        assert_eq!(table.rows[1].line, 5);
        assert_eq!(table.rows[1].draft.cis.as_ref().unwrap().len(), 0);
    }

    #[test]
    fn problems_name_line_and_field() {
        let long = "k".repeat(200);
        let text = format!("key,title\n,no key\nA,one\nA,two\nB\n{long},x\n");
        let table = read(RegisterKind::Problems, &text);
        let said: Vec<_> = table
            .problems
            .iter()
            .map(|p| (p.line, p.field.as_deref().unwrap_or("row")))
            .collect();
        assert_eq!(said, [(2, "key"), (4, "key"), (5, "row"), (6, "key")]);
        assert_eq!((table.read, table.rows.len()), (5, 1));
        assert!(!table.unusable);
    }

    #[test]
    fn a_header_that_makes_no_sense_is_refused_as_a_whole() {
        for (text, word) in [
            ("", "empty"),
            ("title\nx\n", "column key"),
            ("key,key\n", "twice"),
            ("key,sha256\nA,x\n", "no column `sha256`"),
            ("key,cis\nA,x\n", "no column `cis`"),
        ] {
            let table = read(RegisterKind::Problems, text);
            assert!(table.unusable && table.rows.is_empty(), "{text}");
            assert!(table.problems[0].reason.contains(word), "{:?}", table.problems);
        }
    }

    #[test]
    fn a_quote_that_never_closes_takes_nothing_with_it_unseen() {
        let table = read(RegisterKind::Problems, "key,title\nA,x\nB,\"open\nC,y\n");
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.problems.len(), 1);
        assert!(table.problems[0].reason.contains("never closed"));
    }
}
