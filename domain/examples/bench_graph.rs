//! Figures of the graph index over the dependency graph of a Debian release, beside petgraph's.
//!
//! ```text
//! lz4 -dc /var/lib/apt/lists/*bookworm_main*_Packages.lz4 > Packages
//! cargo run --release -p domain --features transfer --example bench_graph -- Packages
//! ```
//! Without an argument it reads standard input; with `--synthetic` it makes up a million CIs and five million
//! relations instead. Times are printed, never asserted; that both walks reach
//! the same packages is.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use domain::ClassKey;
use domain::cmdb::{BUILT_IN_CLASSES, Lifecycle, RelationKind};
use domain::graph::{Builder, Change, Index, Node, answer, impact};
use domain::transfer::{Format, Import, Record};
use domain::wire::cmdb::Direction;
use petgraph::Directed;
use petgraph::csr::Csr;
use petgraph::visit::Bfs;

const RUNS: usize = 201;

fn main() -> Result<(), Box<dyn Error>> {
    let input: Box<dyn BufRead + Send> = match std::env::args().nth(1) {
        Some(option) if option == "--synthetic" => return synthetic(),
        Some(path) => Box::new(BufReader::with_capacity(1 << 16, File::open(path)?)),
        None => Box::new(BufReader::new(std::io::stdin())),
    };
    let start = Instant::now();
    let records = parse(input)?;
    let relations = records
        .iter()
        .filter(|r| matches!(r, Record::Relation(_)))
        .count();
    let cis = records.len() - relations;
    report_rate("parse", start.elapsed(), cis, relations);

    let start = Instant::now();
    let index = build(&records)?;
    report_rate(
        "build the index",
        start.elapsed(),
        index.len(),
        index.relation_count(),
    );

    let (graph, nodes) = yardstick(&records)?;
    println!(
        "{:14} {:>8} {:>22} {:>22} {:>6} {:>22}",
        "impact of", "reached", "min/median", "petgraph", "ratio", "answer, 100 rows"
    );
    for key in ["libc6", "libssl3", "systemd"] {
        compare(&index, &graph, &nodes, key)?;
    }
    keep_current(index, &records)
}

fn parse(input: Box<dyn BufRead + Send>) -> Result<Vec<Record>, Box<dyn Error>> {
    let classes = BUILT_IN_CLASSES
        .iter()
        .map(|(key, _)| key.parse())
        .collect::<Result<Vec<_>, _>>()?;
    let mut import = Import::new(Format::DebianPackages, classes);
    let mut records = Vec::new();
    for found in import.file("Packages", input) {
        match found {
            Ok(entry) => records.push(entry.record),
            Err(problem) => return Err(format!("{:?}", problem.problem).into()),
        }
    }
    Ok(records)
}

fn build(records: &[Record]) -> Result<Index, Box<dyn Error>> {
    let mut builder = Builder::new();
    for record in records {
        match record {
            Record::Ci(ci) => {
                builder.ci(Node::from(&**ci))?;
            }
            Record::Relation(r) => builder.relation(r.kind, r.from.as_str(), r.to.as_str())?,
        }
    }
    Ok(builder.build())
}

/// petgraph's own compressed adjacency, the fastest of its graphs for a walk, and the number of each key.
type Yardstick<'a> = (Csr<(), (), Directed>, HashMap<&'a str, u32>);

/// The same nodes in the same order, edges turned the way an outage travels.
fn yardstick(records: &[Record]) -> Result<Yardstick<'_>, Box<dyn Error>> {
    let mut nodes = HashMap::new();
    for record in records {
        if let Record::Ci(ci) = record {
            nodes.insert(ci.key.as_str(), nodes.len() as u32);
        }
    }
    let end = |key: &str| nodes.get(key).copied().ok_or_else(|| format!("{key} is unknown"));
    let mut edges = Vec::new();
    for record in records {
        if let Record::Relation(r) = record {
            edges.push((end(r.to.as_str())?, end(r.from.as_str())?));
        }
    }
    edges.sort_unstable();
    let mut graph = Csr::from_sorted_edges(&edges).map_err(|_| "the edges are not sorted")?;
    // A package that no edge names at the end of the list is a node all the same.
    while graph.node_count() < nodes.len() {
        graph.add_node(());
    }
    Ok((graph, nodes))
}

