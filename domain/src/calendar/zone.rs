use serde::{Deserialize, Serialize};

/// When which offset to UTC holds. Made by the server from its tables of zones, for the years that matter; a device gets
/// it with the calendar, so that both reckon alike whatever tables the device has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Zone {
    /// Seconds east of UTC before the first change.
    pub first: i32,
    /// Changes, the earliest first: from which second since 1970 on, and seconds east of UTC.
    pub changes: Vec<(i64, i32)>,
}

impl Zone {
    /// The offset never changes.
    #[must_use]
    pub fn fixed(seconds_east: i32) -> Self {
        Self {
            first: seconds_east,
            changes: Vec::new(),
        }
    }

    /// The offset at a second since 1970, and until when it holds, if there is another change.
    pub(super) fn at(&self, second: i64) -> (i64, Option<i64>) {
        let later = self.changes.partition_point(|(from, _)| *from <= second);
        let offset = match later.checked_sub(1).and_then(|n| self.changes.get(n)) {
            Some((_, offset)) => *offset,
            None => self.first,
        };
        (i64::from(offset), self.changes.get(later).map(|(from, _)| *from))
    }
}

#[cfg(feature = "zones")]
mod tables {
    use chrono::{DateTime, Offset, TimeZone};
    use chrono_tz::Tz;

    use super::Zone;

    /// The years that are looked at, as seconds since 1970: 2000 to 2060.
    const YEARS: std::ops::Range<i64> = 946_684_800..2_840_140_800;
    /// No zone changes its offset twice within so many seconds.
    const STEP: i64 = 7 * 86_400;

    impl Zone {
        /// The zone with this IANA name.
        ///
        /// # Errors
        /// What is wrong with the name.
        pub fn named(name: &str) -> Result<Self, String> {
            let zone: Tz = name.parse().map_err(|_| {
                let short = crate::shorten(name);
                format!("`{short}` is not a time zone such as Europe/Berlin")
            })?;
            let offset = |second: i64| -> i32 {
                let moment = DateTime::from_timestamp(second, 0).unwrap_or_default();
                let offset = zone.offset_from_utc_datetime(&moment.naive_utc());
                offset.fix().local_minus_utc()
            };
            let first = offset(YEARS.start);
            let (mut at, mut known, mut changes) = (YEARS.start, first, Vec::new());
            while at < YEARS.end {
                let next = at + STEP;
                if offset(next) != known {
                    let (mut before, mut after) = (at, next);
                    while after - before > 1 {
                        let middle = before.midpoint(after);
                        if offset(middle) == known {
                            before = middle;
                        } else {
                            after = middle;
                        }
                    }
                    known = offset(after);
                    changes.push((after, known));
                    at = after;
                } else {
                    at = next;
                }
            }
            Ok(Self { first, changes })
        }
    }
}
