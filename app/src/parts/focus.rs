//! Goes to where something is wrong: opens the tab and the step, then puts the focus on the field.

use domain::release::{AnswerField, FieldPlace, StepField};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;

use super::cell::{control_id, of_answer, of_release, of_step};
use super::plan::{ADD_FIELD, PlanView};
use crate::state::location::QueryState;

/// Id of the conflict panel.
pub const CONFLICTS: &str = "conflicts";

/// Id of the list of documents.
pub const DOCUMENTS: &str = "documents";
/// Id of the list of checklists.
pub const CHECKLISTS: &str = "checklists";

/// Goes there.
pub fn go_to(place: &FieldPlace, plan: PlanView, query: QueryState) {
    let (tab, id) = match place {
        FieldPlace::Release { field } => ("record", control_id(&of_release(*field))),
        FieldPlace::Step { step, field } => {
            plan.opened.update(|opened| {
                opened.insert(*step);
            });
            ("", control_id(&of_step(*step, field.unwrap_or(StepField::Title))))
        }
        FieldPlace::Plan => ("", ADD_FIELD.to_owned()),
        FieldPlace::Conflicts => ("", CONFLICTS.to_owned()),
        FieldPlace::Documents => ("documents", DOCUMENTS.to_owned()),
        FieldPlace::Checklists { checklist, question } => {
            let id = match (checklist, question) {
                (Some(list), Some(question)) => {
                    control_id(&of_answer(*list, question.clone(), AnswerField::Answer))
                }
                (Some(list), None) => format!("checklist-{list}"),
                (None, _) => CHECKLISTS.to_owned(),
            };
            ("checklists", id)
        }
        FieldPlace::Links => ("links", "links".to_owned()),
        FieldPlace::Approvals | FieldPlace::Workflow => ("", "workflow".to_owned()),
    };
    let now = query.now.get_untracked();
    if now.get("tab").unwrap_or_default() != tab {
        query.set(now.with("tab", tab));
    }
    spawn_local(async move {
        // The field appears with the tab or the opened step, a few frames from now.
        for _ in 0..40 {
            if focus(&id) {
                return;
            }
            TimeoutFuture::new(25).await;
        }
    });
}

/// Puts the focus on an element and brings it into view; `false` when it is not there yet.
pub fn focus(id: &str) -> bool {
    let element = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(element) = element else { return false };
    // What is folded away cannot have the focus.
    if let Ok(Some(folded)) = element.closest("details") {
        let _ = folded.set_attribute("open", "");
    }
    element.scroll_into_view();
    let _ = element.focus();
    document()
        .active_element()
        .is_some_and(|active| active.is_same_node(Some(&element)))
}
