//! Every route, for every role, about things that stand in every relation to whoever asks.
//!
//! What is expected stands in `policy.rs`, written by hand from the design and not from `domain::access`. **A new route
//! needs a row there**, else [`every_route_has_its_row`] fails and says which:
//!
//! ```ignore
//! row("GET /api/v1/shelves", About::Nothing, ADMIN).ok(200),
//! row("PATCH /api/v1/shelves/{id}", About::Release, SEEN).ok(200).json(|_| json!({ "name": "x" })),
//! ```
//!
//! - The first argument is the line of the table of routes. Several rows may be about one route (other bodies).
//! - `About` says what is in its path: [`world::World::subject`] makes one for each cell. Something new to ask about is
//!   a new variant there: how it is made for a role in a relation, and what of the path it fills in.
//! - The shape (`ADMIN`, `SEEN`, ...) is one status for each role, in the order of [`policy::Role::ALL`], for each
//!   relation: `ok` is what `.ok(..)` says.
//! - The body must be one that succeeds where it is allowed, and again and again.

mod policy;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use server::http::routes::table;

use policy::{Role, Row, rows};
use world::World;

#[test]
fn every_route_has_its_row() {
    let offered: BTreeSet<String> = table()
        .iter()
        .map(|route| format!("{} {}", route.verb.as_str(), route.path))
        .collect();
    let expected: BTreeSet<String> = rows().iter().map(|row| row.route.to_owned()).collect();
    let without: Vec<_> = offered.difference(&expected).collect();
    assert!(
        without.is_empty(),
        "say in tests/it/http/matrix/policy.rs who may do this (its head says how): {without:#?}"
    );
    let gone: Vec<_> = expected.difference(&offered).collect();
    assert!(gone.is_empty(), "there is no such route any more: {gone:#?}");
}

#[test]
fn every_row_says_something_of_every_relation_its_subject_can_stand_in() {
    for Row {
        route, about, shape, ..
    } in rows()
    {
        let said: Vec<_> = shape.iter().map(|(relation, _)| *relation).collect();
        assert_eq!(said, about.relations(), "{route}");
        for (relation, statuses) in shape {
            let count = statuses.split(' ').count();
            assert_eq!(count, Role::ALL.len(), "{route}, {relation:?}: {statuses}");
        }
    }
}

#[tokio::test]
async fn who_may_do_what_is_as_the_policy_says_in_every_cell() {
    let world = World::new().await;
    let (mut cells, mut wrong, mut by_status) = (0, Vec::new(), BTreeMap::<u16, u32>::new());
    for row in rows() {
        for (relation, statuses) in row.shape {
            for (role, expected) in Role::ALL.into_iter().zip(statuses.split(' ')) {
                let expected = match expected {
                    "ok" => row.ok,
                    status => status.parse().unwrap(),
                };
                let subject = world.subject(row.about, role, *relation).await;
                let (status, said) = world.ask(&row, role, &subject).await;
                cells += 1;
                *by_status.entry(status).or_default() += 1;
                if status != expected {
                    let route = row.route;
                    wrong.push(format!(
                        "{route}\n  {role:?}, {relation:?}: {status}, expected {expected}  {said}"
                    ));
                }
            }
        }
    }
    println!(
        "{cells} cells of {} rows; answers by status: {by_status:?}",
        rows().len()
    );
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
