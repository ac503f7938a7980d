use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::access::{Right, Role, Types};
use crate::release::ReleaseType;
use crate::release::{Party, Priority};
use crate::wire::session::{Directory, Group, Person};
use crate::{ContractId, GroupId, ReleaseNumber, ReleaseTypeKey, UserId};

const PEOPLE: u128 = 3;
const GROUPS: u128 = 2;

fn user(n: u128) -> UserId {
    UserId(ulid::Ulid(n + 1))
}

fn group(n: u128) -> GroupId {
    GroupId(ulid::Ulid(n + 100))
}

fn kind(n: usize) -> ReleaseTypeKey {
    ["standard", "emergency"][n].parse().unwrap()
}

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

/// People whose names are in another order than their identities.
fn names() -> Names {
    let person = |n: u128| Person {
        id: user(n),
        login: format!("p{n}"),
        name: format!("{} Person", ["Zoe", "adam", "Mia"][n as usize]),
        phone: None,
        email: None,
        unit: None,
        location: None,
    };
    Names::of(Directory {
        people: (0..PEOPLE).map(person).collect(),
        groups: (0..GROUPS)
            .map(|n| Group::new(group(n), ["West", "East"][n as usize]))
            .collect(),
        release_types: vec![ReleaseType::new(kind(0), "Zulu")],
        ..Directory::default()
    })
}

/// Somebody in the first group who sees what they take part in and, with `types`, all of the first type.
fn actor(sees_type: bool) -> Actor {
    let only = Types::Only(BTreeSet::from([kind(0)]));
    Actor {
        user: user(0),
        name: "Zoe".to_owned(),
        roles: BTreeSet::from([Role::CmdbViewer]),
        stands_in_for: BTreeSet::new(),
        contracts: BTreeSet::from([ContractId(ulid::Ulid(200))]),
        groups: BTreeSet::from([group(0)]),
        rights: if sees_type {
            BTreeMap::from([(Right::View, only.clone()), (Right::Authorise, only)])
        } else {
            BTreeMap::new()
        },
        scopes: None,
    }
}

fn maybe<T: std::fmt::Debug + Clone>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.7, of)
}

prop_compose! {
    fn summary()(
        number in 1_u32..400,
        title in "[A-Ca-c]{0,2} [x-z]{1,2}",
        people in (0..PEOPLE, maybe(0..PEOPLE), maybe(0..PEOPLE), maybe(0..GROUPS)),
        parties in (some(0..GROUPS), some(0..PEOPLE), some(0..GROUPS), any::<bool>(), any::<bool>()),
        stage in 0..6_usize,
        disposition in 0..4_usize,
        release_type in maybe(0..2_usize),
        priority in 1_u8..6,
        times in (0_i64..50, maybe(0_i64..50), maybe(0_i64..50), 0_i64..50),
        contract in maybe(0_u128..2),
        texts in (maybe("[AB]"), maybe("v[12]"), maybe("[de]")),
        steps in 0_u32..4,
        conflicts in 0_u32..2,
    ) -> ReleaseSummary {
        let disposition = crate::wire::list::DISPOSITIONS[disposition];
        let closed = matches!(disposition, Disposition::Concluded | Disposition::Cancelled);
        ReleaseSummary {
            id: ReleaseId(ulid::Ulid(u128::from(number))),
            number: Some(ReleaseNumber(number)),
            title,
            release_type: release_type.map(kind),
            author: user(people.0),
            requester: people.1.map(user),
            assignee: people.2.map(user),
            group: people.3.map(group),
            stage: Stage::ALL[stage],
            disposition,
            priority,
            planned_start: times.1.map(at),
            planned_end: times.2.map(at),
            created: at(times.0),
            updated: at(times.3),
            steps,
            conflicts,
            contract: contract.map(|n| ContractId(ulid::Ulid(n + 200))),
            unit: texts.0,
            version: texts.1,
            now: texts.2,
            due: times.2.map(at),
            hold: None,
            ended: closed.then(|| at(times.3)),
            run: 1,
            duties: parties.0.into_iter().map(group).collect(),
            shared_with: parties.1.into_iter().map(|n| Party::User(user(n)))
                .chain(parties.2.into_iter().map(|n| Party::Group(group(n))))
                .collect(),
            awaits: None,
            authorised: parties.3,
            sent_back: parties.4,
            activity: None,
            shape: crate::wire::release::SUMMARY_SHAPE,
        }
    }
}

