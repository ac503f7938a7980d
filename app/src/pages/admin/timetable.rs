//! Beside the form of a calendar: the next two weeks as it is typed right now, and what would be due when.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use domain::calendar::{Calendar, Clock, Interval, Zone};
use domain::wire::admin::Register as _;
use leptos::prelude::*;
use serde_json::Value;

use super::form::Form;
use super::names::Names;
use crate::client::clock;
use crate::ui::{Icon, TextField, icon};

/// Days that are shown.
const DAYS: u64 = 14;
/// Width of a day in the picture.
const WIDTH: i64 = 240;
const HOUR: i64 = 3_600;

/// The panel.
pub fn aside(form: Form, _: Names) -> AnyView {
    let read = Memo::new(move |_| read(form));
    let days = move || match read.get() {
        Ok(calendar) => two_weeks(&calendar),
        Err(why) => view! {
            <p class="ui-bar" data-tone="warning" role="status">{icon(Icon::Warning)} <span>{why}</span></p>
        }
        .into_any(),
    };
    view! {
        <section class="ui-panel page-admin-preview">
            <h2>"The next two weeks"</h2>
            <div class="ui-stack">
                {days}
                <Due read=read />
            </div>
        </section>
    }
    .into_any()
}

/// The calendar as it is typed right now, or what is still wrong with it.
fn read(form: Form) -> Result<Calendar, String> {
    let mut fields = form.changes();
    form.base.with(|base| {
        for (key, value) in &base.fields {
            fields.entry(key.clone()).or_insert_with(|| value.clone());
        }
    });
    fields.retain(|_, value| !value.is_null());
    fields
        .entry("name")
        .or_insert_with(|| Value::String("new".to_owned()));
    let mut calendar: Calendar = domain::json::from_value(Value::Object(fields))
        .map_err(|_| "Something is not filled in yet.".to_owned())?;
    match calendar.check() {
        Ok(()) => Ok(calendar),
        Err(wrong) => Err(format!("{}: {}", crate::fields::place(&wrong.at), wrong.message)),
    }
}

fn two_weeks(calendar: &Calendar) -> AnyView {
    let first = clock::today();
    let day = |n: u64| {
        let date = first.checked_add_days(Days::new(n)).unwrap_or(first);
        let hours = calendar.on(date);
        let text = if hours.is_empty() {
            off(calendar, date)
        } else {
            let spans = hours.iter().map(|it| format!("{}-{}", it.from, it.to));
            spans.collect::<Vec<_>>().join(", ")
        };
        let weekend = hours.is_empty().then_some("");
        view! {
            <tr data-off=weekend>
                <th scope="row">{date.format("%a %-d %b").to_string()}</th>
                <td class="bar">{picture(hours)}</td>
                <td>{text}</td>
            </tr>
        }
    };
    view! {
        <table class="page-admin-days">
            <caption class="sr-only">"Working time of the next two weeks"</caption>
            <thead class="sr-only">
                <tr>
                    <th scope="col">"Day"</th>
                    <th scope="col">"Picture"</th>
                    <th scope="col">"Hours"</th>
                </tr>
            </thead>
            <tbody>{(0..DAYS).map(day).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// Why there is no work.
fn off(calendar: &Calendar, date: NaiveDate) -> String {
    let named = calendar
        .exceptions
        .iter()
        .rev()
        .find(|it| (it.from..=it.to).contains(&date));
    if let Some(exception) = named {
        return if exception.note.is_empty() {
            "off".to_owned()
        } else {
            format!("off: {}", exception.note)
        };
    }
    let holiday = calendar.holidays.iter().find(|day| {
        let same_day = (day.date.month(), day.date.day()) == (date.month(), date.day());
        day.date == date || (day.yearly && same_day)
    });
    match holiday {
        Some(holiday) if !calendar.works_on_holidays => format!("off: {}", holiday.name),
        _ => "off".to_owned(),
    }
}

/// A day from midnight to midnight, with what is worked in it.
fn picture(hours: &[Interval]) -> AnyView {
    let span = |it: &Interval| {
        let (from, to) = (
            it.from.seconds() * WIDTH / (24 * HOUR),
            it.to.seconds() * WIDTH / (24 * HOUR),
        );
        view! { <rect class="worked" x=from.to_string() y="0" width=(to - from).to_string() height="14" rx="2" /> }
    };
    let mark = |hour: i64| {
        let x = (hour * WIDTH / 24).to_string();
        view! { <line x1=x.clone() x2=x y1="0" y2="14" /> }
    };
    view! {
        <svg viewBox="0 0 240 14" aria-hidden="true" focusable="false">
            <rect class="day" x="0" y="0" width="240" height="14" rx="2" />
            {hours.iter().map(span).collect_view()}
            {[6, 12, 18].into_iter().map(mark).collect_view()}
        </svg>
    }
    .into_any()
}

/// So much work from then on is done when?
#[component]
fn Due(read: Memo<Result<Calendar, String>>) -> impl IntoView {
    let begin = RwSignal::new(clock::to_input(clock::now()));
    let hours = RwSignal::new("8".to_owned());
    let answer = move || {
        let Ok(calendar) = read.get() else {
            return "Once the calendar is complete.".to_owned();
        };
        let begin = NaiveDateTime::parse_from_str(&begin.get(), "%Y-%m-%dT%H:%M");
        let hours = hours.get().replace(',', ".").parse::<f64>();
        let (Ok(begin), Ok(hours @ 0.0..=100_000.0)) = (begin, hours) else {
            return "Say from when, and how many hours.".to_owned();
        };
        #[expect(clippy::cast_possible_truncation, reason = "at most 360 million seconds")]
        let work = TimeDelta::seconds((hours * 3_600.0).round() as i64);
        // Both times are those of the wall in the zone of the calendar, so the offset to UTC plays no part.
        let wall = Zone::fixed(0);
        let clock = Clock {
            calendar: &calendar,
            zone: &wall,
        };
        let begin: DateTime<Utc> = begin.and_utc();
        match clock.after(begin, work) {
            Some(due) => format!("{} ({})", due.format("%A, %-d %B %Y, %H:%M"), calendar.zone),
            None => "Never: there is not so much working time.".to_owned(),
        }
    };
    view! {
        <div class="page-admin-due">
            <TextField label="Work begins" kind="datetime-local" value=begin />
            <TextField label="Hours of work" kind="number" value=hours />
        </div>
        <p role="status">
            <span class="soft">"It would be due: "</span>
            <strong>{answer}</strong>
        </p>
    }
}
