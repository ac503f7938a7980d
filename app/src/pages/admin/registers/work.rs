use domain::ReleaseTypeKey;
use domain::release::ReleaseType;
use serde_json::json;

use crate::client::clock;
use crate::pages::admin::names::Source;
use crate::pages::admin::register::{Cell, CellKind, Fields, Kind, Register, Section, Spec};
use crate::pages::admin::timetable;

/// Something to choose from a list.
const CHOICES: &[Cell] = &[
    Cell {
        key: "text",
        label: "Words",
        kind: CellKind::Text(200),
    },
    Cell {
        key: "active",
        label: "May be chosen",
        kind: CellKind::Flag(true),
    },
    Cell {
        key: "key",
        label: "Key",
        kind: CellKind::Key,
    },
];

/// Groups that must authorise.
const APPROVERS: &[Cell] = &[
    Cell {
        key: "group",
        label: "Group",
        kind: CellKind::One(Source::Groups),
    },
    Cell {
        key: "quorum",
        label: "Members",
        kind: CellKind::Number,
    },
];

/// Which template at which moment.
const MAILS: &[Cell] = &[
    Cell {
        key: "moment",
        label: "When",
        kind: CellKind::Choice(&[
            ("created", "to the requester: submitted"),
            ("action", "to the requester: each action"),
            ("completed", "to the requester: closed or cancelled"),
            ("received", "to a group: its turn"),
            ("redirected", "to a group: given to it"),
            ("shared", "to a group: shared with it"),
        ]),
    },
    Cell {
        key: "template",
        label: "Template",
        kind: CellKind::One(Source::MailTemplates),
    },
];

/// What a type means where it does not say.
fn fill_type(fields: &mut Fields) {
    let Ok(key) = "type".parse::<ReleaseTypeKey>() else {
        return;
    };
    let usual = ReleaseType::new(key, "");
    let mut say = |name: &str, value| {
        fields.entry(name).or_insert(value);
    };
    say("test_stage", json!(usual.test_stage));
    say("closure_codes", json!(usual.closure_codes));
    say("hold_reasons", json!(usual.hold_reasons));
}

fn start_type() -> Fields {
    let mut fields = Fields::new();
    fill_type(&mut fields);
    fields
}

/// Kinds of release.
pub const TYPES: Register = Register {
    name: "types",
    one: "a release type",
    many: "release types",
    title: "Release types",
    about: "Kinds of release: which stages they go through, who decides, and what must be there.",
    sections: &[
        Section {
            title: "The type",
            fields: &[
                Spec::new("name", "Name", Kind::Line(100)).required(),
                Spec::new("key", "Key", Kind::Line(60)).required().fixed().hint(
                    "Small letters, digits and _; other programs know the type by it. It stays as it is.",
                ),
                Spec::new("description", "When to choose it", Kind::Prose(2_000)),
                Spec::new(
                    "default_group",
                    "Group that gets the work",
                    Kind::One(Source::Groups),
                ),
                Spec::new("calendar", "Calendar", Kind::One(Source::Calendars))
                    .hint("Its times are reckoned by it; round the clock without one."),
            ],
        },
        Section {
            title: "Authorisation",
            fields: &[
                Spec::new(
                    "four_eyes",
                    "Four eyes",
                    Kind::Flag("Somebody else than the author must authorise"),
                ),
                Spec::new("approvers", "Approving groups", Kind::Rows(APPROVERS))
                    .hint("So many members of each must authorise, beside the requester."),
            ],
        },
        Section {
            title: "Test and acceptance",
            fields: &[
                Spec::new(
                    "test_stage",
                    "Test",
                    Kind::Flag("Goes through test after execution"),
                ),
                Spec::new(
                    "tester_differs",
                    "Tester",
                    Kind::Flag("Whoever carried it out may not say that the test was passed"),
                ),
                Spec::new("test_group", "Group that tests", Kind::One(Source::Groups)),
                Spec::new(
                    "acceptance_group",
                    "Group that accepts",
                    Kind::One(Source::Groups),
                ),
                Spec::new("checklists", "Checklists", Kind::Many(Source::Templates))
                    .hint("They must be confirmed before it is accepted."),
            ],
        },
        Section {
            title: "Mails",
            fields: &[Spec::new("mails", "Templates", Kind::Rows(MAILS))
                .hint("Each moment once. Where none is named, mails have the words that came with Slipway.")],
        },
        Section {
            title: "Words to choose from",
            fields: &[
                Spec::new("closure_codes", "How it may have ended", Kind::Rows(CHOICES)),
                Spec::new("hold_reasons", "Why it may be put on hold", Kind::Rows(CHOICES)),
            ],
        },
    ],
    columns: &["key", "default_group", "four_eyes", "test_stage", "calendar"],
    retiring: "can no longer be chosen for a release. Releases that have it go on as before.",
    fill: fill_type,
    start: start_type,
    ..Register::PLAIN
};

