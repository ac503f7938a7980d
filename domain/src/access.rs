//! Who may do what. Pure functions, used by the pages to hide and by the server to refuse.

mod actor;
mod staff;

use std::collections::BTreeSet;

use crate::release::{Action, Awaits, Party, Stage};
use crate::{ContractId, GroupId, ReleaseTypeKey, UserId};

pub use actor::{Actor, Right, Role, Scope, Types};
pub use staff::{Grant, Place, Staff, TOLD};

/// What of a release matters for access.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseFacts<'a> {
    /// Its type, if chosen.
    pub release_type: Option<&'a ReleaseTypeKey>,
    /// Who wrote it.
    pub author: UserId,
    /// For whom.
    pub requester: Option<UserId>,
    /// Who works on it.
    pub assignee: Option<UserId>,
    /// Whose work it is.
    pub group: Option<GroupId>,
    /// The contract it is done under.
    pub contract: Option<ContractId>,
    /// Groups whose turn it is in this stage, beside that one.
    pub duties: &'a BTreeSet<GroupId>,
    /// Who may look on.
    pub shared_with: &'a BTreeSet<Party>,
    /// Whose go-ahead was asked for.
    pub awaits: Option<&'a Awaits>,
}

impl ReleaseFacts<'_> {
    /// They wrote it, it is for them or on their desk, it is the work of one of their groups, or they were asked:
    /// they take part in it, whatever their rights.
    #[must_use]
    pub fn takes_part(&self, actor: &Actor) -> bool {
        let (user, groups) = (actor.user, &actor.groups);
        self.author == user
            || self.requester.is_some_and(|requester| actor.acts_for(requester))
            || self.assignee == Some(user)
            || self.group.is_some_and(|group| groups.contains(&group))
            || self.duties.iter().any(|group| groups.contains(group))
            || self.awaits.is_some_and(|awaits| {
                awaits.given.contains(&user) || awaits.groups.keys().any(|group| groups.contains(group))
            })
    }

    /// It was shared with them or with one of their groups: they look on.
    #[must_use]
    pub fn is_shared_with(&self, actor: &Actor) -> bool {
        self.shared_with.iter().any(|party| match party {
            Party::User(other) => *other == actor.user,
            Party::Group(group) => actor.groups.contains(group),
        })
    }

    /// They take part in it or look on.
    #[must_use]
    pub fn concerns(&self, actor: &Actor) -> bool {
        self.takes_part(actor) || self.is_shared_with(actor)
    }
}

/// What somebody wants to do, as far as access is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// See the CMDB.
    ViewCmdb,
    /// Edit CIs by hand.
    EditCmdb,
    /// Import a file.
    Import,
    /// Draft a release.
    CreateRelease,
    /// Manage people, tokens and types.
    Administer,
}

/// May they do this, apart from any particular release?
#[must_use]
pub fn may(actor: &Actor, deed: Deed) -> bool {
    let keeper = || actor.roles.contains(&Role::CmdbKeeper) || actor.roles.contains(&Role::Administrator);
    match deed {
        Deed::ViewCmdb => {
            actor.scope_allows(Scope::Read) && (actor.roles.contains(&Role::CmdbViewer) || keeper())
        }
        Deed::EditCmdb | Deed::Import => actor.scope_allows(Scope::Import) && keeper(),
        Deed::CreateRelease => actor.holds(Right::Create, None),
        Deed::Administer => actor.is_administrator(),
    }
}

/// Is it within the contracts that they reach? A release without a contract is within everybody's (S33).
#[must_use]
pub fn within_contract(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    let reaches =
        |contract| actor.contracts.contains(&contract) || actor.roles.contains(&Role::Administrator);
    release.contract.is_none_or(reaches)
}

/// May they see this release? Those whom it concerns, and holders of *view* for its type who reach its contract.
#[must_use]
pub fn may_view(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    reaches(actor, release) || (actor.scope_allows(Scope::Read) && release.is_shared_with(actor))
}

/// Do the rights that they hold count here? Those of who takes part in it, and of holders of *view* for its type who reach
/// its contract. What is shared is read and noted on, and nothing more: sharing gives no way around a contract.
#[must_use]
pub fn reaches(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    actor.scope_allows(Scope::Read)
        && (release.takes_part(actor)
            || (actor.holds(Right::View, release.release_type) && within_contract(actor, release)))
}

/// May they edit the draft? Its author while holding *create*, and holders of *edit* for its type whom it is within
/// reach of ([`reaches`]).
#[must_use]
pub fn may_edit(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    let own = release.author == actor.user && actor.holds(Right::Create, release.release_type);
    reaches(actor, release) && (own || actor.holds(Right::Edit, release.release_type))
}

