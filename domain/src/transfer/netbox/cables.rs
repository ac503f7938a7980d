//! Cables become relations between what they connect. Patch panels are passed through: beside the relation
//! along each cable, the two ends of the whole run are related too.

use std::collections::{BTreeMap, BTreeSet};

use super::emit::{Model, Object, Out};
use super::model::Pk;
use super::tables::Tables;
use crate::cmdb::RelationKind::{ConnectedTo, PoweredBy};
use crate::transfer::Refused;

/// What a cable can be plugged into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Socket {
    Interface,
    ConsolePort,
    ConsoleServerPort,
    FrontPort,
    RearPort,
    PowerPort,
    PowerOutlet,
    PowerFeed,
    CircuitTermination,
}

/// One end of a cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Plug {
    socket: Socket,
    pk: Pk,
}

impl Plug {
    fn new(model: &str, pk: Pk) -> Option<Self> {
        let socket = match model {
            "dcim.interface" => Socket::Interface,
            "dcim.consoleport" => Socket::ConsolePort,
            "dcim.consoleserverport" => Socket::ConsoleServerPort,
            "dcim.frontport" => Socket::FrontPort,
            "dcim.rearport" => Socket::RearPort,
            "dcim.powerport" => Socket::PowerPort,
            "dcim.poweroutlet" => Socket::PowerOutlet,
            "dcim.powerfeed" => Socket::PowerFeed,
            "circuits.circuittermination" => Socket::CircuitTermination,
            _ => return None,
        };
        Some(Self { socket, pk })
    }

    /// The CI it belongs to, if the dump has it.
    fn owner(self, tables: &Tables) -> Option<Object> {
        let port = |table: &BTreeMap<Pk, super::model::Port>| table.get(&self.pk).map(|port| port.device);
        let device = match self.socket {
            Socket::PowerFeed => {
                let feed = Object(Model::PowerFeed, self.pk);
                return tables.power_feeds.contains_key(&self.pk).then_some(feed);
            }
            Socket::CircuitTermination => {
                let circuit = tables.circuit_terminations.get(&self.pk)?.circuit;
                let known = tables.circuits.contains_key(&circuit);
                return known.then_some(Object(Model::Circuit, circuit));
            }
            Socket::Interface => port(&tables.interfaces),
            Socket::ConsolePort => port(&tables.console_ports),
            Socket::ConsoleServerPort => port(&tables.console_server_ports),
            Socket::PowerPort => port(&tables.power_ports),
            Socket::PowerOutlet => port(&tables.power_outlets),
            Socket::FrontPort => tables.front_ports.get(&self.pk).map(|port| port.device),
            Socket::RearPort => tables.rear_ports.get(&self.pk).map(|port| port.device),
        };
        let device = device.filter(|device| tables.devices.contains_key(device))?;
        Some(Object(Model::Device, device))
    }

    /// A run ends here, rather than passing through a patch panel.
    fn is_end(self) -> bool {
        !matches!(self.socket, Socket::FrontPort | Socket::RearPort)
    }
}

/// States what all cables and wireless links connect.
pub(super) fn wiring(tables: &Tables, out: &mut Out<'_>) {
    let mut pairs = Pairs::default();
    let mut runs = Runs::new(tables);
    for (reference, [a, b]) in cables(tables, out) {
        for (&near, &far) in a.iter().flat_map(|near| b.iter().map(move |far| (near, far))) {
            match (near.owner(tables), far.owner(tables)) {
                (Some(_), Some(_)) => {
                    pairs.connect(tables, near, far);
                    runs.cable(near, far);
                }
                (known, _) => {
                    let missing = if known.is_none() { near } else { far };
                    let reason = format!(
                        "ends at {:?} {}, which is not in the dump or belongs to nothing that is",
                        missing.socket, missing.pk
                    );
                    out.problem(Refused::Relation, &reference, reason);
                }
            }
        }
    }
    for (near, far) in runs.ends() {
        pairs.connect(tables, near, far);
    }
    for (pk, link) in &tables.wireless_links {
        let end = |pk| Plug {
            socket: Socket::Interface,
            pk,
        };
        let (a, b) = (end(link.interface_a), end(link.interface_b));
        if a.owner(tables).is_some() && b.owner(tables).is_some() {
            pairs.connect(tables, a, b);
        } else {
            let reason = "names an interface that is not in the dump".to_owned();
            out.problem(Refused::Relation, &format!("wireless.wirelesslink[{pk}]"), reason);
        }
    }
    for (source, target) in pairs.powered {
        out.relate(tables, PoweredBy, source, target);
    }
    for (a, b) in pairs.connected {
        out.relate(tables, ConnectedTo, a, b);
    }
}

