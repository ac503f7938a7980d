//! The network between devices and server, and what it does to a request and to its answer.

use serde::de::DeserializeOwned;

use super::device::At;
use super::world::{Event, World};
use super::{Broken, hold};
use crate::sync::client::{Answer, Failure, Request, RequestId};
use crate::sync::{Package, PullReq, PushReq};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Push,
    Pull,
    Package,
}

impl World {
    /// A request on its way, and what the network does to it.
    pub(super) fn post(&mut self, at: At, id: RequestId, request: &Request, timeout: u64) {
        let json = match request {
            Request::Push(request) => serde_json::to_string(request),
            Request::Pull(request) => serde_json::to_string(request),
            Request::Package(request) => serde_json::to_string(request),
        };
        let kind = match request {
            Request::Push(_) => Kind::Push,
            Request::Pull(_) => Kind::Pull,
            Request::Package(_) => Kind::Package,
        };
        let json = json.unwrap_or_default();
        self.note(|| format!("device {} tab {} sends {kind:?} {json}", at.device, at.tab));
        let online = self.devices.get(at.device).is_some_and(|device| device.online);
        if !online || self.server.down {
            let after = self.random.between(1, 3_000);
            return self.later(
                after,
                Event::Answers(at, id, Answer::Failed(Failure::Unreachable)),
            );
        }
        let delay = self.random.between(5, 80);
        match self.network_fault() {
            None => self.later(delay, Event::Arrives(at, id, json, kind)),
            Some("drop") => {
                self.fault("request lost");
                self.later(
                    timeout,
                    Event::Answers(at, id, Answer::Failed(Failure::Unreachable)),
                );
            }
            Some("portal") => {
                self.fault("captive portal");
                self.later(delay, Event::Answers(at, id, Answer::Failed(Failure::NotOurs)));
            }
            Some("twice") => {
                self.fault("request delivered twice");
                self.later(delay, Event::Arrives(at, id, json.clone(), kind));
                let again = self.random.between(1, 60_000);
                self.later(delay + again, Event::Arrives(at, id, json, kind));
            }
            Some(_) => {
                self.fault("request delayed");
                let late = self.random.between(1_000, 90_000);
                self.later(late, Event::Arrives(at, id, json, kind));
                self.later(
                    timeout,
                    Event::Answers(at, id, Answer::Failed(Failure::Unreachable)),
                );
            }
        }
    }

