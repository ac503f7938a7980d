use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Calendar, Zone};
use crate::CalendarId;

/// How many days ahead working time is looked for: a hundred years.
const HORIZON: usize = 36_525;
/// Seconds of a day without a change of offset.
const DAY: i64 = 86_400;

/// A calendar with its zone, as devices get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Timetable {
    /// Identity.
    pub id: CalendarId,
    /// No longer to be chosen; release types that have it go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// The calendar.
    pub calendar: Calendar,
    /// Its zone.
    pub zone: Zone,
}

impl Timetable {
    /// What reckons with it.
    #[must_use]
    pub fn clock(&self) -> Clock<'_> {
        Clock {
            calendar: &self.calendar,
            zone: &self.zone,
        }
    }
}

/// A calendar in its zone. All times of releases are reckoned here (U22).
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// What is worked.
    pub calendar: &'a Calendar,
    /// Where.
    pub zone: &'a Zone,
}

impl<'a> Clock<'a> {
    /// Working time from one moment up to another; none when the second is not later.
    #[must_use]
    pub fn worked(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        let mut sum = TimeDelta::zero();
        for (begin, end) in self.spans(from) {
            if begin >= to {
                break;
            }
            sum += end.min(to) - begin;
        }
        sum
    }

    /// The first moment by which so much working time has passed since another. `None` for a calendar without (so much)
    /// working time ahead.
    #[must_use]
    pub fn after(&self, from: DateTime<Utc>, work: TimeDelta) -> Option<DateTime<Utc>> {
        let mut left = work;
        if left <= TimeDelta::zero() {
            return Some(from);
        }
        for (begin, end) in self.spans(from) {
            let span = end - begin;
            if left <= span {
                return Some(begin + left);
            }
            left -= span;
        }
        None
    }

    /// When it is due after a hold: what was left of the working time at its beginning passes anew from its end on. What
    /// was overdue already stays due when it was.
    #[must_use]
    pub fn due_after_hold(
        &self,
        due: DateTime<Utc>,
        held: DateTime<Utc>,
        resumed: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if due <= held {
            return Some(due);
        }
        self.after(resumed, self.worked(held, due))
    }

    /// Spans of working time from a moment on, one after the other; the first may have begun before it and is cut.
    fn spans(&self, from: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> + use<'a> {
        let (calendar, zone) = (self.calendar, self.zone);
        let mut second = from.timestamp();
        // Stretches of one local date under one offset: a day, or a part of one around a change of offset.
        let stretches = (0..HORIZON + zone.changes.len()).map_while(move |_| {
            let (offset, until) = zone.at(second);
            let local = second.checked_add(offset)?;
            let midnight = local.div_euclid(DAY) * DAY;
            let date = DateTime::from_timestamp(midnight, 0)?.date_naive();
            let begin = second;
            let next = midnight + DAY - offset;
            second = until.map_or(next, |until| next.min(until));
            Some((date, midnight - offset, begin, second))
        });
        stretches
            .flat_map(move |(date, midnight, begin, end)| work_on(calendar, date, midnight, begin, end))
            .filter_map(move |(begin, end)| {
                let begin = DateTime::from_timestamp(begin, 0)?.max(from);
                let end = DateTime::from_timestamp(end, 0)?;
                (begin < end).then_some((begin, end))
            })
    }
}

/// The work of a date, within a stretch of it. `midnight` is when the date would begin under the stretch's offset.
fn work_on(
    calendar: &Calendar,
    date: NaiveDate,
    midnight: i64,
    begin: i64,
    end: i64,
) -> impl Iterator<Item = (i64, i64)> + use<'_> {
    calendar.on(date).iter().filter_map(move |interval| {
        let from = (midnight + interval.from.seconds()).max(begin);
        let to = (midnight + interval.to.seconds()).min(end);
        (from < to).then_some((from, to))
    })
}