/// May they link what accompanies it (problems, articles, purchases, people), and say what became of its changes? Who
/// edits it, and who carries it out.
#[must_use]
pub fn may_accompany(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    may_edit(actor, release) || may_execute(actor, release)
}

/// May they write into its journal? Everybody who may see it and change anything at all.
#[must_use]
pub fn may_note(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    may_view(actor, release) && actor.scope_allows(Scope::Write)
}

/// May they attach documents and answer checklists? Who takes part in it: its author, requester, assignee and
/// assignment group, and holders of a right to do anything with it.
#[must_use]
pub fn may_contribute(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    let takes_part = release.author == actor.user
        || release.requester == Some(actor.user)
        || release.assignee == Some(actor.user)
        || release.group.is_some_and(|group| actor.groups.contains(&group));
    let works = [
        Right::Edit,
        Right::Authorise,
        Right::Execute,
        Right::Test,
        Right::Accept,
    ];
    may_note(actor, release)
        && (takes_part
            || (reaches(actor, release)
                && works
                    .iter()
                    .any(|right| actor.holds(*right, release.release_type))))
}

/// May they submit or withdraw it? Its author while holding *create* (DESIGN 4).
#[must_use]
pub fn may_submit(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    release.author == actor.user && actor.holds(Right::Create, release.release_type)
}

/// May they give or refuse the go-ahead? The requester or who stands in for them, and holders of *authorise* for its type
/// whom it is within reach of.
#[must_use]
pub fn may_authorise(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    is_requester(actor, release)
        || (reaches(actor, release) && actor.holds(Right::Authorise, release.release_type))
}

/// The requester, or who stands in for them.
fn is_requester(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    let requester = release
        .requester
        .is_some_and(|requester| actor.acts_for(requester));
    requester && actor.scope_allows(Scope::Write) && may_view(actor, release)
}

/// May they carry out its steps? Holders of *execute* for its type whom it is within reach of.
#[must_use]
pub fn may_execute(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    reaches(actor, release) && actor.holds(Right::Execute, release.release_type)
}

/// May they confirm what somebody else recorded? Who may carry it out; and where that was done before the go-ahead, also who
/// gives it: they answer for what is done under it.
#[must_use]
pub fn may_confirm(actor: &Actor, release: ReleaseFacts<'_>, early: bool) -> bool {
    may_execute(actor, release) || (early && may_authorise(actor, release))
}

/// May they decide which of two contradicting records counts? Who leads the work (its author and its assignee),
/// and who may carry it out.
#[must_use]
pub fn may_settle(actor: &Actor, release: ReleaseFacts<'_>) -> bool {
    let leads = release.author == actor.user || release.assignee == Some(actor.user);
    may_execute(actor, release) || (leads && actor.scope_allows(Scope::Write) && may_view(actor, release))
}

/// May they do the work of this stage? Who holds its right (*execute*, *test* or *accept*) and is the assignee or
/// belongs to the group whose turn it is. Where no group was named for test or acceptance, the right is enough.
#[must_use]
pub fn may_work(actor: &Actor, release: ReleaseFacts<'_>, stage: Stage) -> bool {
    let in_one = |groups: &BTreeSet<GroupId>| groups.iter().any(|group| actor.groups.contains(group));
    let (right, turn) = match stage {
        Stage::Test => (Right::Test, release.duties.is_empty() || in_one(release.duties)),
        Stage::Acceptance => (Right::Accept, release.duties.is_empty() || in_one(release.duties)),
        _ => {
            let theirs = release.group.is_none_or(|group| actor.groups.contains(&group));
            (Right::Execute, theirs)
        }
    };
    let at_it = release.assignee == Some(actor.user) || actor.roles.contains(&Role::Administrator);
    reaches(actor, release) && actor.holds(right, release.release_type) && (turn || at_it)
}

/// May they say how it ended, while the content is frozen? Who may carry out, test or accept it; once it is accepted, who
/// may accept it, and the requester, who closes it.
#[must_use]
pub fn may_note_end(actor: &Actor, release: ReleaseFacts<'_>, stage: Stage) -> bool {
    let holds = |right| reaches(actor, release) && actor.holds(right, release.release_type);
    if stage == Stage::Closure {
        return is_requester(actor, release) || holds(Right::Accept);
    }
    [Right::Execute, Right::Test, Right::Accept]
        .into_iter()
        .any(holds)
}

