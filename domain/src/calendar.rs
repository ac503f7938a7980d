//! Working time: which moments count, how much of it lies between two of them, and when so much of it has passed.
//!
//! - [`Calendar`]: what people keep: shift patterns, a week of them, exceptions, holidays, a time zone;
//! - [`Zone`]: when which offset to UTC holds; a device gets it ready-made and needs no tables of zones;
//! - [`Clock`]: a calendar in its zone, which reckons.
//!
//! One rule decides everything: a moment is working time if the date and time of day that a clock on the wall shows then
//! lie in an interval of that date. So a time of day that is skipped when clocks go forward never counts, and one that
//! comes twice when they go back counts twice. Nothing is rounded.

mod clock;
mod day;
mod zone;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

pub use clock::{Clock, Timetable};
pub use day::TimeOfDay;
pub use zone::Zone;

use crate::wire::admin::{Register, line, prose, wrong};
use crate::wire::problem::FieldError;

/// Most intervals of a shift pattern (S19).
pub const MAX_INTERVALS: usize = 5;
/// Most shift patterns of a calendar.
pub const MAX_PATTERNS: usize = 50;
/// Most exceptions, and most holidays, of a calendar.
pub const MAX_DAYS: usize = 1_000;

/// A calendar of working time (S19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Name, unique.
    pub name: String,
    /// Whose time it is.
    #[serde(default)]
    pub description: String,
    /// Time zone by its IANA name.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Berlin"))]
    pub zone: String,
    /// Kinds of day by their names.
    pub patterns: Vec<Pattern>,
    /// Which kind each day of the week is.
    pub week: Week,
    /// Days that are otherwise than their day of the week, holidays included. A later one counts before an earlier.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// Days off.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
    /// Holidays are worked like any other day.
    #[serde(default)]
    pub works_on_holidays: bool,
}

/// A kind of day: when there is work (S19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Its name, unique within the calendar.
    pub name: String,
    /// One to five intervals, one after the other.
    pub intervals: Vec<Interval>,
}

/// A part of a day, from the first moment up to the last without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// From.
    pub from: TimeOfDay,
    /// Until; `24:00` is the end of the day.
    pub to: TimeOfDay,
}

/// The name of a pattern for each day of the week; a day without one is off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Week {
    /// Monday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monday: Option<String>,
    /// Tuesday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuesday: Option<String>,
    /// Wednesday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wednesday: Option<String>,
    /// Thursday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thursday: Option<String>,
    /// Friday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friday: Option<String>,
    /// Saturday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturday: Option<String>,
    /// Sunday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunday: Option<String>,
}

/// Days that are otherwise: off, or worked after another pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The pattern that is worked; off without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// A day off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// When.
    pub date: NaiveDate,
    /// Each year on that day of that month.
    #[serde(default)]
    pub yearly: bool,
    /// Its name.
    pub name: String,
}

impl Week {
    /// One pattern from Monday to Friday, and the weekend off.
    #[must_use]
    pub fn weekdays(pattern: &str) -> Self {
        let day = || Some(pattern.to_owned());
        Self {
            monday: day(),
            tuesday: day(),
            wednesday: day(),
            thursday: day(),
            friday: day(),
            ..Self::default()
        }
    }

    /// The pattern of a day of the week.
    #[must_use]
    pub fn of(&self, day: Weekday) -> Option<&str> {
        let day = match day {
            Weekday::Mon => &self.monday,
            Weekday::Tue => &self.tuesday,
            Weekday::Wed => &self.wednesday,
            Weekday::Thu => &self.thursday,
            Weekday::Fri => &self.friday,
            Weekday::Sat => &self.saturday,
            Weekday::Sun => &self.sunday,
        };
        day.as_deref()
    }

    fn days(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("monday", self.monday.as_deref()),
            ("tuesday", self.tuesday.as_deref()),
            ("wednesday", self.wednesday.as_deref()),
            ("thursday", self.thursday.as_deref()),
            ("friday", self.friday.as_deref()),
            ("saturday", self.saturday.as_deref()),
            ("sunday", self.sunday.as_deref()),
        ]
    }
}

impl Holiday {
    fn is_on(&self, date: NaiveDate) -> bool {
        let same_day = (self.date.month(), self.date.day()) == (date.month(), date.day());
        self.date == date || (self.yearly && same_day)
    }
}

