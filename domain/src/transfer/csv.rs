//! Tables: `cis.csv` (key,name,class,...) and `relations.csv` (kind,from,to), told apart by the header.
//!
//! Quoting as in RFC 4180; comma, semicolon or tab as the header has it. We split the rows ourselves, line
//! by line: a general reader would take everything behind a quote that is never closed into memory.

use std::io::BufRead;

use serde_json::{Map, Value};

use super::lines::{Line, Lines, MAX_LINE};
use super::{Entry, Found, Problem, Record, Refused, Skipped, count, fields};
use crate::shorten;

pub(super) struct Source<'a, R> {
    name: &'a str,
    lines: Lines<R>,
    /// Known once the header is read.
    separator: Option<char>,
    state: State,
}

enum State {
    Header,
    Rows(Table),
    End,
}

struct Table {
    columns: Vec<String>,
    relations: bool,
}

impl<'a, R: BufRead> Source<'a, R> {
    pub(super) fn new(name: &'a str, input: R) -> Self {
        Self {
            name,
            lines: Lines::new(input),
            separator: None,
            state: State::Header,
        }
    }

    /// The next row that is not empty: where it begins, and its cells.
    fn row(&mut self) -> Option<Result<(u64, Vec<String>), Problem>> {
        let mut row: Option<(u64, Row)> = None;
        loop {
            let Some((number, line)) = self.lines.next() else {
                let (first, _) = row?;
                let reason = "a quote opened in this row is never closed";
                return Some(Err(problem(Refused::Piece, first, reason)));
            };
            let text = match line {
                Line::Text(text) => text,
                Line::Bad(reason) => return Some(Err(problem(Refused::Piece, number, &reason))),
                Line::Broken(reason) => return Some(Err(problem(Refused::Rest, number, &reason))),
            };
            if row.is_none() && text.trim().is_empty() {
                continue;
            }
            let separator = *self.separator.get_or_insert_with(|| guess(text));
            let (first, so_far) = row.get_or_insert_with(|| (number, Row::default()));
            if let Err(reason) = so_far.line(text, separator) {
                return Some(Err(problem(Refused::Piece, *first, &reason)));
            }
            if !so_far.quoted {
                return Some(Ok((*first, std::mem::take(&mut so_far.cells))));
            }
        }
    }

    fn header(&mut self) -> Result<Table, Problem> {
        let (line, cells) = match self.row() {
            Some(Ok(row)) => row,
            Some(Err(wrong)) => {
                return Err(Problem {
                    refused: Refused::Rest,
                    ..wrong
                });
            }
            None => {
                let reason = "the file has no header line";
                return Err(Problem::of_object(Refused::Rest, self.name, reason));
            }
        };
        let refuse = |reason: String| Err(Problem::at_line(Refused::Rest, line, "header", reason));
        let columns: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
        for (at, column) in columns.iter().enumerate() {
            if columns[..at].contains(column) {
                return refuse(format!("the column `{}` comes twice", shorten(column)));
            }
        }
        let has = |column: &str| columns.iter().any(|c| c == column);
        let relations = fields::RELATION_FIELDS.into_iter().all(has);
        if !relations && !["key", "name", "class"].into_iter().all(has) {
            return refuse(
                "the header must name the columns key, name and class (configuration items) \
                 or kind, from and to (relations)"
                    .into(),
            );
        }
        Ok(Table { columns, relations })
    }
}

impl<R: BufRead> super::Source for Source<'_, R> {
    fn next(&mut self, skipped: &mut Skipped) -> Option<Found> {
        if matches!(self.state, State::Header) {
            match self.header() {
                Ok(table) => {
                    for column in table.columns.iter().filter(|_| table.relations) {
                        if !fields::RELATION_FIELDS.contains(&column.as_str()) {
                            count(skipped, format!("relation column `{}`", shorten(column)));
                        }
                    }
                    self.state = State::Rows(table);
                }
                Err(problem) => {
                    self.state = State::End;
                    return Some(Err(problem));
                }
            }
        }
        if matches!(self.state, State::End) {
            return None;
        }
        let row = self.row()?;
        let State::Rows(table) = &self.state else {
            return None;
        };
        Some(row.and_then(|(line, cells)| table.read(line, cells)))
    }
}