    fn network_fault(&mut self) -> Option<&'static str> {
        if self.healing || !self.random.per_mille(160) {
            return None;
        }
        self.random.pick(&["drop", "portal", "twice", "late"]).copied()
    }

    /// The server takes a request, whoever's cookie the device has now.
    pub(super) fn serve(&mut self, at: At, id: RequestId, json: &str, kind: Kind) -> Result<(), Broken> {
        let Some(device) = self.devices.get(at.device) else {
            return Ok(());
        };
        let (online, old, session) = (device.online, device.old_build, device.session);
        if !online || self.server.down {
            let lost = Answer::Failed(Failure::Unreachable);
            self.later(20, Event::Answers(at, id, lost));
            return Ok(());
        }
        let expired = !self.healing && self.random.per_mille(10);
        let Some(actor) = session
            .and_then(|person| self.people.get(person))
            .map(|person| person.actor.clone())
        else {
            return self.reply(at, id, Answer::Failed(Failure::LoginNeeded));
        };
        if expired {
            self.fault("session expired");
            return self.reply(at, id, Answer::Failed(Failure::LoginNeeded));
        }
        let now = self.wall();
        let unreadable = |e: serde_json::Error| Broken {
            law: "driver",
            what: e.to_string(),
        };
        let text = match kind {
            Kind::Push => {
                let mut request: PushReq = serde_json::from_str(json).map_err(unreadable)?;
                if old {
                    (request.proto, request.head) = (1, None);
                }
                let (before, after) = self.crashes();
                if before {
                    self.fault("server crashed before a transaction");
                }
                let head = self.server.data.head;
                let answer = self.server.push(&actor, &request, now, before)?;
                self.note(|| format!("server answers push: {answer:?}"));
                if self.server.data.head != head {
                    self.poke();
                    self.sent.push((actor, request));
                }
                if before || after {
                    if after {
                        self.fault("server crashed after a transaction");
                    }
                    self.crash_server();
                    self.later(20, Event::Answers(at, id, Answer::Failed(Failure::Unreachable)));
                    return Ok(());
                }
                serde_json::to_string(&answer).map_err(unreadable)?
            }
            Kind::Pull => {
                let mut request: PullReq = serde_json::from_str(json).map_err(unreadable)?;
                if old {
                    request.proto = 1;
                }
                let answer = self.server.pull(&actor, &request, now);
                self.note(|| {
                    format!(
                        "server answers pull: {}",
                        serde_json::to_string(&answer).unwrap_or_default()
                    )
                });
                serde_json::to_string(&answer).map_err(unreadable)?
            }
            Kind::Package => {
                let package = Package {
                    at: self.server.data.head,
                    now,
                    cis: Vec::new(),
                    relations: Vec::new(),
                    cut: 0,
                    classes: Vec::new(),
                    directory: self.server.directory.clone(),
                    releases: Vec::new(),
                };
                serde_json::to_string(&package).map_err(unreadable)?
            }
        };
        let answer = self.through_the_air(&text, kind)?;
        self.reply(at, id, answer)
    }

    fn crashes(&mut self) -> (bool, bool) {
        if self.healing || !self.random.per_mille(20) {
            return (false, false);
        }
        let before = self.random.per_mille(500);
        (before, !before)
    }

    pub(super) fn crash_server(&mut self) {
        self.server.crash();
        self.server.down = true;
        let after = self.random.between(500, 20_000);
        self.later(after, Event::ServerBack);
    }

    /// The text of an answer as it comes out at the other end.
    fn through_the_air(&mut self, text: &str, kind: Kind) -> Result<Answer, Broken> {
        let mut text = text.to_owned();
        if !self.healing && self.random.per_mille(25) {
            self.fault("answer cut off");
            let bytes = self.random.below(text.len());
            text = String::from_utf8_lossy(text.as_bytes().get(..bytes).unwrap_or_default()).into_owned();
        }
        let answer = match kind {
            Kind::Push => read(&text)?.map(Answer::Pushed),
            Kind::Pull => read(&text)?.map(Answer::Pulled),
            Kind::Package => read(&text)?.map(Answer::Packaged),
        };
        Ok(answer.unwrap_or(Answer::Failed(Failure::NotOurs)))
    }

    fn reply(&mut self, at: At, id: RequestId, answer: Answer) -> Result<(), Broken> {
        if !self.healing && self.random.per_mille(50) {
            self.fault("answer lost");
            self.later(
                30_000,
                Event::Answers(at, id, Answer::Failed(Failure::Unreachable)),
            );
            return Ok(());
        }
        let mut delay = self.random.between(5, 80);
        if !self.healing && self.random.per_mille(40) {
            self.fault("answer delayed");
            delay += self.random.between(1_000, 50_000);
        }
        self.later(delay, Event::Answers(at, id, answer));
        Ok(())
    }

    /// Whoever listens hears that there is something newer.
    pub(super) fn poke(&mut self) {
        for at in self.tabs() {
            let listens = self
                .devices
                .get(at.device)
                .is_some_and(|device| device.online && device.leaders.values().any(|life| *life == at.life));
            if listens && self.random.per_mille(800) {
                let after = self.random.between(5, 120);
                self.later(after, Event::Pokes(at));
            }
        }
    }
}

/// An answer as a page reads it; `None` if it is none. The page's own reader must find what serde's finds.
fn read<T: DeserializeOwned + PartialEq>(text: &str) -> Result<Option<T>, Broken> {
    let page: Option<T> = crate::json::from_str(text).ok();
    let same = page == serde_json::from_str(text).ok();
    hold("reader", same, || {
        format!("a page reads another answer in {text}")
    })?;
    Ok(page)
}
