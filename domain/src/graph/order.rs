use std::collections::BTreeMap;

/// Steps that wait for each other in a ring, so that none of them can ever start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} steps wait for each other in a ring", edges.len())]
pub struct Cycle<Id> {
    /// The ring as (step, its prerequisite); the prerequisite of the last is the step of the first.
    pub edges: Vec<(Id, Id)>,
}

/// The order of a rollout: waves of steps. All prerequisites of a step are in earlier waves, each step is
/// in the earliest wave that allows, and the steps of a wave may run in parallel; within a wave they keep
/// the order they came in.
///
/// A step comes as (id, prerequisites). A prerequisite that is not among the steps counts as fulfilled; one
/// named twice counts once. O((steps + prerequisites) log steps).
///
/// # Errors
/// [`Cycle`] with the exact edges of one ring if steps wait for each other; a step that waits for itself is
/// a ring of one.
pub fn rollout_order<Id, Steps, Prerequisites>(steps: Steps) -> Result<Vec<Vec<Id>>, Cycle<Id>>
where
    Id: Copy + Ord,
    Steps: IntoIterator<Item = (Id, Prerequisites)>,
    Prerequisites: IntoIterator<Item = Id>,
{
    let mut ids = Vec::new();
    let mut wanted: Vec<Vec<Id>> = Vec::new();
    let mut places = BTreeMap::new();
    for (id, prerequisites) in steps {
        places.insert(id, ids.len());
        ids.push(id);
        wanted.push(prerequisites.into_iter().collect());
    }
    let needs: Vec<Vec<usize>> = wanted
        .iter()
        .map(|prerequisites| {
            let mut needs: Vec<usize> = prerequisites
                .iter()
                .filter_map(|id| places.get(id).copied())
                .collect();
            needs.sort_unstable();
            needs.dedup();
            needs
        })
        .collect();
    let mut waiting: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    for (step, needs) in needs.iter().enumerate() {
        for &prerequisite in needs {
            followers[prerequisite].push(step);
        }
    }

    let mut waves = Vec::new();
    let mut ready: Vec<usize> = (0..ids.len()).filter(|step| waiting[*step] == 0).collect();
    let mut placed = 0;
    while !ready.is_empty() {
        placed += ready.len();
        let mut next = Vec::new();
        for &step in &ready {
            for &follower in &followers[step] {
                waiting[follower] -= 1;
                if waiting[follower] == 0 {
                    next.push(follower);
                }
            }
        }
        next.sort_unstable();
        waves.push(ready.iter().map(|step| ids[*step]).collect());
        ready = next;
    }
    if placed == ids.len() {
        Ok(waves)
    } else {
        Err(ring(&ids, &needs, &waiting))
    }
}

/// Walks from a step that still waits to a prerequisite that still waits until a step comes again.
fn ring<Id: Copy>(ids: &[Id], needs: &[Vec<usize>], waiting: &[usize]) -> Cycle<Id> {
    let mut position = vec![None; ids.len()];
    let mut walk: Vec<usize> = Vec::new();
    let mut here = waiting.iter().position(|count| *count > 0);
    while let Some(step) = here {
        if let Some(start) = position[step] {
            walk.drain(..start);
            walk.push(step);
            break;
        }
        position[step] = Some(walk.len());
        walk.push(step);
        here = needs[step].iter().copied().find(|step| waiting[*step] > 0);
    }
    Cycle {
        edges: walk.windows(2).map(|pair| (ids[pair[0]], ids[pair[1]])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waves_are_as_early_as_possible_and_keep_the_given_order() {
        let steps = [
            (4, vec![]),
            (1, vec![4]),
            (3, vec![]),
            (2, vec![1, 3, 3]),
            (9, vec![77]),
        ];
        assert_eq!(rollout_order(steps), Ok(vec![vec![4, 3, 9], vec![1], vec![2]]));
        assert_eq!(rollout_order(Vec::<(u8, Vec<u8>)>::new()), Ok(vec![]));
    }

    #[test]
    fn a_ring_is_named_exactly_without_what_merely_waits_for_it() {
        let steps = [
            (0, vec![1]),
            (1, vec![2]),
            (2, vec![3]),
            (3, vec![1]),
            (4, vec![]),
        ];
        let cycle = rollout_order(steps).unwrap_err();
        assert_eq!(cycle.edges, vec![(1, 2), (2, 3), (3, 1)]);
        assert_eq!(rollout_order([(5, vec![5])]).unwrap_err().edges, vec![(5, 5)]);
    }

    proptest! {
        #[test]
        fn waves_are_valid_or_the_ring_is_real(edges in prop::collection::vec((0_u8..12, 0_u8..12), 0..30)) {
            let needs = |step: u8| edges.iter().filter(move |e| e.0 == step).map(|e| e.1);
            match rollout_order((0..12).map(|step| (step, needs(step)))) {
                Ok(waves) => {
                    let wave = |step: u8| waves.iter().position(|w| w.contains(&step)).unwrap();
                    prop_assert_eq!(waves.iter().map(Vec::len).sum::<usize>(), 12);
                    for step in 0..12 {
                        let earliest = needs(step).map(|p| wave(p) + 1).max().unwrap_or(0);
                        prop_assert_eq!(wave(step), earliest);
                    }
                }
                Err(cycle) => {
                    prop_assert!(!cycle.edges.is_empty());
                    for (at, edge) in cycle.edges.iter().enumerate() {
                        prop_assert!(edges.contains(edge));
                        prop_assert_eq!(edge.1, cycle.edges[(at + 1) % cycle.edges.len()].0);
                    }
                }
            }
        }
    }
}
