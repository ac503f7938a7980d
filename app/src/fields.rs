//! Values of the fields of a record, and how a change of mine meets one of somebody else. Pure, tested natively.

use serde_json::Value;

/// Says nothing.
#[must_use]
pub fn blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(yes) => !yes,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Number(_) => false,
    }
}

/// Says the same: what is blank is blank. With `set`, the order of a list says nothing.
#[must_use]
pub fn same(a: &Value, b: &Value, set: bool) -> bool {
    match (a, b) {
        (Value::Array(x), Value::Array(y)) if set => {
            let sorted = |list: &[Value]| {
                let mut texts: Vec<String> = list.iter().map(ToString::to_string).collect();
                texts.sort();
                texts
            };
            sorted(x) == sorted(y)
        }
        _ => a == b || (blank(a) && blank(b)),
    }
}

/// What becomes of a field when somebody else saved first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// Mine stays: they did not touch it, or wrote the same.
    Mine,
    /// Theirs is taken over: I did not touch it.
    Theirs,
    /// Both wrote, and not the same: somebody has to decide.
    Clash,
}

/// How my value of a field meets theirs, both made from what was there.
#[must_use]
pub fn meet(was: &Value, theirs: &Value, mine: &Value, set: bool) -> Meeting {
    if same(was, theirs, set) || same(mine, theirs, set) {
        Meeting::Mine
    } else if same(was, mine, set) {
        Meeting::Theirs
    } else {
        Meeting::Clash
    }
}

/// Where inside of a field: `[3].name` as `number 4, name`.
#[must_use]
pub fn place(inside: &str) -> String {
    let inside = inside.trim_start_matches(['[', ']', '.', '/']);
    let digits: String = inside.chars().take_while(char::is_ascii_digit).collect();
    let rest = inside.get(digits.len()..).unwrap_or_default();
    let more = rest.trim_start_matches(['[', ']', '.', '/']);
    match digits.parse::<u32>() {
        Ok(index) if more.is_empty() => format!("number {}", index + 1),
        Ok(index) => format!("number {}, {}", index + 1, place(more)),
        Err(_) => match inside.find(['[', '.', '/']) {
            Some(end) => {
                let (word, more) = inside.split_at(end);
                format!("{}, {}", crate::words::plain(word), place(more))
            }
            None => crate::words::plain(inside),
        },
    }
}

/// Hours of a day in words: `08:00-12:00, 13:00-17:00`.
#[must_use]
pub fn hours_in_words(hours: &Value) -> String {
    let intervals = hours.as_array().into_iter().flatten();
    let part = |interval: &Value, key: &str| {
        let time = interval.get(key).and_then(Value::as_str);
        time.unwrap_or("?").to_owned()
    };
    let words = |interval: &Value| format!("{}-{}", part(interval, "from"), part(interval, "to"));
    intervals.map(words).collect::<Vec<_>>().join(", ")
}

/// What is wrong with each interval of the hours of a day, as the calendar itself would say.
#[must_use]
pub fn hours_wrong(hours: &Value) -> Vec<Option<&'static str>> {
    let time = |interval: &Value, key| -> String {
        let time = interval.get(key).and_then(Value::as_str);
        time.unwrap_or_default().to_owned()
    };
    let mut before = String::new();
    let mut all = Vec::new();
    for interval in hours.as_array().into_iter().flatten() {
        let (from, to) = (time(interval, "from"), time(interval, "to"));
        // Times of a form, `08:30`, sort as texts.
        all.push(if from.is_empty() || to.is_empty() {
            Some("Say from when to when.")
        } else if to <= from {
            Some("The end must be after the beginning; midnight at the end is 00:00.")
        } else if from < before {
            Some("It begins before the hours above it end.")
        } else {
            None
        });
        if !to.is_empty() {
            before = to;
        }
    }
    all
}

/// A short key made of a text: `Waiting for parts` as `waiting_for_parts`.
#[must_use]
pub fn key_of(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let key = words.collect::<Vec<_>>().join("_").to_ascii_lowercase();
    key.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_says_nothing_is_the_same_nothing() {
        let nothings = [
            json!(null),
            json!(""),
            json!(" "),
            json!([]),
            json!({}),
            json!(false),
        ];
        for a in &nothings {
            for b in &nothings {
                assert!(same(a, b, false), "{a} {b}");
            }
        }
        assert!(!same(&json!(0), &json!(null), false), "zero is a number");
        assert!(same(&json!(["a", "b"]), &json!(["b", "a"]), true));
        assert!(
            !same(&json!(["a", "b"]), &json!(["b", "a"]), false),
            "a list has an order"
        );
    }

    #[test]
    fn only_what_both_changed_differently_clashes() {
        let (was, one, other) = (json!("was"), json!("one"), json!("other"));
        assert_eq!(meet(&was, &was, &one, false), Meeting::Mine);
        assert_eq!(meet(&was, &one, &was, false), Meeting::Theirs);
        assert_eq!(
            meet(&was, &one, &one, false),
            Meeting::Mine,
            "both wrote the same"
        );
        assert_eq!(meet(&was, &one, &other, false), Meeting::Clash);
        assert_eq!(
            meet(&was, &json!(null), &other, false),
            Meeting::Clash,
            "emptied is changed"
        );
    }

    #[test]
    fn places_inside_of_a_field_read_well() {
        assert_eq!(place("[3]"), "number 4");
        assert_eq!(place("[3].name"), "number 4, name");
        assert_eq!(
            place("groups[0].questions[2].text"),
            "groups, number 1, questions, number 3, text"
        );
        assert_eq!(place("/0/text"), "number 1, text");
    }

    #[test]
    fn hours_that_cannot_be_worked_say_why() {
        let hours = |all: &[(&str, &str)]| -> Value {
            let one = |(from, to): &(&str, &str)| json!({ "from": from, "to": to });
            all.iter().map(one).collect()
        };
        let day = hours(&[("08:00", "12:00"), ("13:30", "17:00"), ("22:00", "24:00")]);
        assert_eq!(hours_in_words(&day), "08:00-12:00, 13:30-17:00, 22:00-24:00");
        assert_eq!(hours_wrong(&day), [None, None, None]);
        let wrong = hours_wrong(&hours(&[
            ("", "12:00"),
            ("11:00", "17:00"),
            ("18:00", "17:30"),
            ("17:30", "18:00"),
        ]));
        let begins: Vec<_> = wrong.iter().map(|it| it.map(|it| &it[..8])).collect();
        assert_eq!(
            begins,
            [Some("Say from"), Some("It begin"), Some("The end "), None]
        );
        assert!(hours_wrong(&json!(null)).is_empty());
    }

    #[test]
    fn a_text_makes_a_key() {
        assert_eq!(key_of("Waiting for the requester!"), "waiting_for_the_requester");
    }
}
