//! Full-text search over releases: titles, descriptions and journals with what was written into them (full texts, notes of
//! records and holds, reasons), by an inverted index in memory.
//!
//! An index of the database would be kept by every write of the journal, could not say that one word stands in the
//! title and another in an entry, and would have to read all matches to count those that the asker may see. This one is
//! read once in the background and follows each commit; see [`index`] for what it costs.

mod index;

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::release::{NoteBody, Release, ReleaseField, Value};
use domain::sync::{Category, Committed, JournalEntry};
use domain::wire::list::{Hit, HitPart, HitPlace};
use domain::wire::release::ReleaseSummary;
use domain::{ReleaseId, ReleaseNumber};
use serde::Deserialize;
use surrealdb::types::{RecordId, SurrealValue};
use tokio::sync::RwLockReadGuard;

use super::query::{Vars, broken, id};
use super::{Error, Store};
pub(super) use index::{Matches, Spot, TextIndex};
use index::{folded, in_word, words};

/// Most words of one search.
const MAX_WORDS: usize = 12;
/// Length of the text around what was found, in characters.
const AROUND: usize = 160;

/// The index, and what happens to it.
#[derive(Default)]
pub(super) enum Text {
    /// Nobody has asked yet, or another process has written.
    #[default]
    Absent,
    /// It is being read; what is committed meanwhile waits.
    Reading(Vec<Change>),
    /// It is there.
    Ready(TextIndex),
}

/// What a commit means for the index.
pub(super) enum Change {
    /// A release has this number, title and description.
    Own {
        release: ReleaseId,
        number: Option<ReleaseNumber>,
        title: String,
        description: String,
    },
    /// Its journal has one more entry.
    Entry {
        release: ReleaseId,
        rev: u64,
        text: String,
    },
}

#[derive(SurrealValue)]
struct BodyRow {
    body: String,
}

#[derive(SurrealValue)]
struct EntryRow {
    entry: String,
}

/// What the index reads of a release.
#[derive(Deserialize)]
struct Own {
    id: ReleaseId,
    number: Option<ReleaseNumber>,
    fields: BTreeMap<ReleaseField, domain::release::Cell>,
}

/// What it reads of an entry.
#[derive(Deserialize)]
struct Entry {
    rev: u64,
    release: ReleaseId,
    category: Category,
    text: String,
    #[serde(default)]
    after: Value,
    note: Option<NoteBody>,
}

impl Entry {
    fn told(&self) -> Cow<'_, str> {
        told(self.category, &self.text, &self.after, self.note.as_ref())
    }
}

/// What somebody wrote with what they did, beside what the journal says of it: the full text of an entry, the note of a
/// record or a hold, a reason. Other values of the workflow are digests and identities, which nobody looks for.
fn told<'a>(category: Category, text: &'a str, after: &'a Value, note: Option<&'a NoteBody>) -> Cow<'a, str> {
    let wrote = match (category, note) {
        (_, Some(note)) => note.text.as_str(),
        (Category::Execution | Category::Workflow, None) => after.as_text(),
        _ => "",
    };
    let is_key = wrote.len() >= 26 && wrote.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if wrote.is_empty() || is_key {
        return text.into();
    }
    format!("{text}. {wrote}").into()
}

const BODIES: &str = "SELECT body FROM release";
const ENTRIES: &str = "SELECT entry FROM journal";
const SOME_ENTRIES: &str = "SELECT entry FROM $ids";
const SOME_BODIES: &str = "SELECT body FROM $ids";

impl Change {
    fn own(release: &Release) -> Self {
        Self::Own {
            release: release.id,
            number: release.number,
            title: release.text(ReleaseField::Title).to_owned(),
            description: release.text(ReleaseField::Description).to_owned(),
        }
    }
}

impl TextIndex {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Own {
                release,
                number,
                title,
                description,
            } => {
                let number = number.map(|number| format!("{number} {}", number.0));
                let title = format!("{} {title}", number.unwrap_or_default());
                self.set_own(release, &title, &description);
            }
            Change::Entry { release, rev, text } => self.add_entry(release, rev, &text),
        }
    }
}

