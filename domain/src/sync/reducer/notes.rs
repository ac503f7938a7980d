//! What people write into the journal, and the versions they mark. Neither changes the content.

use super::{Ctx, Done, Refusal, applied, malformed};
use crate::release::{Baseline, MAX_BASELINES, NoteBody, Release, Value};
use crate::sync::journal::Category;
use crate::sync::outcome::Reason;

/// Longest name of a baseline, in characters.
const MAX_NAME: usize = 100;

/// An entry in the journal. It lives there only: the release itself stays as it is.
pub(super) fn note(note: &NoteBody) -> Result<Done, Refusal> {
    let note = note.checked().map_err(malformed)?;
    Ok(applied(Category::Note, note.short, Value::Empty, Value::Empty))
}

/// Marks the version as it is now.
pub(super) fn baseline(release: &mut Release, name: &str, ctx: &Ctx<'_>) -> Result<Done, Refusal> {
    let name = name.trim();
    let length = name.chars().count();
    if !(1..=MAX_NAME).contains(&length) || name.contains(char::is_control) {
        return Err(malformed(format!(
            "name: give the baseline a name of one line and at most {MAX_NAME} characters"
        )));
    }
    if release.baselines.iter().any(|baseline| baseline.name == name) {
        return Err(Reason::Duplicate {
            what: format!("A baseline named “{name}”"),
        }
        .into());
    }
    if release.baselines.len() >= MAX_BASELINES {
        return Err(Reason::TooMany {
            what: format!("A release has at most {MAX_BASELINES} baselines."),
        }
        .into());
    }
    let hash = release.content_hash();
    let text = format!("marked the baseline “{name}”");
    let after = hash.0.clone().into();
    release.baselines.push(Baseline {
        name: name.to_owned(),
        hash,
        mark: ctx.mark(),
    });
    Ok(applied(Category::Baseline, text, Value::Empty, after))
}
