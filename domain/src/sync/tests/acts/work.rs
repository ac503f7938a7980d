//! Whose work it is and when: holds, claims, sharing, the calendar.

use super::*;

/// Monday to Friday, 8 to 18: ten hours a day.
struct OfficeHours(Estate);

impl OfficeHours {
    fn works(at: DateTime<Utc>) -> bool {
        !matches!(at.weekday(), Weekday::Sat | Weekday::Sun) && (8..18).contains(&at.hour())
    }
}

impl World for OfficeHours {
    fn ci(&self, key: &CiKey) -> CiFact {
        fact(key)
    }
    fn outcome(&self, _: OpId) -> Option<Outcome> {
        None
    }
    fn directory(&self) -> Option<&Directory> {
        self.0.directory()
    }
    fn worked(&self, _: Option<&ReleaseTypeKey>, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        let minutes = (0..(to - from).num_minutes().max(0)).map(TimeDelta::minutes);
        let worked = minutes.filter(|minute| Self::works(from + *minute)).count();
        TimeDelta::minutes(worked as i64)
    }
    fn after_working(
        &self,
        _: Option<&ReleaseTypeKey>,
        from: DateTime<Utc>,
        work: TimeDelta,
    ) -> DateTime<Utc> {
        let (mut at, mut left) = (from, work.num_minutes());
        while left > 0 {
            left -= i64::from(Self::works(at));
            at += TimeDelta::minutes(1);
        }
        at
    }
}

#[test]
fn a_hold_over_the_weekend_keeps_the_stage_and_what_was_left() {
    let world = OfficeHours(world());
    let friday: DateTime<Utc> = "2026-11-27T16:00:00Z".parse().unwrap();
    let due: DateTime<Utc> = "2026-11-30T10:00:00Z".parse().unwrap();
    let mut release = release(Stage::Test, Disposition::Active, false);
    let cell = release.fields.get_mut(&ReleaseField::PlannedEnd).unwrap();
    cell.value = Value::time(due);
    let mut slot = Some(release);
    let holder = actor(Onlooker, Held::Everything);
    let hold = |reason: &str| Act::Hold {
        reason: reason.into(),
        note: "Optics on Tuesday.".into(),
    };
    let mut act =
        |act: Act, at| run_at(&mut slot, ReleaseOp::Act { act }, &holder, &world, (at, 20)).map(|_| ());
    assert!(act(hold("no such"), friday).is_err());
    act(hold("parts"), friday).unwrap();
    assert_eq!(
        codes(&act(hold("parts"), friday).unwrap_err()),
        ["wrong_disposition"]
    );
    let monday: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
    act(Act::Resume, monday).unwrap();
    assert_eq!(
        codes(&act(Act::Resume, monday).unwrap_err()),
        ["wrong_disposition"]
    );
    let release = slot.unwrap();
    assert_eq!(
        (release.stage, release.disposition),
        (Stage::Test, Disposition::Active),
        "D8"
    );
    // Two hours on Friday and two on Monday were left.
    assert_eq!(release.due(), Some("2026-11-30T16:00:00Z".parse().unwrap()));
    // Friday 16 to 18, Monday 8 to 12.
    assert_eq!(release.course.held_seconds, 6 * 3_600);
    assert_eq!(release.figures(monday, &world).held, 6 * 60);
}

#[test]
fn one_wins_a_claim_and_the_loser_is_told_who() {
    let mut play = Play::at(Stage::Execution);
    let held = play.release().assignee();
    let taken = play.refused(Member, Command::Claim { from: None });
    assert_eq!(taken, ["claimed"], "nobody takes it unseen");
    play.now += TimeDelta::minutes(45);
    play.does(Member, Command::Claim { from: held });
    let captured = play.release().course.captured.unwrap();
    assert_eq!((captured.by, captured.at), (person(Member), play.now), "D12");
    // Another one of the group who looked before.
    let mut late = actor(Member, Held::Everything);
    late.user = person(Stranger);
    let claim = ReleaseOp::Act {
        act: Act::Claim { seen: held },
    };
    let refused = play.by(&late, claim).unwrap_err();
    assert_eq!(refused.to_string(), "Not ready: Member has it.");
    assert_eq!(
        play.refused(
            Member,
            Command::Claim {
                from: Some(person(Member))
            }
        ),
        ["yours_already"]
    );
    let figures = play
        .release()
        .figures(play.now + TimeDelta::minutes(5), &play.world);
    assert_eq!(
        (figures.capture, figures.service, figures.elapsed),
        (Some(45), Some(5), 50)
    );
}

#[test]
fn sharing_lets_somebody_look_on_until_it_ends() {
    let mut play = Play::at(Stage::Execution);
    let blind = actor(Stranger, Held::Nothing);
    let sees = |play: &Play| {
        play.release()
            .with_facts(|facts| crate::access::may_view(&blind, facts))
    };
    assert!(!sees(&play));
    let with = Party::User(person(Stranger));
    play.does(Author, Command::Share { with });
    assert!(sees(&play));
    assert!(matches!(
        play.command(Author, Command::Share { with }),
        Err(Reason::Duplicate { .. })
    ));
    play.does(Author, Command::Unshare { with });
    assert!(!sees(&play));
    let nobody = Party::User(UserId(Ulid(1)));
    assert_eq!(
        play.refused(Author, Command::Share { with: nobody }),
        ["with: there is no such person who may sign in"]
    );
    let gone = Command::ChangeGroup {
        to: crate::GroupId(Ulid(1)),
    };
    assert_eq!(play.refused(Member, gone), ["to: there is no such group"]);
}

#[test]
fn the_activity_moves_with_the_dates() {
    let mut play = Play::at(Stage::Execution);
    let activity = |minutes| Activity {
        group: group(Member),
        instruction: "Swap".into(),
        at: now(),
        minutes,
    };
    let schedule = |minutes| Command::Schedule {
        activity: Some(activity(minutes)),
    };
    assert_eq!(play.refused(Member, schedule(0)).len(), 1);
    play.does(Member, schedule(60));
    play.does(Member, schedule(90));
    assert_eq!(
        play.release().course.activity.as_ref().unwrap().minutes,
        90,
        "one a release"
    );
    let before = play.release().time(ReleaseField::PlannedStart).unwrap();
    let start = before + TimeDelta::days(2);
    let end = start + TimeDelta::hours(8);
    play.does(
        Member,
        Command::ReDate {
            start,
            end,
            seen: None,
        },
    );
    assert_eq!(
        play.release().course.activity.as_ref().unwrap().at,
        now() + TimeDelta::days(2)
    );
    play.does(Member, Command::Schedule { activity: None });
    assert_eq!(play.release().course.activity, None);
}
