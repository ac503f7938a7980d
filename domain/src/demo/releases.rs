//! The releases of the demo, one in each stage at least, told as what people did. They go through the same write path as everybody's.

mod stories;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use ulid::Ulid;

use super::organisation::{group, user};
use crate::registry::RecordRef;
use crate::release::{Command, FieldRef, StepResult};
use crate::release::{FieldVer, NewStep, NewTarget, OrderKey, ReleaseField, Value};
use crate::sync::ReleaseOp;
use crate::{ReleaseId, StepId, UserId};
use stories::{Ending, Further, STORIES, Story};

/// Something that one person did to one release.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// Who.
    pub author: UserId,
    /// The release.
    pub release: ReleaseId,
    /// What, all or none.
    pub what: What,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// These ops.
    Ops(Vec<ReleaseOp>),
    /// A command on the release as it then is.
    Command(Box<Command>),
}

/// What was done, in order. `now` places the change windows; it is rounded down to the day.
#[must_use]
pub fn releases(now: DateTime<Utc>) -> Vec<Act> {
    let today = now - Duration::seconds(now.timestamp().rem_euclid(86_400));
    STORIES
        .iter()
        .enumerate()
        .flat_map(|(n, story)| tell(n, story, today))
        .collect()
}

fn tell(n: usize, story: &Story, today: DateTime<Utc>) -> Vec<Act> {
    let first = 0x0193_5b00_0000_0000_0000_0000_0000_0000 + ((n as u128) << 32);
    let release = ReleaseId(Ulid(first));
    let author = user(story.author);
    let steps: Vec<StepId> = (0..story.steps.len())
        .map(|s| StepId(Ulid(first + 1 + s as u128)))
        .collect();
    let mut ops = vec![ReleaseOp::Create {
        fields: record(story, today),
    }];
    let mut place = None;
    for (told, step) in story.steps.iter().zip(&steps) {
        let key = OrderKey::between(place.as_ref(), None);
        place = Some(key.clone());
        let text = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        let new = NewStep {
            title: told.title.to_owned(),
            instructions: text(told.how),
            command: text(told.run),
            minutes: (told.minutes > 0).then_some(told.minutes),
            back_out: text(told.back_out),
            point_of_no_return: told.no_return,
            needs: told
                .needs
                .iter()
                .filter_map(|need| steps.get(*need).copied())
                .collect(),
            targets: told.targets.iter().filter_map(target).collect(),
            ..NewStep::default()
        };
        ops.push(new.into_op(*step, key, None));
    }
    for address in super::records::of_story(n) {
        if let Ok(RecordRef { register, key }) = address.parse() {
            ops.push(ReleaseOp::LinkRecord { register, key });
        }
    }
    let mut whats = vec![(author, What::Ops(ops))];
    whats.extend(ending(story, &steps, today));
    whats
        .into_iter()
        .map(|(author, what)| Act {
            author,
            release,
            what,
        })
        .collect()
}

fn command(who: UserId, command: Command) -> (UserId, What) {
    (who, What::Command(Box::new(command)))
}

/// What was done after it was drafted.
fn ending(story: &Story, steps: &[StepId], today: DateTime<Utc>) -> Vec<(UserId, What)> {
    let author = user(story.author);
    let submit = command(author, Command::Submit { seen: None });
    let go_ahead = command(user(story.requester), Command::Authorise { seen: None });
    match story.ending {
        Ending::Draft => vec![],
        Ending::Submitted => vec![submit],
        Ending::Withdrawn => vec![submit, command(author, Command::Withdraw)],
        Ending::Running { crew } => {
            let mut acts = vec![submit, go_ahead];
            // The small hours of today: before the demo was begun, whenever that is.
            if let [first, second, ..] = steps {
                let note = "Both hosts see both uplinks.";
                acts.push(command(user(crew), done(*first, today, 12, note)));
                let (step, started) = (*second, today + Duration::minutes(15));
                acts.push(command(user(crew), Command::Start { step, started }));
            }
            acts
        }
        Ending::Further { crew, tester, to } => {
            let mut acts = vec![submit, go_ahead];
            acts.extend(further(story, steps, today, (user(crew), user(tester)), to));
            acts
        }
        Ending::Conflict {
            rival,
            field,
            yours,
            theirs,
        } => {
            let value = theirs.into();
            // Made on the version before: both looked at the same draft.
            let late = ReleaseOp::SetField {
                at: FieldRef::Release { field },
                base: FieldVer::default(),
                from: record(story, today).remove(&field).unwrap_or_default(),
                to: yours.into(),
            };
            vec![
                command(author, Command::Set { field, value }),
                (user(rival), What::Ops(vec![late])),
            ]
        }
    }
}

