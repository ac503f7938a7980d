use chrono::TimeDelta;

use super::page::is_whose;
use crate::access::{Actor, may_view};
use crate::release::Disposition;
use crate::wire::release::ReleaseSummary;
use crate::wire::schedule::{MAX_SCHEDULE_ENTRIES, Schedule, ScheduleEntry, ScheduleKind, ScheduleQuery};

/// What of these releases is planned within a time, as far as somebody may see it: windows and scheduled work, the
/// earliest first. What was cancelled is planned no longer. O(releases + entries log entries).
#[must_use]
pub fn schedule<'a>(
    actor: &Actor,
    releases: impl Iterator<Item = &'a ReleaseSummary>,
    asked: &ScheduleQuery,
) -> Schedule {
    let mut items: Vec<ScheduleEntry> = releases
        .filter(|release| release.disposition != Disposition::Cancelled)
        .flat_map(entries)
        .filter(|(_, entry)| {
            let own = |group| actor.groups.contains(&group);
            entry.start < asked.to
                && (entry.end > asked.from || entry.start >= asked.from)
                && is_whose(&asked.group, entry.group, own)
        })
        .filter(|(release, _)| may_view(actor, release.facts()))
        .map(|(_, entry)| entry)
        .collect();
    items.sort_by_key(|entry| (entry.start, entry.end, entry.release, entry.what));
    let total = items.len() as u64;
    items.truncate(MAX_SCHEDULE_ENTRIES);
    Schedule {
        from: asked.from,
        to: asked.to,
        items,
        total,
    }
}

/// The entries of a release: its window, where it has one, and its work in the calendar of a group.
fn entries(release: &ReleaseSummary) -> impl Iterator<Item = (&ReleaseSummary, ScheduleEntry)> {
    let entry = |what, label: &str, start, end, group| ScheduleEntry {
        release: release.id,
        number: release.number,
        title: release.title.clone(),
        what,
        label: label.to_owned(),
        start,
        end,
        group,
        assignee: release.assignee,
        stage: release.stage,
        disposition: release.disposition,
    };
    let window = release.planned_start.zip(release.planned_end);
    let window = window
        .filter(|(start, end)| start <= end)
        .map(|(start, end)| entry(ScheduleKind::Window, "Release window", start, end, release.group));
    let activity = release.activity.as_ref().and_then(|work| {
        let end = work
            .at
            .checked_add_signed(TimeDelta::minutes(work.minutes.into()))?;
        let what = ScheduleKind::Activity;
        Some(entry(what, &work.instruction, work.at, end, Some(work.group)))
    });
    window
        .into_iter()
        .chain(activity)
        .map(move |entry| (release, entry))
}

#[cfg(test)]
mod tests;
