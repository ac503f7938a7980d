use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeZone, Utc};
use proptest::prelude::*;
use ulid::Ulid;

use super::*;
use crate::access::{Actor, Right, Types};
use crate::release::{Awaits, Cell, Disposition, FieldVer, Mark, Release, Rev, Stage, Value};
use crate::wire::admin::{GroupRecord, Register};
use crate::wire::session::{Directory, Person};
use crate::{GroupId, ReleaseId, ReleaseNumber, UserId};

const INES: UserId = UserId(Ulid(1));
const BEN: UserId = UserId(Ulid(2));
const CHLOE: UserId = UserId(Ulid(3));
const DAN: UserId = UserId(Ulid(4));
const NETWORK: GroupId = GroupId(Ulid(10));
const STORAGE: GroupId = GroupId(Ulid(11));

fn at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 28, 22, 4, 0).unwrap()
}

fn cell(value: impl Into<Value>) -> Cell {
    Cell {
        value: value.into(),
        mark: mark(),
    }
}

fn mark() -> Mark {
    Mark {
        ver: FieldVer::Rev(Rev(1)),
        by: DAN,
        at: at(),
    }
}

/// For Ines, written by Dan, the work of the network group, being carried out.
fn release() -> Release {
    let mut release = Release::draft(ReleaseId(Ulid(100)), DAN, at(), mark());
    release.number = Some(ReleaseNumber(7));
    release.stage = Stage::Execution;
    release.authorised = Some(mark());
    for (field, value) in [
        (ReleaseField::Title, "New switches".to_owned()),
        (ReleaseField::Requester, INES.to_string()),
        (ReleaseField::AssignmentGroup, NETWORK.to_string()),
    ] {
        release.fields.insert(field, cell(value.as_str()));
    }
    release
}

fn reader(user: UserId, name: &str, groups: &[GroupId]) -> (UserId, Reader) {
    let actor = Actor {
        user,
        name: name.to_owned(),
        roles: BTreeSet::new(),
        groups: groups.iter().copied().collect(),
        contracts: BTreeSet::new(),
        rights: BTreeMap::new(),
        stands_in_for: BTreeSet::new(),
        scopes: None,
    };
    let email = Some(format!("{}@example.com", name.to_lowercase()));
    (user, Reader { actor, email })
}

/// Chloe in both groups, Ben in the network group; all of them with an address.
fn people() -> BTreeMap<UserId, Reader> {
    BTreeMap::from([
        reader(INES, "Ines", &[]),
        reader(BEN, "Ben", &[NETWORK]),
        reader(CHLOE, "Chloe", &[NETWORK, STORAGE]),
        reader(DAN, "Dan", &[]),
    ])
}

fn group(name: &str, members: &[UserId]) -> GroupRecord {
    GroupRecord {
        name: name.to_owned(),
        description: String::new(),
        leader: None,
        members: members.iter().copied().collect(),
        emails: vec![format!("{}@teams.example.com", name.to_lowercase())],
        mailed: members.iter().copied().collect(),
        told: [Moment::Received, Moment::Redirected, Moment::Shared].into(),
        obligatory: BTreeSet::new(),
        contracts: BTreeSet::new(),
        rights: BTreeMap::new(),
    }
}

fn groups() -> BTreeMap<GroupId, GroupRecord> {
    BTreeMap::from([
        (NETWORK, group("Network", &[BEN, CHLOE])),
        (STORAGE, group("Storage", &[CHLOE])),
    ])
}

fn done(action: Action) -> Occasion {
    Occasion {
        action,
        by: DAN,
        to: None,
    }
}

fn told(occasion: &Occasion, release: &Release) -> Vec<(Moment, String)> {
    told_of(occasion, release, &groups(), &people())
}

fn told_of(
    occasion: &Occasion,
    release: &Release,
    groups: &BTreeMap<GroupId, GroupRecord>,
    people: &BTreeMap<UserId, Reader>,
) -> Vec<(Moment, String)> {
    let circle = Circle {
        release,
        groups,
        people,
    };
    let mails = due(occasion, &circle);
    mails
        .into_iter()
        .map(|mail| (mail.moment, mail.address))
        .collect()
}

