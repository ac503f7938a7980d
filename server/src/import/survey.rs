use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::BufReader;

use domain::cmdb::{Ci, Relation, RelationKind};
use domain::transfer::{Entry, Format, Import, Record, Refused};
use domain::wire::cmdb::{ImportProblem, Tally};
use domain::{CiKey, ClassKey, shorten};

use super::{File, LISTED};

/// Bytes read from a file at a time.
const BUFFER: usize = 256 * 1024;

/// What a first reading of the files found. Relations are kept in a few bytes each, CIs only as keys.
#[derive(Default)]
pub(super) struct Survey {
    pub cis: Tally,
    pub relations: Tally,
    pub classes: BTreeMap<String, u64>,
    pub skipped: BTreeMap<String, u64>,
    /// A file could not be read to its end: nothing may be written.
    pub unusable: bool,
    problems: Vec<(u64, ImportProblem)>,
    keys: Vec<CiKey>,
    numbers: HashMap<CiKey, u32>,
    /// Whether the CI of this number is in the files.
    in_file: Vec<bool>,
    /// Whether the CI of this number is new to the CMDB.
    fresh: Vec<bool>,
    edges: Vec<Edge>,
    /// Edges that named an end before a CI of that key came, and where they stand.
    open: Vec<(usize, Place)>,
    /// Things found so far, for the order of problems.
    found: u64,
}

#[derive(Clone, Copy)]
struct Edge {
    kind: RelationKind,
    from: u32,
    to: u32,
}

/// Relations to write together.
pub(super) struct Chunk {
    pub kind: RelationKind,
    /// They are known to be new.
    pub fresh: bool,
    pub relations: Vec<Relation>,
}

struct Place {
    found: u64,
    line: Option<u64>,
    reference: String,
}

impl Survey {
    /// Reads all files to the end. Blocks.
    pub(super) fn of(format: Format, files: &[File], classes: &[ClassKey]) -> Self {
        let mut survey = Self::default();
        let mut import = Import::new(format, classes.iter().cloned());
        for (name, path) in files {
            match fs::File::open(path) {
                Err(error) => survey.unreadable(name, &error),
                Ok(file) => {
                    for found in import.file(name, BufReader::with_capacity(BUFFER, file)) {
                        survey.found += 1;
                        match found {
                            Ok(entry) => survey.take(entry),
                            Err(problem) => survey.refuse(problem.refused, problem.problem),
                        }
                    }
                }
            }
        }
        survey.skipped = import.skipped().clone();
        let mut open = std::mem::take(&mut survey.open);
        open.retain(|(edge, _)| !survey.is_closed(*edge));
        survey.open = open;
        survey
    }

    fn unreadable(&mut self, name: &str, error: &std::io::Error) {
        self.found += 1;
        let problem = ImportProblem {
            line: None,
            reference: shorten(name),
            reason: format!("the file cannot be read: {error}"),
        };
        self.refuse(Refused::Rest, problem);
    }

    fn refuse(&mut self, refused: Refused, problem: ImportProblem) {
        let tally = match refused {
            Refused::Relation => Some(&mut self.relations),
            // Most pieces are meant to be CIs; they are counted there, so that every problem counts somewhere.
            Refused::Ci | Refused::Piece => Some(&mut self.cis),
            // The CI the detail belongs to was taken and is counted as such.
            Refused::Detail | Refused::Rest => None,
        };
        if let Some(tally) = tally {
            tally.read += 1;
            tally.rejected += 1;
        }
        self.unusable |= refused == Refused::Rest;
        // The one problem that explains why nothing was written is never left out.
        if self.problems.len() < LISTED || refused == Refused::Rest {
            self.problems.push((self.found, problem));
        }
    }

    fn take(&mut self, entry: Entry) {
        match entry.record {
            Record::Ci(ci) => {
                self.cis.read += 1;
                match self.classes.get_mut(ci.class.as_str()) {
                    Some(count) => *count += 1,
                    None => {
                        self.classes.insert(ci.class.to_string(), 1);
                    }
                }
                let number = self.number(ci.key);
                if let Some(there) = self.in_file.get_mut(number as usize) {
                    *there = true;
                }
            }
            Record::Relation(relation) => {
                self.relations.read += 1;
                let (from, to) = (self.number(relation.from), self.number(relation.to));
                let kind = relation.kind;
                self.edges.push(Edge { kind, from, to });
                let edge = self.edges.len() - 1;
                if !self.is_closed(edge) {
                    let place = Place {
                        found: self.found,
                        line: entry.line,
                        reference: entry.reference,
                    };
                    self.open.push((edge, place));
                }
            }
        }
    }

