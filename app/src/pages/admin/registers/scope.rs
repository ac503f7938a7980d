use crate::pages::admin::names::Source;
use crate::pages::admin::register::{Kind, Register, Section, Spec};

/// Parts of the organisation.
pub const UNITS: Register = Register {
    name: "units",
    one: "a unit",
    many: "units",
    title: "Units",
    about: "Parts of the organisation: departments, branches, customers.",
    sections: &[Section {
        title: "The unit",
        fields: &[
            Spec::new("name", "Name", Kind::Line(200)).required(),
            Spec::new("kind", "Kind", Kind::Line(60)).hint("Department, branch, customer, …"),
            Spec::new("location", "Location", Kind::Line(200)),
        ],
    }],
    columns: &["kind", "location"],
    retiring: "can no longer be chosen. Whoever belongs to it still does.",
    ..Register::PLAIN
};

/// Contracts that work is done under.
pub const CONTRACTS: Register = Register {
    name: "contracts",
    one: "a contract",
    many: "contracts",
    title: "Contracts",
    about: "Work under a contract is reached only through the groups and units that are linked to it.",
    sections: &[
        Section {
            title: "The contract",
            fields: &[
                Spec::new("name", "Name", Kind::Line(200)).required(),
                Spec::new("number", "Number", Kind::Line(100)),
                Spec::new("description", "What it is about", Kind::Prose(4_000)),
                Spec::new("starts", "First day", Kind::Date),
                Spec::new("ends", "Last day", Kind::Date),
            ],
        },
        Section {
            title: "Who reaches it",
            fields: &[
                Spec::new("groups", "Groups", Kind::Many(Source::Groups)).hint("They work under it."),
                Spec::new("units", "Units", Kind::Many(Source::Units))
                    .hint("It is for them: whoever belongs to one reaches its releases."),
            ],
        },
    ],
    columns: &["number", "groups", "units", "ends"],
    retiring: "can no longer be named by a release. Releases that name it stay within reach.",
    ..Register::PLAIN
};
