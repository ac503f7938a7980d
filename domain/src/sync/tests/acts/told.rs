//! What is told before something is done: the words for it, and what to know. The page, a device without a network and
//! the REST interface all take them from here.

use super::*;
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
    let actions = Actions::of(&scene, now()).actions;
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
