//! What the estate is for: business services, their applications and databases, and the machines they run on.

use super::draft::{APPLICATIONS, DATABASES, Draft, OPERATIONS, VIRTUALISATION, item, key, with};
use super::machines::Cluster;
use crate::CiKey;
use crate::cmdb::RelationKind::{DependsOn, InstalledFrom, PartOf, RunsOn};
use crate::cmdb::{Criticality, Lifecycle};

const SERVICES: [(&str, &str); 38] = [
    ("payments", "Payments"),
    ("orders", "Order management"),
    ("shop", "Web shop"),
    ("catalogue", "Product catalogue"),
    ("stock", "Warehouse stock"),
    ("dispatch", "Dispatch and tracking"),
    ("returns", "Returns"),
    ("pricing", "Pricing"),
    ("loyalty", "Loyalty programme"),
    ("crm", "Customer relations"),
    ("contact", "Contact centre"),
    ("billing", "Billing"),
    ("ledger", "General ledger"),
    ("treasury", "Treasury"),
    ("tax", "Tax reporting"),
    ("payroll", "Payroll"),
    ("people", "Staff directory"),
    ("timesheets", "Time recording"),
    ("travel", "Travel and expenses"),
    ("purchasing", "Purchasing"),
    ("suppliers", "Supplier portal"),
    ("contracts", "Contract archive"),
    ("documents", "Document management"),
    ("intranet", "Intranet"),
    ("mail", "Mail and calendar"),
    ("conferencing", "Conferencing"),
    ("fleet", "Vehicle fleet"),
    ("routing", "Route planning"),
    ("customs", "Customs declarations"),
    ("quality", "Quality records"),
    ("maintenance", "Plant maintenance"),
    ("production", "Production planning"),
    ("scada", "Plant control"),
    ("reporting", "Management reporting"),
    ("warehouse", "Data warehouse"),
    ("forecast", "Demand forecast"),
    ("campaigns", "Campaigns"),
    ("search", "Product search"),
];

/// What every application leans on: name, and how many machines it runs on at each site.
const PLATFORM: [(&str, &str, usize); 12] = [
    ("identity", "Sign-in and directory", 3),
    ("dns", "Name service", 2),
    ("ntp", "Time service", 2),
    ("queue", "Message queue", 3),
    ("cache", "Shared cache", 3),
    ("logging", "Log collection", 4),
    ("monitoring", "Monitoring", 3),
    ("backup", "Backup", 4),
    ("artifacts", "Artifact store", 2),
    ("secrets", "Secret store", 3),
    ("gateway", "API gateway", 4),
    ("jump", "Jump hosts", 2),
];

const STAGES: [(&str, Lifecycle); 3] = [
    ("prod", Lifecycle::InProduction),
    ("acc", Lifecycle::InAcceptance),
    ("dev", Lifecycle::InDevelopment),
];

/// A component of a service, the machines it has in production and those in other stages.
const COMPONENTS: [(&str, usize, usize); 3] = [("web", 4, 2), ("api", 4, 2), ("worker", 4, 2)];

const IMAGES: [(&str, &str); 4] = [
    ("debian-12", "12.8"),
    ("debian-11", "11.11"),
    ("rhel-9", "9.4"),
    ("windows-server-2022", "21H2"),
];

const ENGINES: [(&str, &str); 3] = [
    ("postgresql-15", "15.8"),
    ("postgresql-13", "13.16"),
    ("oracle-19c", "19.24"),
];

pub(super) fn build(draft: &mut Draft, clusters: &[Cluster]) {
    for (name, version) in IMAGES {
        software(draft, &format!("sw-{name}"), name, version, "operating system");
    }
    for (name, version) in ENGINES {
        software(draft, &format!("sw-{name}"), name, version, "database engine");
    }
    let mut machines = Machines {
        clusters,
        next: [0, 0],
    };
    for (name, title, count) in PLATFORM {
        platform(draft, &mut machines, name, title, count);
    }
    for (number, (name, title)) in SERVICES.into_iter().enumerate() {
        service(draft, &mut machines, number, name, title);
    }
}

fn software(draft: &mut Draft, key: &str, name: &str, version: &str, kind: &str) -> CiKey {
    let mut software = with(item(key, "software", APPLICATIONS), &[("kind", kind.into())]);
    software.name = name.to_owned();
    software.version = Some(version.to_owned());
    draft.add(software)
}

/// Hands out virtual machines, spreading those of a component over the clusters of its sites.
struct Machines<'a> {
    clusters: &'a [Cluster],
    next: [usize; 2],
}

impl Machines<'_> {
    fn add(&mut self, draft: &mut Draft, name: &str, site: usize, lifecycle: Lifecycle) -> CiKey {
        let code = ["ham1", "ham2"][site];
        let of_site: Vec<&Cluster> = self
            .clusters
            .iter()
            .filter(|cluster| cluster.site.as_str() == code)
            .collect();
        let cluster = of_site[self.next[site] % of_site.len()];
        self.next[site] += 1;
        let image = if name.contains("mail") {
            IMAGES[3]
        } else {
            *draft.random.pick(&IMAGES[..3])
        };
        let cores = *draft.random.pick(&[2, 4, 4, 8, 16]);
        let mut vm = with(
            item(name, "vm", VIRTUALISATION),
            &[("vcpus", cores.into()), ("memory_gb", (cores * 4).into())],
        );
        vm.lifecycle = lifecycle;
        vm.version = Some(image.1.to_owned());
        vm.placement.site = Some(cluster.site.clone());
        let vm = draft.add(vm);
        draft.relate(&vm, RunsOn, &cluster.key);
        // What is not in production is built by hand, not from the store.
        if lifecycle == Lifecycle::InProduction {
            draft.relate(&vm, InstalledFrom, &key(&format!("sw-{}", image.0)));
        }
        vm
    }
}