/// The rows of any table, its header first, for readers of other tables than ours.
pub(crate) struct Rows<R>(Source<'static, R>);

/// A row that cannot be told apart.
pub(crate) struct BadRow {
    pub(crate) line: u64,
    pub(crate) reason: String,
    /// Nothing behind it can be read either.
    pub(crate) ends: bool,
}

impl<R: BufRead> Rows<R> {
    pub(crate) fn new(input: R) -> Self {
        Self(Source::new("", input))
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Result<(u64, Vec<String>), BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.0.row()?;
        Some(row.map_err(|wrong| BadRow {
            line: wrong.problem.line.unwrap_or_default(),
            reason: wrong.problem.reason,
            ends: wrong.refused == Refused::Rest,
        }))
    }
}

impl Table {
    fn read(&self, line: u64, cells: Vec<String>) -> Found {
        let refused = if self.relations {
            Refused::Relation
        } else {
            Refused::Ci
        };
        if cells.len() != self.columns.len() {
            let (found, wanted) = (cells.len(), self.columns.len());
            let reason = format!("the row has {found} cells, the header has {wanted}");
            return Err(problem(refused, line, &reason));
        }
        let mut object = Map::new();
        // An empty cell says nothing, which is not the same as an empty text.
        for (column, cell) in self
            .columns
            .iter()
            .zip(cells)
            .filter(|(_, cell)| !cell.is_empty())
        {
            let value = if column == "attributes" {
                serde_json::from_str(&cell)
                    .map_err(|_| problem(refused, line, "attributes must be a JSON object in one cell"))?
            } else {
                Value::String(cell)
            };
            object.insert(column.clone(), value);
        }
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or("?");
        let (reference, record) = if self.relations {
            let reference = format!("{} -> {}", text("from"), text("to"));
            let relation = fields::relation(object);
            (
                reference,
                relation.map(|(relation, _)| Record::Relation(relation)),
            )
        } else {
            (
                text("key").to_owned(),
                fields::ci(object).map(|ci| Record::Ci(Box::new(ci))),
            )
        };
        match record {
            Ok(record) => Ok(Entry {
                line: Some(line),
                reference,
                record,
            }),
            Err(reason) => Err(Problem::at_line(refused, line, &reference, reason)),
        }
    }
}

fn problem(refused: Refused, line: u64, reason: &str) -> Problem {
    Problem::at_line(refused, line, &format!("line {line}"), reason)
}

/// The separator of a header: whichever occurs most; a comma if none does.
fn guess(header: &str) -> char {
    let count = |separator: &char| header.matches(*separator).count();
    ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',')
}

/// The cells of a row while its lines come in.
#[derive(Default)]
struct Row {
    cells: Vec<String>,
    /// A quote is open; the row goes on in the next line.
    quoted: bool,
    size: usize,
}

impl Row {
    fn line(&mut self, text: &str, separator: char) -> Result<(), String> {
        self.size += text.len() + 1;
        if self.size > MAX_LINE {
            return Err(format!(
                "the row has more than {MAX_LINE} bytes; is a quote left open?"
            ));
        }
        let mut cell = if self.quoted {
            let mut cell = self.cells.pop().unwrap_or_default();
            cell.push('\n');
            cell
        } else {
            String::new()
        };
        let mut fresh = !self.quoted;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if self.quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' if self.quoted => {
                    self.quoted = false;
                    if chars.peek().is_some_and(|next| *next != separator) {
                        return Err("text follows a closing quote; double the quotes inside a cell".into());
                    }
                }
                // A quote elsewhere in a cell is a character like any other: 19" rack.
                '"' if fresh => self.quoted = true,
                c if c == separator && !self.quoted => {
                    self.cells.push(std::mem::take(&mut cell));
                    fresh = true;
                    continue;
                }
                c => cell.push(c),
            }
            fresh = false;
        }
        self.cells.push(cell);
        Ok(())
    }
}
