//! Links, as two people make and end them, and what they keep a release from.

use super::bench::*;
use crate::registry::{KnownRecord, RecordFact, RecordRef, RegisterKind};
use crate::release::*;
use crate::sync::*;
use crate::{CiKey, RecordKey};

/// Ann drafted a release; Ben looks at the same base.
fn two_people() -> (Server, Client, Client) {
    let mut server = Server::default();
    let (mut ann, mut ben) = (Client::new(editor(10), 100), Client::new(editor(20), 200));
    ann.create("Replace switches");
    ann.push(&mut server);
    ann.pull(&server);
    ben.pull(&server);
    (server, ann, ben)
}

fn link(address: &str) -> Command {
    let RecordRef { register, key } = address.parse().unwrap();
    Command::Link { register, key }
}

fn key(address: &str) -> LinkKey {
    address.parse().unwrap()
}

fn unlink(address: &str) -> Command {
    Command::Unlink { link: key(address) }
}

fn status(status: ChangeOutcome) -> Command {
    Command::SetChangeStatus {
        change: "C-1".parse().unwrap(),
        status: Some(status),
    }
}

fn does(client: &mut Client, server: &mut Server, command: Command) -> Outcome {
    client.command(command).unwrap();
    client.push(server).pop().unwrap().1
}

#[test]
fn linking_twice_replaces_nothing_and_an_end_is_kept() {
    let (mut server, mut ann, mut ben) = two_people();
    does(&mut ann, &mut server, link("changes/C-1"));
    let first = server.release().links[&key("changes/C-1")].clone();
    assert_eq!(first.cis.len(), 2);
    does(&mut ben, &mut server, link("changes/C-1"));
    assert_eq!(server.release().links[&key("changes/C-1")], first);
    ann.pull(&server);
    does(&mut ann, &mut server, unlink("changes/C-1"));
    let ended = &server.release().links[&key("changes/C-1")];
    assert!(ended.ended.is_some() && ended.mark == first.mark);
    assert!(server.release().touched_cis().is_empty());
    ann.pull(&server);
    does(&mut ann, &mut server, link("changes/C-1"));
    let again = &server.release().links[&key("changes/C-1")];
    assert!(again.ended.is_none() && again.mark.ver != first.mark.ver);
}

#[test]
fn what_somebody_linked_again_meanwhile_is_not_ended() {
    let (mut server, mut ann, mut ben) = two_people();
    does(&mut ann, &mut server, link("problems/P-1"));
    ann.pull(&server);
    ben.pull(&server);
    does(&mut ann, &mut server, unlink("problems/P-1"));
    does(&mut ann, &mut server, link("problems/P-1"));
    let late = does(&mut ben, &mut server, unlink("problems/P-1"));
    let kept = MergeNote::KeptElement;
    assert!(
        matches!(&late, Outcome::Merged { note, .. } if *note == kept),
        "{late:?}"
    );
    assert_eq!(server.release().live_links().count(), 1);
}

#[test]
fn two_words_on_a_change_the_first_stands_and_the_second_is_told() {
    let (mut server, mut ann, mut ben) = two_people();
    does(&mut ann, &mut server, link("changes/C-1"));
    ann.pull(&server);
    ben.pull(&server);
    does(&mut ann, &mut server, status(ChangeOutcome::Resolved));
    let late = does(&mut ben, &mut server, status(ChangeOutcome::Cancelled));
    assert!(matches!(late, Outcome::Merged { .. }), "{late:?}");
    let stands = |server: &Server| server.release().links[&key("changes/C-1")].status;
    assert_eq!(stands(&server), Some(ChangeOutcome::Resolved));
    ben.pull(&server);
    does(&mut ben, &mut server, status(ChangeOutcome::Cancelled));
    assert_eq!(stands(&server), Some(ChangeOutcome::Cancelled));
}

#[test]
fn a_release_without_links_has_the_hash_it_had_before_there_were_any() {
    let (mut server, mut ann, _) = two_people();
    let before = server.release().content_hash();
    does(&mut ann, &mut server, link("knowledge/K-1"));
    assert_eq!(server.release().content_hash(), before, "company is no content");
    ann.pull(&server);
    does(&mut ann, &mut server, link("changes/C-1"));
    assert_ne!(server.release().content_hash(), before);
    ann.pull(&server);
    does(&mut ann, &mut server, unlink("changes/C-1"));
    assert_eq!(server.release().content_hash(), before);
}

/// Purchases by status; everything else is unknown.
struct Shop(&'static str);
impl World for Shop {
    fn ci(&self, key: &CiKey) -> CiFact {
        fact(key)
    }
    fn record(&self, record: &RecordRef) -> RecordFact {
        match (record.register, self.0) {
            (RegisterKind::Purchases, "") => RecordFact::Unknown,
            (RegisterKind::Purchases, status) => RecordFact::Known(KnownRecord {
                status: status.into(),
                ..KnownRecord::default()
            }),
            _ => RecordFact::Unknown,
        }
    }
    fn outcome(&self, _: OpId) -> Option<Outcome> {
        None
    }
}

#[test]
fn open_purchases_and_undecided_changes_are_in_the_way() {
    let (mut server, mut ann, _) = two_people();
    does(&mut ann, &mut server, link("purchases/B-1"));
    does(&mut ann, &mut server, link("changes/C-1"));
    let mut release = server.release().clone();
    let codes = |release: &Release, action, world: &dyn World| -> Vec<String> {
        let scene = Scene {
            actor: &ann.actor,
            release,
            world,
        };
        let unmet = unmet_for(action, &scene);
        unmet.into_iter().map(|one| one.code).collect()
    };
    let has = |codes: Vec<String>, code: &str| codes.iter().any(|one| one == code);
    release.stage = Stage::Execution;
    for (status, open) in [("open", true), ("ordered", true), ("closed", false), ("", false)] {
        let found = codes(&release, Action::Forward, &Shop(status));
        assert_eq!(has(found, "purchase_open"), open, "{status:?}");
    }
    release.stage = Stage::Acceptance;
    assert!(has(
        codes(&release, Action::Accept, &Shop("closed")),
        "change_undecided"
    ));
    for outcome in ChangeOutcome::ALL {
        let change: RecordKey = "C-1".parse().unwrap();
        release.links.get_mut(&LinkKey::change(change)).unwrap().status = Some(outcome);
        let found = codes(&release, Action::Accept, &Shop("closed"));
        assert_eq!(
            has(found, "change_undecided"),
            !outcome.is_decided(),
            "{outcome:?}"
        );
    }
}