/// Each cable with the plugs of its two ends, from both models NetBox had.
fn cables(tables: &Tables, out: &mut Out<'_>) -> Vec<(String, [Vec<Plug>; 2])> {
    let mut ends: BTreeMap<Pk, [Vec<Plug>; 2]> = BTreeMap::new();
    let mut plug =
        |out: &mut Out<'_>, cable: Pk, side: usize, content_type, pk: Pk| match tables.model(content_type) {
            Ok(model) => match Plug::new(&model, pk) {
                Some(plug) => ends.entry(cable).or_default()[side].push(plug),
                None => out.skip(&format!("cable end at a {}", crate::shorten(&model))),
            },
            Err(reason) => out.problem(Refused::Relation, &format!("dcim.cable[{cable}]"), reason),
        };
    for (&pk, cable) in &tables.cables {
        for (side, content_type, id) in [
            (0, &cable.termination_a_type, cable.termination_a_id),
            (1, &cable.termination_b_type, cable.termination_b_id),
        ] {
            if let (Some(content_type), Some(id)) = (content_type, id) {
                plug(out, pk, side, content_type, id);
            }
        }
    }
    for (pk, end) in &tables.cable_terminations {
        if tables.cables.contains_key(&end.cable) {
            let side = usize::from(end.cable_end == "B");
            plug(out, end.cable, side, &end.termination_type, end.termination_id);
        } else {
            let reason = format!("names dcim.cable {}, which is not in the dump", end.cable);
            out.problem(Refused::Relation, &format!("dcim.cabletermination[{pk}]"), reason);
        }
    }
    let mut cables = Vec::new();
    for (pk, cable) in &tables.cables {
        // A planned cable connects nothing yet.
        if cable.status.as_deref() == Some("planned") {
            out.skip("dcim.cable that is only planned");
            continue;
        }
        match ends.remove(pk) {
            Some(ends) if !ends.iter().any(Vec::is_empty) => {
                cables.push((format!("dcim.cable[{pk}]"), ends));
            }
            _ => out.skip("dcim.cable with an open end"),
        }
    }
    cables
}

/// What is related to what, each pair once.
#[derive(Default)]
struct Pairs {
    powered: BTreeSet<(Object, Object)>,
    connected: BTreeSet<(Object, Object)>,
}

impl Pairs {
    fn connect(&mut self, tables: &Tables, a: Plug, b: Plug) {
        let (Some(near), Some(far)) = (a.owner(tables), b.owner(tables)) else {
            return;
        };
        match (a.socket, b.socket) {
            (Socket::PowerPort, Socket::PowerOutlet | Socket::PowerFeed) => {
                self.powered.insert((near, far));
            }
            (Socket::PowerOutlet | Socket::PowerFeed, Socket::PowerPort) => {
                self.powered.insert((far, near));
            }
            // A cable has no direction; the order of the objects gives it one and the same each time.
            _ => {
                self.connected.insert((near.min(far), near.max(far)));
            }
        }
    }
}

/// The cables seen as runs through patch panels.
struct Runs<'a> {
    tables: &'a Tables,
    far: BTreeMap<Plug, Vec<Plug>>,
    /// (rear port, position) -> front port.
    fronts: BTreeMap<(Pk, u32), Pk>,
}

impl<'a> Runs<'a> {
    fn new(tables: &'a Tables) -> Self {
        let front =
            |(pk, port): (&Pk, &super::model::FrontPort)| ((port.rear_port, port.rear_port_position), *pk);
        Self {
            tables,
            far: BTreeMap::new(),
            fronts: tables.front_ports.iter().map(front).collect(),
        }
    }

    fn cable(&mut self, a: Plug, b: Plug) {
        self.far.entry(a).or_default().push(b);
        self.far.entry(b).or_default().push(a);
    }

    /// The two ends of each run that passes at least one patch panel.
    fn ends(&self) -> BTreeSet<(Plug, Plug)> {
        let mut ends = BTreeSet::new();
        for &start in self.far.keys().filter(|plug| plug.is_end()) {
            let mut walks = vec![(start, Vec::new())];
            let mut passed = BTreeSet::new();
            while let Some((plug, positions)) = walks.pop() {
                for &far in self.far.get(&plug).into_iter().flatten() {
                    if far.is_end() {
                        if plug != start {
                            ends.insert((start.min(far), start.max(far)));
                        }
                    } else if passed.insert(far) {
                        walks.extend(self.through(far, positions.clone()));
                    }
                }
            }
        }
        ends
    }

    /// The other side of a patch panel port. `positions` remembers which strand of a trunk was entered, so
    /// that the same one is left at its other end; where that is not known the run is not followed.
    fn through(&self, port: Plug, mut positions: Vec<u32>) -> Option<(Plug, Vec<u32>)> {
        let (socket, pk) = match port.socket {
            Socket::FrontPort => {
                let front = self.tables.front_ports.get(&port.pk)?;
                let rear = self.tables.rear_ports.get(&front.rear_port)?;
                if rear.positions > 1 {
                    positions.push(front.rear_port_position);
                }
                (Socket::RearPort, front.rear_port)
            }
            _ => {
                let rear = self.tables.rear_ports.get(&port.pk)?;
                let position = if rear.positions > 1 { positions.pop()? } else { 1 };
                (Socket::FrontPort, *self.fronts.get(&(port.pk, position))?)
            }
        };
        Some((Plug { socket, pk }, positions))
    }
}