#[test]
fn the_requester_is_told_as_the_release_says_unless_a_group_insists() {
    use Moment::{Completed, Created};
    let cases = [
        (Action::Submit, Created),
        (Action::Authorise, Moment::Action),
        (Action::Refuse, Moment::Action),
        (Action::Hold, Moment::Action),
        (Action::Claim, Moment::Action),
        (Action::Close, Completed),
        (Action::Cancel, Completed),
    ];
    for (action, moment) in cases {
        for switch in [None, Some(true), Some(false)] {
            for obligatory in [None, Some(Created), Some(Moment::Action), Some(Completed)] {
                for address in [true, false] {
                    let mut release = release();
                    // The switches of the other moments must not matter.
                    for other in [Created, Moment::Action, Completed] {
                        let own = other == moment;
                        let value = if own { switch } else { switch.map(|on| !on) };
                        if let (Some(field), Some(value)) = (other.switch(), value) {
                            release.fields.insert(field, cell(value));
                        }
                    }
                    let mut groups = groups();
                    groups.values_mut().for_each(|group| group.told.clear());
                    groups.get_mut(&NETWORK).unwrap().obligatory = obligatory.into_iter().collect();
                    // A group that has nothing to do with it insists in vain.
                    groups.get_mut(&STORAGE).unwrap().obligatory = [moment].into();
                    let mut people = people();
                    if !address {
                        people.get_mut(&INES).unwrap().email = None;
                    }
                    let on = switch != Some(false) || obligatory == Some(moment);
                    let expected = (on && address).then(|| (moment, "ines@example.com".to_owned()));
                    assert_eq!(
                        told_of(&done(action), &release, &groups, &people),
                        Vec::from_iter(expected),
                        "{action:?}, switch {switch:?}, obligatory {obligatory:?}, address {address}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_group_is_told_when_it_is_its_turn_when_it_is_given_and_when_it_is_shared() {
    let mut release = release();
    for switch in [ReleaseField::MailCreated, ReleaseField::MailActions] {
        release.fields.insert(switch, cell(false));
    }
    let all = |moment| {
        [
            "ben@example.com",
            "chloe@example.com",
            "network@teams.example.com",
        ]
        .map(|address| (moment, address.to_owned()))
        .to_vec()
    };
    assert_eq!(told(&done(Action::Authorise), &release), all(Moment::Received));
    assert_eq!(told(&done(Action::Claim), &release), []);
    let given = Occasion {
        to: Some(Party::Group(NETWORK)),
        ..done(Action::ChangeGroup)
    };
    assert_eq!(told(&given, &release), all(Moment::Redirected));
    let shared = Occasion {
        to: Some(Party::Group(STORAGE)),
        ..done(Action::Share)
    };
    assert_eq!(
        told(&shared, &release),
        [(Moment::Shared, "chloe@example.com".to_owned())],
        "Chloe sees it by her other group; its own address does not, as it is not shared any more"
    );
    release.course.shared_with.insert(Party::Group(STORAGE));
    assert_eq!(told(&shared, &release).len(), 2);
    let person = Occasion {
        to: Some(Party::User(BEN)),
        ..done(Action::Share)
    };
    assert_eq!(told(&person, &release), []);

    // What a group did not ask for, it does not get.
    let mut deaf = groups();
    deaf.get_mut(&NETWORK).unwrap().told = [Moment::Shared].into();
    assert_eq!(told_of(&given, &release, &deaf, &people()), []);
    // Nobody's turn, nobody's mail.
    release.disposition = Disposition::OnHold;
    assert_eq!(told(&done(Action::Authorise), &release), []);
}

#[test]
fn who_is_asked_for_a_go_ahead_is_told_not_who_works_later() {
    let mut release = release();
    release.stage = Stage::Authorisation;
    release.authorised = None;
    release.course.awaits = Some(Awaits {
        requester: true,
        groups: BTreeMap::from([(STORAGE, 1)]),
        ..Awaits::default()
    });
    let expected = [
        (Moment::Received, "chloe@example.com"),
        (Moment::Created, "ines@example.com"),
        (Moment::Received, "storage@teams.example.com"),
    ];
    let expected = expected.map(|(moment, address)| (moment, address.to_owned()));
    assert_eq!(told(&done(Action::Submit), &release), expected);
    // One of several go-aheads: those who are still asked were told before.
    let requester = [(Moment::Action, "ines@example.com".to_owned())];
    assert_eq!(told(&done(Action::Authorise), &release), requester);
}

#[test]
fn no_mail_to_who_did_it_who_may_not_see_it_who_left_and_none_twice() {
    let release = release();
    let action = done(Action::Authorise);
    let addresses = |occasion: &Occasion, groups: &_, people: &_| -> Vec<String> {
        let mails = told_of(occasion, &release, groups, people);
        mails.into_iter().map(|(_, address)| address).collect()
    };
    // The requester authorises: nothing about their own deed, also not by the box of the group.
    let mut own = people();
    own.get_mut(&INES).unwrap().email = Some("Network@teams.example.com".to_owned());
    let by_ines = Occasion { by: INES, ..action };
    assert_eq!(
        addresses(&by_ines, &groups(), &own),
        ["ben@example.com", "chloe@example.com"]
    );
    // A member without the tick, one who left since, and one who may not sign in.
    let mut some = groups();
    let network = some.get_mut(&NETWORK).unwrap();
    network.mailed = [CHLOE, INES].into();
    network.emails.clear();
    assert_eq!(
        addresses(&action, &some, &people()),
        ["chloe@example.com", "ines@example.com"]
    );
    let mut gone = people();
    gone.remove(&CHLOE);
    assert_eq!(addresses(&action, &some, &gone), ["ines@example.com"]);
    // One address for two: the requester's mail comes first.
    let mut shared = people();
    shared.get_mut(&CHLOE).unwrap().email = Some("INES@example.com".to_owned());
    let mails = told_of(&action, &release, &some, &shared);
    assert_eq!(mails, [(Moment::Action, "ines@example.com".to_owned())]);
    // A requester who may not see it: not so any more, it is for somebody else.
    let mut other = release.clone();
    other
        .fields
        .insert(ReleaseField::Requester, cell(CHLOE.to_string().as_str()));
    let by_dan = told_of(&action, &other, &BTreeMap::new(), &people());
    assert_eq!(by_dan, [(Moment::Action, "chloe@example.com".to_owned())]);
    // Members of a group that had it for a moment only see it with the right to.
    let passed_on = Occasion {
        to: Some(Party::Group(STORAGE)),
        ..done(Action::ChangeGroup)
    };
    let mut strangers = people();
    let chloe = strangers.get_mut(&CHLOE).unwrap();
    chloe.actor.groups = [STORAGE].into();
    assert_eq!(addresses(&passed_on, &groups(), &strangers), ["ines@example.com"]);
    let chloe = strangers.get_mut(&CHLOE).unwrap();
    chloe.actor.rights.insert(Right::View, Types::All);
    assert_eq!(
        addresses(&passed_on, &groups(), &strangers),
        ["chloe@example.com", "ines@example.com"]
    );
}

#[test]
fn groups_say_only_what_makes_sense() {
    let mut network = group("Network", &[BEN]);
    network.mailed.insert(CHLOE);
    network.check().unwrap();
    assert_eq!(network.mailed, [BEN].into(), "no member, no mail");
    network.told.insert(Moment::Created);
    assert_eq!(network.check().unwrap_err().at, "told");
    network.told.clear();
    network.obligatory.insert(Moment::Shared);
    assert_eq!(network.check().unwrap_err().at, "obligatory");
}

fn template(subject: &str, text: &str) -> MailTemplate {
    MailTemplate {
        name: "Test".to_owned(),
        subject: subject.to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn a_wrong_placeholder_is_named_with_those_there_are() {
    let wrong = template("{numbr}", "x").check().unwrap_err();
    assert_eq!(wrong.at, "subject");
    assert!(wrong.message.contains("`{numbr}`"), "{}", wrong.message);
    for known in Placeholder::ALL {
        assert!(wrong.message.contains(known.as_str()), "{}", wrong.message);
    }
    for (text, says) in [
        ("a {number", "not closed"),
        ("a } b", "never opened"),
        ("{}", "`{}`"),
    ] {
        let wrong = template("x", text).check().unwrap_err();
        assert_eq!(wrong.at, "text");
        assert!(wrong.message.contains(says), "{}", wrong.message);
    }
    assert_eq!(template("x", "  ").check().unwrap_err().at, "text");
    assert_eq!(template("a\nBcc: b@c", "x").check().unwrap_err().at, "subject");
    assert_eq!(template("x", &"y".repeat(10_001)).check().unwrap_err().at, "text");
}

#[test]
fn the_words_that_came_with_the_product_can_be_read_and_say_what_happened() {
    let directory = Directory {
        people: vec![Person {
            id: INES,
            login: "ines".into(),
            name: "Ines Carvalho".into(),
            phone: None,
            email: None,
            unit: None,
            location: None,
        }],
        ..Directory::default()
    };
    let told = Told {
        actor: "Dan",
        what: "put it on hold: Waiting for parts",
        at: at(),
        link: "https://slipway.example/releases/REL-000007",
        recipient: "Ines Carvalho",
    };
    let values = values(&release(), &directory, &told);
    assert_eq!(values.len(), Placeholder::ALL.len());
    assert_eq!(values[&Placeholder::Requester], "Ines Carvalho");
    for moment in Moment::ALL {
        let mut template = shipped(moment);
        template.check().unwrap();
        let mail = template.render(&values).unwrap();
        assert!(mail.subject.contains("REL-000007"), "{}", mail.subject);
        assert!(mail.text.contains("New switches") && mail.text.contains(told.link));
        assert_eq!(serde_json::to_value(moment).unwrap(), moment.as_str());
    }
    let mail = shipped(Moment::Action).render(&values).unwrap();
    assert_eq!(mail.subject, "REL-000007: Dan put it on hold: Waiting for parts");
    assert!(
        mail.text
            .starts_with("Hello Ines Carvalho,\n\non 2026-11-28 22:04 UTC, Dan put")
    );
}

#[test]
fn addresses_that_a_mail_server_could_misread_are_not_sent_to() {
    for good in [
        "ines@example.com",
        "a+b@x",
        "o'neil@example.com",
        "zoë@exämple.com",
    ] {
        assert!(sendable(good), "{good}");
    }
    for bad in [
        "a@b> SIZE=1",
        "<a@b>",
        "a\r\nRCPT TO:<x@y>@b",
        "a@b,c@d",
        "a@[127.0.0.1]",
        "a@b@c",
        "@b",
        "a@",
        "a\0@b",
    ] {
        assert!(!sendable(bad), "{bad}");
    }
}

proptest! {
    #[test]
    fn whatever_is_put_in_a_subject_is_one_line_and_nothing_is_read_twice(
        parts in prop::collection::vec(prop_oneof!["[ -~]{0,12}", Just("{title}".to_owned()), "\\PC{0,6}"], 0..6),
        title in "(\\PC|[\\x00-\\x1f]|\u{2028}|\u{202e}|\\{number\\}){0,80}",
    ) {
        let subject = parts.concat();
        let Ok(read) = Text::parse(&subject) else { return Ok(()) };
        let values = Values::from([
            (Placeholder::Title, title.clone()),
            (Placeholder::Number, "NEVER-ASKED-FOR".to_owned()),
        ]);
        let filled = read.fill(&values);
        if !subject.contains("{number}") {
            prop_assert!(!filled.contains("NEVER-ASKED-FOR"));
        }
        if subject.contains("{title}") && !subject.contains("{{") {
            prop_assert!(filled.contains(&title));
        }
        let mail = template(&subject, &subject).render(&values).unwrap();
        prop_assert!(!mail.subject.chars().any(char::is_control), "{:?}", mail.subject);
        prop_assert!(mail.subject.chars().count() <= 200);
        let stray = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
        prop_assert!(!mail.subject.contains('\u{202e}') && !mail.text.contains(stray), "{:?}", mail.text);
    }

    #[test]
    fn words_without_braces_are_said_as_they_are(text in "[^{}]{0,60}") {
        let doubled = format!("{{{{{text}}}}}");
        prop_assert_eq!(Text::parse(&text).unwrap().fill(&Values::new()), text.clone());
        prop_assert_eq!(Text::parse(&doubled).unwrap().fill(&Values::new()), format!("{{{text}}}"));
    }
}