/// Kinds of day.
const PATTERNS: &[Cell] = &[
    Cell {
        key: "name",
        label: "Name",
        kind: CellKind::Text(60),
    },
    Cell {
        key: "intervals",
        label: "Hours",
        kind: CellKind::Hours,
    },
];

const EXCEPTIONS: &[Cell] = &[
    Cell {
        key: "from",
        label: "First day",
        kind: CellKind::Date,
    },
    Cell {
        key: "to",
        label: "Last day",
        kind: CellKind::Date,
    },
    Cell {
        key: "pattern",
        label: "Kind of day",
        kind: CellKind::Pattern,
    },
    Cell {
        key: "note",
        label: "Why",
        kind: CellKind::Text(200),
    },
];

const HOLIDAYS: &[Cell] = &[
    Cell {
        key: "date",
        label: "Day",
        kind: CellKind::Date,
    },
    Cell {
        key: "name",
        label: "Name",
        kind: CellKind::Text(100),
    },
    Cell {
        key: "yearly",
        label: "Each year",
        kind: CellKind::Flag(false),
    },
];

/// Monday to Friday from eight to five, where this device is.
fn start_calendar() -> Fields {
    let usual = "Working day";
    let patterns = json!([{ "name": usual, "intervals": [{ "from": "08:00", "to": "12:00" }, { "from": "13:00", "to": "17:00" }] }]);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let week: Fields = days
        .into_iter()
        .map(|day| (day.to_owned(), json!(usual)))
        .collect();
    [
        ("zone", json!(clock::zone())),
        ("patterns", patterns),
        ("week", json!(week)),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// Working time.
pub const CALENDARS: Register = Register {
    name: "calendars",
    one: "a calendar",
    many: "calendars",
    title: "Calendars",
    about: "Working time: which hours of which days count when something becomes due.",
    sections: &[
        Section {
            title: "The calendar",
            fields: &[
                Spec::new("name", "Name", Kind::Line(100)).required(),
                Spec::new("description", "Whose time it is", Kind::Prose(2_000)),
                Spec::new("zone", "Time zone", Kind::Line(64))
                    .required()
                    .hint("By its IANA name, as Europe/Berlin."),
            ],
        },
        Section {
            title: "The week",
            fields: &[
                Spec::new("patterns", "Kinds of day", Kind::Rows(PATTERNS)).required(),
                Spec::new("week", "Each day of the week", Kind::Week),
            ],
        },
        Section {
            title: "Days that are otherwise",
            fields: &[
                Spec::new("holidays", "Holidays", Kind::Rows(HOLIDAYS)),
                Spec::new("works_on_holidays", "On holidays", Kind::Flag("Work goes on as on any other day")),
                Spec::new("exceptions", "Exceptions", Kind::Rows(EXCEPTIONS))
                    .hint("Off, or another kind of day than usual. Of two for the same day the lower one counts, also before holidays."),
            ],
        },
    ],
    columns: &["zone", "week", "description"],
    retiring: "can no longer be chosen by a release type. Types that have it go on by it.",
    start: start_calendar,
    aside: Some(timetable::aside),
    ..Register::PLAIN
};
