//! The licence texts of everything that ends up in the binary or in the browser bundle.

use crate::Result;
use crate::house::House;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Where the two shipped programs run; only the packages for these are listed.
const SHIPPED: [(&str, &str); 2] = [
    ("server", "x86_64-unknown-linux-gnu"),
    ("frontend", "wasm32-unknown-unknown"),
];

/// One third-party package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: String,
    source: String,
    folder: String,
}

/// Writes one text file: a table of packages with their licence expression, then every licence text once,
/// with the packages it comes from.
///
/// # Errors
/// Cargo cannot describe the packages, or a file cannot be read or written.
pub fn write(house: &House, to: &Path) -> Result<()> {
    let mut packages = BTreeSet::new();
    for (root, platform) in SHIPPED {
        packages.extend(shipped(house, root, platform)?);
    }
    let mut text = String::from("Third-party packages in Slipway and the texts of their licences.\n\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in &packages {
        let label = format!("{} {}", package.name, package.version);
        let found = texts_of(Path::new(&package.folder))?;
        let note = if found.is_empty() {
            " (the package brings no text of its own)"
        } else {
            ""
        };
        writeln!(text, "{label}: {}; {}{note}", package.licence, package.source)?;
        for one in found {
            texts.entry(one).or_default().push(label.clone());
        }
    }
    for (one, labels) in &texts {
        write!(
            text,
            "\n{}\n{}\n\n{}\n",
            "=".repeat(100),
            labels.join(", "),
            one.trim_end()
        )?;
    }
    fs::write(to, text)?;
    println!("    {} packages, {} different texts", packages.len(), texts.len());
    Ok(())
}

/// The third-party packages compiled into `root` for `platform`: normal dependencies only; what merely
/// helped to compile is not shipped.
fn shipped(house: &House, root: &str, platform: &str) -> Result<BTreeSet<Package>> {
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        platform,
    ];
    let output = house.cargo(&arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let by_id = |key: &Value| -> BTreeMap<String, Value> {
        list(key).into_iter().map(|it| (text(&it["id"]), it)).collect()
    };
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);

    let start = packages
        .iter()
        .find(|(_, it)| it["name"] == root && it["source"].is_null());
    let mut open = vec![
        start
            .map(|(id, _)| id.clone())
            .ok_or_else(|| format!("no package {root}"))?,
    ];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        for edge in list(&nodes[&id]["deps"]) {
            let is_normal = list(&edge["dep_kinds"]).iter().any(|it| it["kind"].is_null());
            if is_normal && seen.insert(text(&edge["pkg"])) {
                open.push(text(&edge["pkg"]));
            }
        }
    }
    let third_party = seen
        .iter()
        .filter_map(|id| packages.get(id))
        .filter(|it| !it["source"].is_null());
    Ok(third_party
        .map(|it| Package {
            name: text(&it["name"]),
            version: text(&it["version"]),
            licence: it["license"]
                .as_str()
                .unwrap_or("see the licence text")
                .to_owned(),
            source: it["repository"].as_str().unwrap_or("no address given").to_owned(),
            folder: Path::new(&text(&it["manifest_path"]))
                .parent()
                .map(|it| it.to_string_lossy().into_owned())
                .unwrap_or_default(),
        })
        .collect())
}

/// Every licence, notice and copyright file at the top of a package.
fn texts_of(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|it| it.to_string_lossy().to_uppercase())
            .unwrap_or_default();
        let is_licence = ["LICEN", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"]
            .iter()
            .any(|it| name.starts_with(it));
        if is_licence && path.is_file() {
            found.push(String::from_utf8_lossy(&fs::read(&path)?).replace("\r\n", "\n"));
        }
    }
    found.sort();
    Ok(found)
}
