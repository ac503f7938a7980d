//! From rustc's `.wasm` to what a browser loads: wasm-bindgen's module, its JavaScript, and snippets.

use crate::Result;
use std::fs;
use std::path::Path;
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// The name every bundled file of the application starts with.
pub const NAME: &str = "slipway";

/// The features every browser we support has had since 2022. Listed, not `--all-features`: what is not
/// named here must not appear in the output.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What Binaryen does, measured on our chunks after brotli: 2 to 3 per cent less than `-Oz`, though the modules are
/// larger before it. Functions that are called most come first, so that calling them takes fewer bytes; that nothing is
/// kept in the first KiB of memory is true of every module the linker makes, the stack ends there.
const PASSES: [&str; 8] = [
    "--flatten",
    "--rereloop",
    "-Os",
    "-Os",
    "--low-memory-unused",
    "--reorder-functions",
    "--strip-producers",
    "--strip-target-features",
];

/// Runs wasm-bindgen (target web) over `wasm` into the empty folder `to`: `slipway.js`,
/// `slipway_bg.wasm` and perhaps `snippets/`.
///
/// # Errors
/// The input is not a module of the pinned wasm-bindgen, or a file cannot be read or written.
pub fn bindgen(wasm: &Path, to: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name(NAME)
        .typescript(false)
        .demangle(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    // The chunks import memory, table and stack pointer of the core.
    bindgen.keep_lld_exports(true);
    bindgen.web(true).map_err(|it| it.to_string())?;
    bindgen
        .generate(to)
        .map_err(|it| format!("wasm-bindgen over {}: {it:#}", wasm.display()))?;
    Ok(())
}

/// Shrinks `module` in place with Binaryen.
///
/// # Errors
/// Node or the script is missing, or Binaryen refuses the module; its own words are on stderr.
pub fn optimise(module: &Path, wasm_opt: &Path) -> Result<()> {
    let shrunk = module.with_extension("opt");
    let status = Command::new("node")
        .arg(wasm_opt)
        .args(PASSES)
        .args(FEATURES)
        .arg(module)
        .arg("-o")
        .arg(&shrunk)
        .status()
        .map_err(|it| format!("cannot start node for {}: {it}", wasm_opt.display()))?;
    if !status.success() {
        return Err(format!("wasm-opt failed on {} ({status})", module.display()).into());
    }
    fs::rename(&shrunk, module)?;
    Ok(())
}
