//! Between the machine and the server: only the leader sends; one push, one pull and one package on their way at most,
//! none waiting for another.

use super::*;
use crate::grow::Arrange;
use crate::sync::client::input::{Answer, Failure, Request, RequestId};
use crate::sync::client::link::{Connection, Due, Lane, next_due};
use crate::sync::client::pull::{Page, Session};
use crate::sync::client::push::{heard_through, next_push};
use crate::sync::client::rows::Packed;
use crate::sync::{Delta, MAX_FOLLOW, MAX_OPS, MAX_SITES, Package, PackageReq, PullResp, PushResp, Restored};

/// An answer to a push or pull that takes longer is none.
const TIMEOUT: u64 = 30_000;
/// A package is large.
const PACKAGE_TIMEOUT: u64 = 90_000;
/// With nothing to do, ask about this often (the pause is drawn up to this).
const IDLE: u64 = 120_000;
/// Packages are not fetched more often than this.
const BETWEEN_PACKAGES: u64 = 30_000;
/// A package whose releases changed is fetched anew after this long, any other after an hour; in seconds.
const OLD_PACKAGE: i64 = 300;
const ANCIENT_PACKAGE: i64 = 3_600;

/// What is said to the server.
#[derive(Debug)]
pub(super) struct Talk {
    pub leading: bool,
    pub connection: Connection,
    /// What the tab that leads says of the connection, while another one does.
    overheard: Option<Link>,
    /// With the first `seq` sent.
    push: Lane<u64>,
    pull: Lane<Session>,
    pack: Lane<PackageReq>,
    pub wants_pull: bool,
    /// A pull that has more pages.
    unfinished: Option<Session>,
    /// The next pull fetches everything anew: the two sides did not hold the same.
    anew: bool,
    /// Most ops in the next push; less after one that was too large.
    most_ops: usize,
    pub armed: Option<u64>,
    next_request: u64,
}

impl Default for Talk {
    fn default() -> Self {
        Self {
            leading: false,
            connection: Connection::default(),
            overheard: None,
            push: Lane::default(),
            pull: Lane::default(),
            pack: Lane::default(),
            wants_pull: true,
            unfinished: None,
            anew: false,
            most_ops: MAX_OPS,
            armed: None,
            next_request: 0,
        }
    }
}

impl Talk {
    pub fn link(&self) -> &Link {
        let own = self.push.block.as_ref().or(self.pull.block.as_ref());
        match (&self.overheard, own) {
            (Some(link), _) if !self.leading => link,
            (_, Some(block)) if matches!(self.connection.link, Link::Online { .. }) => block,
            _ => &self.connection.link,
        }
    }

    pub fn is_sending(&self) -> bool {
        self.push.is_busy()
    }

    /// A hint that trying is worth it.
    pub fn take_heart(&mut self, now: Now) {
        self.connection.take_heart();
        self.connection.nudge(now);
        self.wants_pull = true;
    }

    pub fn wake_lanes(&mut self) {
        self.push.wake();
        self.pull.wake();
        self.pack.wake();
    }

    /// What is on its way was asked for another store: its answer is of no use.
    pub fn drop_flights(&mut self) {
        self.push.drop_flight();
        self.pull.drop_flight();
        self.pack.drop_flight();
        self.unfinished = None;
    }

    fn id(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request)
    }
}

impl Machine {
    pub(super) fn lead(&mut self, leading: bool) {
        let talk = &mut self.talk;
        if talk.leading == leading {
            return;
        }
        talk.leading = leading;
        talk.overheard = None;
        talk.drop_flights();
        talk.wants_pull = true;
        self.changed = true;
    }

    pub(super) fn told_link(&mut self, link: Link) {
        if !self.talk.leading {
            self.talk.overheard = Some(link);
            self.changed = true;
        }
    }

    pub(super) fn signed_in(&mut self, now: Now, user: Option<UserId>) {
        let connection = &mut self.talk.connection;
        match user {
            None => connection.hold(now, Link::LoginNeeded),
            Some(user) if user != self.user => connection.hold(now, Link::WrongUser),
            Some(_) => {
                if matches!(connection.link, Link::LoginNeeded | Link::WrongUser) {
                    connection.link = Link::Unknown;
                }
                connection.resume();
                self.talk.wake_lanes();
                self.talk.wants_pull = true;
            }
        }
    }

