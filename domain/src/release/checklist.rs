//! Checklists (S21): questions copied from a template, answers with a history, and a confirmation that an answer
//! given later takes away.

mod form;
mod shipped;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AnswerField, Cell, Mark, Release, Value};
use crate::{ChecklistId, FormKey, QuestionKey};

pub use form::{AnswerKind, Form, FormDigest, FormGroup, MAX_QUESTIONS, Question, WrongForm};
pub use shipped::shipped;

/// Most checklists of one release, removed ones included.
pub const MAX_CHECKLISTS: usize = 100;

/// A checklist of a release. Its questions are those of the template when it was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Checklist {
    /// The template it was copied from.
    pub template: FormKey,
    /// The questions.
    pub form: Form,
    /// What was answered; a question without an answer is absent.
    #[serde(default)]
    pub answers: BTreeMap<QuestionKey, BTreeMap<AnswerField, Cell>>,
    /// The last answer, or the adding of the checklist.
    pub answered: Mark,
    /// Who confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Mark>,
    /// Whose answer took a confirmation away, until it is confirmed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<Mark>,
    /// Who took it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Mark>,
}

impl Checklist {
    /// An answer, or the remark beside it.
    #[must_use]
    pub fn value(&self, question: &QuestionKey, field: AnswerField) -> &Value {
        let cell = self.answers.get(question).and_then(|cells| cells.get(&field));
        cell.map_or(&Value::Empty, |cell| &cell.value)
    }

    /// Required questions that have no answer, in the order of the form.
    pub fn missing(&self) -> impl Iterator<Item = &Question> {
        self.form
            .questions()
            .filter(|question| question.required && self.value(&question.key, AnswerField::Answer).is_blank())
    }

    /// Questions with an answer.
    #[must_use]
    pub fn answered_count(&self) -> usize {
        let answered = |question: &&Question| !self.value(&question.key, AnswerField::Answer).is_blank();
        self.form.questions().filter(answered).count()
    }
}

impl Release {
    /// Checklists that are not taken off, in the order in which they were added.
    #[must_use]
    pub fn checklists(&self) -> Vec<(ChecklistId, &Checklist)> {
        let live = self.checklists.iter().filter(|(_, list)| list.removed.is_none());
        live.map(|(id, list)| (*id, list)).collect()
    }

    /// Is a checklist from this template there, and is every one of them confirmed?
    #[must_use]
    pub fn is_confirmed(&self, template: &str) -> bool {
        let mut of_it = self
            .checklists
            .values()
            .filter(|list| list.removed.is_none() && list.template.as_str() == template)
            .peekable();
        of_it.peek().is_some() && of_it.all(|list| list.confirmed.is_some())
    }
}