fn whose<T: Clone + std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<Whose<T>>> {
    let one = prop_oneof![Just(Whose::Nobodys), Just(Whose::Own), of.prop_map(Whose::Of)];
    proptest::collection::vec(one, 0..3)
}

fn some<T: Clone + std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(of, 1..3)]
}

fn rarely<T: Clone + std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.15, of)
}

prop_compose! {
    fn query()(
        view in proptest::sample::select(&View::ALL[..]),
        q in rarely("[a-c]"),
        stage in some(proptest::sample::select(&Stage::ALL[..])),
        disposition in some(proptest::sample::select(&crate::wire::list::DISPOSITIONS[..])),
        release_type in some((0..2_usize).prop_map(kind)),
        priority in some(1_u8..6),
        requester in whose((0..PEOPLE).prop_map(user)),
        assignee in whose((0..PEOPLE).prop_map(user)),
        group in whose((0..GROUPS).prop_map(group)),
        contract in whose((0_u128..2).prop_map(|n| ContractId(ulid::Ulid(n + 200)))),
        unit in rarely("[aB]"),
        overdue in rarely(any::<bool>()),
        opened in (rarely(0_i64..50), rarely(0_i64..50)),
        closed in (rarely(0_i64..50), rarely(0_i64..50)),
        sort in proptest::option::of(proptest::sample::select(&Column::ALL[..])),
        desc in proptest::option::of(any::<bool>()),
    ) -> ReleaseQuery {
        use crate::wire::list::Period;
        ReleaseQuery {
            view, q, stage, disposition, release_type, priority, requester, assignee, group,
            contract,
            unit,
            overdue,
            opened: Period { from: opened.0.map(at), until: opened.1.map(at) },
            closed: Period { from: closed.0.map(at), until: closed.1.map(at) },
            sort,
            desc,
            ..ReleaseQuery::default()
        }
    }
}

type Estate = BTreeMap<ReleaseId, (u64, ReleaseSummary, String)>;

fn estate(releases: Vec<ReleaseSummary>) -> Estate {
    let numbered = (1..).zip(releases);
    numbered
        .map(|(rev, release)| (release.id, (rev, release.clone(), line_of(&release))))
        .collect()
}

fn rows(estate: &Estate) -> impl Iterator<Item = Row<'_>> {
    estate.values().map(|(rev, summary, lower)| Row {
        rev: *rev,
        summary,
        lower,
    })
}

