//! One JSON object a line: `{"type":"ci",...}` or `{"type":"relation",...}`.

use std::io::BufRead;

use serde_json::{Map, Value};

use super::lines::{Line, Lines};
use super::{Entry, Found, Problem, Record, Refused, Skipped, count, fields, json};
use crate::shorten;

pub(super) struct Source<R> {
    lines: Lines<R>,
    anything: bool,
}

impl<R: BufRead> Source<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            lines: Lines::new(input),
            anything: false,
        }
    }
}

impl<R: BufRead> super::Source for Source<R> {
    fn next(&mut self, skipped: &mut Skipped) -> Option<Found> {
        loop {
            let Some((number, line)) = self.lines.next() else {
                if std::mem::replace(&mut self.anything, true) {
                    return None;
                }
                let reason = "the file holds nothing but empty lines";
                return Some(Err(Problem::at_line(Refused::Rest, 1, "line 1", reason)));
            };
            let refuse = |refused, reason| {
                let place = format!("line {number}");
                Some(Err(Problem::at_line(refused, number, &place, reason)))
            };
            match line {
                Line::Text(text) if text.trim().is_empty() => {}
                Line::Text(text) => {
                    self.anything = true;
                    return Some(read(number, text, skipped));
                }
                Line::Bad(reason) => {
                    self.anything = true;
                    return refuse(Refused::Piece, reason);
                }
                Line::Broken(reason) => {
                    self.anything = true;
                    return refuse(Refused::Rest, reason);
                }
            }
        }
    }
}

fn read(line: u64, text: &str, skipped: &mut Skipped) -> Found {
    let place = format!("line {line}");
    let refuse =
        |refused, reference: &str, reason: String| Err(Problem::at_line(refused, line, reference, reason));
    let mut object: Map<String, Value> = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => {
            let reason = "the line must be a JSON object in braces".to_owned();
            return refuse(Refused::Piece, &place, reason);
        }
        Err(error) => return refuse(Refused::Piece, &place, json::reason(&error)),
    };
    let kind = object.remove("type");
    let named = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    match kind {
        Some(Value::String(kind)) if kind == "ci" => {
            let reference = named("key").unwrap_or(place);
            match fields::ci(object) {
                Ok(ci) => Ok(Entry {
                    line: Some(line),
                    reference,
                    record: Record::Ci(Box::new(ci)),
                }),
                Err(reason) => refuse(Refused::Ci, &reference, reason),
            }
        }
        Some(Value::String(kind)) if kind == "relation" => {
            let reference = match (named("from"), named("to")) {
                (Some(from), Some(to)) => format!("{from} -> {to}"),
                _ => place,
            };
            match fields::relation(object) {
                Ok((relation, unknown)) => {
                    for name in unknown {
                        count(skipped, format!("relation field `{}`", shorten(&name)));
                    }
                    Ok(Entry {
                        line: Some(line),
                        reference,
                        record: Record::Relation(relation),
                    })
                }
                Err(reason) => refuse(Refused::Relation, &reference, reason),
            }
        }
        Some(other) => {
            let reason = format!(
                "type must be \"ci\" or \"relation\", not {}",
                shorten(&other.to_string())
            );
            refuse(Refused::Piece, &place, reason)
        }
        None => {
            let reason = "type is missing: it must be \"ci\" or \"relation\"".to_owned();
            refuse(Refused::Piece, &place, reason)
        }
    }
}
