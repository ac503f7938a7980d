use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{GroupRecord, Kept};
use crate::access::{self, Actor, ReleaseFacts, Right, Role, Types};
use crate::{ContractId, GroupId, ReleaseNumber, UserId};

/// Query of `GET /api/v1/admin/explain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainQuery {
    /// About whom.
    pub user: UserId,
    /// About which release.
    pub release: ReleaseNumber,
}

/// Why somebody can see a release and do things to it, or cannot: what they hold, and through what. What keeps them from
/// each action besides is in `GET /api/v1/releases/{number}/actions?as=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// About whom.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// About which release.
    pub release: ReleaseNumber,
    /// They may sign in.
    pub signs_in: bool,
    /// They are an administrator: they hold every right and reach every contract.
    pub administrator: bool,
    /// They see the release.
    pub sees: bool,
    /// They take part in it, whatever their rights.
    pub takes_part: bool,
    /// It was shared with them or a group of theirs.
    #[serde(default)]
    pub shared: bool,
    /// The contract that it is done under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractReach>,
    /// Each right, and through which of their groups they hold it.
    pub rights: Vec<HeldRight>,
    /// For whom they stand in at the moment.
    pub stands_in_for: BTreeSet<UserId>,
    /// All of that in sentences.
    pub because: Vec<String>,
}

/// How somebody reaches the contract of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractReach {
    /// The contract.
    pub id: ContractId,
    /// Its name.
    pub name: String,
    /// They reach it.
    pub reached: bool,
    /// The groups, and the unit, through which they do.
    pub through: Vec<String>,
}

/// A right, and how somebody holds it for the type of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldRight {
    /// Which.
    pub right: Right,
    /// They hold it for this release's type.
    pub held: bool,
    /// Their groups that have it, for whichever types.
    pub through: Vec<Grant>,
}

/// A right as a group has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grant {
    /// The group.
    pub group: GroupId,
    /// Its name.
    pub name: String,
    /// For which types.
    pub types: Types,
    /// The group is retired: it grants nothing any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

/// What is known about somebody and a release, for an explanation.
pub struct KnownOf<'a> {
    /// Who they are.
    pub user: UserId,
    /// Their name.
    pub name: &'a str,
    /// What they may do; none for somebody who may not sign in.
    pub actor: Option<&'a Actor>,
    /// All groups they belong to, retired ones included.
    pub groups: &'a [(GroupId, Kept<GroupRecord>)],
    /// The release's number.
    pub number: ReleaseNumber,
    /// The contract of the release, with its name, and the names of what of theirs is linked to it.
    pub contract: Option<(ContractId, String, Vec<String>)>,
}

impl Explanation {
    /// The explanation.
    #[must_use]
    pub fn of(known: KnownOf<'_>, release: ReleaseFacts<'_>) -> Self {
        let held = |right| {
            known
                .actor
                .is_some_and(|actor| actor.holds(right, release.release_type))
        };
        let rights: Vec<HeldRight> = Right::ALL
            .into_iter()
            .map(|right| HeldRight {
                right,
                held: held(right),
                through: grants(known.groups, right),
            })
            .collect();
        let contract = known.contract.map(|(id, name, through)| ContractReach {
            id,
            name,
            reached: known
                .actor
                .is_some_and(|actor| access::within_contract(actor, release)),
            through,
        });
        let mut explanation = Self {
            user: known.user,
            name: known.name.to_owned(),
            release: known.number,
            signs_in: known.actor.is_some(),
            administrator: known
                .actor
                .is_some_and(|actor| actor.roles.contains(&Role::Administrator)),
            sees: known.actor.is_some_and(|actor| access::may_view(actor, release)),
            takes_part: known.actor.is_some_and(|actor| release.takes_part(actor)),
            shared: known.actor.is_some_and(|actor| release.is_shared_with(actor)),
            contract,
            rights,
            stands_in_for: known
                .actor
                .map(|actor| actor.stands_in_for.clone())
                .unwrap_or_default(),
            because: Vec::new(),
        };
        explanation.because = explanation.sentences(release);
        explanation
    }

    fn sentences(&self, release: ReleaseFacts<'_>) -> Vec<String> {
        let name = &self.name;
        if !self.signs_in {
            return vec![format!("{name} may not sign in: disabled or retired.")];
        }
        let mut said = Vec::new();
        if self.administrator {
            said.push(format!(
                "{name} is an administrator: holds every right and reaches every contract."
            ));
        }
        for (is, what) in [
            (release.author == self.user, "wrote the release"),
            (release.requester == Some(self.user), "is its requester"),
            (
                release
                    .requester
                    .is_some_and(|person| self.stands_in_for.contains(&person)),
                "stands in for its requester",
            ),
            (release.assignee == Some(self.user), "is its assignee"),
        ] {
            if is {
                said.push(format!("{name} {what}."));
            }
        }
        if self.takes_part && said.is_empty() {
            said.push(format!(
                "{name} takes part: the work is of one of their groups, or they were asked."
            ));
        }
        if self.shared {
            said.push(format!(
                "It was shared with {name}: they read it and write into its journal; their rights do not come from that."
            ));
        }
        if let Some(contract) = &self.contract {
            said.push(match (contract.reached, contract.through.is_empty()) {
                (true, false) => format!(
                    "The release is done under {}; {name} reaches it through {}.",
                    contract.name,
                    contract.through.join(" and ")
                ),
                (true, true) => format!("The release is done under {}, which {name} reaches.", contract.name),
                (false, _) => format!(
                    "The release is done under {}; none of {name}'s groups nor their unit is linked to it, so only \
                     taking part in the release would make it visible.",
                    contract.name
                ),
            });
        }
        for right in &self.rights {
            let word = right_word(right.right);
            let living: Vec<&str> = right
                .through
                .iter()
                .filter(|grant| !grant.retired && grant.is_for(release))
                .map(|grant| grant.name.as_str())
                .collect();
            if !living.is_empty() {
                said.push(format!("{name} holds {word} through {}.", living.join(" and ")));
            } else if let Some(other) = right.through.first().filter(|_| !right.held) {
                said.push(if other.retired {
                    format!(
                        "{name} does not hold {word}: the group {} that had it is retired.",
                        other.name
                    )
                } else {
                    format!(
                        "{name} does not hold {word} for this release type: {} has it for others.",
                        other.name
                    )
                });
            }
        }
        if !self.sees {
            said.push(format!("So {name} does not see the release."));
        }
        said
    }
}

impl Grant {
    fn is_for(&self, release: ReleaseFacts<'_>) -> bool {
        match (&self.types, release.release_type) {
            (Types::All, _) => true,
            (Types::Only(types), Some(kind)) => types.contains(kind),
            (Types::Only(types), None) => !types.is_empty(),
        }
    }
}

fn grants(groups: &[(GroupId, Kept<GroupRecord>)], right: Right) -> Vec<Grant> {
    let grant = |(id, group): &(GroupId, Kept<GroupRecord>)| {
        Some(Grant {
            group: *id,
            name: group.value.name.clone(),
            types: group.value.rights.get(&right)?.clone(),
            retired: group.retired,
        })
    };
    groups.iter().filter_map(grant).collect()
}

/// The word of a right, as it is written in JSON.
fn right_word(right: Right) -> String {
    match serde_json::to_value(right) {
        Ok(serde_json::Value::String(word)) => format!("“{}”", word.replace('_', "-")),
        _ => String::new(),
    }
}