fn compare(
    index: &Index,
    graph: &Csr<(), (), Directed>,
    nodes: &HashMap<&str, u32>,
    key: &str,
) -> Result<(), Box<dyn Error>> {
    let (Some(node), Some(&start)) = (index.node(key), nodes.get(key)) else {
        return Err(format!("the file has no package {key}").into());
    };
    let ours = || impact(index, black_box(&[node]), Direction::Dependants, None);
    let theirs = || {
        let mut walk = Bfs::new(graph, black_box(start));
        let mut reached = Vec::new();
        walk.next(graph);
        while let Some(node) = walk.next(graph) {
            reached.push(node);
        }
        reached
    };
    // In turns, so that a busy moment of the machine meets both.
    let (mut us, mut them, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        us.push(time(ours));
        them.push(time(theirs));
    }
    for _ in 0..RUNS {
        answers.push(time(|| answer(index, &ours(), 100)));
    }
    if ours().len() != theirs().len() {
        return Err(format!("{key}: {} and {} reached", ours().len(), theirs().len()).into());
    }
    let (us, them, answers) = (Spread::of(us), Spread::of(them), Spread::of(answers));
    let ratio = us.median.as_secs_f64() / them.median.as_secs_f64();
    println!(
        "{key:14} {:>8} {us:>22} {them:>22} {ratio:>6.2} {answers:>22}",
        ours().len()
    );
    Ok(())
}

/// What one committed change costs: each relation taken away and put back.
fn keep_current(mut index: Index, records: &[Record]) -> Result<(), Box<dyn Error>> {
    let relations: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Relation(relation) => Some(relation),
            Record::Ci(_) => None,
        })
        .step_by(10)
        .collect();
    let start = Instant::now();
    for relation in &relations {
        index.apply(Change::Unrelate((*relation).clone()))?;
        index.apply(Change::Relate((*relation).clone()))?;
    }
    let each = start.elapsed() / (2 * relations.len().max(1)) as u32;
    println!(
        "apply a change: {each:?} on average over {} changes, folding included",
        2 * relations.len()
    );
    Ok(())
}

/// A large estate: ten parts of 100,000 CIs, each CI hanging on five before it in its part, so that the
/// first of a part reaches the whole part.
fn synthetic() -> Result<(), Box<dyn Error>> {
    const PART: u64 = 100_000;
    let start = Instant::now();
    let mut builder = Builder::new();
    let class: ClassKey = "device".parse()?;
    let mut nodes = Vec::new();
    for n in 0..10 * PART {
        nodes.push(builder.ci(Node {
            key: format!("device/{n:07}").parse()?,
            name: format!("Device {n:07}"),
            class: class.clone(),
            lifecycle: Lifecycle::InProduction,
            site: None,
            redundancy: Vec::new(),
        })?);
    }
    let mut random = 1_u64;
    for n in 0..10 * PART {
        let first = n / PART * PART;
        for _ in 0..if n == first { 0 } else { 5 } {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let target = first + (random >> 33) % (n - first);
            builder.link(RelationKind::DependsOn, nodes[n as usize], nodes[target as usize])?;
        }
    }
    let index = builder.build();
    report_rate(
        "build the index, making up the estate included",
        start.elapsed(),
        index.len(),
        index.relation_count(),
    );
    let mut times = Vec::new();
    for run in 0..RUNS as u64 {
        let root = nodes[(run % 10 * PART) as usize];
        times.push(time(|| {
            let reached = impact(&index, &[root], Direction::Dependants, None);
            answer(&index, &reached, 100)
        }));
    }
    times.sort_unstable();
    let (median, p95) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    println!(
        "impact reaching {}, with answer: median {median:.2?}, p95 {p95:.2?}",
        PART - 1
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("peak resident memory{}", peak.trim_start_matches("VmHWM"));
    }
    Ok(())
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn report_rate(what: &str, time: Duration, cis: usize, relations: usize) {
    let rate = relations as f64 / time.as_secs_f64();
    println!("{what}: {cis} CIs and {relations} relations in {time:.2?}, {rate:.0} relations/s");
}

struct Spread {
    min: Duration,
    median: Duration,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self {
            min: times[0],
            median: times[times.len() / 2],
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{:.2?}/{:.2?}", self.min, self.median))
    }
}
