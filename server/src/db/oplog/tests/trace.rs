//! The same pushes to a server that is nothing but the decisions, in memory, and to a database on disk: the same answers,
//! and the same rows afterwards.

use domain::release::{Command, ConflictId, NewRelease, NewStep, NewTarget, StepField};
use domain::sync::{JournalEntry, Take};
use domain::wire::session::Directory;
use domain::{Epoch, StepId};
use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};

use super::*;

const SEED: u64 = 20_261_125;
const PUSHES: u32 = 250;
const ROWS: &str = "
    SELECT body FROM release;
    SELECT id, outcome FROM op;
    SELECT entry, rev FROM journal ORDER BY rev;
    SELECT id, user, through FROM client;
    SELECT VALUE head FROM ONLY meta:state;
    SELECT VALUE next_number FROM ONLY meta:state";

#[derive(SurrealValue)]
struct EntryRow {
    entry: String,
}

#[derive(SurrealValue)]
struct IdentifiedClientRow {
    id: RecordId,
    user: String,
    through: u64,
}

/// What a server has stored.
#[derive(Debug, PartialEq)]
struct Rows {
    releases: BTreeMap<ReleaseId, Release>,
    outcomes: BTreeMap<OpId, Outcome>,
    journal: Vec<JournalEntry>,
    clients: BTreeMap<ClientId, ClientState>,
    head: Rev,
    next_number: ReleaseNumber,
}

impl Rows {
    async fn of(store: &Store) -> Self {
        let mut answers = store.ask("testing", ROWS, Vars::new()).await.unwrap();
        let releases = answers.rows::<BodyRow>(0).unwrap().into_iter();
        let releases = releases.map(|row| from_json::<Release>(&row.body).unwrap());
        let outcomes = answers.rows::<OutcomeRow>(1).unwrap().into_iter();
        let journal = answers.rows::<EntryRow>(2).unwrap().into_iter();
        let clients = answers.rows::<IdentifiedClientRow>(3).unwrap().into_iter();
        let client = |row: IdentifiedClientRow| {
            let user = row.user.parse().unwrap();
            let through = row.through;
            (key_of(row.id).parse().unwrap(), ClientState { user, through })
        };
        Self {
            releases: releases.map(|release| (release.id, release)).collect(),
            outcomes: outcomes
                .map(|row| (op_of(&row.id).unwrap(), from_json(&row.outcome).unwrap()))
                .collect(),
            journal: journal.map(|row| from_json(&row.entry).unwrap()).collect(),
            clients: clients.map(client).collect(),
            head: Rev(answers.one::<u64>(4).unwrap().unwrap()),
            next_number: ReleaseNumber(answers.one::<u32>(5).unwrap().unwrap()),
        }
    }

    /// What the server does, without a database.
    fn push(
        &mut self,
        actor: &Actor,
        request: &PushReq,
        now: DateTime<Utc>,
        epoch: Epoch,
        cis: &BTreeMap<CiKey, CiFact>,
    ) -> PushResp {
        let ops = request.read_ops().unwrap();
        let batch = Batch {
            actor,
            now,
            epoch,
            lives: &[],
            client: self.clients.get(&request.client).cloned(),
            releases: self.releases.clone(),
            head: self.head,
            next_number: self.next_number,
            outcomes: self.outcomes.clone(),
            cis: cis.clone(),
            states: BTreeMap::new(),
            directory: Some(Directory::default()),
            records: BTreeMap::new(),
            forms: BTreeSet::new(),
        };
        let done = match decide(batch, request, &ops) {
            Ok(done) => done,
            Err(answer) => return answer,
        };
        let answer = done.answer(epoch, now);
        if !done.ops.is_empty() {
            let (user, through) = (actor.user, done.through);
            self.clients.insert(request.client, ClientState { user, through });
        }
        self.releases.extend(done.releases);
        self.outcomes
            .extend(done.ops.into_iter().map(|op| (op.id, op.outcome)));
        self.journal.extend(done.journal);
        (self.head, self.next_number) = (done.head, done.next_number);
        answer
    }
}

/// People who work on what they saw a while ago.
struct People {
    random: StdRng,
    ids: u128,
    devices: Vec<(Device, Option<Release>)>,
}

impl People {
    fn fresh(&mut self) -> ulid::Ulid {
        self.ids += 1;
        ulid::Ulid(self.ids)
    }

    fn text(&mut self) -> String {
        format!("text {}", self.random.random_range(0..10_000))
    }

    /// The text with one of its lines written anew.
    fn edited(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.resize(5, "line".to_owned());
        let line = self.random.random_range(0..lines.len());
        lines[line] = self.text();
        lines.join("\n")
    }

    fn target(&mut self) -> NewTarget {
        let ci = ["vm/1", "vm/2", "vm/retired", "vm/never"][self.random.random_range(0..4)];
        NewTarget {
            ci: key(ci),
            action: None,
            outage: Some("down".to_owned()),
        }
    }

