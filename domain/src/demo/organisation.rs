//! The people of the demo: ten in five groups, and what they may do.

use std::collections::{BTreeMap, BTreeSet};

use ulid::Ulid;

use super::TEAMS;
use crate::access::{Right, Role, Types};
use crate::release::{Approvers, ReleaseType};
use crate::wire::session::{Group, Person};
use crate::{GroupId, UserId};

/// Everybody who works with the estate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// The groups with their rights over releases.
    pub groups: Vec<(Group, BTreeMap<Right, Types>)>,
    /// The people.
    pub people: Vec<Member>,
    /// The kinds of release.
    pub release_types: Vec<ReleaseType>,
}

/// A person with roles and groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name and contact data.
    pub person: Person,
    /// What they do, for the list of sign-ins.
    pub title: &'static str,
    /// Roles over the installation.
    pub roles: BTreeSet<Role>,
    /// Groups they belong to.
    pub groups: BTreeSet<GroupId>,
}

/// Identities of the demo never change: bookmarks and screenshots stay true.
const FIRST: u128 = 0x0193_5a00_0000_0000_0000_0000_0000_0000;

pub(super) fn user(n: usize) -> UserId {
    UserId(Ulid(FIRST + 0x100 + n as u128))
}

pub(super) fn group(n: usize) -> GroupId {
    GroupId(Ulid(FIRST + 0x200 + n as u128))
}

/// (login, name, title, extension, teams, roles beside that of a viewer)
type Row = (
    &'static str,
    &'static str,
    &'static str,
    u16,
    &'static [usize],
    &'static [Role],
);

const PEOPLE: [Row; 10] = [
    (
        "jonas",
        "Jonas Okafor",
        "release manager",
        4101,
        &[0, 4],
        &[Role::CmdbKeeper],
    ),
    ("sam", "Sam Whitfield", "data centre technician", 4102, &[0], &[]),
    ("aiko", "Aiko Tanaka", "data centre technician", 4103, &[0], &[]),
    ("priya", "Priya Raman", "network engineer", 4201, &[1], &[]),
    ("tomas", "Tomáš Novák", "network engineer", 4202, &[1], &[]),
    (
        "elena",
        "Elena Castillo",
        "virtualisation engineer",
        4301,
        &[2],
        &[],
    ),
    ("david", "David Mensah", "database administrator", 4401, &[3], &[]),
    (
        "ines",
        "Inês Carvalho",
        "application owner, approves",
        4501,
        &[4],
        &[],
    ),
    (
        "noor",
        "Noor Haddad",
        "CMDB keeper",
        4502,
        &[0],
        &[Role::CmdbKeeper],
    ),
    (
        "mara",
        "Mara Lindqvist",
        "administrator",
        4001,
        &[4],
        &[Role::CmdbKeeper, Role::Administrator],
    ),
];

/// The organisation of the demo.
#[must_use]
pub fn organisation() -> Organisation {
    let rights = |more: &[Right]| {
        let all = [Right::View, Right::Create, Right::Execute].iter().chain(more);
        all.map(|right| (*right, Types::All)).collect::<BTreeMap<_, _>>()
    };
    let extra: [&[Right]; 5] = [
        &[Right::Edit, Right::Hold, Right::Resume, Right::Delegate],
        &[Right::Test],
        &[Right::Test],
        &[Right::Test],
        &[
            Right::Edit,
            Right::Authorise,
            Right::Accept,
            Right::Cancel,
            Right::ReDate,
            Right::Reopen,
        ],
    ];
    let groups = TEAMS
        .iter()
        .zip(extra)
        .enumerate()
        .map(|(n, (name, more))| (Group::new(group(n), *name), rights(more)))
        .collect();
    let people = PEOPLE
        .iter()
        .enumerate()
        .map(|(n, (login, name, title, extension, teams, more))| Member {
            person: Person {
                id: user(n),
                login: (*login).to_owned(),
                name: (*name).to_owned(),
                phone: Some(format!("+49 40 555 {extension}")),
                email: Some(format!("{login}@example.com")),
                unit: teams
                    .first()
                    .and_then(|team| TEAMS.get(*team))
                    .map(|team| (*team).to_owned()),
                location: Some(
                    if n % 2 == 0 {
                        "Hamburg Harbour"
                    } else {
                        "Hamburg Hills"
                    }
                    .to_owned(),
                ),
            },
            title,
            roles: more.iter().copied().chain([Role::CmdbViewer]).collect(),
            groups: teams.iter().map(|team| group(*team)).collect(),
        })
        .collect();
    let release_types = [
        (
            "standard",
            "Standard",
            "Planned work with a known pattern: one person drafts it, the requester authorises.",
            Some(0),
            false,
        ),
        (
            "normal",
            "Normal",
            "Needs a decision of its own: the application owners authorise too, and the tester is somebody else.",
            Some(4),
            true,
        ),
        (
            "emergency",
            "Emergency",
            "Something is broken now: short plan, looked at afterwards.",
            None,
            false,
        ),
    ]
    .into_iter()
    .filter_map(|(key, name, description, team, four_eyes)| {
        let normal = key == "normal";
        let owners = Approvers {
            group: group(4),
            quorum: 1,
        };
        Some(ReleaseType {
            approvers: normal.then_some(owners).into_iter().collect(),
            tester_differs: normal,
            test_stage: key != "emergency",
            description: description.to_owned(),
            default_group: team.map(group),
            four_eyes,
            ..ReleaseType::new(key.parse().ok()?, name)
        })
    })
    .collect();
    Organisation {
        groups,
        people,
        release_types,
    }
}
