//! The inverted index: for each word the releases it stands in.
//!
//! A word has one *posting* for each release, of 16 bytes, however often it stands there: whether it is in the title, in
//! the description, in how many entries of the journal, and in which of these last. A million entries of ten thousand
//! releases make some three million postings, 50 MB. A new entry costs O(its words x log releases); a search costs
//! O(postings of the words that begin as asked + releases).
//!
//! **Ranking.** For each word looked for: 40 if it is in the title, else 16 in the description, else 8 and up to 8 more
//! for the entries of the journal it is in; half as much again where it is the whole word and not only its beginning.
//! The sum over the words decides, then the newest release.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use domain::ReleaseId;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::is_found;

/// Longer ones are cut: nobody types them out.
const LONGEST: usize = 40;

/// Whether a letter, digit, or an accent that stands for itself after its letter: what words are made of.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Words of a text as they are looked for: in lower case, without accents.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !in_word(c))
        .map(folded)
        .filter(|word| !word.is_empty())
}

/// A word in lower case and without accents: `naïve` is found by `naive`, `Straße` by `strasse`, and the other way round.
pub(super) fn folded(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let letters = word.chars().take(LONGEST).flat_map(char::to_lowercase);
    for letter in letters.nfd().filter(|c| !is_combining_mark(*c)) {
        match letter {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            letter => plain.push(letter),
        }
    }
    plain
}

/// The index.
#[derive(Default)]
pub(in crate::db) struct TextIndex {
    ids: BTreeMap<Box<str>, u32>,
    /// By word, sorted by release.
    postings: Vec<Vec<Posting>>,
    releases: Vec<ReleaseId>,
    places: HashMap<ReleaseId, u32>,
    /// The words of title and description of each release.
    own: Vec<Box<[u32]>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Posting {
    release: u32,
    in_title: bool,
    in_description: bool,
    /// Entries of the journal with the word.
    entries: u16,
    /// The last of them.
    rev: u64,
}

/// Where to show what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::db) enum Spot {
    Title,
    Description,
    /// The entry of the journal with this revision.
    Entry(u64),
}

/// What a search found.
#[derive(Debug, Clone, Default)]
pub(in crate::db) struct Matches(HashMap<ReleaseId, (u32, Spot)>);

impl Matches {
    /// How well a release answers.
    pub(in crate::db) fn score(&self, release: ReleaseId) -> Option<u32> {
        self.0.get(&release).map(|(score, _)| *score)
    }

    /// Where to show it.
    pub(in crate::db) fn spot(&self, release: ReleaseId) -> Option<Spot> {
        self.0.get(&release).map(|(_, spot)| *spot)
    }
}

/// What is known of a release after some of the words.
#[derive(Clone, Copy)]
struct Tally {
    /// Words that were found.
    words: u32,
    score: u32,
    /// All of them so far.
    in_title: bool,
    in_description: bool,
    /// The entry with a word that stands nowhere else, or else with any.
    rev: u64,
    only_in_journal: bool,
}

