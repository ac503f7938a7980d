//! A large estate as import lines: the same for the same size, whenever and wherever it is made.

use crate::Result;
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// VMs on each hypervisor; with it, its hypervisors and racks, the estate keeps its shape at any size.
const VMS_PER_HOST: usize = 20;
const HOSTS_PER_RACK: usize = 20;
const RACKS_PER_SITE: usize = 25;
/// CIs of a site, at least.
pub const PER_SITE: usize = RACKS_PER_SITE * HOSTS_PER_RACK * VMS_PER_HOST;

/// Writes about `size` CIs: sites, racks with two power feeds, hypervisors, VMs and, for every ten VMs, an
/// application that depends on them.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, size: usize) -> Result<()> {
    let mut out = Lines {
        file: BufWriter::new(File::create(path)?),
        cis: 0,
    };
    let mut vm = 0;
    let mut host = 0;
    let mut rack = 0;
    let mut site = String::new();
    while out.cis < size {
        if rack % RACKS_PER_SITE == 0 {
            site = format!("site-{:03}", rack / RACKS_PER_SITE);
            out.ci(&site, "site", &site)?;
        }
        let rack_key = format!("rack-{rack:05}");
        out.ci(&rack_key, "rack", &site)?;
        out.relation("located_in", &rack_key, &site)?;
        for feed in ["a", "b"] {
            let key = format!("feed-{rack:05}-{feed}");
            out.ci(&key, "power_feed", &site)?;
            out.relation("located_in", &key, &site)?;
        }
        for _ in 0..HOSTS_PER_RACK {
            let host_key = format!("hv-{host:06}");
            out.ci(&host_key, "device", &site)?;
            out.relation("located_in", &host_key, &rack_key)?;
            out.relation("powered_by", &host_key, &format!("feed-{rack:05}-a"))?;
            out.relation("powered_by", &host_key, &format!("feed-{rack:05}-b"))?;
            for _ in 0..VMS_PER_HOST {
                let vm_key = format!("vm-{vm:07}");
                out.ci(&vm_key, "vm", &site)?;
                out.relation("runs_on", &vm_key, &host_key)?;
                if vm % 10 == 9 {
                    let app = format!("app-{:06}", vm / 10);
                    out.ci(&app, "application", &site)?;
                    // Its own ten VMs, and one far away, so that outages travel across the estate.
                    for part in vm - 9..=vm {
                        out.relation("depends_on", &app, &format!("vm-{part:07}"))?;
                    }
                    if vm > 10 {
                        out.relation("depends_on", &app, &format!("vm-{:07}", vm * 7919 % (vm - 9)))?;
                    }
                }
                vm += 1;
            }
            host += 1;
        }
        rack += 1;
    }
    Ok(out.file.flush()?)
}

struct Lines {
    file: BufWriter<File>,
    cis: usize,
}

impl Lines {
    fn ci(&mut self, key: &str, class: &str, site: &str) -> Result<()> {
        let mut line = json!({"type": "ci", "key": key, "name": format!("{class} {key}"), "class": class});
        if class != "site" {
            line["site"] = json!(site);
        }
        self.cis += 1;
        Ok(writeln!(self.file, "{line}")?)
    }

    fn relation(&mut self, kind: &str, from: &str, to: &str) -> Result<()> {
        Ok(writeln!(
            self.file,
            "{}",
            json!({"type": "relation", "kind": kind, "from": from, "to": to})
        )?)
    }
}
