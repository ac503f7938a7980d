//! Cutting rustc's module into the core and the chunks that are fetched when they are first needed.

use crate::Result;
use crate::glue;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_split_cli_support::{Options, transform};

/// The module that loads the chunks, as the core imports it.
pub const LOADER: &str = "./loader.js";

/// What [`split`] made.
pub struct Parts {
    /// The core, for wasm-bindgen.
    pub core: PathBuf,
    /// The chunks, ready to be served; wasm-bindgen need not see them.
    pub chunks: Vec<PathBuf>,
    /// The JavaScript that loads them.
    pub loader: PathBuf,
}

/// Cuts `wasm`, which was linked with `--emit-relocs`, at its `#[wasm_split]` functions into files in the
/// folder `to`. Code and data that only one chunk reaches go there, what several reach into chunks between
/// them, everything else stays in the core.
///
/// # Errors
/// The module cannot be read or was linked without relocations, or a file cannot be written.
pub fn split(wasm: &Path, to: &Path) -> Result<Parts> {
    let input = fs::read(wasm).map_err(|it| format!("cannot read {}: {it}", wasm.display()))?;
    let core = to.join("core.wasm");
    let glue = format!("./{}.js", glue::NAME);
    let mut options = Options::new(&input);
    options.output_dir = to;
    options.main_out_path = &core;
    options.main_module = &glue;
    options.link_name = LOADER;
    let made = transform(options).map_err(|it| format!("splitting {}: {it:#}", wasm.display()))?;
    let mut chunks = made.split_modules;
    chunks.sort();
    Ok(Parts {
        core,
        chunks,
        loader: to.join(LOADER),
    })
}

/// One script of wasm-bindgen's `glue` and the `loader` of the chunks. Apart, each would import the other, and
/// files that carry their content's hash in their name cannot know each other's.
///
/// # Errors
/// Either is not shaped as the pinned versions of the tools shape it.
pub fn join(glue: &str, loader: &str) -> Result<String> {
    let body = loader
        .strip_prefix("import { initSync } from ")
        .and_then(|it| Some(it.split_once('\n')?.1))
        .ok_or("the loader of the chunks does not begin by importing initSync")?;
    let entries: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("export const ")?.split(' ').next())
        .collect();
    let mut loader = format!(
        "const loader = (() => {{\n{}\nreturn {{ {} }};\n}})();\n",
        body.replace("export const ", "const "),
        entries.join(", "),
    );
    // The script imports the loader once for each function it passes on.
    let from = format!(" from \"{LOADER}\"");
    let mut rest = String::with_capacity(glue.len());
    for line in glue.lines() {
        match line
            .strip_prefix("import * as ")
            .and_then(|it| it.trim_end_matches(';').strip_suffix(from.as_str()))
        {
            Some(name) => loader.push_str(&format!("const {name} = loader;\n")),
            None => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
    }
    if rest.contains(&from) {
        return Err("wasm-bindgen imports the loader of the chunks in an unknown way".into());
    }
    Ok(loader + &rest)
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn the_joined_script_imports_nothing() {
        let glue = "import * as import1 from \"./loader.js\"\nimport * as import2 from \"./loader.js\";\nfunction initSync() {}\n";
        let loader = "import { initSync } from \"./slipway.js\";\nconst f = () => initSync();\nexport const __load_a = f;\n";
        let joined = join(glue, loader).unwrap();
        assert!(
            !joined.contains("import ") && !joined.contains("export "),
            "{joined}"
        );
        assert!(joined.contains("return { __load_a };"));
        assert!(joined.contains("const import1 = loader;\nconst import2 = loader;\nfunction initSync"));
    }

    #[test]
    fn scripts_of_another_shape_are_refused() {
        assert!(join("", "export const a = 1;").is_err());
        let glue = "import { a } from \"./loader.js\"\n";
        assert!(join(glue, "import { initSync } from \"./slipway.js\";\n").is_err());
    }
}
