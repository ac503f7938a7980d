//! The package index of a Debian archive: each package a CI of class software, each first alternative of
//! its dependencies a relation.

use std::collections::{HashMap, VecDeque};
use std::io::BufRead;

use serde_json::Value;

use super::lines::{Line, Lines};
use super::{Entry, Found, Problem, Record, Refused, Skipped, count};
use crate::cmdb::{Ci, Lifecycle, Placement, Relation, RelationKind};
use crate::{CiKey, shorten};

/// Which relation a package has to the packages it names.
const KIND: RelationKind = RelationKind::DependsOn;

pub(super) struct Source<R> {
    lines: Lines<R>,
    stanza: Stanza,
    packages: Packages,
    state: State,
    pending: VecDeque<Found>,
}

enum State {
    Packages,
    /// The packages are read; the relations of this one come next.
    Relations(usize),
    End,
}

/// Names as numbers, and who names whom, until all packages are known.
#[derive(Default)]
struct Packages {
    numbers: HashMap<CiKey, u32>,
    names: Vec<CiKey>,
    /// Number of a package that occurred -> line, names it depends on.
    known: Vec<Option<(u64, Vec<u32>)>>,
    order: Vec<u32>,
}

impl Packages {
    fn number(&mut self, name: &CiKey) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.clone(), number);
        self.names.push(name.clone());
        self.known.push(None);
        number
    }
}

/// The fields of the package being read.
#[derive(Default)]
struct Stanza {
    line: u64,
    package: Option<String>,
    version: Option<String>,
    section: Option<String>,
    summary: Option<String>,
    architecture: Option<String>,
    needs: Vec<String>,
    /// The last field was one whose continuation lines we want.
    continues: bool,
}

impl<R: BufRead> Source<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            lines: Lines::new(input),
            stanza: Stanza::default(),
            packages: Packages::default(),
            state: State::Packages,
            pending: VecDeque::new(),
        }
    }

    /// Reads to the end of the next stanza.
    fn package(&mut self, skipped: &mut Skipped) -> Option<Found> {
        loop {
            let Some((number, line)) = self.lines.next() else {
                self.state = State::Relations(0);
                let last = self.finish(skipped);
                if last.is_none() && self.packages.order.is_empty() {
                    let reason = "the file holds no package";
                    return Some(Err(Problem::at_line(Refused::Rest, 1, "line 1", reason)));
                }
                return last;
            };
            let place = || format!("line {number}");
            match line {
                Line::Text(text) if text.trim().is_empty() => {
                    if let Some(found) = self.finish(skipped) {
                        return Some(found);
                    }
                }
                Line::Text(text) => {
                    if let Err(reason) = self.stanza.line(number, text) {
                        return Some(Err(Problem::at_line(Refused::Piece, number, &place(), reason)));
                    }
                }
                Line::Bad(reason) => {
                    return Some(Err(Problem::at_line(Refused::Piece, number, &place(), reason)));
                }
                Line::Broken(reason) => {
                    self.state = State::End;
                    return Some(Err(Problem::at_line(Refused::Rest, number, &place(), reason)));
                }
            }
        }
    }

    fn finish(&mut self, skipped: &mut Skipped) -> Option<Found> {
        let stanza = std::mem::take(&mut self.stanza);
        if stanza.line == 0 {
            return None;
        }
        let line = stanza.line;
        let Some(name) = stanza.package else {
            let reason = "the paragraph has no `Package:` field";
            return Some(Err(Problem::at_line(
                Refused::Ci,
                line,
                &format!("line {line}"),
                reason,
            )));
        };
        let key: CiKey = match name.parse() {
            Ok(key) => key,
            Err(bad) => return Some(Err(Problem::at_line(Refused::Ci, line, &name, bad.to_string()))),
        };
        let number = self.packages.number(&key) as usize;
        // An archive may carry several versions of a package; they are one CI.
        if self.packages.known[number].is_some() {
            count(skipped, "further version of a package");
            return None;
        }
        let mut needs = Vec::new();
        for name in stanza.needs.iter().flat_map(|need| first_alternatives(need)) {
            match name.parse::<CiKey>() {
                Ok(name) => {
                    let need = self.packages.number(&name);
                    if !needs.contains(&need) {
                        needs.push(need);
                    }
                }
                Err(bad) => {
                    let reason = bad.to_string();
                    let bad = Problem::at_line(Refused::Relation, line, key.as_str(), reason);
                    self.pending.push_back(Err(bad));
                }
            }
        }
        self.packages.known[number] = Some((line, needs));
        self.packages.order.push(number as u32);
        let attributes = [
            ("architecture", stanza.architecture),
            ("section", stanza.section),
            ("summary", stanza.summary),
        ];
        Some(Ok(Entry {
            line: Some(line),
            reference: name,
            record: Record::Ci(Box::new(Ci {
                name: key.to_string(),
                key,
                class: super::built_in("software"),
                lifecycle: Lifecycle::InProduction,
                serial: None,
                asset_tag: None,
                version: stanza.version,
                owner: None,
                criticality: None,
                placement: Placement::default(),
                attributes: attributes
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
                    .collect(),
            })),
        }))
    }

    /// The relations of the `at`-th package to packages that occurred.
    fn relate(&mut self, at: usize, skipped: &mut Skipped) {
        let Some(&number) = self.packages.order.get(at) else {
            self.state = State::End;
            return;
        };
        self.state = State::Relations(at + 1);
        let names = &self.packages.names;
        let Some((line, needs)) = &self.packages.known[number as usize] else {
            return;
        };
        for need in needs {
            if self.packages.known[*need as usize].is_none() {
                count(skipped, "dependency on a package that is not in the file");
                continue;
            }
            let (from, to) = (names[number as usize].clone(), names[*need as usize].clone());
            self.pending.push_back(Ok(Entry {
                line: Some(*line),
                reference: format!("{from} -> {to}"),
                record: Record::Relation(Relation { kind: KIND, from, to }),
            }));
        }
    }
}

