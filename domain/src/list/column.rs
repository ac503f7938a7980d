use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::release::Party;
use crate::wire::release::ReleaseSummary;
use crate::wire::session::Directory;
use crate::{ContractId, GroupId, ReleaseTypeKey, UserId};

/// What a list can show of a release, and be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Shown number.
    Number,
    /// Title.
    Title,
    /// Release type.
    ReleaseType,
    /// For whom.
    Requester,
    /// First stored.
    Created,
    /// 1 to 5.
    Priority,
    /// Time limit.
    Due,
    /// How late it is.
    Overdue,
    /// Where it is in its workflow.
    Stage,
    /// Step that is under way.
    Now,
    /// Whose work it is.
    Group,
    /// Who works on it.
    Assignee,
    /// Who may look on.
    Shared,
    /// Start of the change window.
    PlannedStart,
    /// End of the change window.
    PlannedEnd,
    /// Contract.
    Contract,
    /// Business unit of the contact.
    Unit,
    /// Version.
    Version,
    /// Live steps.
    Steps,
    /// Last changed.
    Updated,
    /// Concluded or cancelled.
    Closed,
}

impl Column {
    /// All, in the order of the chooser.
    pub const ALL: [Self; 21] = [
        Self::Number,
        Self::Title,
        Self::ReleaseType,
        Self::Requester,
        Self::Created,
        Self::Priority,
        Self::Due,
        Self::Overdue,
        Self::Stage,
        Self::Now,
        Self::Group,
        Self::Assignee,
        Self::Shared,
        Self::PlannedStart,
        Self::PlannedEnd,
        Self::Contract,
        Self::Unit,
        Self::Version,
        Self::Steps,
        Self::Updated,
        Self::Closed,
    ];

    /// The word in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Title => "title",
            Self::ReleaseType => "release_type",
            Self::Requester => "requester",
            Self::Created => "created",
            Self::Priority => "priority",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Stage => "stage",
            Self::Now => "now",
            Self::Group => "group",
            Self::Assignee => "assignee",
            Self::Shared => "shared",
            Self::PlannedStart => "planned_start",
            Self::PlannedEnd => "planned_end",
            Self::Contract => "contract",
            Self::Unit => "unit",
            Self::Version => "version",
            Self::Steps => "steps",
            Self::Updated => "updated",
            Self::Closed => "closed",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Number => "Number",
            Self::Title => "Title",
            Self::ReleaseType => "Type",
            Self::Requester => "Requester",
            Self::Created => "Created",
            Self::Priority => "Priority",
            Self::Due => "Due",
            Self::Overdue => "Overdue",
            Self::Stage => "Stage",
            Self::Now => "Step now",
            Self::Group => "Group",
            Self::Assignee => "Assignee",
            Self::Shared => "Shared with",
            Self::PlannedStart => "Planned start",
            Self::PlannedEnd => "Planned end",
            Self::Contract => "Contract",
            Self::Unit => "Unit",
            Self::Version => "Version",
            Self::Steps => "Steps",
            Self::Updated => "Changed",
            Self::Closed => "Closed",
        }
    }

    /// Reads the word of [`Column::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == text)
    }

    /// Whether its largest value comes first unless somebody says otherwise: the newest, the latest.
    #[must_use]
    pub fn falls(self) -> bool {
        matches!(self, Self::Updated | Self::Created | Self::Closed | Self::Overdue)
    }

    /// Whether its order needs the names of people, groups or types.
    #[must_use]
    pub fn is_named(self) -> bool {
        matches!(
            self,
            Self::Requester
                | Self::Assignee
                | Self::Group
                | Self::Shared
                | Self::ReleaseType
                | Self::Contract
        )
    }

    /// What a release is ordered by in this column; none where it has nothing there. `lower` is its [`super::line_of`].
    pub(super) fn key<'a>(
        self,
        release: &'a ReleaseSummary,
        lower: &'a str,
        rev: u64,
        names: &Names,
        now: DateTime<Utc>,
    ) -> Option<Key<'a>> {
        let time = |at: Option<DateTime<Utc>>| at.map(|at| Key::Number(at.timestamp_millis()));
        let text = |text: &'a Option<String>| {
            text.as_deref()
                .map(|text| Key::Text(Cow::Owned(text.to_lowercase())))
        };
        let name = |name: Option<&str>| name.map(|name| Key::Text(Cow::Owned(name.to_lowercase())));
        match self {
            Self::Number => release.number.map(|number| Key::Number(i64::from(number.0))),
            Self::Title => lower.split_once('\n').map(|(_, title)| Key::Text(title.into())),
            Self::ReleaseType => {
                let kind = release.release_type.as_ref()?;
                name(Some(names.release_type(kind).unwrap_or(kind.as_str())))
            }
            Self::Requester => name(names.user(release.requester?)),
            Self::Assignee => name(names.user(release.assignee?)),
            Self::Shared => name(names.parties(&release.shared_with).as_deref()),
            Self::Group => name(names.group(release.group?)),
            Self::Created => time(Some(release.created)),
            // Each revision belongs to one release, and says which change came later.
            Self::Updated => i64::try_from(rev).ok().map(Key::Number),
            Self::Priority => Some(Key::Number(i64::from(release.priority))),
            Self::Due => time(release.due),
            Self::Overdue => Some(release.overdue_minutes(now))
                .filter(|late| *late > 0)
                .map(Key::Number),
            Self::Stage => Some(Key::Number(release.stage as i64)),
            Self::Now => text(&release.now),
            Self::PlannedStart => time(release.planned_start),
            Self::PlannedEnd => time(release.planned_end),
            Self::Contract => name(names.contract(release.contract?)),
            Self::Unit => text(&release.unit),
            Self::Version => text(&release.version),
            Self::Steps => Some(Key::Number(i64::from(release.steps))),
            Self::Closed => time(release.ended),
        }
    }
}

