//! What is told before something is done: the words for it, and what to know. The page, a device without a network and
//! the REST interface all take them from here.

use super::*;
use crate::access::{Grant, Place, Staff, Types};
use crate::wire::actions::Actions;

fn label(stage: Stage, change: impl FnOnce(&mut ReleaseType)) -> String {
    let mut play = Play::at(stage);
    play.kind(change);
    let member = actor(Member, Held::Everything);
    let scene = Scene {
        actor: &member,
        release: play.release(),
        world: &play.world,
    };
    let actions = Actions::of(&scene, None, now()).actions;
    let forward = actions.into_iter().find(|state| state.action == Action::Forward);
    forward.unwrap().label
}

#[test]
fn moving_it_on_says_where_it_leads() {
    let tested = |kind: &mut ReleaseType| kind.test_stage = true;
    let untested = |kind: &mut ReleaseType| kind.test_stage = false;
    assert_eq!(label(Stage::Execution, tested), "Send to test");
    assert_eq!(label(Stage::Execution, untested), "Send to acceptance");
    assert_eq!(label(Stage::Test, tested), "Send to acceptance");
    assert_eq!(
        label(Stage::Draft, tested),
        "Forward",
        "it leads nowhere from there"
    );
}

/// Everybody in a group of their own, whose members hold these rights.
fn staffed(play: &mut Play, rights: impl Fn(Relation) -> Vec<Right>) {
    let people = [
        Author, Requester, Assignee, Member, Approver, Tester, Acceptor, Onlooker,
    ];
    let mut staff = Staff::default();
    for who in people {
        let place = Place {
            groups: BTreeSet::from([group(who)]),
            ..Place::default()
        };
        staff.people.insert(person(who), place);
        let rights = rights(who).into_iter().map(|right| (right, Types::All)).collect();
        let grant = Grant {
            rights,
            ..Grant::default()
        };
        staff.groups.insert(group(who), grant);
    }
    play.world.0.staff = Some(staff);
}

fn told(play: &Play, action: Action, to: Option<Party>) -> Vec<(String, String)> {
    let member = actor(Member, Held::Everything);
    let scene = Scene {
        actor: &member,
        release: play.release(),
        world: &play.world,
    };
    let actions = Actions::of(&scene, to, now() - TimeDelta::days(9)).actions;
    let state = actions.into_iter().find(|state| state.action == action).unwrap();
    let warnings = state.warnings.into_iter();
    warnings.map(|one| (one.code, one.text)).collect()
}

fn codes_of(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(code, _)| code.as_str()).collect()
}

#[test]
fn a_group_of_which_nobody_can_go_on_is_told_before_it_gets_the_work() {
    let mut play = Play::at(Stage::Draft);
    assert_eq!(
        told(&play, Action::Submit, None),
        [],
        "nothing is known of who may do what"
    );
    let all = |_| vec![Right::Execute, Right::Test, Right::Accept];
    staffed(&mut play, all);
    assert_eq!(told(&play, Action::Submit, None), []);
    staffed(&mut play, |_| vec![Right::Test]);
    let text =
        "Nobody in the group Members may carry out releases of this type: none of them could carry it out.";
    let expected = [("group_cannot".to_owned(), text.to_owned())];
    assert_eq!(told(&play, Action::Submit, None), expected);
    let mut asked = Play::at(Stage::Authorisation);
    asked.world = play.world;
    assert_eq!(told(&asked, Action::Authorise, None), expected);
    asked
        .world
        .0
        .staff
        .as_mut()
        .unwrap()
        .people
        .remove(&person(Member));
    let text = "Nobody belongs to the group Members: nobody could carry it out.";
    let expected = [("group_empty".to_owned(), text.to_owned())];
    assert_eq!(told(&asked, Action::Authorise, None), expected);
    // The group that gets it next, and everybody where the type names none.
    let mut running = Play::at(Stage::Execution);
    running.world = asked.world;
    assert_eq!(told(&running, Action::Forward, None), []);
    staffed(&mut running, |_| vec![Right::View, Right::Execute]);
    assert_eq!(codes_of(&told(&running, Action::Forward, None)), ["group_cannot"]);
    running.kind(|kind| kind.test_group = None);
    assert_eq!(codes_of(&told(&running, Action::Forward, None)), ["nobody_can"]);
    staffed(&mut running, |who| match who {
        Onlooker => vec![Right::View, Right::Test],
        _ => vec![],
    });
    assert_eq!(told(&running, Action::Forward, None), []);
}