    fn number(&mut self, key: CiKey) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key.clone());
        self.in_file.push(false);
        self.fresh.push(false);
        self.numbers.insert(key, number);
        number
    }

    fn is_missing(&self, number: u32) -> bool {
        self.in_file.get(number as usize) != Some(&true)
    }

    /// Both ends are known to exist.
    fn is_closed(&self, edge: usize) -> bool {
        let edge = self.edges.get(edge);
        edge.is_some_and(|edge| !self.is_missing(edge.from) && !self.is_missing(edge.to))
    }

    /// Keys that relations name and that no file holds.
    pub(super) fn wanted(&self) -> Vec<CiKey> {
        let open = self.open.iter().filter_map(|(edge, _)| self.edges.get(*edge));
        let mut numbers: Vec<u32> = open.flat_map(|edge| [edge.from, edge.to]).collect();
        numbers.retain(|number| self.is_missing(*number));
        numbers.sort_unstable();
        numbers.dedup();
        let keys = numbers
            .into_iter()
            .filter_map(|number| self.keys.get(number as usize));
        keys.cloned().collect()
    }

    /// Refuses relations whose ends are neither in the files nor among `there`.
    pub(super) fn resolve(&mut self, there: &HashSet<CiKey>) {
        for key in there {
            if let Some(known) = self
                .numbers
                .get(key)
                .and_then(|n| self.in_file.get_mut(*n as usize))
            {
                *known = true;
            }
        }
        let mut dangling = HashSet::new();
        for (edge, place) in std::mem::take(&mut self.open) {
            if self.is_closed(edge) {
                continue;
            }
            dangling.insert(edge);
            self.relations.rejected += 1;
            let problem = ImportProblem {
                line: place.line,
                reference: place.reference,
                reason: self.why_dangling(edge),
            };
            self.problems.push((place.found, problem));
        }
        let mut at = 0;
        self.edges.retain(|_| {
            at += 1;
            !dangling.contains(&(at - 1))
        });
    }

    fn why_dangling(&self, edge: usize) -> String {
        let ends = self.edges.get(edge).map_or([0, 0], |edge| [edge.from, edge.to]);
        let missing: Vec<String> = ends
            .into_iter()
            .filter(|number| self.is_missing(*number))
            .filter_map(|number| self.keys.get(number as usize))
            .map(|key| format!("no CI `{}`", shorten(key.as_str())))
            .collect();
        format!(
            "there is {}, neither in the file nor in the CMDB; import it first, or correct the key",
            missing.join(" and ")
        )
    }

    /// The problems in file order, as many as are listed.
    pub(super) fn take_problems(&mut self) -> Vec<ImportProblem> {
        let mut problems = std::mem::take(&mut self.problems);
        problems.sort_by_key(|(found, _)| *found);
        problems.truncate(LISTED);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }

    /// Notes which CIs the import has made, or would make.
    pub(super) fn made(&mut self, cis: &[CiKey]) {
        for key in cis {
            if let Some(fresh) = self
                .numbers
                .get(key)
                .and_then(|n| self.fresh.get_mut(*n as usize))
            {
                *fresh = true;
            }
        }
    }

    /// The relations to write, in chunks of one kind each. Relations of a new CI are new themselves and come
    /// in chunks of their own.
    pub(super) fn chunks(&self, size: usize) -> impl Iterator<Item = Chunk> + '_ {
        let wanted = RelationKind::ALL
            .into_iter()
            .flat_map(|kind| [(kind, true), (kind, false)]);
        wanted.flat_map(move |(kind, fresh)| {
            let these = |edge: &Edge| edge.kind == kind && self.is_fresh(*edge) == fresh;
            let edges: Vec<Edge> = self.edges.iter().copied().filter(these).collect();
            let count = edges.len().div_ceil(size);
            (0..count).map(move |chunk| {
                let part = edges.iter().skip(chunk * size).take(size);
                Chunk {
                    kind,
                    fresh,
                    relations: part.filter_map(|edge| self.relation(*edge)).collect(),
                }
            })
        })
    }

    fn is_fresh(&self, edge: Edge) -> bool {
        let fresh = |number: u32| self.fresh.get(number as usize) == Some(&true);
        fresh(edge.from) || fresh(edge.to)
    }

    fn relation(&self, edge: Edge) -> Option<Relation> {
        Some(Relation {
            kind: edge.kind,
            from: self.keys.get(edge.from as usize)?.clone(),
            to: self.keys.get(edge.to as usize)?.clone(),
        })
    }
}

/// Reads the CIs of the files again and hands them out in chunks. Blocks; ends early when `give` wants no more.
pub(super) fn read_cis(
    format: Format,
    files: &[File],
    classes: &[ClassKey],
    size: usize,
    mut give: impl FnMut(Vec<Ci>) -> bool,
) {
    let mut import = Import::new(format, classes.iter().cloned());
    let mut chunk = Vec::with_capacity(size);
    for (name, path) in files {
        // What cannot be read now was read a moment ago; the relations then miss their ends and say so.
        let Ok(file) = fs::File::open(path) else { continue };
        for entry in import
            .file(name, BufReader::with_capacity(BUFFER, file))
            .flatten()
        {
            if let Record::Ci(ci) = entry.record {
                chunk.push(*ci);
            }
            if chunk.len() == size && !give(std::mem::replace(&mut chunk, Vec::with_capacity(size))) {
                return;
            }
        }
    }
    if !chunk.is_empty() {
        give(chunk);
    }
}