/// Everything, said once more and in the plainest way.
fn naive(
    actor: &Actor,
    query: &ReleaseQuery,
    now: DateTime<Utc>,
    names: &Names,
    all: &Estate,
) -> Vec<ReleaseId> {
    let mine = |id: Option<UserId>| id == Some(actor.user);
    let my_group = |id: Option<GroupId>| id.is_some_and(|id| actor.groups.contains(&id));
    let visible = |r: &ReleaseSummary| {
        r.author == actor.user
            || mine(r.requester)
            || mine(r.assignee)
            || my_group(r.group)
            || r.duties.iter().any(|id| actor.groups.contains(id))
            || r.shared_with.contains(&Party::User(actor.user))
            || r.shared_with
                .iter()
                .any(|it| matches!(it, Party::Group(id) if actor.groups.contains(id)))
            || actor.holds(Right::View, r.release_type.as_ref())
                && r.contract.is_none_or(|id| actor.contracts.contains(&id))
    };
    let open =
        |r: &ReleaseSummary| r.disposition == Disposition::Active || r.disposition == Disposition::OnHold;
    let waits = |r: &ReleaseSummary| r.waits_for(actor).is_some();
    let late = |r: &ReleaseSummary| {
        r.disposition == Disposition::Active && r.stage != Stage::Draft && r.due.is_some_and(|end| end < now)
    };
    let looks_on = |r: &ReleaseSummary| {
        r.shared_with.iter().any(|party| match party {
            Party::User(id) => *id == actor.user,
            Party::Group(id) => actor.groups.contains(id),
        })
    };
    let turn = |r: &ReleaseSummary| r.duties.iter().any(|id| actor.groups.contains(id));
    let mut found: Vec<&(u64, ReleaseSummary, String)> = Vec::new();
    for row in all.values() {
        let r = &row.1;
        let mut holds = visible(r);
        holds &= match query.view {
            View::All => true,
            View::Drafts => r.author == actor.user && r.stage == Stage::Draft && open(r),
            View::Waiting => waits(r),
            View::Mine => mine(r.assignee) && open(r),
            View::Groups => (my_group(r.group) || turn(r)) && open(r),
            View::Work => {
                open(r)
                    && (r.author == actor.user
                        || mine(r.requester)
                        || mine(r.assignee)
                        || my_group(r.group)
                        || turn(r)
                        || looks_on(r)
                        || waits(r))
            }
        };
        if let Some(q) = &query.q {
            let text = format!("{} {}", r.number.unwrap(), r.title).to_lowercase();
            holds &= text.contains(&q.to_lowercase());
        }
        holds &= query.stage.is_empty() || query.stage.contains(&r.stage);
        holds &= query.disposition.is_empty() || query.disposition.contains(&r.disposition);
        holds &= query.priority.is_empty() || query.priority.contains(&r.priority);
        holds &= query.release_type.is_empty()
            || query
                .release_type
                .iter()
                .any(|kind| r.release_type.as_ref() == Some(kind));
        let person = |wanted: &[Whose<UserId>], who: Option<UserId>| {
            wanted.is_empty()
                || wanted.contains(&Whose::Nobodys) && who.is_none()
                || wanted.contains(&Whose::Own) && mine(who)
                || who.is_some_and(|who| wanted.contains(&Whose::Of(who)))
        };
        holds &= person(&query.requester, r.requester) && person(&query.assignee, r.assignee);
        holds &= query.group.is_empty()
            || query.group.contains(&Whose::Nobodys) && r.group.is_none()
            || query.group.contains(&Whose::Own) && my_group(r.group)
            || r.group.is_some_and(|id| query.group.contains(&Whose::Of(id)));
        let text = |wanted: &Option<String>, have: &Option<String>| {
            wanted.is_none()
                || wanted.as_ref().map(|w| w.to_lowercase()) == have.as_ref().map(|h| h.to_lowercase())
        };
        holds &= query.contract.is_empty()
            || query.contract.contains(&Whose::Nobodys) && r.contract.is_none()
            || query.contract.contains(&Whose::Own)
                && r.contract.is_some_and(|id| actor.contracts.contains(&id))
            || r.contract
                .is_some_and(|id| query.contract.contains(&Whose::Of(id)));
        holds &= text(&query.unit, &r.unit);
        holds &= query.overdue.is_none_or(|wanted| wanted == late(r));
        holds &= query.opened.from.is_none_or(|from| r.created >= from);
        holds &= query.opened.until.is_none_or(|until| r.created < until);
        holds &= query
            .closed
            .from
            .is_none_or(|from| r.ended.is_some_and(|at| at >= from));
        holds &= query
            .closed
            .until
            .is_none_or(|until| r.ended.is_some_and(|at| at < until));
        if holds {
            found.push(row);
        }
    }
    let column = query.sort.unwrap_or(Column::Updated);
    let falls = query.desc.unwrap_or(column.falls());
    let key = |(rev, r, lower): &(u64, ReleaseSummary, String)| {
        column.key(r, lower, *rev, names, now).map(|key| match key {
            Key::Number(number) => (number, String::new()),
            Key::Text(text) => (0, text.into_owned()),
        })
    };
    // Sorting is stable: first by identity, then by what the list is ordered by; what has nothing there goes last.
    found.sort_by_key(|row| row.1.id);
    if falls {
        found.reverse();
    }
    found.sort_by(|a, b| match (key(a), key(b)) {
        (Some(a), Some(b)) if falls => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    });
    found.into_iter().map(|row| row.1.id).collect()
}