/// What a row is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Number(i64),
    Text(Cow<'a, str>),
}

/// What people call those whom a list names by identity.
#[derive(Debug, Clone, Default)]
pub struct Names {
    users: HashMap<UserId, String>,
    groups: HashMap<GroupId, String>,
    types: HashMap<ReleaseTypeKey, String>,
    contracts: HashMap<ContractId, String>,
}

impl Names {
    /// Those of the directory.
    #[must_use]
    pub fn of(directory: Directory) -> Self {
        let people = directory.people.into_iter().map(|it| (it.id, it.name));
        let former = directory.former.into_iter().map(|it| (it.id, it.name));
        let groups = directory.groups.into_iter();
        let types = directory.release_types.into_iter();
        let contracts = directory.contracts.into_iter();
        Self::new(
            people.chain(former),
            groups.map(|group| (group.id, group.name)),
            types.map(|kind| (kind.key, kind.name)),
            contracts.map(|contract| (contract.id, contract.name)),
        )
    }

    /// These.
    #[must_use]
    pub fn new(
        users: impl IntoIterator<Item = (UserId, String)>,
        groups: impl IntoIterator<Item = (GroupId, String)>,
        types: impl IntoIterator<Item = (ReleaseTypeKey, String)>,
        contracts: impl IntoIterator<Item = (ContractId, String)>,
    ) -> Self {
        Self {
            users: users.into_iter().collect(),
            groups: groups.into_iter().collect(),
            types: types.into_iter().collect(),
            contracts: contracts.into_iter().collect(),
        }
    }

    /// A person.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&str> {
        self.users.get(&id).map(String::as_str)
    }

    /// A contract.
    #[must_use]
    pub fn contract(&self, id: ContractId) -> Option<&str> {
        self.contracts.get(&id).map(String::as_str)
    }

    /// A group.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&str> {
        self.groups.get(&id).map(String::as_str)
    }

    /// People and groups, in the order of their names; none where there are none.
    #[must_use]
    pub fn parties(&self, parties: &BTreeSet<Party>) -> Option<String> {
        let name = |party: &Party| match party {
            Party::User(id) => self.user(*id),
            Party::Group(id) => self.group(*id),
        };
        let mut names: Vec<&str> = parties.iter().filter_map(name).collect();
        names.sort_unstable();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// A release type.
    #[must_use]
    pub fn release_type(&self, key: &ReleaseTypeKey) -> Option<&str> {
        self.types.get(key).map(String::as_str)
    }
}