    fn command(&mut self, shown: &Release) -> Option<Command> {
        let step: Option<StepId> = shown.steps.keys().copied().take(3).choose(&mut self.random);
        let other: Option<StepId> = shown.steps.keys().copied().choose(&mut self.random);
        let conflict: Option<ConflictId> = shown.conflicts.keys().copied().choose(&mut self.random);
        Some(match self.random.random_range(0..16) {
            0 | 1 => Command::Set {
                field: ReleaseField::Title,
                value: self.text().into(),
            },
            2..6 => Command::Set {
                field: ReleaseField::Description,
                value: self.edited(shown.text(ReleaseField::Description)).into(),
            },
            6 => Command::SetStep {
                step: step?,
                field: StepField::Command,
                value: self.text().into(),
            },
            7 => Command::AddStep {
                after: step,
                step: NewStep {
                    title: self.text(),
                    targets: vec![self.target()],
                    ..NewStep::default()
                },
            },
            8 => Command::MoveStep {
                step: step?,
                after: other,
            },
            9 => Command::DeleteStep { step: step? },
            10 => Command::RestoreStep { step: step? },
            11 => Command::AddPrerequisite {
                step: step?,
                needs: other?,
            },
            12 => Command::AddTarget {
                step: step?,
                target: self.target(),
            },
            13 => Command::LinkCi { ci: self.target().ci },
            14 => Command::Submit { seen: None },
            _ => Command::Resolve {
                conflict: conflict?,
                take: Take::Mine,
            },
        })
    }

    /// Some gestures of one person, in one push.
    fn push(&mut self, who: usize, release: ReleaseId) -> PushReq {
        let mut gestures = Vec::new();
        for _ in 0..self.random.random_range(1..4) {
            let ops = match self.devices[who].1.clone() {
                None => {
                    let steps = vec![NewStep::default(), NewStep::default()];
                    let lines = self.edited("");
                    let fields = BTreeMap::from([
                        (ReleaseField::Title, self.text().into()),
                        (ReleaseField::Description, lines.into()),
                    ]);
                    NewRelease { fields, steps }.into_ops(|| self.fresh())
                }
                Some(shown) => {
                    let id = self.fresh();
                    let command = self.command(&shown);
                    command.map_or_else(Vec::new, |command| {
                        command.into_ops(&shown, || id).unwrap_or_default()
                    })
                }
            };
            gestures.push(self.devices[who].0.push(release, ops));
        }
        let all: Vec<_> = gestures.iter().flat_map(|push| push.ops.clone()).collect();
        PushReq {
            ops: all,
            ..gestures.swap_remove(0)
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_leaves_the_same_rows_in_memory_and_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let target =
        super::super::super::Target::folder(dir.path().join("data"), super::super::super::SyncMode::Never);
    let target = target.unwrap();
    let store = Store::connect(&target).await.unwrap();
    let mut retired = ci("vm/retired", "vm");
    retired.lifecycle = Lifecycle::Retired;
    fill(&store, &[ci("vm/1", "vm"), ci("vm/2", "vm"), retired], &[]).await;
    let named: BTreeSet<CiKey> = ["vm/1", "vm/2", "vm/retired"].map(key).into();
    let (epoch, cis) = (store.epoch(), store.ci_facts(&named).await.unwrap());
    let mut twin = Rows::of(&store).await;
    assert_eq!((&twin.releases, cis.len()), (&BTreeMap::new(), 3));

    let actors = [administrator(), administrator(), author()];
    let mut people = People {
        random: StdRng::seed_from_u64(SEED),
        ids: 1 << 64,
        devices: Vec::new(),
    };
    for actor in &actors {
        // Conflicts are chosen in the order of their ops, so these must be the same in every run too.
        let client = ClientId(people.fresh());
        let device = Device {
            client,
            ..Device::of(actor)
        };
        people.devices.push((device, None));
    }
    let releases: Vec<ReleaseId> = (0..2).map(|_| ReleaseId(people.fresh())).collect();
    let mut ends = BTreeMap::<&str, u32>::new();
    for turn in 0..PUSHES {
        // Mostly the two who may edit: the third is refused what is not theirs.
        let who = [0, 1, 0, 1, 2][people.random.random_range(0..5)];
        let release = releases[people.random.random_range(0..releases.len())];
        if people.random.random_bool(0.5)
            || people.devices[who]
                .1
                .as_ref()
                .is_some_and(|shown| shown.id != release)
        {
            people.devices[who].1 = twin.releases.get(&release).cloned();
        }
        let request = people.push(who, release);
        let now = DateTime::from_timestamp(1_790_000_000 + i64::from(turn), 0).unwrap();
        for _ in 0..people.random.random_range(1..3) {
            let predicted = twin.push(&actors[who], &request, now, epoch, &cis);
            let answer = store.push(&actors[who], &request, now).await.unwrap();
            assert_eq!(answer, predicted, "push {turn}: {request:?}");
        }
    }
    for outcome in twin.outcomes.values() {
        *ends
            .entry(match outcome {
                Outcome::Applied { .. } => "applied",
                Outcome::Merged { .. } => "merged",
                Outcome::Conflicted { .. } => "conflicted",
                Outcome::Rejected { .. } => "rejected",
            })
            .or_default() += 1;
    }
    assert!(
        ends.len() == 4 && ends.values().all(|count| *count >= 5),
        "a poor trace: {ends:?}"
    );
    assert_eq!(Rows::of(&store).await, twin);

    store.close().await;
    let store = Store::connect(&target).await.unwrap();
    assert_eq!(Rows::of(&store).await, twin, "after reopening the folder");
    store.close().await;
}