impl Store {
    /// The index, read if need be. While one caller reads it, the others wait.
    pub(super) async fn text(&self) -> Result<RwLockReadGuard<'_, TextIndex>, Error> {
        loop {
            let held = self.0.text.read().await;
            let ready = |text: &Text| matches!(text, Text::Ready(_));
            if ready(&held) {
                return RwLockReadGuard::try_map(held, |text| match text {
                    Text::Ready(index) => Some(index),
                    Text::Absent | Text::Reading(_) => None,
                })
                .map_err(|_| broken("searching", "the index has gone"));
            }
            drop(held);
            let _one = self.0.text_reader.lock().await;
            if !ready(&*self.0.text.read().await)
                && let Err(error) = self.read_text().await
            {
                *self.0.text.write().await = Text::Absent;
                return Err(error);
            }
        }
    }

    /// Reads the index now, so that the first search does not wait for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn warm_text(&self) -> Result<(), Error> {
        self.text().await.map(|_| ())
    }

    /// Reads the index, while others go on writing.
    async fn read_text(&self) -> Result<(), Error> {
        let doing = "reading what is searched";
        let head = {
            let writer = self.0.writer.lock().await;
            *self.0.text.write().await = Text::Reading(Vec::new());
            writer.head
        };
        let mut index = TextIndex::default();
        let wrong = |e: serde_json::Error| broken(doing, e.to_string());
        self.stream::<BodyRow>(doing, BODIES, |row| {
            let own: Own = serde_json::from_str(&row.body).map_err(wrong)?;
            let text = |field| {
                own.fields
                    .get(&field)
                    .map_or("", |cell| cell.value.as_text())
                    .to_owned()
            };
            index.apply(Change::Own {
                release: own.id,
                number: own.number,
                title: text(ReleaseField::Title),
                description: text(ReleaseField::Description),
            });
            Ok(())
        })
        .await?;
        self.stream::<EntryRow>(doing, ENTRIES, |row| {
            let entry: Entry = serde_json::from_str(&row.entry).map_err(wrong)?;
            // What came later is noted apart, and must not count twice.
            if entry.rev <= head {
                index.add_entry(entry.release, entry.rev, &entry.told());
            }
            Ok(())
        })
        .await?;
        let mut text = self.0.text.write().await;
        // Otherwise another process has written meanwhile: whoever asks next begins anew.
        if let Text::Reading(changes) = &mut *text {
            std::mem::take(changes)
                .into_iter()
                .for_each(|change| index.apply(change));
            *text = Text::Ready(index);
        }
        Ok(())
    }

    /// Takes over what was just committed, where the index is there or being read. The caller holds the writer.
    pub(super) async fn note_text(&self, committed: &Committed) {
        let mut text = self.0.text.write().await;
        let owns = committed.releases.values().map(Change::own);
        let entries = committed
            .journal
            .iter()
            .map(|entry: &JournalEntry| Change::Entry {
                release: entry.release,
                rev: entry.rev.0,
                text: told(entry.category, &entry.text, &entry.after, entry.note.as_ref()).into_owned(),
            });
        let changes = owns.chain(entries);
        match &mut *text {
            Text::Absent => {}
            Text::Reading(later) => later.extend(changes),
            Text::Ready(index) => changes.for_each(|change| index.apply(change)),
        }
    }

    /// The words of a search.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a word in it, or with too many.
    pub(super) fn words_of(text: &str) -> Result<Vec<String>, Error> {
        let words: Vec<String> = words(text).collect();
        match words.len() {
            0 => Err(Error::invalid("text", "has no word to look for")),
            1..=MAX_WORDS => Ok(words),
            many => Err(Error::invalid(
                "text",
                format!("has {many} words, at most {MAX_WORDS} are looked for"),
            )),
        }
    }

    /// The texts in which the words were found, for the rows of a page.
    pub(super) async fn hits(
        &self,
        items: &[ReleaseSummary],
        words: &[String],
        matches: &Matches,
    ) -> Result<BTreeMap<ReleaseId, Hit>, Error> {
        let doing = "reading what was found";
        let (mut entries, mut bodies) = (Vec::new(), Vec::new());
        let mut hits = BTreeMap::new();
        for item in items {
            match matches.spot(item.id) {
                Some(Spot::Title) => {
                    hits.insert(item.id, hit(HitPlace::Title, &item.title, words));
                }
                Some(Spot::Description) => bodies.push(id("release", item.id.to_string())),
                Some(Spot::Entry(rev)) => {
                    let key = i64::try_from(rev).map_err(|e| broken(doing, e.to_string()))?;
                    entries.push(RecordId::new("journal", key));
                }
                None => {}
            }
        }
        if !entries.is_empty() {
            let vars = Vars::new().with("ids", entries);
            for row in self.ask(doing, SOME_ENTRIES, vars).await?.rows::<EntryRow>(0)? {
                let entry: Entry =
                    serde_json::from_str(&row.entry).map_err(|e| broken(doing, e.to_string()))?;
                hits.insert(entry.release, hit(HitPlace::Journal, &entry.told(), words));
            }
        }
        if !bodies.is_empty() {
            let vars = Vars::new().with("ids", bodies);
            for row in self.ask(doing, SOME_BODIES, vars).await?.rows::<BodyRow>(0)? {
                let own: Own = serde_json::from_str(&row.body).map_err(|e| broken(doing, e.to_string()))?;
                let cell = own.fields.get(&ReleaseField::Description);
                let text = cell.map_or("", |cell| cell.value.as_text());
                hits.insert(own.id, hit(HitPlace::Description, text, words));
            }
        }
        Ok(hits)
    }
}

/// A text around the first word that was looked for, with all of them marked.
fn hit(place: HitPlace, text: &str, wanted: &[String]) -> Hit {
    let found = |word: &str| {
        let word = folded(word);
        wanted.iter().any(|wanted| is_found(&word, wanted))
    };
    let mut parts: Vec<HitPart> = Vec::new();
    let mut add = |piece: &str, mark: bool| {
        let piece = piece.replace(['\n', '\t'], " ");
        match parts.last_mut().filter(|last| last.mark == mark) {
            Some(last) => last.text.push_str(&piece),
            None if piece.is_empty() => {}
            None => parts.push(HitPart { text: piece, mark }),
        }
    };
    let mut pieces: Vec<(&str, bool)> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let is_word = rest.starts_with(in_word);
        let end = rest.find(|c: char| in_word(c) != is_word).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push((piece, is_word && found(piece)));
        rest = after;
    }
    // Begins a little before the first word that was found.
    let first = pieces.iter().position(|(_, mark)| *mark).unwrap_or(0);
    let mut before = 0;
    let start = (0..first)
        .rev()
        .take_while(|at| {
            before += pieces[*at].0.chars().count();
            before <= AROUND / 3
        })
        .last()
        .unwrap_or(first);
    if start > 0 {
        add("…", false);
    }
    let mut length = 0;
    for (piece, mark) in &pieces[start..] {
        length += piece.chars().count();
        if length > AROUND {
            add("…", false);
            break;
        }
        add(piece, *mark);
    }
    Hit { place, parts }
}

/// A word answers another if it begins with it; a single letter or digit only itself.
fn is_found(word: &str, wanted: &str) -> bool {
    word == wanted || (wanted.chars().nth(1).is_some() && word.starts_with(wanted))
}

#[cfg(test)]
mod tests;