    pub(super) fn poked(&mut self, rev: Rev) {
        let base = self.view.as_ref().and_then(View::base_rev);
        self.talk.wants_pull |= base.is_none_or(|base| base < rev);
    }

    /// Sends what can be sent now.
    pub(super) fn send(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let talk = &mut self.talk;
        if talk.push.is_overdue(now) | talk.pull.is_overdue(now) | talk.pack.is_overdue(now) {
            talk.connection.lost(now);
            talk.connection.back_off(now);
        }
        if !talk.leading || !talk.connection.is_open(now) || !self.is_ours() {
            return;
        }
        let Some(client) = self.client() else { return };
        let restarting = self
            .desk
            .wanted()
            .any(|intent| matches!(intent, Intent::Restart(_)));
        if restarting {
            return;
        }
        self.send_push(now, effects);
        self.send_pull(now, client, effects);
        self.send_pack(now, effects);
    }

    fn send_push(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let (Some(view), talk) = (&self.view, &mut self.talk) else {
            return;
        };
        if !talk.push.is_free(now) {
            return;
        }
        let Some(store) = view.store else { return };
        let Some(request) = next_push(view, &self.decided, store, &self.build, talk.most_ops) else {
            return;
        };
        let first = heard_through(view, &self.decided) + 1;
        let id = talk.id();
        talk.push.send(id, now.mono + TIMEOUT, first);
        self.changed = true;
        effects.push(Effect::Send {
            id,
            request: Request::Push(request),
            timeout_ms: TIMEOUT,
        });
    }

    fn send_pull(&mut self, now: Now, client: ClientId, effects: &mut Vec<Effect>) {
        if self.talk.pull.is_free(now)
            && let Some(session) = self.talk.unfinished.take()
        {
            return self.ask(now, client, session, effects);
        }
        let Some(view) = &self.view else { return };
        let storing = self
            .desk
            .wanted()
            .any(|intent| matches!(intent, Intent::Advance(_)));
        if !self.talk.wants_pull || storing || !self.talk.pull.is_free(now) {
            return;
        }
        self.talk.wants_pull = false;
        let session = Session::begin(view, self.talk.anew);
        self.ask(now, client, session, effects);
    }

    fn ask(&mut self, now: Now, client: ClientId, session: Session, effects: &mut Vec<Effect>) {
        let Some(view) = &self.view else { return };
        let through = heard_through(view, &self.decided);
        let request = session.request(view, client, &self.build, through);
        let id = self.talk.id();
        self.talk.pull.send(id, now.mono + TIMEOUT, session);
        effects.push(Effect::Send {
            id,
            request: Request::Pull(request),
            timeout_ms: TIMEOUT,
        });
    }

    /// The package comes last: only when nothing else is to be said.
    fn send_pack(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let (Some(view), talk) = (&self.view, &mut self.talk) else {
            return;
        };
        let busy = talk.push.is_busy() || talk.pull.is_busy() || talk.wants_pull;
        let full = self.desk.trouble.is_some();
        let storing = self.desk.wanted().any(|intent| matches!(intent, Intent::Pack(_)));
        if busy || full || storing || !talk.pack.is_free(now) || view.base_rev().is_none() {
            return;
        }
        let asked = PackageReq {
            releases: view.base.keys().copied().take(MAX_FOLLOW).collect(),
            sites: view.sites.iter().take(MAX_SITES).cloned().collect(),
        };
        let empty = asked.releases.is_empty() && asked.sites.is_empty();
        let current = view.packed.as_ref().is_some_and(|packed| {
            let age = (now.wall - packed.at).num_seconds();
            let changed = view
                .base
                .values()
                .any(|release| crate::sync::last_rev(release) > packed.base);
            packed.asked == asked && age < if changed { OLD_PACKAGE } else { ANCIENT_PACKAGE }
        });
        if empty || current {
            return;
        }
        let id = talk.id();
        talk.pack.send(id, now.mono + PACKAGE_TIMEOUT, asked.clone());
        effects.push(Effect::Send {
            id,
            request: Request::Package(asked),
            timeout_ms: PACKAGE_TIMEOUT,
        });
    }