/// What was done after it was authorised, stage by stage.
fn further(
    story: &Story,
    steps: &[StepId],
    today: DateTime<Utc>,
    (crew, tester): (UserId, UserId),
    to: Further,
) -> Vec<(UserId, What)> {
    let mut acts = vec![command(crew, Command::Claim { from: None })];
    if to == Further::Held {
        let (reason, note) = ("parts".to_owned(), "Back order, two weeks.".to_owned());
        acts.push(command(user(0), Command::Hold { reason, note }));
        return acts;
    }
    let began = today + Duration::days(story.days) + Duration::hours(story.hour);
    for (place, step) in (0..).zip(steps) {
        let started = began + Duration::minutes(30 * place);
        acts.push(command(crew, done(*step, started, 20, "")));
    }
    let next = || Command::Forward { from: None };
    acts.push(command(crew, next()));
    if to == Further::Unresolved {
        let reason = "The nightly report is empty since the move.".to_owned();
        acts.push(command(tester, Command::Unresolved { reason }));
    }
    if to > Further::Unresolved {
        acts.push(command(tester, next()));
    }
    if to > Further::Acceptance {
        let owner = user(7);
        let set = |field, value| command(owner, Command::Set { field, value });
        acts.push(set(ReleaseField::ClosureCode, "as_planned".into()));
        let date = Value::time(began + Duration::hours(story.hours));
        acts.push(set(ReleaseField::ReleaseDate, date));
        acts.push(command(owner, Command::Accept { seen: None }));
    }
    if to == Further::Concluded {
        acts.push(command(user(story.requester), Command::Close));
    }
    acts
}

fn done(step: StepId, started: DateTime<Utc>, minutes: i64, note: &str) -> Command {
    Command::Record {
        step,
        result: StepResult::Done,
        started,
        ended: started + Duration::minutes(minutes),
        note: note.to_owned(),
        evidence: vec![],
    }
}

fn target(told: &(&str, &str, &str)) -> Option<NewTarget> {
    let (ci, action, outage) = told;
    Some(NewTarget {
        ci: ci.parse().ok()?,
        action: Some((*action).to_owned()),
        outage: Some((*outage).to_owned()),
    })
}

