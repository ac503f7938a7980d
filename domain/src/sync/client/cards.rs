//! Own ops that wait, and outcomes that their author must still see.

use serde::Serialize;

use super::rows::{Card, RestoredMark};
use crate::release::{ConflictId, OpId, Release};
use crate::sync::{OpEnvelope, Outcome};

/// How safe an own op without a settled outcome is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// In the memory of this tab.
    Unsaved,
    /// On this device.
    Saved,
    /// The server has it; the base with its effect is on its way.
    Sent,
}

/// An own op without a settled outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waiting<'a> {
    /// The op, with all content. Of an unsaved one the identity is provisional.
    pub op: &'a OpEnvelope,
    /// How safe it is.
    pub kept: Kept,
    /// Its author took it back.
    pub taken_back: bool,
    /// It is sent again, because the server was restored.
    pub again: bool,
}

/// A card and what hangs on it.
#[derive(Debug, Clone, PartialEq)]
pub struct CardGroup<'a> {
    /// The op whose outcome it is.
    pub id: OpId,
    /// The outcome to see.
    pub root: &'a Card,
    /// Refusals that had the root as their cause, oldest first: one thing to look at, not twenty.
    pub dependents: Vec<(OpId, &'a Card)>,
    /// For a conflict: it is still open as far as this device knows. A decided one may be dismissed.
    pub open: bool,
}

/// Everything of its user that is only on this device or not yet seen, for a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Export<'a> {
    /// Ops without a settled outcome.
    pub waiting: Vec<Waiting<'a>>,
    /// Outcomes not yet dismissed, with their content.
    pub cards: Vec<&'a Card>,
    /// What was being typed, by field.
    pub typing: &'a std::collections::BTreeMap<String, String>,
    /// The server was restored.
    pub restored: Option<RestoredMark>,
}

/// The refused op that is the cause of this outcome.
fn cause(outcome: &Outcome) -> Option<OpId> {
    match outcome {
        Outcome::Rejected { depends_on, .. } => *depends_on,
        _ => None,
    }
}

/// Groups cards under their roots, oldest first. `base` answers for the releases of the device.
pub(super) fn group<'a>(
    cards: &'a std::collections::BTreeMap<OpId, Card>,
    base: impl Fn(&Card) -> Option<&'a Release>,
) -> Vec<CardGroup<'a>> {
    let mut groups: Vec<CardGroup<'a>> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    // A gesture may be sunk by a later op of its own, so roots come first.
    let is_root = |card: &Card| cause(&card.outcome).is_none_or(|cause| !cards.contains_key(&cause));
    for (id, root) in cards.iter().filter(|(_, card)| is_root(card)) {
        let open =
            matches!(root.outcome, Outcome::Conflicted { conflict, .. } if is_open(base(root), conflict));
        places.insert(*id, groups.len());
        groups.push(CardGroup {
            id: *id,
            root,
            dependents: Vec::new(),
            open,
        });
    }
    for (id, card) in cards.iter().filter(|(_, card)| !is_root(card)) {
        let place = root_of(cards, *id).and_then(|root| places.get(&root).copied());
        if let Some(group) = place.and_then(|place| groups.get_mut(place)) {
            group.dependents.push((*id, card));
        }
    }
    groups
}

/// Follows the causes to the card without one. Causes never go in a circle: an op rests on earlier ones, and the
/// culprit of a gesture has no cause in it.
fn root_of(cards: &std::collections::BTreeMap<OpId, Card>, from: OpId) -> Option<OpId> {
    let mut at = from;
    for _ in 0..=cards.len() {
        match cards.get(&at).and_then(|card| cause(&card.outcome)) {
            Some(cause) if cards.contains_key(&cause) => at = cause,
            _ => return Some(at),
        }
    }
    None
}

fn is_open(release: Option<&Release>, conflict: ConflictId) -> bool {
    release.is_none_or(|release| release.conflicts.contains_key(&conflict))
}
