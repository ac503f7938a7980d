use crate::pages::admin::register::{Cell, CellKind, Kind, Register, Section, Spec, Wire, text};

/// How a question may be answered.
const ANSWERS: &[(&str, &str)] = &[
    ("yes_no", "yes, no or not applicable"),
    ("text", "in words"),
    ("number", "with a whole number"),
    ("choice", "with one of the options"),
    ("date", "with a day"),
];

const QUESTIONS: &[Cell] = &[
    Cell {
        key: "text",
        label: "Question",
        kind: CellKind::Text(300),
    },
    Cell {
        key: "as",
        label: "Answered",
        kind: CellKind::Choice(ANSWERS),
    },
    Cell {
        key: "options",
        label: "Options of a choice, one in each line",
        kind: CellKind::Lines,
    },
    Cell {
        key: "hint",
        label: "What a good answer says",
        kind: CellKind::Text(2_000),
    },
    Cell {
        key: "required",
        label: "Must be answered",
        kind: CellKind::Flag(true),
    },
    Cell {
        key: "key",
        label: "Key",
        kind: CellKind::Key,
    },
];

const GROUPS: &[Cell] = &[
    Cell {
        key: "title",
        label: "Heading",
        kind: CellKind::Text(300),
    },
    Cell {
        key: "text",
        label: "What to know before answering",
        kind: CellKind::Text(2_000),
    },
    Cell {
        key: "questions",
        label: "Questions",
        kind: CellKind::Rows(QUESTIONS),
    },
];

/// Templates of checklists.
pub const TEMPLATES: Register = Register {
    name: "checklist-templates",
    one: "a checklist template",
    many: "checklist templates",
    title: "Checklists",
    about: "What checklists ask. A release takes a copy: changing a template changes no checklist that is there already.",
    sections: &[
        Section {
            title: "The template",
            fields: &[
                Spec::new("title", "Title", Kind::Line(300)).required(),
                Spec::new("key", "Key", Kind::Line(64))
                    .required()
                    .fixed()
                    .hint("Small letters, digits and -; release types name it by this. It stays as it is."),
            ],
        },
        Section {
            title: "What it asks",
            fields: &[Spec::new("groups", "Groups of questions", Kind::Rows(GROUPS)).required()],
        },
    ],
    columns: &["key"],
    label: |fields, _| text(fields, "title"),
    retiring: "is no longer offered. Checklists that were made of it stay.",
    wire: Wire::Templates,
    ..Register::PLAIN
};
