//! Two people said what becomes of a linked change: what stands, what the second one wanted, and the way to have it.

use domain::release::{ChangeOutcome, Command, Link, LinkKey, Release};
use domain::sync::{MergeNote, Outcome, ReleaseOp};
use leptos::prelude::*;

use super::Told;
use crate::client::fresh;
use crate::parts::people::People;
use crate::ui::Moment;

/// The second word on a change, and the link as it is now.
fn met<'a>(told: &Told, release: &'a Release) -> Option<(LinkKey, Option<ChangeOutcome>, &'a Link)> {
    let kept = matches!(
        told.outcome,
        Outcome::Merged {
            note: MergeNote::KeptElement,
            ..
        }
    );
    let ReleaseOp::SetChangeStatus { change, status, .. } = &told.op.op else {
        return None;
    };
    let key = LinkKey::change(change.clone());
    let link = release.links.get(&key).filter(|_| kept)?;
    Some((key, *status, link))
}

fn words(status: Option<ChangeOutcome>) -> &'static str {
    status.map_or("not said yet", ChangeOutcome::label)
}

/// Both words, side by side.
pub(super) fn sides(told: &Told, release: &Release, people: People) -> Option<AnyView> {
    let (_, yours, link) = met(told, release)?;
    let theirs = link.status;
    let by = link
        .status_mark
        .map(|mark| view! { <span class="soft meta">" " {move || people.name(mark.by)} ", " <Moment at=mark.at ago=true /></span> });
    Some(
        view! {
            <dl class="ui-facts">
                <dt>"Theirs, stands now"</dt>
                <dd>{words(theirs)} {by}</dd>
                <dt>"Yours"</dt>
                <dd>{words(yours)}</dd>
            </dl>
        }
        .into_any(),
    )
}

/// What makes the second word stand after all; nothing where it does, or the link was ended.
pub(super) fn take_mine(told: &Told, release: &Release) -> Option<Vec<ReleaseOp>> {
    let (key, yours, link) = met(told, release)?;
    let change = key.record()?.key.clone();
    if link.ended.is_some() || link.status == yours {
        return None;
    }
    let command = Command::SetChangeStatus {
        change,
        status: yours,
    };
    command.into_ops(release, fresh::ulid).ok()
}