impl TextIndex {
    fn place(&mut self, release: ReleaseId) -> u32 {
        *self.places.entry(release).or_insert_with(|| {
            self.releases.push(release);
            self.own.push(Box::default());
            u32::try_from(self.releases.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn word(&mut self, word: &str) -> u32 {
        if let Some(id) = self.ids.get(word) {
            return *id;
        }
        let id = u32::try_from(self.postings.len()).unwrap_or(u32::MAX);
        self.ids.insert(word.into(), id);
        self.postings.push(Vec::new());
        id
    }

    fn posting(&mut self, word: u32, release: u32) -> Option<&mut Posting> {
        let list = self.postings.get_mut(word as usize)?;
        let at = match list.binary_search_by_key(&release, |posting| posting.release) {
            Ok(at) => at,
            Err(at) => {
                let new = Posting {
                    release,
                    in_title: false,
                    in_description: false,
                    entries: 0,
                    rev: 0,
                };
                list.insert(at, new);
                at
            }
        };
        list.get_mut(at)
    }

    /// Takes title and description of a release as they are now.
    pub(super) fn set_own(&mut self, release: ReleaseId, title: &str, description: &str) {
        let place = self.place(release);
        let old = self
            .own
            .get_mut(place as usize)
            .map(std::mem::take)
            .unwrap_or_default();
        for word in old {
            if let Some(posting) = self.posting(word, place) {
                posting.in_title = false;
                posting.in_description = false;
            }
        }
        let mut own = Vec::new();
        for (text, is_title) in [(title, true), (description, false)] {
            for word in words(text) {
                let word = self.word(&word);
                if let Some(posting) = self.posting(word, place) {
                    posting.in_title |= is_title;
                    posting.in_description |= !is_title;
                }
                own.push(word);
            }
        }
        own.sort_unstable();
        own.dedup();
        if let Some(slot) = self.own.get_mut(place as usize) {
            *slot = own.into();
        }
    }

    /// Takes an entry of the journal.
    pub(super) fn add_entry(&mut self, release: ReleaseId, rev: u64, text: &str) {
        let place = self.place(release);
        for word in words(text) {
            let word = self.word(&word);
            if let Some(posting) = self.posting(word, place)
                && (posting.rev != rev || posting.entries == 0)
            {
                posting.entries = posting.entries.saturating_add(1);
                posting.rev = posting.rev.max(rev);
            }
        }
    }

    /// The releases in which each of the words begins a word, or is one.
    pub(in crate::db) fn find(&self, wanted: &[String]) -> Matches {
        let none = Tally {
            words: 0,
            score: 0,
            in_title: true,
            in_description: true,
            rev: 0,
            only_in_journal: false,
        };
        let mut tallies = vec![none; self.releases.len()];
        for (number, word) in (0..).zip(wanted) {
            let mut best: Vec<Option<(u32, Posting)>> = vec![None; self.releases.len()];
            let range = (Bound::Included(word.as_str()), Bound::Unbounded);
            let begins = self
                .ids
                .range::<str, _>(range)
                .take_while(|(known, _)| known.starts_with(word.as_str()));
            for (known, id) in begins.filter(|(known, _)| is_found(known, word)) {
                let whole = **known == **word;
                for posting in self.postings.get(*id as usize).into_iter().flatten() {
                    let reached = tallies
                        .get(posting.release as usize)
                        .is_some_and(|t| t.words == number);
                    let (true, Some(slot), score) = (
                        reached,
                        best.get_mut(posting.release as usize),
                        posting.score(whole),
                    ) else {
                        continue;
                    };
                    if score > 0 && slot.is_none_or(|(before, _)| score > before) {
                        *slot = Some((score, *posting));
                    }
                }
            }
            for (tally, best) in tallies.iter_mut().zip(&best) {
                let Some((score, posting)) = best else { continue };
                tally.words += 1;
                tally.score += score;
                tally.in_title &= posting.in_title;
                tally.in_description &= posting.in_description;
                let only = !posting.in_title && !posting.in_description;
                if posting.entries > 0 && (only || !tally.only_in_journal) {
                    tally.rev = posting.rev;
                    tally.only_in_journal |= only;
                }
            }
        }
        let all = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        let found = tallies
            .iter()
            .zip(&self.releases)
            .filter(|(tally, _)| tally.words == all);
        Matches(
            found
                .map(|(tally, release)| {
                    let spot = match tally {
                        tally if tally.in_title => Spot::Title,
                        tally if tally.in_description || tally.rev == 0 => Spot::Description,
                        tally => Spot::Entry(tally.rev),
                    };
                    (*release, (tally.score, spot))
                })
                .collect(),
        )
    }
}

impl Posting {
    fn score(&self, whole: bool) -> u32 {
        let score = match self {
            Self { in_title: true, .. } => 40,
            Self {
                in_description: true, ..
            } => 16,
            Self { entries: 0, .. } => 0,
            Self { entries, .. } => 8 + u32::from(*entries).min(8),
        };
        if whole { score * 3 / 2 } else { score }
    }
}