/// All pages, with the changes that `between` makes after each of them.
fn walk(
    listing: impl Fn(&ReleaseQuery, &Estate) -> Result<ReleasePage, BadPlace>,
    mut query: ReleaseQuery,
    mut all: Estate,
    mut between: impl FnMut(&mut Estate),
) -> Vec<ReleaseId> {
    let mut seen = Vec::new();
    loop {
        let page = listing(&query, &all).unwrap();
        seen.extend(page.items.iter().map(|item| item.id));
        match page.next {
            None => return seen,
            next => query.after = next,
        }
        between(&mut all);
    }
}

fn listing<'a>(actor: &'a Actor, query: &'a ReleaseQuery, names: &'a Names) -> Listing<'a> {
    Listing {
        actor,
        query,
        now: at(25),
        names,
        found: None,
        touching: None,
    }
}

fn page_of(
    actor: &Actor,
    query: &ReleaseQuery,
    names: &Names,
    all: &Estate,
) -> Result<ReleasePage, BadPlace> {
    listing(actor, query, names).page(rows(all), 3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn pages_are_the_naive_list_in_pieces(
        releases in proptest::collection::vec(summary(), 0..30),
        query in query(),
        sees_type in any::<bool>(),
    ) {
        let (actor, names, all) = (actor(sees_type), names(), estate(releases));
        let expected = naive(&actor, &query, at(25), &names, &all);
        let seen = walk(|query, all| page_of(&actor, query, &names, all), query.clone(), all.clone(), |_| {});
        prop_assert_eq!(&seen, &expected);
        let page = page_of(&actor, &query, &names, &all).unwrap();
        prop_assert_eq!(page.total, expected.len() as u64);
        let of = |holds: &dyn Fn(&ReleaseSummary) -> bool| expected.iter().filter(|id| holds(&all[*id].1)).count() as u64;
        prop_assert_eq!(page.on_hold, of(&|r| r.disposition == Disposition::OnHold));
        let late = ReleaseQuery { overdue: Some(true), ..query.clone() };
        if query.overdue.is_none() {
            prop_assert_eq!(page.overdue, naive(&actor, &late, at(25), &names, &all).len() as u64);
        }
        let everything = naive(&actor, &ReleaseQuery::default(), at(25), &names, &all);
        prop_assert_eq!(page.visible, everything.len() as u64);
    }

    /// Each number leads to the list that has exactly these releases, for everybody and under every filter.
    #[test]
    fn counts_are_the_lengths_of_the_lists_they_lead_to(
        releases in proptest::collection::vec(summary(), 0..30),
        query in query(),
        sees_type in any::<bool>(),
    ) {
        let (actor, names, all) = (actor(sees_type), names(), estate(releases));
        let length = |query: &ReleaseQuery| naive(&actor, query, at(25), &names, &all).len() as u64;
        let counts = listing(&actor, &query, &names).counts(rows(&all));
        prop_assert_eq!(counts.total, length(&query));
        prop_assert_eq!(counts.visible, length(&ReleaseQuery::default()));
        let late = ReleaseQuery { overdue: Some(true), ..query.clone() };
        prop_assert_eq!(counts.overdue, if query.overdue == Some(false) { 0 } else { length(&late) });
        let address = query.pairs();
        for (name, shares) in [
            ("disposition", &counts.disposition),
            ("stage", &counts.stage),
            ("priority", &counts.priority),
            ("group", &counts.group),
        ] {
            prop_assert_eq!(shares.iter().map(|share| share.count).sum::<u64>(), counts.total, "{}", name);
            for share in shares {
                let others = address.iter().filter(|(one, _)| *one != name);
                let pairs = others.map(|(name, value)| (*name, value.as_str()));
                let narrow = ReleaseQuery::read(pairs.chain([(name, share.value.as_str())])).unwrap();
                // What the filter of the list itself leaves out is nothing of it.
                let asked = address.iter().find(|(one, _)| *one == name);
                let left_out = name != "group"
                    && asked.is_some_and(|(_, asked)| asked.split(',').all(|one| one != share.value));
                let expected = if left_out { 0 } else { length(&narrow) };
                prop_assert_eq!(share.count, expected, "{}={}", name, share.value);
            }
        }
        prop_assert!(counts.group.is_sorted_by(|a, b| a.count >= b.count));
        prop_assert!(counts.group.iter().all(|share| share.count > 0));
    }

    #[test]
    fn what_does_not_change_is_shown_once_whatever_else_does(
        releases in proptest::collection::vec(summary(), 3..30),
        changes in proptest::collection::vec(summary(), 1..20),
        query in query(),
    ) {
        let (actor, names, all) = (actor(true), names(), estate(releases));
        let touched: BTreeSet<ReleaseId> = changes.iter().map(|release| release.id).collect();
        let mut changes = changes.into_iter();
        let mut rev = 1_000;
        let seen = walk(|query, all| page_of(&actor, query, &names, all), query.clone(), all.clone(), |all| {
            // One is changed or new, and one is gone.
            if let Some(release) = changes.next() {
                rev += 1;
                all.insert(release.id, (rev, release.clone(), line_of(&release)));
            }
            let gone = all.keys().find(|id| touched.contains(id)).copied();
            if rev % 3 == 0 && let Some(gone) = gone {
                all.remove(&gone);
            }
        });
        let expected = naive(&actor, &query, at(25), &names, &all);
        let steady = |ids: Vec<ReleaseId>| ids.into_iter().filter(|id| !touched.contains(id)).collect::<Vec<_>>();
        prop_assert_eq!(steady(seen), steady(expected));
    }

    #[test]
    fn a_query_is_the_same_after_the_address(query in query()) {
        let pairs = query.pairs();
        let back = ReleaseQuery::read(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        prop_assert_eq!(back.unwrap(), query);
    }
}

#[test]
fn a_place_of_another_list_is_refused() {
    let all = estate(Vec::new());
    for after in [
        "",
        "x",
        "updated:desc:n1",
        "title:asc:tx:nonsense",
        "priority:desc:n1:00000000000000000000000001",
    ] {
        let query = ReleaseQuery {
            after: Some(after.to_owned()),
            ..ReleaseQuery::default()
        };
        assert_eq!(
            page_of(&actor(true), &query, &names(), &all),
            Err(BadPlace),
            "{after}"
        );
    }
}

#[test]
fn filters_that_cannot_be_read_are_named() {
    for (name, value) in [
        ("stage", "draft,nonsense"),
        ("view", "nonsense"),
        ("priority", "0"),
        ("priority", "6"),
        ("requester", "somebody"),
        ("opened_from", "yesterday"),
        ("opened_from", "2026-02-30"),
        ("order", "up"),
        ("sort", "nonsense"),
        ("overdue", "maybe"),
        ("limit", "ten"),
        ("number", "REL-x"),
        ("number", "-1"),
        ("nubmer", "REL-000013"),
        ("from", "2026-13-45"),
    ] {
        let error = ReleaseQuery::read([(name, value)]).unwrap_err();
        assert_eq!(error.name, name, "{value}: {error}");
    }
    let many = vec!["none"; crate::wire::list::MAX_VALUES + 1].join(",");
    assert!(ReleaseQuery::read([("assignee", many.as_str())]).is_err());
    let long = "x".repeat(crate::wire::list::MAX_TEXT + 1);
    assert!(ReleaseQuery::read([("q", long.as_str())]).is_err());
    let day = ReleaseQuery::read([("opened_from", "2026-11-23"), ("cols", "x"), ("stage", "")]).unwrap();
    assert_eq!(day.opened.from.unwrap().to_rfc3339(), "2026-11-23T00:00:00+00:00");
    let _: Priority = 1;
    for typed in ["13", "rel-13", "REL-000013", "0013"] {
        let read = ReleaseQuery::read([("number", typed)]).unwrap();
        assert_eq!(read.number, Some(ReleaseNumber(13)), "{typed}");
    }
}
