//! Times as people read them. The browser knows its time zone; chrono without its clock feature does not.

use chrono::{DateTime, NaiveDate, Utc};
use js_sys::Date;
use wasm_bindgen::JsValue;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Milliseconds since 1970, by this device's clock. For display and waiting only: order comes from the server.
#[must_use]
pub fn now_ms() -> f64 {
    Date::now()
}

/// `10:42` in the time zone of this device.
#[must_use]
pub fn clock_time(ms: f64) -> String {
    let date = Date::new(&JsValue::from_f64(ms));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// `22:04`, for the lists of one night: the date is with the record.
#[must_use]
pub fn time_of_day(at: DateTime<Utc>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double")]
    let ms = at.timestamp_millis() as f64;
    clock_time(ms)
}

/// `23 Nov 2026, 10:42` in the time zone of this device.
#[must_use]
pub fn local(at: DateTime<Utc>) -> String {
    let date = js_date(at);
    let month = MONTHS.get(date.get_month() as usize).copied().unwrap_or_default();
    format!(
        "{} {month} {}, {:02}:{:02}",
        date.get_date(),
        date.get_full_year(),
        date.get_hours(),
        date.get_minutes()
    )
}

/// `2026-11-23 09:42 UTC`.
#[must_use]
pub fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// `3 min ago`, `in 2 h`, `5 days ago`; for the past minute `just now`.
#[must_use]
pub fn relative(at: DateTime<Utc>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double")]
    let seconds = (now_ms() - at.timestamp_millis() as f64) / 1000.0;
    let (ahead, seconds) = (seconds < 0.0, seconds.abs());
    let amount = match seconds {
        s if s < 60.0 => {
            return if ahead {
                "in a moment".into()
            } else {
                "just now".into()
            };
        }
        s if s < 3600.0 => format!("{:.0} min", (s / 60.0).floor()),
        s if s < 86_400.0 => format!("{:.0} h", (s / 3600.0).floor()),
        s if s < 2.0 * 86_400.0 => "1 day".into(),
        s => format!("{:.0} days", (s / 86_400.0).floor()),
    };
    if ahead {
        format!("in {amount}")
    } else {
        format!("{amount} ago")
    }
}

/// Now, by this device's clock. Evidence only: order comes from the server.
#[must_use]
pub fn now() -> DateTime<Utc> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 are far below 2^63"
    )]
    let ms = now_ms() as i64;
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// `2026-11-23T10:42`, as `datetime-local` inputs have it, in the time zone of this device.
#[must_use]
pub fn to_input(at: DateTime<Utc>) -> String {
    let date = js_date(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes()
    )
}

/// Reads what a `datetime-local` input holds, in the time zone of this device; `None` while it is incomplete.
#[must_use]
pub fn from_input(text: &str) -> Option<DateTime<Utc>> {
    // Without a zone, the browser takes it as local time, daylight saving included.
    let ms = Date::new(&JsValue::from_str(text)).get_time();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a date of the browser fits an i64 of milliseconds"
    )]
    let ms = ms.is_finite().then_some(ms as i64)?;
    DateTime::from_timestamp_millis(ms)
}

/// The same, where a time that does not exist must not become another one: on a day when the clocks go forward, the
/// browser takes what they pass over for an hour later.
///
/// # Errors
/// What is wrong: `otherwise`, or that there is no such time.
pub fn read(text: &str, otherwise: &str) -> Result<DateTime<Utc>, String> {
    match from_input(text) {
        Some(at) if text.starts_with(&to_input(at)) => Ok(at),
        Some(_) => Err(format!(
            "there is no such time: the clocks in {} go forward past it",
            zone()
        )),
        None => Err(otherwise.to_owned()),
    }
}

/// The day it is here now.
#[must_use]
pub fn today() -> NaiveDate {
    let now = to_input(now());
    now.get(..10).and_then(|day| day.parse().ok()).unwrap_or_default()
}

/// The first moment of a day in the time zone of this device.
#[must_use]
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    from_input(&format!("{day}T00:00")).unwrap_or_default()
}

/// Name of the time zone of this device: `Europe/Berlin`.
#[must_use]
pub fn zone() -> String {
    let options =
        js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "local time".into())
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double")]
fn js_date(at: DateTime<Utc>) -> Date {
    Date::new(&JsValue::from_f64(at.timestamp_millis() as f64))
}
