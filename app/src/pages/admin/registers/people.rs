use leptos::prelude::*;

use crate::pages::admin::form::Form;
use crate::pages::admin::names::{Names, Source};
use crate::pages::admin::register::{Fields, Kind, Register, Section, Spec, text};
use crate::pages::admin::{password, rights, why};

/// When a group gets a mail.
const GROUP_MOMENTS: &[(&str, &str)] = &[
    ("received", "when it is its turn"),
    ("redirected", "when work is given to it by another group"),
    ("shared", "when a release is shared with it"),
];

/// When a requester gets a mail.
const REQUESTER_MOMENTS: &[(&str, &str)] = &[
    ("created", "when it is submitted"),
    ("action", "at each action"),
    ("completed", "when it is closed or cancelled"),
];

/// Roles over the installation.
const ROLES: &[(&str, &str)] = &[
    ("cmdb_viewer", "sees the CMDB"),
    ("cmdb_keeper", "keeps the CMDB"),
    ("administrator", "administrator"),
];

fn beside_person(form: Form, names: Names) -> AnyView {
    (password::aside(form, names), why::aside(form, names)).into_any()
}

/// Those who may sign in.
pub const USERS: Register = Register {
    name: "users",
    one: "a person",
    many: "people",
    title: "People",
    about: "Everybody who may sign in, with their roles and groups.",
    sections: &[
        Section {
            title: "Who it is",
            fields: &[
                Spec::new("name", "Name", Kind::Line(200)).required(),
                Spec::new("login", "Sign-in name", Kind::Line(64))
                    .required()
                    .hint("Small letters, digits and . _ - @"),
                Spec::new("password", "First password", Kind::Secret)
                    .hint("Without one they cannot sign in until one is set."),
                Spec::new("email", "E-mail address", Kind::Line(200)),
                Spec::new("phone", "Telephone", Kind::Line(60)),
                Spec::new("unit", "Unit", Kind::One(Source::Units)),
                Spec::new("location", "Place of work", Kind::Line(200)),
            ],
        },
        Section {
            title: "What they may do",
            fields: &[
                Spec::new("groups", "Groups", Kind::Many(Source::Groups))
                    .hint("What they may do with releases comes from the rights of their groups."),
                Spec::new("roles", "Roles", Kind::Several(ROLES)),
                Spec::new(
                    "disabled",
                    "Sign-in blocked",
                    Kind::Flag("May not sign in for now"),
                )
                .hint("Their sessions end at once. Nothing else about them changes."),
            ],
        },
    ],
    columns: &["login", "groups", "roles", "disabled"],
    retiring: "can no longer sign in or be chosen. Everything they did stays, under their name.",
    aside: Some(beside_person),
    ..Register::PLAIN
};

/// Groups that work is assigned to.
pub const GROUPS: Register = Register {
    name: "groups",
    one: "a group",
    many: "groups",
    title: "Groups",
    about: "Who works together, who leads them, and under which contracts.",
    sections: &[
        Section {
            title: "The group",
            fields: &[
                Spec::new("name", "Name", Kind::Line(100)).required(),
                Spec::new("description", "What it is for", Kind::Prose(2_000)),
                Spec::new("leader", "Leader", Kind::One(Source::People))
                    .hint("May say who belongs to the group."),
            ],
        },
        Section {
            title: "Who and where",
            fields: &[
                Spec::new("members", "Members", Kind::Many(Source::People)),
                Spec::new("contracts", "Contracts", Kind::Many(Source::Contracts))
                    .elsewhere()
                    .hint("Each contract says which groups reach its releases."),
                Spec::new("rights", "Rights", Kind::Rights),
            ],
        },
        Section {
            title: "Mails",
            fields: &[
                Spec::new("told", "The group is told", Kind::Several(GROUP_MOMENTS)),
                Spec::new("mailed", "Members who get its mails", Kind::Many(Source::People)).hint(
                    "To the address under People. Only members, and only of releases that they may see.",
                ),
                Spec::new("emails", "More e-mail addresses", Kind::Lines)
                    .hint("One in each line; they get the mails of the group as well."),
                Spec::new(
                    "obligatory",
                    "Requesters of its releases are told, whatever the release says",
                    Kind::Several(REQUESTER_MOMENTS),
                ),
            ],
        },
    ],
    columns: &["leader", "members", "contracts"],
    retiring: "grants nothing any more and gets no new work. It is still named wherever it was.",
    led: &["members"],
    aside: Some(rights::aside),
    ..Register::PLAIN
};

fn stands_in(fields: &Fields, names: Names) -> String {
    let name = |key| names.name(Source::People, &text(fields, key));
    format!("{} for {}", name("substitute"), name("person"))
}

/// Who stands in for whom.
pub const SUBSTITUTES: Register = Register {
    name: "substitutes",
    one: "a substitution",
    many: "substitutions",
    title: "Substitutes",
    about: "Who stands in for whom while they are away. What they do on their behalf is recorded as such.",
    sections: &[Section {
        title: "The substitution",
        fields: &[
            Spec::new("person", "Who is away", Kind::One(Source::People)).required(),
            Spec::new("substitute", "Who stands in", Kind::One(Source::People)).required(),
            Spec::new("from", "From", Kind::Moment).required(),
            Spec::new("until", "Until", Kind::Moment).required(),
            Spec::new("note", "Note", Kind::Prose(500)).hint("Why, or what to look after."),
        ],
    }],
    columns: &["from", "until", "note"],
    label: stands_in,
    retiring: "ends now. What was done under it stays recorded.",
    ..Register::PLAIN
};
