//! Who gets a mail when something happened.

use std::collections::{BTreeMap, BTreeSet};

use super::Moment;
use crate::access::{Actor, may_view};
use crate::release::{Action, Disposition, Party, Release, Value};
use crate::wire::admin::GroupRecord;
use crate::{GroupId, UserId};

/// An entry of the journal that moves a release on or hands it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// What was done.
    pub action: Action,
    /// By whom.
    pub by: UserId,
    /// To whom it was given, or with whom it was shared.
    pub to: Option<Party>,
}

/// Somebody who may get a mail. Whoever may not sign in is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// With what they may see.
    pub actor: Actor,
    /// Their address, if it is known.
    pub email: Option<String>,
}

/// A release, and whom it may concern, as they are now.
#[derive(Debug, Clone, Copy)]
pub struct Circle<'a> {
    /// The release.
    pub release: &'a Release,
    /// The groups of [`groups_asked`] that are not retired.
    pub groups: &'a BTreeMap<GroupId, GroupRecord>,
    /// The people of [`people_asked`] who may sign in.
    pub people: &'a BTreeMap<UserId, Reader>,
}

/// A mail that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// About what.
    pub moment: Moment,
    /// To which address.
    pub address: String,
    /// Whose address that is: a person's name, or that of the group.
    pub recipient: String,
    /// As whose member or address; none for the requester.
    pub group: Option<GroupId>,
}

/// The groups whose turn it is: whose go-ahead is awaited, or whose work it is.
fn turn(release: &Release) -> BTreeSet<GroupId> {
    if release.disposition != Disposition::Active {
        return BTreeSet::new();
    }
    if release.awaits_go_ahead() {
        let awaits = release.course.awaits.iter();
        return awaits.flat_map(|awaits| awaits.groups.keys().copied()).collect();
    }
    release.working_groups()
}

/// What groups are told of, and which.
fn told_groups(occasion: &Occasion, release: &Release) -> Option<(Moment, BTreeSet<GroupId>)> {
    match occasion.action {
        // It still waits for others, who were told when it was submitted.
        Action::Authorise if release.awaits_go_ahead() => None,
        // Something else was done meanwhile where it is nobody's turn now: they are told of that, or it is done.
        Action::Submit | Action::Reopen | Action::Authorise | Action::Forward | Action::Unresolved => {
            Some((Moment::Received, turn(release)))
        }
        Action::ChangeGroup => Some((Moment::Redirected, occasion.group().into_iter().collect())),
        Action::Share => Some((Moment::Shared, occasion.group().into_iter().collect())),
        _ => None,
    }
}

/// Groups whose mails this release follows: those that may be told, and those that may oblige.
#[must_use]
pub fn groups_asked(occasion: &Occasion, release: &Release) -> BTreeSet<GroupId> {
    let told = told_groups(occasion, release).map(|(_, groups)| groups);
    let mut groups = told.unwrap_or_default();
    groups.extend(release.working_groups());
    groups.extend(release.assignment_group());
    groups
}

/// People who may get a mail of this release, given its groups; and who did it, whose own address gets none.
#[must_use]
pub fn people_asked(
    occasion: &Occasion,
    release: &Release,
    groups: &BTreeMap<GroupId, GroupRecord>,
) -> BTreeSet<UserId> {
    let members = groups.values().flat_map(mailed);
    let mut people: BTreeSet<UserId> = members.collect();
    people.extend(release.requester());
    people.insert(occasion.by);
    people
}

/// Members who get the mails of their group. Whoever left it since gets none.
fn mailed(group: &GroupRecord) -> impl Iterator<Item = UserId> {
    group.mailed.intersection(&group.members).copied()
}

/// The mails that are due, by address. Nobody gets one who may not see the release, and nobody one of what they did
/// themselves; no address gets two, and the requester's comes before those of groups.
#[must_use]
pub fn due(occasion: &Occasion, circle: &Circle<'_>) -> Vec<Due> {
    let Circle {
        release,
        groups,
        people,
    } = *circle;
    let own = people
        .get(&occasion.by)
        .and_then(|reader| Some(reader.email.as_ref()?.to_lowercase()));
    let mut mails: BTreeMap<String, Due> = BTreeMap::new();
    let mut put = |moment, address: &str, recipient: &str, group| {
        let key = address.to_lowercase();
        if own.as_ref() != Some(&key) {
            mails.entry(key).or_insert_with(|| Due {
                moment,
                address: address.to_owned(),
                recipient: recipient.to_owned(),
                group,
            });
        }
    };
    let reader = |user: UserId| -> Option<(&str, &str)> {
        let reader = people.get(&user).filter(|_| user != occasion.by)?;
        let sees = release.with_facts(|facts| may_view(&reader.actor, facts));
        let email = reader.email.as_deref().filter(|_| sees)?;
        Some((email, reader.actor.name.as_str()))
    };

    let moment = Moment::of_requester(occasion.action);
    if (is_on(release, moment) || is_obligatory(release, groups, moment))
        && let Some((email, name)) = release.requester().and_then(reader)
    {
        put(moment, email, name, None);
    }
    let (moment, told) = told_groups(occasion, release).unwrap_or((Moment::Received, BTreeSet::new()));
    for id in told {
        let Some(group) = groups.get(&id).filter(|group| group.told.contains(&moment)) else {
            continue;
        };
        for (email, name) in mailed(group).filter_map(reader) {
            put(moment, email, name, Some(id));
        }
        // Nobody's own: they are told as long as the group sees it.
        if concerns(release, id) {
            for email in &group.emails {
                put(moment, email, &group.name, Some(id));
            }
        }
    }
    mails.into_values().collect()
}

/// The switch of the release. One that was never touched is on.
fn is_on(release: &Release, moment: Moment) -> bool {
    let switch = moment.switch();
    switch.is_none_or(|switch| *release.value(switch) != Value::Flag(false))
}

/// A group that works on it insists (S74).
fn is_obligatory(release: &Release, groups: &BTreeMap<GroupId, GroupRecord>, moment: Moment) -> bool {
    let mut working = release.working_groups();
    working.extend(release.assignment_group());
    let insists = |group: &GroupRecord| group.obligatory.contains(&moment);
    working.iter().filter_map(|id| groups.get(id)).any(insists)
}

/// Does the group take part in it, or look on?
fn concerns(release: &Release, group: GroupId) -> bool {
    release.with_facts(|facts| {
        facts.group == Some(group)
            || facts.duties.contains(&group)
            || facts
                .awaits
                .is_some_and(|awaits| awaits.groups.contains_key(&group))
            || facts.shared_with.contains(&Party::Group(group))
    })
}

/// Whether a mail server can be told this address: nothing in it can be taken for a part of a command.
#[must_use]
pub fn sendable(address: &str) -> bool {
    let fits = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[]\\,;:\"".contains(c);
    let halves = address.split_once('@');
    address.len() <= 254
        && address.chars().all(fits)
        && halves.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'))
}