    pub(super) fn answered(&mut self, now: Now, id: RequestId, answer: Answer) {
        if let Some(first) = self.talk.push.land(id) {
            self.changed = true;
            match answer {
                Answer::Pushed(answer) => self.pushed(now, first, answer),
                Answer::Failed(failure) => self.push_failed(now, failure),
                _ => self.push_failed(now, Failure::NotOurs),
            }
        } else if let Some(session) = self.talk.pull.land(id) {
            match answer {
                Answer::Pulled(answer) => self.pulled(now, session, *answer),
                Answer::Failed(failure) => self.pull_failed(now, failure),
                _ => self.pull_failed(now, Failure::NotOurs),
            }
        } else if let Some(asked) = self.talk.pack.land(id) {
            match answer {
                Answer::Packaged(package) => self.packaged(now, asked, *package),
                Answer::Failed(failure) => self.pack_failed(now, &failure),
                _ => self.pack_failed(now, &Failure::NotOurs),
            }
        }
    }

    fn pushed(&mut self, now: Now, first: u64, answer: PushResp) {
        let known = self.view.as_ref().and_then(|view| view.sync.epoch);
        match answer {
            PushResp::Ok {
                epoch,
                through,
                outcomes,
                ..
            } => {
                self.talk.connection.answered(now);
                self.talk.push.block = None;
                if known != Some(epoch) {
                    self.desk.want(Intent::Restart(Restored { epoch, through }));
                }
                self.learn_outcomes(outcomes);
                let waits = self
                    .view
                    .as_ref()
                    .is_some_and(|view| view.outbox.contains_key(&first));
                if waits && !self.decided.contains_key(&first) {
                    // Nothing came of it: not again at once.
                    self.talk.connection.back_off(now);
                }
                self.talk.wants_pull = true;
            }
            PushResp::Gap { expected } => self.missed(now, expected),
            PushResp::UnknownClient => self.missed(now, 1),
            PushResp::EpochChanged(restored) => self.restored_server(now, restored),
            PushResp::WrongUser => self.talk.connection.hold(now, Link::WrongUser),
            PushResp::Busy { retry_after_ms } => self.talk.connection.wait_as_told(now, retry_after_ms),
            PushResp::Behind { .. } => self.halt_push(now, behind()),
            PushResp::TooOld { .. } => self.halt_push(now, Link::UpdateNeeded),
            PushResp::TooNew => self.halt_push(now, Link::ServerTooOld),
        }
    }

    fn halt_push(&mut self, now: Now, why: Link) {
        self.talk.connection.answered(now);
        self.talk.push.halt(now, why);
    }

    fn halt_pull(&mut self, now: Now, why: Link) {
        self.talk.connection.answered(now);
        self.talk.pull.halt(now, why);
        self.talk.wants_pull = true;
    }

    /// The server misses ops from `expected` on, in the life that is known: hand them in again.
    fn missed(&mut self, now: Now, expected: u64) {
        if let Some(epoch) = self.view.as_ref().and_then(|view| view.sync.epoch) {
            let through = expected.saturating_sub(1);
            self.desk.want(Intent::Restart(Restored { epoch, through }));
        }
        self.talk.connection.back_off(now);
    }

    fn restored_server(&mut self, now: Now, restored: Restored) {
        self.talk.connection.answered(now);
        self.desk.want(Intent::Restart(restored));
        self.talk.wants_pull = true;
    }

    /// Remembers outcomes of ops that wait, and settles what can be.
    fn learn_outcomes(&mut self, outcomes: Vec<(u64, Outcome)>) {
        let Some(view) = &self.view else { return };
        let before = self.decided.len();
        for (seq, outcome) in outcomes {
            if view.outbox.contains_key(&seq) {
                self.decided.entry(seq).or_insert(outcome);
            }
        }
        if self.decided.len() == before {
            return;
        }
        let base = view.base_rev();
        let settles = |outcome: &Outcome| {
            outcome
                .rev()
                .is_none_or(|rev| base.is_some_and(|base| rev <= base))
        };
        if self.decided.values().any(settles) {
            self.desk.want(Intent::Settle);
        }
        self.changed = true;
    }