impl Calendar {
    /// A calendar in which nobody works yet.
    #[must_use]
    pub fn new(name: impl Into<String>, zone: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            zone: zone.into(),
            patterns: Vec::new(),
            week: Week::default(),
            exceptions: Vec::new(),
            holidays: Vec::new(),
            works_on_holidays: false,
        }
    }

    /// When there is work on a date.
    #[must_use]
    pub fn on(&self, date: NaiveDate) -> &[Interval] {
        let exception = self
            .exceptions
            .iter()
            .rev()
            .find(|it| (it.from..=it.to).contains(&date));
        let pattern = match exception {
            Some(exception) => exception.pattern.as_deref(),
            None if !self.works_on_holidays && self.holidays.iter().any(|day| day.is_on(date)) => None,
            None => self.week.of(date.weekday()),
        };
        self.pattern(pattern).map_or(&[], |pattern| &pattern.intervals)
    }

    fn pattern(&self, name: Option<&str>) -> Option<&Pattern> {
        let name = name?;
        self.patterns.iter().find(|pattern| pattern.name == name)
    }

    fn names(&self, at: &str, pattern: Option<&str>) -> Result<(), FieldError> {
        match pattern {
            Some(name) if self.pattern(pattern).is_none() => {
                let short = crate::shorten(name);
                Err(wrong(
                    at,
                    format!("there is no pattern `{short}` in this calendar"),
                ))
            }
            _ => Ok(()),
        }
    }
}

impl Register for Calendar {
    const NAME: &'static str = "calendars";
    const ONE: &'static str = "calendar";

    fn name(&self) -> &str {
        &self.name
    }

    fn text(&self) -> String {
        format!("{}\n{}", self.zone, self.description)
    }

    fn check(&mut self) -> Result<(), FieldError> {
        line("name", &mut self.name, 100)?;
        prose("description", &mut self.description, 2_000)?;
        line("zone", &mut self.zone, 64)?;
        let many = |at: &str, most: usize| Err(wrong(at, format!("at most {most} are allowed")));
        if self.patterns.len() > MAX_PATTERNS {
            return many("patterns", MAX_PATTERNS);
        }
        if self.exceptions.len() > MAX_DAYS {
            return many("exceptions", MAX_DAYS);
        }
        if self.holidays.len() > MAX_DAYS {
            return many("holidays", MAX_DAYS);
        }
        for n in 0..self.patterns.len() {
            let at = format!("patterns[{n}].name");
            line(&at, &mut self.patterns[n].name, 60)?;
            let (before, rest) = self.patterns.split_at(n);
            if before.iter().any(|other| other.name == rest[0].name) {
                return Err(wrong(&at, "is the name of another pattern of this calendar"));
            }
            check_intervals(&format!("patterns[{n}].intervals"), &rest[0].intervals)?;
        }
        for (day, pattern) in self.week.days() {
            self.names(&format!("week.{day}"), pattern)?;
        }
        if self.week.days().iter().all(|(_, pattern)| pattern.is_none()) {
            return Err(wrong(
                "week",
                "has no working time: nothing would ever become due. Give at least one day a pattern",
            ));
        }
        for (n, exception) in self.exceptions.iter().enumerate() {
            self.names(&format!("exceptions[{n}].pattern"), exception.pattern.as_deref())?;
            if exception.to < exception.from {
                return Err(wrong(&format!("exceptions[{n}].to"), "is before the first day"));
            }
        }
        for n in 0..self.exceptions.len() {
            prose(
                &format!("exceptions[{n}].note"),
                &mut self.exceptions[n].note,
                200,
            )?;
        }
        for n in 0..self.holidays.len() {
            line(&format!("holidays[{n}].name"), &mut self.holidays[n].name, 100)?;
        }
        Ok(())
    }
}

fn check_intervals(at: &str, intervals: &[Interval]) -> Result<(), FieldError> {
    if !(1..=MAX_INTERVALS).contains(&intervals.len()) {
        return Err(wrong(
            at,
            format!("1 to {MAX_INTERVALS} are needed; a day off has no pattern"),
        ));
    }
    let mut end = None;
    for (n, interval) in intervals.iter().enumerate() {
        if interval.to <= interval.from {
            return Err(wrong(&format!("{at}[{n}].to"), "must be after the beginning"));
        }
        if end.is_some_and(|end| interval.from < end) {
            return Err(wrong(
                &format!("{at}[{n}].from"),
                "is before the end of the interval before",
            ));
        }
        end = Some(interval.to);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