/// May they do this to a release in this stage? Whether it can be done there says the table of the workflow.
#[must_use]
pub fn may_act(actor: &Actor, release: ReleaseFacts<'_>, stage: Stage, action: Action) -> bool {
    let holds = |right| reaches(actor, release) && actor.holds(right, release.release_type);
    match action {
        Action::Submit | Action::Withdraw => may_submit(actor, release),
        Action::Authorise | Action::Refuse => may_authorise(actor, release),
        Action::Forward | Action::Unresolved | Action::Accept | Action::Claim | Action::Schedule => {
            may_work(actor, release, stage)
        }
        Action::Close => is_requester(actor, release),
        Action::Cancel => holds(Right::Cancel) || (stage == Stage::Draft && may_submit(actor, release)),
        Action::Reopen => holds(Right::Reopen),
        Action::Hold => holds(Right::Hold),
        Action::Resume => holds(Right::Resume),
        Action::ReDate => holds(Right::ReDate),
        Action::Delegate => holds(Right::Delegate),
        Action::ChangeGroup => holds(Right::Delegate) || may_work(actor, release, stage),
        Action::Share | Action::Unshare => {
            let part = [Some(release.author), release.requester, release.assignee];
            let takes_part = part.contains(&Some(actor.user)) && actor.scope_allows(Scope::Write);
            holds(Right::Delegate) || (takes_part && may_view(actor, release))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(roles: &[Role], rights: &[Right], contracts: &[ContractId]) -> Actor {
        Actor {
            user: UserId(ulid::Ulid(1)),
            name: "Ada".to_owned(),
            roles: roles.iter().copied().collect(),
            groups: BTreeSet::new(),
            contracts: contracts.iter().copied().collect(),
            rights: rights.iter().map(|right| (*right, Types::All)).collect(),
            stands_in_for: BTreeSet::new(),
            scopes: None,
        }
    }

    #[test]
    fn a_right_and_the_contract_are_needed_apart_from_those_who_take_part() {
        let (housing, other) = (ContractId(ulid::Ulid(10)), ContractId(ulid::Ulid(11)));
        let (author, ada) = (UserId(ulid::Ulid(2)), UserId(ulid::Ulid(1)));
        let nobody = BTreeSet::new();
        let parties = BTreeSet::new();
        let facts = |contract, author| ReleaseFacts {
            release_type: None,
            author,
            requester: None,
            assignee: None,
            group: None,
            contract,
            duties: &nobody,
            shared_with: &parties,
            awaits: None,
        };
        let rights = [Right::View, Right::Edit, Right::Authorise, Right::Execute];
        let sees = |actor: &Actor, contract| may_view(actor, facts(contract, author));
        let linked = actor(&[], &rights, &[housing]);
        assert!(sees(&linked, None) && sees(&linked, Some(housing)));
        assert!(!sees(&linked, Some(other)));
        for may in [may_edit, may_authorise, may_execute, may_settle] {
            assert!(may(&linked, facts(Some(housing), author)));
            assert!(!may(&linked, facts(Some(other), author)));
        }
        assert!(
            !sees(&actor(&[], &[], &[housing]), Some(housing)),
            "the contract alone is not enough"
        );
        assert!(sees(&actor(&[Role::Administrator], &[], &[]), Some(other)));
        assert!(
            may_view(&actor(&[], &[], &[]), facts(Some(other), ada)),
            "takes part in it"
        );
    }

    #[test]
    fn what_is_shared_is_read_and_noted_on_and_the_contract_still_bounds_the_rights() {
        let (housing, other) = (ContractId(ulid::Ulid(10)), ContractId(ulid::Ulid(11)));
        let (author, ada) = (UserId(ulid::Ulid(2)), UserId(ulid::Ulid(1)));
        let (nobody, kind) = (BTreeSet::new(), "standard".parse().ok());
        let shared = BTreeSet::from([Party::User(ada)]);
        let facts = |contract| ReleaseFacts {
            release_type: kind.as_ref(),
            author,
            requester: None,
            assignee: None,
            group: None,
            contract,
            duties: &nobody,
            shared_with: &shared,
            awaits: None,
        };
        let all = actor(&[], &Right::ALL, &[housing]);
        let blind: Vec<Right> = Right::ALL
            .into_iter()
            .filter(|right| *right != Right::View)
            .collect();
        let blind = actor(&[], &blind, &[housing, other]);
        for (looker, contract) in [(&all, other), (&blind, housing)] {
            let release = facts(Some(contract));
            assert!(may_view(looker, release) && may_note(looker, release));
            for may in [
                may_edit,
                may_accompany,
                may_contribute,
                may_submit,
                may_authorise,
                may_execute,
                may_settle,
            ] {
                assert!(!may(looker, release));
            }
            for stage in Stage::ALL {
                assert!(!may_note_end(looker, release, stage));
                for action in Action::ALL {
                    assert!(
                        !may_act(looker, release, stage, action),
                        "{action:?} in {stage:?}"
                    );
                }
            }
        }
        assert!(
            may_execute(&all, facts(Some(housing))),
            "what they could without it, they still can"
        );
    }
}
