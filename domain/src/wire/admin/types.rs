use std::collections::BTreeSet;

use super::{Register, line, prose, wrong};
use crate::release::{Choice, ReleaseType};
use crate::wire::problem::FieldError;

/// Most closure codes, hold reasons, approving groups and checklists of a release type.
const MAX_CHOICES: usize = 50;

impl Register for ReleaseType {
    const NAME: &'static str = "types";
    const ONE: &'static str = "release type";

    fn name(&self) -> &str {
        &self.name
    }

    fn unique(&self) -> Option<(&'static str, &str)> {
        Some(("key", self.key.as_str()))
    }

    fn text(&self) -> String {
        format!("{}\n{}", self.key, self.description)
    }

    fn check(&mut self) -> Result<(), FieldError> {
        line("name", &mut self.name, 100)?;
        prose("description", &mut self.description, 2_000)?;
        let many = |at: &str| wrong(at, format!("at most {MAX_CHOICES} are allowed"));
        if self.approvers.len() > MAX_CHOICES {
            return Err(many("approvers"));
        }
        let mut groups = BTreeSet::new();
        for (n, approvers) in self.approvers.iter().enumerate() {
            if approvers.quorum == 0 {
                return Err(wrong(&format!("approvers[{n}].quorum"), "must be at least 1"));
            }
            if !groups.insert(approvers.group) {
                return Err(wrong(&format!("approvers[{n}].group"), "is named twice"));
            }
        }
        if self.checklists.len() > MAX_CHOICES {
            return Err(many("checklists"));
        }
        let mut moments = BTreeSet::new();
        for (n, choice) in self.mails.iter_mut().enumerate() {
            line(&format!("mails[{n}].template"), &mut choice.template, 60)?;
            if !moments.insert(choice.moment) {
                return Err(wrong(&format!("mails[{n}].moment"), "is named twice"));
            }
        }
        choices("closure_codes", &mut self.closure_codes)?;
        choices("hold_reasons", &mut self.hold_reasons)
    }
}

fn choices(at: &str, list: &mut [Choice]) -> Result<(), FieldError> {
    if list.len() > MAX_CHOICES {
        return Err(wrong(at, format!("at most {MAX_CHOICES} are allowed")));
    }
    if !list.iter().any(|choice| choice.active) {
        return Err(wrong(at, "at least one that may be chosen is needed"));
    }
    let mut keys = BTreeSet::new();
    for (n, choice) in list.iter_mut().enumerate() {
        line(&format!("{at}[{n}].key"), &mut choice.key, 60)?;
        line(&format!("{at}[{n}].text"), &mut choice.text, 200)?;
        if !keys.insert(choice.key.clone()) {
            return Err(wrong(&format!("{at}[{n}].key"), "is the key of another one"));
        }
    }
    Ok(())
}