    fn pulled(&mut self, now: Now, session: Session, answer: PullResp) {
        match answer {
            PullResp::Delta(delta) => self.took_page(now, session, delta),
            PullResp::Reset { restored, .. } => self.restored_server(now, restored),
            PullResp::Behind { .. } => self.halt_pull(now, behind()),
            PullResp::WrongUser => {
                self.talk.wants_pull = true;
                self.talk.connection.hold(now, Link::WrongUser);
            }
            PullResp::Busy { retry_after_ms } => {
                self.talk.wants_pull = true;
                self.talk.connection.wait_as_told(now, retry_after_ms);
            }
            PullResp::TooOld { .. } => self.halt_pull(now, Link::UpdateNeeded),
            PullResp::TooNew => self.halt_pull(now, Link::ServerTooOld),
        }
    }

    fn took_page(&mut self, now: Now, session: Session, mut delta: Delta) {
        self.talk.connection.answered(now);
        self.talk.pull.block = None;
        self.changed = true;
        let known = self.view.as_ref().and_then(|view| view.sync.epoch);
        if known.is_some_and(|known| known != delta.to.epoch) {
            let (epoch, through) = (delta.to.epoch, delta.through);
            self.desk.want(Intent::Restart(Restored { epoch, through }));
            self.talk.wants_pull = true;
            return;
        }
        self.learn_outcomes(std::mem::take(&mut delta.outcomes));
        let skew = (now.wall - delta.now).num_milliseconds();
        let whole = session.is_whole();
        match session.take(delta, Some(skew)) {
            Page::More(session) => self.talk.unfinished = Some(session),
            Page::Done(checkpoint) => {
                self.talk.anew &= !whole;
                self.desk.want(Intent::Advance(checkpoint));
            }
            Page::Differs => {
                self.talk.anew = true;
                self.talk.wants_pull = true;
            }
        }
    }

    fn packaged(&mut self, now: Now, asked: PackageReq, mut package: Package) {
        self.talk.connection.answered(now);
        self.talk.pack.rest_for(now, BETWEEN_PACKAGES);
        // Looked up by key.
        package.cis.arrange_by(|a, b| a.key.cmp(&b.key));
        let base = self.view.as_ref().and_then(View::base_rev).unwrap_or_default();
        self.desk.want(Intent::Pack(Box::new(Packed {
            asked,
            base,
            at: now.wall,
            package,
        })));
    }

    fn push_failed(&mut self, now: Now, failure: Failure) {
        if self.talk.connection.failed(now, &failure) {
            return;
        }
        let Failure::Status(status, why) = failure else {
            return;
        };
        if status == 413 && self.talk.most_ops > 1 {
            self.talk.most_ops /= 2;
        } else {
            self.halt_push(now, Link::Blocked { why });
        }
    }

    fn pull_failed(&mut self, now: Now, failure: Failure) {
        self.talk.wants_pull = true;
        if !self.talk.connection.failed(now, &failure)
            && let Failure::Status(_, why) = failure
        {
            self.halt_pull(now, Link::Blocked { why });
        }
    }

    fn pack_failed(&mut self, now: Now, failure: &Failure) {
        if !self.talk.connection.failed(now, failure) {
            // Without a package everything else works.
            self.talk.pack.rest_for(now, 10 * BETWEEN_PACKAGES);
        }
    }

    /// Asks to be woken in time, if that is sooner than what was asked for already.
    pub(super) fn arm(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let talk = &self.talk;
        let lanes: [&dyn Due; 3] = [&talk.push, &talk.pull, &talk.pack];
        let store = self.desk.due().filter(|due| *due > now.mono);
        let due = next_due(
            now,
            &talk.connection,
            lanes,
            store.into_iter().chain([now.mono + IDLE]),
        );
        if talk.armed.is_none_or(|armed| due < armed || armed <= now.mono) {
            self.talk.armed = Some(due);
            effects.push(Effect::WakeWithin { ms: due - now.mono });
        }
    }
}

fn behind() -> Link {
    Link::Blocked {
        why: "The server's data is older than what this device has from it: it was put back without `slipway restore`. \
              What you did is kept here. Tell whoever runs the server."
            .into(),
    }
}