fn platform(draft: &mut Draft, machines: &mut Machines<'_>, name: &str, title: &str, count: usize) {
    let release = software(draft, &format!("sw-{name}"), title, "2024.3", "platform");
    let mut hosts = Vec::new();
    for site in 0..2 {
        for n in 1..=count {
            let code = ["ham1", "ham2"][site];
            let vm = format!("{name}-{code}-{n:02}");
            hosts.push(machines.add(draft, &vm, site, Lifecycle::InProduction));
        }
    }
    let mut application = item(&format!("app-{name}"), "application", OPERATIONS);
    application.name = title.to_owned();
    application.criticality = Some(Criticality::High);
    // One site is enough.
    draft.relate_redundant(&mut application, RunsOn, &hosts, count);
    draft.relate(&application.key, InstalledFrom, &release);
    draft.add(application);
}

fn service(draft: &mut Draft, machines: &mut Machines<'_>, number: usize, name: &str, title: &str) {
    let version = format!(
        "{}.{}.{}",
        1 + number % 5,
        draft.random.below(20),
        draft.random.below(9)
    );
    let release = software(
        draft,
        &format!("sw-{name}"),
        &format!("{name} release"),
        &version,
        "own",
    );
    let mut top = with(item(&format!("svc-{name}"), "service", APPLICATIONS), &[]);
    top.name = title.to_owned();
    top.criticality = Some(match number {
        0..8 => Criticality::High,
        8..24 => Criticality::Medium,
        _ => Criticality::Low,
    });
    let top = draft.add(top);
    for (stage, lifecycle) in STAGES {
        let production = lifecycle == Lifecycle::InProduction;
        let site = number % 2;
        let database = database(draft, machines, number, name, stage, lifecycle);
        for (component, in_production, elsewhere) in COMPONENTS {
            let count = if production { in_production } else { elsewhere };
            let mut hosts = Vec::new();
            for n in 0..count {
                // In production every second machine is at the other site.
                let site = if production { (site + n) % 2 } else { site };
                let vm = format!("{name}-{stage}-{component}-{:02}", n + 1);
                hosts.push(machines.add(draft, &vm, site, lifecycle));
            }
            let mut application = with(
                item(
                    &format!("app-{name}-{stage}-{component}"),
                    "application",
                    APPLICATIONS,
                ),
                &[("environment", stage.into())],
            );
            application.name = format!("{title}: {component} ({stage})");
            application.lifecycle = lifecycle;
            application.version = Some(version.clone());
            draft.relate_redundant(&mut application, RunsOn, &hosts, 1);
            draft.relate(&application.key, InstalledFrom, &release);
            if component == "web" {
                let api = key(&format!("app-{name}-{stage}-api"));
                draft.relate(&application.key, DependsOn, &api);
            } else {
                draft.relate(&application.key, DependsOn, &database);
            }
            let leans_on: &[&str] = match component {
                "web" => &["app-identity", "app-gateway"],
                "api" => &["app-identity", "app-secrets"],
                _ => &["app-queue"],
            };
            for platform in leans_on.iter().filter(|_| production) {
                draft.relate(&application.key, DependsOn, &key(platform));
            }
            if production {
                draft.relate(&application.key, PartOf, &top);
                if component == "api" && number > 0 {
                    // Services build on services named before them, so that no ring arises.
                    let (other, _) = SERVICES[draft.random.below(number)];
                    let api = key(&format!("app-{other}-prod-api"));
                    draft.relate(&application.key, DependsOn, &api);
                }
            }
            draft.add(application);
        }
    }
}

/// The database of a service in a stage. In production it has a standby at the other site, and the largest
/// run on machines of their own.
fn database(
    draft: &mut Draft,
    machines: &mut Machines<'_>,
    number: usize,
    name: &str,
    stage: &str,
    lifecycle: Lifecycle,
) -> CiKey {
    let engine = ENGINES[number % ENGINES.len()];
    let production = lifecycle == Lifecycle::InProduction;
    let mut database = with(
        item(&format!("db-{name}-{stage}"), "database", DATABASES),
        &[("engine", engine.0.into()), ("environment", stage.into())],
    );
    database.lifecycle = lifecycle;
    database.version = Some(engine.1.to_owned());
    let own: Vec<CiKey> = draft
        .cis
        .iter()
        .filter(|ci| {
            ci.attributes
                .get("role")
                .is_some_and(|role| role == "Database server")
        })
        .map(|ci| ci.key.clone())
        .collect();
    let hosts = if production && number < own.len() / 2 {
        // The list goes site by site: one machine from each half.
        vec![own[number].clone(), own[own.len() - 1 - number].clone()]
    } else {
        (0..if production { 2 } else { 1 })
            .map(|n| {
                let vm = format!("{name}-{stage}-db-{:02}", n + 1);
                machines.add(draft, &vm, (number + n) % 2, lifecycle)
            })
            .collect()
    };
    draft.relate_redundant(&mut database, RunsOn, &hosts, 1);
    draft.relate(&database.key, InstalledFrom, &key(&format!("sw-{}", engine.0)));
    draft.add(database)
}
