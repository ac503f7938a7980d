//! A week, Monday to Sunday in the time zone of this device, and what is planned on each of its days.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use domain::wire::schedule::{ScheduleEntry, ScheduleKind};
use leptos::prelude::*;

use crate::client::clock;
use crate::parts::people::People;
use crate::parts::stage::stage_badge;
use crate::paths;
use crate::ui::{Badge, Tone};

/// A week, by its Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Week(NaiveDate);

impl Week {
    /// The week that a day of it names; this week without one.
    pub(super) fn read(text: &str) -> Self {
        let day: NaiveDate = text.parse().unwrap_or_else(|_| clock::today());
        let back = Days::new(day.weekday().num_days_from_monday().into());
        Self(day.checked_sub_days(back).unwrap_or(day))
    }

    /// As the address has it.
    pub(super) fn word(self) -> String {
        self.0.to_string()
    }

    /// The week before.
    pub(super) fn earlier(self) -> Self {
        Self(self.0.checked_sub_days(Days::new(7)).unwrap_or(self.0))
    }

    /// The week after.
    pub(super) fn later(self) -> Self {
        Self(self.after(7))
    }

    fn after(self, days: u64) -> NaiveDate {
        self.0.checked_add_days(Days::new(days)).unwrap_or(self.0)
    }

    /// Its seven days.
    pub(super) fn days(self) -> impl Iterator<Item = NaiveDate> {
        (0..7).map(move |days| self.after(days))
    }

    /// From its first moment to the first one after it.
    pub(super) fn bounds(self) -> (DateTime<Utc>, DateTime<Utc>) {
        (clock::midnight(self.0), clock::midnight(self.after(7)))
    }

    /// `Week 48: 23 Nov to 29 Nov 2026`.
    pub(super) fn title(self) -> String {
        let last = self.after(6);
        format!(
            "Week {}: {} to {}",
            self.0.iso_week().week(),
            self.0.format("%-d %b"),
            last.format("%-d %b %Y")
        )
    }
}

/// A day with its entries, the earliest first. What goes on over several days is on each of them.
pub(super) fn day_view(day: NaiveDate, today: bool, all: &[ScheduleEntry], people: People) -> AnyView {
    let begins = clock::midnight(day);
    let ends = clock::midnight(day.checked_add_days(Days::new(1)).unwrap_or(day));
    let here = |entry: &&ScheduleEntry| entry.start < ends && (entry.end > begins || entry.start >= begins);
    let entries: Vec<AnyView> = all
        .iter()
        .filter(here)
        .map(|entry| entry_view(entry, hours(entry, begins, ends), people))
        .collect();
    let empty = entries.is_empty();
    view! {
        <section class="day" data-today=today.then_some("") data-empty=empty.then_some("") aria-label=day.format("%A, %-d %B").to_string()>
            <h3>
                <span>{day.format("%a").to_string()}</span> " " {day.format("%-d %b").to_string()}
                {today.then(|| view! { <span class="sr-only">", today"</span> })}
            </h3>
            {if empty {
                view! { <p class="soft meta">"Nothing"</p> }.into_any()
            } else {
                view! { <ol>{entries}</ol> }.into_any()
            }}
        </section>
    }
    .into_any()
}

/// When it is, on this day.
fn hours(entry: &ScheduleEntry, begins: DateTime<Utc>, ends: DateTime<Utc>) -> String {
    let (start, end) = (clock::time_of_day(entry.start), clock::time_of_day(entry.end));
    match (entry.start >= begins, entry.end <= ends) {
        (true, true) => format!("{start} to {end}"),
        (true, false) => format!("from {start}"),
        (false, true) => format!("until {end}"),
        (false, false) => "all day".to_owned(),
    }
}

fn entry_view(entry: &ScheduleEntry, hours: String, people: People) -> AnyView {
    let href = entry
        .number
        .map_or_else(|| paths::release_by_id(entry.release), paths::release);
    let number = entry.number.map(|number| number.to_string());
    let (kind, tone, word) = match entry.what {
        ScheduleKind::Window => ("window", Tone::Neutral, "window"),
        ScheduleKind::Activity => ("activity", Tone::Info, "work"),
    };
    let said = (entry.what == ScheduleKind::Activity).then(|| view! { <p>{entry.label.clone()}</p> });
    let (group, assignee) = (entry.group, entry.assignee);
    let who = move || {
        let names = [
            group.map(|id| people.group(id)),
            assignee.map(|id| people.name(id)),
        ];
        names.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    view! {
        <li data-what=kind>
            <p class="when">{hours} " " <Badge tone=tone text=word.to_owned() /></p>
            <a href=href>{entry.title.clone()}</a>
            {said}
            <p class="soft meta">{number} " " {who}</p>
            <p>{stage_badge(entry.stage, entry.disposition)}</p>
        </li>
    }
    .into_any()
}
