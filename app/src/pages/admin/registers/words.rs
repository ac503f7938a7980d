use crate::pages::admin::register::{Kind, Register, Section, Spec};

/// What a category sorts.
const KINDS: &[(&str, &str)] = &[
    ("journal_category", "what a journal entry is about"),
    ("journal_source", "where a journal entry comes from"),
];

/// Words that journal entries are sorted by.
pub const CATEGORIES: Register = Register {
    name: "categories",
    one: "a category",
    many: "own categories",
    title: "Categories",
    about: "Words that journal entries are sorted by, beside those that are built in: what they are about, and where they come from.",
    sections: &[Section {
        title: "The category",
        fields: &[
            Spec::new("kind", "What it sorts", Kind::Choice(KINDS)).required(),
            Spec::new("name", "Name", Kind::Line(100)).required(),
            Spec::new("description", "When to choose it", Kind::Prose(500)),
        ],
    }],
    columns: &["kind", "description"],
    retiring: "can no longer be chosen. Entries that have it keep it.",
    ..Register::PLAIN
};
