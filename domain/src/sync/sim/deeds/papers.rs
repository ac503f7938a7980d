//! What is kept beside the content: entries in the journal, documents, checklists, baselines.

use crate::release::{AnswerField, Command, DocumentField, FileRef, NoteBody, Release};
use crate::sync::sim::registers::{checklist_form, checklist_key};
use crate::sync::sim::world::World;
use crate::{BlobId, ChecklistId, DocumentId};

impl World {
    /// Something to the papers.
    pub(super) fn file(&mut self, shown: &Release) -> Option<Command> {
        let documents: Vec<DocumentId> = shown.documents.keys().copied().collect();
        let lists: Vec<ChecklistId> = shown.checklists.keys().copied().collect();
        // Mostly the first, so that people meet.
        let meet = self.random.per_mille(600);
        let document = if meet {
            documents.first()
        } else {
            self.random.pick(&documents)
        }
        .copied();
        let list = if meet {
            lists.first()
        } else {
            self.random.pick(&lists)
        }
        .copied();
        let what = match self.random.below(20) {
            5..9 if document.is_none() => 2,
            9..18 if list.is_none() => 9,
            what => what,
        };
        Some(match what {
            0 | 1 => Command::Note {
                note: NoteBody {
                    // Without one it is refused.
                    category: if self.random.per_mille(900) { "Memo" } else { "" }.into(),
                    short: self.text("entry"),
                    ..NoteBody::default()
                },
            },
            2 | 3 if documents.len() < 4 => Command::Attach {
                document: None,
                file: self.file_ref()?,
                fields: [(DocumentField::Name, self.text("document").into())].into(),
            },
            2..5 => Command::Attach {
                document,
                file: self.file_ref()?,
                fields: [].into(),
            },
            5 | 6 => Command::Describe {
                document: document?,
                field: DocumentField::Name,
                value: self.text("document").into(),
            },
            7 => Command::Detach { document: document? },
            8 => Command::Reattach { document: document? },
            9 | 10 if lists.len() < 3 => Command::AddChecklist {
                template: checklist_key()?,
                // A page fills in what the template asks. What only a script would make up, a device believes and the
                // server refuses: that goes with the faults.
                form: Some(checklist_form(self.healing || self.random.per_mille(900))?),
            },
            9..15 => self.answer(shown, list?)?,
            15 | 16 => {
                let whole = shown
                    .checklists
                    .iter()
                    .find(|(_, list)| list.missing().next().is_none());
                Command::ConfirmChecklist {
                    checklist: whole.map(|(id, _)| *id).or(list)?,
                }
            }
            17 => Command::RemoveChecklist { checklist: list? },
            _ => Command::Baseline {
                // The same name twice is refused.
                name: format!("baseline {}", self.random.below(6)),
            },
        })
    }

    fn answer(&mut self, shown: &Release, checklist: ChecklistId) -> Option<Command> {
        let list = shown.checklists.get(&checklist)?;
        let questions: Vec<_> = list
            .form
            .questions()
            .map(|question| question.key.clone())
            .collect();
        // Mostly one that must be answered.
        let asked = list.missing().next().filter(|_| self.random.per_mille(600));
        let question = match asked {
            Some(asked) => asked.key.clone(),
            None => self.random.pick(&questions)?.clone(),
        };
        let in_words = list.value(&question, AnswerField::Answer).as_text().to_owned();
        let (field, value) = if self.random.per_mille(250) {
            (AnswerField::Remark, self.text("remark"))
        } else if question.as_str() == "works" {
            let said = self.random.pick(&["yes", "no", "n/a"]).copied();
            (AnswerField::Answer, said.unwrap_or("no").to_owned())
        } else {
            (AnswerField::Answer, self.edited(&in_words))
        };
        Some(Command::Answer {
            checklist,
            question,
            field,
            value: value.into(),
        })
    }

    fn file_ref(&mut self) -> Option<FileRef> {
        let n = self.fresh();
        let mut blob = [0; 32];
        blob.iter_mut()
            .zip(n.0.to_be_bytes())
            .for_each(|(to, byte)| *to = byte);
        Some(FileRef {
            blob: BlobId(blob),
            // An empty one is refused.
            bytes: if self.random.per_mille(900) { 4_096 } else { 0 },
            kind: "text/plain".into(),
            name: "protocol.txt".parse().ok()?,
        })
    }
}
