//! A dump of NetBox 3.0 to 3.6, as `manage.py dumpdata` writes it: one JSON array of
//! `{"model", "pk", "fields"}`. The mapping is described in docs/import-netbox.md.
//!
//! Objects come in any order and refer to each other by number, so the models we map are collected into
//! tables of the few fields we want ([`tables`]) and stated at the end ([`emit`]); everything else is
//! counted and forgotten as it passes.

mod cables;
mod elements;
mod emit;
mod items;
mod model;
mod relations;
mod tables;

use std::collections::VecDeque;
use std::io::BufRead;

use super::{Found, Problem, Refused, Skipped};
use elements::{Element, Elements};
use tables::Tables;

pub(super) struct Source<'a, R> {
    name: &'a str,
    elements: Elements<R>,
    tables: Tables,
    state: State,
    pending: VecDeque<Found>,
}

enum State {
    Reading,
    /// The next stage to state.
    Stating(usize),
    End,
}

impl<'a, R: BufRead> Source<'a, R> {
    pub(super) fn new(name: &'a str, input: R) -> Self {
        Self {
            name,
            elements: Elements::new(input),
            tables: Tables::default(),
            state: State::Reading,
            pending: VecDeque::new(),
        }
    }

    /// Takes in one element; a problem if there is one with it.
    fn read(&mut self, skipped: &mut Skipped) -> Option<Problem> {
        let (index, line, element) = match self.elements.next() {
            None => {
                self.tables.complete(skipped);
                self.state = State::Stating(0);
                return None;
            }
            Some(next) => next,
        };
        let place = format!("[{index}]");
        match element {
            Element::Text(text) => match self.tables.take(index, text, skipped) {
                Ok(()) => None,
                Err(mut problem) => {
                    problem.problem.line = Some(line);
                    Some(problem)
                }
            },
            Element::Bad(reason) => Some(Problem::at_line(Refused::Piece, line, &place, reason)),
            Element::Broken(reason) => {
                // What came before is whole and is stated; the caller decides whether it wants half a dump.
                self.tables.complete(skipped);
                self.state = State::Stating(0);
                Some(Problem::at_line(Refused::Rest, line, self.name, reason))
            }
        }
    }
}

impl<R: BufRead> super::Source for Source<'_, R> {
    fn next(&mut self, skipped: &mut Skipped) -> Option<Found> {
        loop {
            if let Some(found) = self.pending.pop_front() {
                return Some(found);
            }
            match self.state {
                State::Reading => {
                    if let Some(problem) = self.read(skipped) {
                        return Some(Err(problem));
                    }
                }
                State::Stating(stage) => match emit::STAGES.get(stage) {
                    Some(state) => {
                        state(&self.tables, &mut emit::Out::new(&mut self.pending, skipped));
                        self.state = State::Stating(stage + 1);
                    }
                    None => self.state = State::End,
                },
                State::End => return None,
            }
        }
    }
}
