//! Browser sessions: a random id in an `HttpOnly` cookie, of which only the digest is stored. A new one
//! at each sign-in, two ends: after a while without use, and for good.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::{DateTime, TimeDelta, Utc};

use super::secret::{NoRandomness, Secret, digest};
use crate::db::SessionRow;

/// Without use, a session ends after this. A technician's tablet rests between shifts.
pub const IDLE: TimeDelta = TimeDelta::hours(24);
/// However much it is used, a session ends after this.
pub const ABSOLUTE: TimeDelta = TimeDelta::days(14);
/// How stale `seen` may become before it is written again; keeps reads from being writes.
pub const TOUCH_AFTER: TimeDelta = TimeDelta::minutes(5);

/// How the cookie is named and guarded.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    /// The browser reaches us over https: the cookie is `Secure` and bound to this host.
    pub secure: bool,
}

impl Cookies {
    /// The cookie's name. `__Host-` makes browsers refuse one set by another host or over plain http.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self.secure {
            "__Host-slipway_session"
        } else {
            "slipway_session"
        }
    }

    /// The digest of the session id a request carries.
    #[must_use]
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == self.name() && !value.is_empty() && value.len() <= 100)
            .map(|(_, value)| digest(value))
    }

    /// `Set-Cookie` for a new session.
    #[must_use]
    pub fn set(self, secret: &Secret) -> Option<HeaderValue> {
        self.header(&secret.clear, ABSOLUTE.num_seconds())
    }

    /// `Set-Cookie` that takes it away.
    #[must_use]
    pub fn clear(self) -> Option<HeaderValue> {
        self.header("", 0)
    }

    fn header(self, value: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}",
            self.name()
        );
        HeaderValue::from_str(&text).ok()
    }
}

/// Draws a session and the row to store.
///
/// # Errors
/// When the operating system has no random source.
pub fn open(user: domain::UserId, now: DateTime<Utc>) -> Result<(Secret, SessionRow), NoRandomness> {
    let secret = Secret::draw("")?;
    let row = SessionRow {
        hash: secret.hash.clone(),
        user,
        created: now,
        seen: now,
        expires: now + ABSOLUTE,
    };
    Ok((secret, row))
}

/// Whether a stored session still counts.
#[must_use]
pub fn is_alive(row: &SessionRow, now: DateTime<Utc>) -> bool {
    now < row.expires && now < row.seen + IDLE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))])
    }

    #[test]
    fn the_cookie_is_found_among_others_and_guarded() {
        let plain = Cookies { secure: false };
        assert_eq!(
            plain.read(&headers("a=1; slipway_session=abc; b=2")),
            Some(digest("abc"))
        );
        assert_eq!(plain.read(&headers("xslipway_session=abc")), None);
        assert_eq!(plain.read(&headers("slipway_session=")), None);

        let (secret, row) = open(domain::UserId(ulid::Ulid::nil()), DateTime::UNIX_EPOCH).unwrap();
        let set = Cookies { secure: true }.set(&secret).unwrap();
        let set = set.to_str().unwrap();
        assert!(set.starts_with("__Host-slipway_session="), "{set}");
        for guard in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(set.contains(guard), "{set}");
        }
        assert!(!row.hash.contains(&secret.clear));
    }

    #[test]
    fn sessions_end_idle_and_for_good() {
        let start = DateTime::UNIX_EPOCH;
        let (_, mut row) = open(domain::UserId(ulid::Ulid::nil()), start).unwrap();
        assert!(is_alive(&row, start + TimeDelta::hours(23)));
        assert!(!is_alive(&row, start + TimeDelta::hours(25)), "idle");
        row.seen = start + TimeDelta::days(14) - TimeDelta::minutes(1);
        assert!(is_alive(&row, row.seen));
        assert!(!is_alive(&row, start + TimeDelta::days(14)), "for good");
    }
}
