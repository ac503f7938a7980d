//! What the server answers a pull: pure, so that the simulation and the real server run the same code.
//!
//! A pull has no state on the server. The request says what the client holds and wants, so everything that is in its
//! scope and newer, or not held, is sent; and everything held that is no longer in its scope is evicted.

use crate::grow::Grow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Change, ClientState, Cursor, Delta, MAX_FOLLOW, Outcome, PROTOCOL, PullReq, PullResp, Restored};
use crate::access::{self, Actor, ReleaseFacts};
use crate::release::{Disposition, Release, Rev};
use crate::{Epoch, ReleaseId};

/// Is this release to come to the device by itself? Open, and it concerns the actor: their own, their work, that of
/// one of their groups, or shared with them.
#[must_use]
pub fn is_mine(actor: &Actor, facts: ReleaseFacts<'_>, disposition: Disposition) -> bool {
    matches!(disposition, Disposition::Active | Disposition::OnHold) && facts.concerns(actor)
}

/// The revision of the last change of a committed release; 0 for a prediction on a device.
#[must_use]
pub fn last_rev(release: &Release) -> Rev {
    release.updated.ver.rev().unwrap_or_default()
}

/// 128 bits over which releases are held at which revision, as 32 hexadecimal digits. Client and server derive it
/// each from its own rows.
#[must_use]
pub fn digest(held: &BTreeMap<ReleaseId, Rev>) -> String {
    let mut hash = Sha256::new();
    for (id, rev) in held {
        hash.update(id.0.0.to_be_bytes());
        hash.update(rev.0.to_be_bytes());
    }
    let sum = hash.finalize();
    sum.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What the answer to a pull rests on, beside releases.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Who is signed in.
    pub actor: &'a Actor,
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// Life of the database.
    pub epoch: Epoch,
    /// Newest revision.
    pub head: Rev,
    /// The client, if it was seen before.
    pub client: Option<&'a ClientState>,
    /// The revision that every backup the operator keeps contains.
    pub durable_rev: Rev,
    /// Which build answers.
    pub build: &'a str,
}

/// A release as far as the selection needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Identity.
    pub id: ReleaseId,
    /// Revision of its last change.
    pub rev: Rev,
    /// The actor may see it.
    pub visible: bool,
    /// [`is_mine`].
    pub mine: bool,
}

/// What an answer is made of, before the releases themselves are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Releases to read and send, oldest change first.
    pub send: Vec<ReleaseId>,
    evict: Vec<ReleaseId>,
    to: Rev,
    more: bool,
    /// Everything in scope.
    scope: BTreeMap<ReleaseId, Rev>,
}

impl PullReq {
    /// The answer, where nothing needs to be read for it.
    #[must_use]
    pub fn answer_at_once(&self, ground: &Ground<'_>) -> Option<PullResp> {
        if self.proto < PROTOCOL {
            return Some(PullResp::TooOld { min_proto: PROTOCOL });
        }
        if self.proto > PROTOCOL {
            return Some(PullResp::TooNew);
        }
        if ground
            .client
            .is_some_and(|client| client.user != ground.actor.user)
        {
            return Some(PullResp::WrongUser);
        }
        let cursor = self.cursor?;
        if cursor.epoch != ground.epoch {
            return Some(PullResp::Reset {
                restored: Restored {
                    epoch: ground.epoch,
                    through: ground.client.map_or(0, |client| client.through),
                },
                why: "The server was restored from a backup.".into(),
            });
        }
        (cursor.rev > ground.head).then_some(PullResp::Behind { head: ground.head })
    }

    /// Chooses what to send: at most `page` releases. `listed` holds each release that the request names, and each
    /// that is the actor's, once; they are as of revision `head`. O(listed · log).
    #[must_use]
    pub fn select(&self, head: Rev, listed: impl IntoIterator<Item = Listed>, page: usize) -> Selection {
        let since = self.cursor.map_or(Rev(0), |cursor| cursor.rev);
        let follow: BTreeSet<ReleaseId> = self.follow.iter().copied().grow();
        let fresh: BTreeSet<ReleaseId> = self.fresh.iter().copied().grow();
        let mut holds: BTreeSet<ReleaseId> = self.held.iter().copied().grow();
        holds.extend(follow.difference(&fresh));
        let (mut scope, mut mine) = (BTreeMap::new(), Vec::new());
        for one in listed.into_iter().filter(|one| one.visible) {
            if follow.contains(&one.id) {
                scope.insert(one.id, one.rev);
            } else if self.mine && one.mine {
                mine.push((one.rev, one.id));
            }
        }
        // Too much to carry: the newest.
        mine.sort_unstable_by(|a, b| b.cmp(a));
        scope.extend(mine.into_iter().take(MAX_FOLLOW).map(|(rev, id)| (id, rev)));
        let mut send: Vec<(Rev, ReleaseId)> = scope
            .iter()
            .filter(|(id, rev)| **rev > since || !holds.contains(id))
            .map(|(id, rev)| (*rev, *id))
            .collect();
        send.sort_unstable();
        let more = send.len() > page;
        send.truncate(page);
        let to = match send.last() {
            // What is newer than the page comes with the next.
            Some((last, _)) if more => since.max(*last),
            _ if more => since,
            _ => head,
        };
        holds.extend(&follow);
        Selection {
            send: send.into_iter().map(|(_, id)| id).collect(),
            evict: holds.into_iter().filter(|id| !scope.contains_key(id)).collect(),
            to,
            more,
            scope,
        }
    }
}

impl Selection {
    /// The answer, with the releases chosen as they were read. One that changed since the selection is sent as it
    /// is, and once more with the next pull; one that may no longer be seen is evicted.
    #[must_use]
    pub fn answer(
        mut self,
        request: &PullReq,
        ground: &Ground<'_>,
        releases: Vec<Release>,
        outcomes: Vec<(u64, Outcome)>,
    ) -> PullResp {
        let mut changes: Vec<Change> = self.evict.iter().map(|id| Change::Evict { id: *id }).collect();
        let mut read: BTreeMap<ReleaseId, Release> =
            releases.into_iter().map(|release| (release.id, release)).grow();
        for id in &self.send {
            let visible =
                |release: &Release| release.with_facts(|facts| access::may_view(ground.actor, facts));
            changes.push(match read.remove(id).filter(visible) {
                Some(release) => {
                    self.scope.insert(*id, last_rev(&release));
                    Change::Release {
                        release: Box::new(release),
                    }
                }
                None => {
                    self.scope.remove(id);
                    Change::Evict { id: *id }
                }
            });
        }
        PullResp::Delta(Delta {
            from: request.cursor,
            to: Cursor {
                epoch: ground.epoch,
                rev: self.to,
            },
            changes,
            more: self.more,
            digest: (!self.more).then(|| digest(&self.scope)),
            through: ground.client.map_or(0, |client| client.through),
            outcomes,
            durable_rev: ground.durable_rev,
            now: ground.now,
            build: ground.build.to_owned(),
        })
    }
}