fn record(story: &Story, today: DateTime<Utc>) -> BTreeMap<ReleaseField, Value> {
    let start = today + Duration::days(story.days) + Duration::hours(story.hour);
    let end = start + Duration::hours(story.hours);
    let organisation = super::organisation();
    let person = organisation
        .people
        .get(story.requester)
        .map(|member| &member.person);
    let contact = |value: Option<&String>| value.map_or(Value::Empty, |text| text.as_str().into());
    let mut fields = BTreeMap::from([
        (ReleaseField::Title, Value::from(story.title)),
        (ReleaseField::Description, story.description.into()),
        (ReleaseField::ReleaseType, story.kind.into()),
        (ReleaseField::Requester, user(story.requester).to_string().into()),
        (ReleaseField::ContactName, contact(person.map(|p| &p.name))),
        (
            ReleaseField::ContactPhone,
            contact(person.and_then(|p| p.phone.as_ref())),
        ),
        (
            ReleaseField::ContactEmail,
            contact(person.and_then(|p| p.email.as_ref())),
        ),
        (
            ReleaseField::ContactUnit,
            contact(person.and_then(|p| p.unit.as_ref())),
        ),
        (
            ReleaseField::ContactLocation,
            contact(person.and_then(|p| p.location.as_ref())),
        ),
        (
            ReleaseField::AssignmentGroup,
            group(story.team).to_string().into(),
        ),
        (ReleaseField::Risk, story.levels.0.into()),
        (ReleaseField::Impact, story.levels.1.into()),
        (ReleaseField::Urgency, story.levels.2.into()),
        (ReleaseField::PlannedStart, Value::time(start)),
        (ReleaseField::PlannedEnd, Value::time(end)),
    ]);
    for missing in story.missing {
        fields.remove(missing);
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::access::{Actor, Types};
    use crate::release::{CiFact, Disposition, OpId, Release, Rev, Stage, unmet};
    use crate::sync::{Ctx, OP_VERSION, OpEnvelope, Outcome, Stamp, World, apply};
    use crate::{CiKey, ClientId, GestureId, ReleaseNumber};

    struct Estate(BTreeSet<CiKey>);
    impl World for Estate {
        fn ci(&self, key: &CiKey) -> CiFact {
            self.0.get(key).map_or(CiFact::Never, |key| CiFact::Live {
                name: key.to_string(),
            })
        }
        fn outcome(&self, _: OpId) -> Option<Outcome> {
            None
        }
    }

    fn actor(user: UserId) -> Actor {
        let organisation = super::super::organisation();
        let member = organisation.people.iter().find(|m| m.person.id == user).unwrap();
        let of_member = organisation
            .groups
            .iter()
            .filter(|(g, _)| member.groups.contains(&g.id));
        let rights = of_member
            .flat_map(|(_, rights)| rights.keys())
            .map(|right| (*right, Types::All))
            .collect();
        Actor {
            user,
            name: member.person.name.clone(),
            roles: member.roles.clone(),
            groups: member.groups.clone(),
            contracts: BTreeSet::new(),
            rights,
            stands_in_for: BTreeSet::new(),
            scopes: None,
        }
    }

    /// Every act is taken by the reducer, and the releases end where their stories say.
    #[test]
    fn the_stories_come_true() {
        let now = "2026-11-23T10:30:00Z".parse().unwrap();
        let estate = Estate(super::super::estate().cis.into_iter().map(|ci| ci.key).collect());
        let mut told = BTreeMap::<ReleaseId, Option<Release>>::new();
        let mut rev = 0;
        for act in releases(now) {
            let slot = told.entry(act.release).or_default();
            let actor = actor(act.author);
            let ops = match act.what {
                What::Ops(ops) => ops,
                What::Command(command) => command
                    .into_ops(slot.as_ref().unwrap(), || Ulid(u128::from(rev)))
                    .unwrap(),
            };
            for op in ops {
                rev += 1;
                let envelope = OpEnvelope {
                    id: OpId {
                        client: ClientId(Ulid(1)),
                        seq: rev,
                    },
                    v: OP_VERSION,
                    author: act.author,
                    made: Stamp {
                        wall: now,
                        skew_ms: None,
                    },
                    release: act.release,
                    base_rev: Rev(rev),
                    epoch: None,
                    gesture: GestureId(Ulid(u128::from(rev))),
                    op,
                };
                let ctx = Ctx {
                    actor: &actor,
                    now,
                    stamp: FieldVer::Rev(Rev(rev)),
                    number: Some(ReleaseNumber(1)),
                    world: &estate,
                };
                apply(slot, &envelope, &ctx)
                    .unwrap_or_else(|refusal| panic!("{refusal:?} of {:?}", envelope.op));
            }
        }
        assert_eq!(told.len(), 18);
        for (story, release) in STORIES.iter().zip(told.values()) {
            let release = release.as_ref().unwrap();
            let submitted = matches!(story.ending, Ending::Submitted);
            let (stage, disposition) = match story.ending {
                Ending::Draft | Ending::Withdrawn | Ending::Conflict { .. } => {
                    (Stage::Draft, Disposition::Active)
                }
                Ending::Submitted => (Stage::Authorisation, Disposition::Active),
                Ending::Running { .. } => (Stage::Execution, Disposition::Active),
                Ending::Further { to, .. } => match to {
                    Further::Held => (Stage::Execution, Disposition::OnHold),
                    Further::Test => (Stage::Test, Disposition::Active),
                    Further::Unresolved => (Stage::Authorisation, Disposition::Active),
                    Further::Acceptance => (Stage::Acceptance, Disposition::Active),
                    Further::Closure => (Stage::Closure, Disposition::Active),
                    Further::Concluded => (Stage::Closure, Disposition::Concluded),
                },
            };
            assert_eq!(
                (release.stage, release.disposition),
                (stage, disposition),
                "{}",
                story.title
            );
            assert_eq!(
                !release.conflicts.is_empty(),
                matches!(story.ending, Ending::Conflict { .. })
            );
            let running = matches!(story.ending, Ending::Running { .. });
            assert_eq!(release.claims.len(), usize::from(running));
            let records = match story.ending {
                Ending::Running { .. } => 1,
                Ending::Further { to, .. } if to != Further::Held => story.steps.len(),
                _ => 0,
            };
            assert_eq!(release.records.len(), records, "{}", story.title);
            if submitted {
                assert_eq!(unmet(release, &|key| estate.ci(key)), vec![]);
            }
        }
    }
}