impl<R: BufRead> super::Source for Source<R> {
    fn next(&mut self, skipped: &mut Skipped) -> Option<Found> {
        loop {
            if let Some(found) = self.pending.pop_front() {
                return Some(found);
            }
            match self.state {
                State::Packages => {
                    if let Some(found) = self.package(skipped) {
                        return Some(found);
                    }
                }
                State::Relations(at) => self.relate(at, skipped),
                State::End => return None,
            }
        }
    }
}

impl Stanza {
    fn line(&mut self, number: u64, text: &str) -> Result<(), String> {
        if text.starts_with([' ', '\t']) {
            if self.continues
                && let Some(last) = self.needs.last_mut()
            {
                last.push_str(text);
            }
            return Ok(());
        }
        self.continues = false;
        let Some((field, value)) = text.split_once(':') else {
            return Err(format!(
                "`{}` is neither `Field: value` nor the continuation of one",
                shorten(text)
            ));
        };
        if self.line == 0 {
            self.line = number;
        }
        let value = value.trim();
        let given = || Some(value.to_owned());
        match field {
            "Package" => self.package = given(),
            "Version" => self.version = given(),
            "Section" => self.section = given(),
            "Description" => self.summary = given(),
            "Architecture" => self.architecture = given(),
            "Depends" | "Pre-Depends" => {
                self.needs.push(value.to_owned());
                self.continues = true;
            }
            _ => {}
        }
        Ok(())
    }
}

/// The names of the first alternatives: `a (>= 1) | b, c:any [amd64]` -> a, c.
fn first_alternatives(field: &str) -> impl Iterator<Item = &str> {
    field.split(',').filter_map(|entry| {
        let first = entry.split('|').next()?.trim_start();
        let end = first.find(|c: char| c.is_whitespace() || matches!(c, '(' | ':' | '['));
        Some(&first[..end.unwrap_or(first.len())]).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_first_alternatives_without_versions_and_architectures() {
        let field = "libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0, python3:any, gcc[amd64] ,, x|y";
        let names: Vec<&str> = first_alternatives(field).collect();
        assert_eq!(names, ["libc6", "debconf", "python3", "gcc", "x"]);
    }
}
