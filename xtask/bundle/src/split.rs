//! Cutting rustc's module into the core and the chunks that are fetched when they are first needed.

use crate::Result;
use crate::glue;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_split_cli_support::{Options, transform};

/// The module that loads the chunks, as the core imports it.
pub const LOADER: &str = "./loader.js";

/// The chunk of the start page, whose files are asked for while the core still comes: `start` in `chunks!` of the app.
const FIRST: &str = "start";

/// The chunk with the machine of sync, which every page fetches soon after.
const SOON: &str = "sync";

/// Helps the loader to its files.
const FILES: &str = include_str!("loader.js");

/// What [`split`] made.
pub struct Parts {
    /// The core, for wasm-bindgen.
    pub core: PathBuf,
    /// The files of the chunks, ready to be served; wasm-bindgen need not see them.
    pub files: Vec<Chunks>,
    /// The JavaScript that loads them.
    pub loader: PathBuf,
}

/// One file of chunks: a module, or several that are fetched together.
pub struct Chunks {
    /// How the file is called, without hash and ending.
    pub name: String,
    /// The modules in it.
    pub modules: Vec<PathBuf>,
    /// Whether the start page needs it.
    pub first: bool,
}

impl Chunks {
    fn add(files: &mut Vec<Chunks>, name: String, first: bool, module: PathBuf) {
        match files.iter_mut().find(|it| it.name == name) {
            Some(file) => file.modules.push(module),
            None => files.push(Chunks {
                name,
                modules: vec![module],
                first,
            }),
        }
    }
}

/// Cuts `wasm`, which was linked with `--emit-relocs`, at its `#[wasm_split]` functions into files in the
/// folder `to`. Code and data that only one chunk reaches go there, what several reach into chunks between
/// them, everything else stays in the core. There are many chunks between others and most are small, so those travel
/// together: the ones that the start page needs, of the others the ones that sync needs, and the rest.
///
/// # Errors
/// The module cannot be read or was linked without relocations, it has no chunk of the start page, or a file cannot be
/// written.
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
    let needed_by =
        |chunk: &str, stem: &String| made.prefetch_map.get(chunk).is_some_and(|it| it.contains(stem));
    if !made.prefetch_map.contains_key(FIRST) {
        return Err(format!("no chunk is called {FIRST}").into());
    }
    let mut modules = made.split_modules.clone();
    modules.sort();
    let mut files = Vec::new();
    for module in modules {
        let stem = module
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let first = needed_by(FIRST, &stem);
        let name = match stem.starts_with("chunk_") {
            true if first => format!("shared_{FIRST}"),
            true if needed_by(SOON, &stem) => format!("shared_{SOON}"),
            true => "shared".to_owned(),
            false => stem,
        };
        Chunks::add(&mut files, name, first, module);
    }
    Ok(Parts {
        core,
        files,
        loader: to.join(LOADER),
    })
}

/// Tells the `loader` where the modules of one file of chunks are: the file is called `name`, and its modules take so
/// many bytes.
///
/// # Errors
/// The loader does not fetch a module as the pinned version of the tool does.
pub fn place(loader: &str, file: &Chunks, name: &str, sizes: &[usize]) -> Result<String> {
    let mut loader = loader.to_owned();
    let mut from = 0;
    for (module, size) in file.modules.iter().zip(sizes) {
        let module = module.file_name().unwrap_or_default().to_string_lossy();
        let fetch = format!("fetch(new URL(\"./{module}\", import.meta.url))");
        if !loader.contains(&fetch) {
            return Err(format!("the loader does not fetch {module}").into());
        }
        let to = from + size;
        let found = if sizes.len() == 1 {
            format!("file(\"./{name}\")")
        } else {
            format!("piece(\"./{name}\", {from}, {to})")
        };
        loader = loader.replace(&fetch, &found);
        from = to;
    }
    Ok(loader)
}

