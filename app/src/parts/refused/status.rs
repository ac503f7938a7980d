//! Two people said what becomes of a linked change: what stands, what the second one wanted, and the way to have it.

use domain::release::{ChangeOutcome, Command, FieldVer, Link, LinkKey, Release};
use domain::sync::{MergeNote, Outcome, ReleaseOp};
use domain::wire::records::VersionView;
use leptos::prelude::*;

use super::Told;
use crate::client::{fresh, http};
use crate::parts::people::People;
use crate::state::remote;
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

/// What was said when the second person set out, beside what they made of it. The op names only its version: nothing had
/// been said yet, or the history of the release knows it, while the server can be asked.
fn was(told: &Told, key: LinkKey) -> Option<AnyView> {
    let ReleaseOp::SetChangeStatus { base, .. } = &told.op.op else {
        return None;
    };
    let (base, id) = (*base, told.op.release);
    let row = |word: &'static str| view! { <dt>"Was"</dt> <dd>{word}</dd> }.into_any();
    if base == FieldVer::default() {
        return Some(row(words(None)));
    }
    let rev = base.rev()?;
    let version = remote(
        true,
        move || rev,
        move |rev| async move { http::get::<VersionView>(&format!("/api/v1/releases/{id}/versions/{rev}")).await },
    );
    let shown = move || match (version.value.get(), version.error.get()) {
        (Some(version), _) => said_then(&version.release, &key, base).map(|said| row(words(said))),
        (None, Some(_)) => Some(row("known once the server can be asked")),
        (None, None) => None,
    };
    Some(shown.into_any())
}

/// The word on a change in a version, if it is the one that was seen.
fn said_then(version: &Release, key: &LinkKey, base: FieldVer) -> Option<Option<ChangeOutcome>> {
    let link = version.links.get(key)?;
    let seen = link.status_mark.is_some_and(|mark| mark.ver == base);
    seen.then_some(link.status)
}

/// Both words, side by side, and the one before.
pub(super) fn sides(told: &Told, release: &Release, people: People) -> Option<AnyView> {
    let (key, yours, link) = met(told, release)?;
    let theirs = link.status;
    let by = link
        .status_mark
        .map(|mark| view! { <span class="soft meta">" " {move || people.name(mark.by)} ", " <Moment at=mark.at ago=true /></span> });
    Some(
        view! {
            <dl class="ui-facts">
                {was(told, key)}
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::release::{Mark, Rev};
    use domain::{ReleaseId, UserId};
    use ulid::Ulid;

    use super::*;

    #[test]
    fn only_the_word_that_was_seen_is_told_as_what_was() {
        let mark = |rev| Mark {
            ver: FieldVer::Rev(Rev(rev)),
            by: UserId(Ulid(1)),
            at: DateTime::UNIX_EPOCH,
        };
        let mut version = Release::draft(ReleaseId(Ulid(2)), UserId(Ulid(1)), DateTime::UNIX_EPOCH, mark(1));
        let key = LinkKey::change("CHG-1".parse().unwrap());
        assert_eq!(said_then(&version, &key, mark(7).ver), None, "not linked then");
        let link = Link {
            name: "Switches".into(),
            mark: mark(3),
            ended: None,
            person: None,
            status: Some(ChangeOutcome::Resolved),
            status_mark: Some(mark(7)),
            cis: std::collections::BTreeMap::new(),
        };
        version.links.insert(key.clone(), link);
        let said = |rev| said_then(&version, &key, mark(rev).ver);
        assert_eq!(said(7), Some(Some(ChangeOutcome::Resolved)));
        assert_eq!(
            said(6),
            None,
            "said again in the same push: the version does not know"
        );
    }
}
