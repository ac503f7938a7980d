//! The one thing that a release wants next of somebody.

use super::*;

const WHO: [Relation; 10] = [
    Author, Requester, Substitute, Assignee, Member, Approver, Tester, Acceptor, Onlooker, Stranger,
];

fn next(release: &Release, actor: &Actor) -> Option<Next> {
    let world = world();
    Scene {
        actor,
        release,
        world: &world,
    }
    .next()
}

fn of(who: Relation, release: &Release) -> Option<Next> {
    next(release, &actor(who, Held::Everything))
}

fn at(stage: Stage) -> Release {
    release(stage, Disposition::Active, false)
}

#[test]
fn each_stage_wants_its_own() {
    let act = |action| Some(Next::Act(action));
    assert_eq!(of(Author, &at(Stage::Draft)), act(Action::Submit));
    assert_eq!(of(Requester, &at(Stage::Authorisation)), act(Action::Authorise));
    assert_eq!(of(Author, &at(Stage::Authorisation)), act(Action::Withdraw));
    assert_eq!(of(Assignee, &at(Stage::Execution)), act(Action::Forward));
    assert_eq!(of(Assignee, &at(Stage::Test)), act(Action::Forward));
    assert_eq!(of(Assignee, &at(Stage::Acceptance)), act(Action::Accept));
    assert_eq!(of(Requester, &at(Stage::Closure)), act(Action::Close));
    let held = release(Stage::Test, Disposition::OnHold, false);
    assert_eq!(of(Assignee, &held), act(Action::Resume));
    for over in [Disposition::Concluded, Disposition::Cancelled] {
        let release = release(Stage::Closure, over, false);
        assert!(WHO.iter().all(|who| of(*who, &release).is_none()), "{over:?}");
    }
}

#[test]
fn steps_come_before_the_next_stage() {
    let mut release = at(Stage::Execution);
    release.records.clear();
    assert_eq!(of(Assignee, &release), Some(Next::Run));
}

#[test]
fn nobody_has_it_so_it_is_claimed_first() {
    for stage in [Stage::Execution, Stage::Test, Stage::Acceptance] {
        let mut release = at(stage);
        release.fields.remove(&ReleaseField::Assignee);
        let who = match stage {
            Stage::Execution => Member,
            Stage::Test => Tester,
            _ => Acceptor,
        };
        assert_eq!(of(who, &release), Some(Next::Act(Action::Claim)), "{stage:?}");
    }
}

/// It is offered to them by the table: nothing is asked of somebody who could never do it. There are two exceptions, who
/// see what is in the way: whoever edits a draft, and an assignee who lacks the right.
#[test]
fn what_is_wanted_is_offered() {
    for stage in Stage::ALL {
        for disposition in [
            Disposition::Active,
            Disposition::OnHold,
            Disposition::Concluded,
            Disposition::Cancelled,
        ] {
            let release = release(stage, disposition, false);
            for who in WHO {
                for held in [Held::Nothing, Held::Everything, Held::OtherType, Held::ReadToken] {
                    let somebody = actor(who, held);
                    let Some(Next::Act(action)) = next(&release, &somebody) else {
                        continue;
                    };
                    let offered = is_offered(action, &somebody, &release);
                    assert!(
                        offered || stage == Stage::Draft || (who == Assignee && held != Held::Everything),
                        "{stage:?} {disposition:?} {who:?} {held:?}: {action:?}"
                    );
                }
            }
        }
    }
}