/// One script of wasm-bindgen's `glue` and the `loader` of the chunks, which asks for the files `first` at once. Apart,
/// each would import the other, and files that carry their content's hash in their name cannot know each other's.
///
/// # Errors
/// Either is not shaped as the pinned versions of the tools shape it.
pub fn join(glue: &str, loader: &str, first: &[String]) -> Result<String> {
    let body = loader
        .strip_prefix("import { initSync } from ")
        .and_then(|it| Some(it.split_once('\n')?.1))
        .ok_or("the loader of the chunks does not begin by importing initSync")?;
    let entries: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("export const ")?.split(' ').next())
        .collect();
    let mut loader = format!(
        "const loader = (() => {{\n{}\n{}\nahead({first:?});\nreturn {{ {} }};\n}})();\n",
        FILES,
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
    Ok(tidy(&(loader + &rest)))
}

/// A script without indentation and lines of comment; both tools write plenty.
fn tidy(script: &str) -> String {
    let mut in_comment = false;
    let is_code = |line: &&str| {
        if in_comment {
            in_comment = !line.contains("*/");
            return false;
        }
        in_comment = line.starts_with("/*") && !line.contains("*/");
        let is_comment =
            in_comment || line.starts_with("//") || line.starts_with("/*") && line.ends_with("*/");
        !is_comment && !line.is_empty()
    };
    let kept: Vec<&str> = script.lines().map(str::trim_start).filter(is_code).collect();
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Chunks, join, place, tidy};

    #[test]
    fn the_joined_script_imports_nothing() {
        let glue = "import * as import1 from \"./loader.js\"\nimport * as import2 from \"./loader.js\";\nfunction initSync() {}\n";
        let loader = "import { initSync } from \"./slipway.js\";\nconst f = () => initSync();\nexport const __load_a = f;\n";
        let joined = join(glue, loader, &["./a.wasm".to_owned()]).unwrap();
        assert!(
            !joined.contains("import ") && !joined.contains("export "),
            "{joined}"
        );
        assert!(joined.contains("ahead([\"./a.wasm\"]);\nreturn { __load_a };"));
        assert!(joined.contains("const import1 = loader;\nconst import2 = loader;\nfunction initSync"));
    }

    #[test]
    fn comments_are_dropped_and_code_is_not() {
        let script =
            "/**\n * @returns {any}\n */\nf() {\n    return a\n    * b; // why\n}\n/* c */ g();\n// d\n";
        assert_eq!(tidy(script), "f() {\nreturn a\n* b; // why\n}\n/* c */ g();");
    }

    #[test]
    fn scripts_of_another_shape_are_refused() {
        assert!(join("", "export const a = 1;", &[]).is_err());
        let glue = "import { a } from \"./loader.js\"\n";
        assert!(join(glue, "import { initSync } from \"./slipway.js\";\n", &[]).is_err());
    }

    #[test]
    fn a_module_is_a_file_or_a_piece_of_one() {
        let fetch = |name: &str| format!("const src = fetch(new URL(\"./{name}.wasm\", import.meta.url));\n");
        let loader = ["a", "b", "c"].map(fetch).concat();
        let file = |names: &[&str]| Chunks {
            name: "x".to_owned(),
            modules: names.iter().map(|it| format!("/tmp/{it}.wasm").into()).collect(),
            first: false,
        };
        let alone = place(&loader, &file(&["b"]), "b.1.wasm", &[7]).unwrap();
        assert!(alone.contains("const src = file(\"./b.1.wasm\");"), "{alone}");
        let both = place(&alone, &file(&["a", "c"]), "x.1.bin", &[5, 9]).unwrap();
        assert!(both.contains("const src = piece(\"./x.1.bin\", 0, 5);"), "{both}");
        assert!(
            both.contains("const src = piece(\"./x.1.bin\", 5, 14);"),
            "{both}"
        );
        assert!(!both.contains("fetch("), "{both}");
        assert!(place(&both, &file(&["a"]), "a.1.wasm", &[5]).is_err());
    }
}
