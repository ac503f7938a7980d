//! An explaining path as a sentence: why a CI is affected. Pure text, tested natively.

use domain::cmdb::{RelationKind, Spread};
use domain::wire::cmdb::{Direction, PathHop, State};

/// The words from the CI that needs to the CI that is needed.
#[must_use]
pub fn verb(kind: RelationKind) -> &'static str {
    match kind.spread() {
        Spread::SourceToTarget => kind.backward(),
        Spread::TargetToSource | Spread::None => kind.forward(),
    }
}

/// `pay-api runs on vm-7, which runs on hv-2, which is assumed down.`
///
/// `path` goes from the CI assumed down to the affected one. With [`Direction::Dependencies`] it goes from the
/// CI asked about to what it needs: `pay-api runs on vm-7, which runs on hv-2.`
#[must_use]
pub fn sentence(path: &[PathHop], direction: Direction, state: State) -> String {
    // Always told from the one that needs to the one that is needed.
    let mut told: Vec<(&str, Option<RelationKind>)> = Vec::with_capacity(path.len());
    match direction {
        Direction::Dependants => told.extend(path.iter().rev().map(|hop| (hop.name.as_str(), hop.kind))),
        Direction::Dependencies => {
            let kinds = path.iter().skip(1).map(|hop| hop.kind).chain([None]);
            told.extend(path.iter().map(|hop| hop.name.as_str()).zip(kinds));
        }
    }
    let last = told.len().saturating_sub(1);
    let mut out = String::new();
    for (index, (name, kind)) in told.into_iter().enumerate() {
        out.push_str(name);
        if index < last {
            out.push_str(if index == 0 { " " } else { ", which " });
            out.push_str(kind.map_or("hangs on", verb));
            out.push(' ');
        }
    }
    if direction == Direction::Dependants {
        out.push_str(", which is assumed down");
    }
    out.push('.');
    if state == State::Degraded {
        out.push_str(" It keeps working, with redundancy lost.");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(name: &str, kind: Option<RelationKind>) -> PathHop {
        PathHop {
            key: format!("x/{name}").parse().unwrap(),
            name: name.into(),
            kind,
        }
    }

    #[test]
    fn reads_from_the_affected_back_to_the_cause() {
        let path = [
            hop("hv-2", None),
            hop("vm-7", Some(RelationKind::RunsOn)),
            hop("pay-api", Some(RelationKind::DependsOn)),
        ];
        assert_eq!(
            sentence(&path, Direction::Dependants, State::Down),
            "pay-api depends on vm-7, which runs on hv-2, which is assumed down."
        );
        assert!(sentence(&path, Direction::Dependants, State::Degraded).ends_with("redundancy lost."));
    }

    #[test]
    fn parts_and_dependencies_read_well() {
        let part = [hop("blade-1", None), hop("chassis", Some(RelationKind::PartOf))];
        assert_eq!(
            sentence(&part, Direction::Dependants, State::Down),
            "chassis consists of blade-1, which is assumed down."
        );
        let needs = [
            hop("pay-api", None),
            hop("vm-7", Some(RelationKind::RunsOn)),
            hop("hv-2", Some(RelationKind::RunsOn)),
        ];
        assert_eq!(
            sentence(&needs, Direction::Dependencies, State::Down),
            "pay-api runs on vm-7, which runs on hv-2."
        );
    }
}