#[test]
fn whoever_gets_it_and_cannot_go_on_is_told_before_and_not_refused() {
    let mut play = Play::at(Stage::Test);
    staffed(&mut play, |who| match who {
        Tester => vec![Right::Test],
        _ => vec![Right::Execute],
    });
    let user = |who| Some(Party::User(person(who)));
    assert_eq!(told(&play, Action::Delegate, user(Tester)), []);
    let [(code, text)] = told(&play, Action::Delegate, user(Member)).try_into().unwrap();
    assert_eq!(code, "cannot_act");
    assert_eq!(
        text,
        "Member may not test releases of this type: they could not do what comes next."
    );
    play.does(Approver, Command::Delegate { to: person(Member) });
    let crew = |who| Some(Party::Group(group(who)));
    assert_eq!(told(&play, Action::ChangeGroup, crew(Tester)), []);
    assert_eq!(
        codes_of(&told(&play, Action::ChangeGroup, crew(Member))),
        ["group_cannot"]
    );
    assert_eq!(
        codes_of(&told(&play, Action::ChangeGroup, crew(Stranger))),
        ["group_empty"]
    );
    assert_eq!(told(&play, Action::Share, crew(Tester)), []);
    let [(_, text)] = told(&play, Action::Share, crew(Member)).try_into().unwrap();
    assert_eq!(
        text,
        "Nobody in the group Members may test releases of this type: they look on, and no more."
    );
    // An administrator can do everything; nothing comes next for a group once it is accepted.
    let staff = play.world.0.staff.as_mut().unwrap();
    staff.people.get_mut(&person(Member)).unwrap().administrator = true;
    assert_eq!(told(&play, Action::Delegate, user(Member)), []);
    let mut accepted = Play::at(Stage::Closure);
    accepted.world = play.world;
    assert_eq!(told(&accepted, Action::Share, user(Approver)), []);
}

#[test]
fn those_are_named_who_really_can_confirm_what_was_recorded_early() {
    let named = |play: &Play| {
        let unmet = play.unmet(Action::Forward, &actor(Member, Held::Everything));
        assert_eq!(unmet.len(), 1, "{unmet:?}");
        unmet[0].who.clone()
    };
    let names = |who: Vec<Who>| who.into_iter().map(|who| who.name).collect::<Vec<_>>();
    let (mut play, attempt) = recorded_early(Member, false);
    assert_eq!(
        names(named(&play)),
        ["Requester"],
        "where nothing is known of who may do what"
    );
    staffed(&mut play, |who| match who {
        Assignee | Member | Stranger => vec![Right::Execute],
        Approver => vec![Right::Authorise],
        Onlooker => vec![Right::View, Right::Execute],
        _ => vec![Right::Test],
    });
    let who = named(&play);
    for one in &who {
        let Party::User(user) = one.party else {
            panic!("{one:?}")
        };
        let able = play.world.0.staff.as_ref().unwrap().actor(user).unwrap();
        let mut trial = Play::of(play.release().clone());
        let confirmed = trial.by(&able, ReleaseOp::Confirm { attempt });
        assert!(confirmed.is_ok(), "{one:?}: {confirmed:?}");
    }
    assert_eq!(names(who), ["Requester", "Assignee", "Approver", "Onlooker"]);
    // A crew of one that gave the go-ahead to itself: nobody is named who could not.
    let (mut alone, _) = recorded_early(Requester, false);
    assert_eq!(names(named(&alone)), Vec::<String>::new());
    staffed(&mut alone, |who| match who {
        Requester => Right::ALL.to_vec(),
        _ => vec![],
    });
    assert_eq!(names(named(&alone)), Vec::<String>::new());
}
