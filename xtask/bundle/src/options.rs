//! The command line, parsed by hand: `xtask` is the only caller.

use crate::Result;
use std::path::PathBuf;

/// What to bundle and how hard to try.
#[derive(Debug, Clone)]
pub struct Options {
    /// The frontend as `rustc` left it.
    pub wasm: PathBuf,
    /// The stylesheet that imports all others.
    pub style: PathBuf,
    /// Files copied as they are.
    pub public: PathBuf,
    /// The folder to (re)create.
    pub out: PathBuf,
    /// Binaryen's `wasm-opt` script; without it the module is served as wasm-bindgen left it.
    pub wasm_opt: Option<PathBuf>,
    /// Brotli quality 0 to 11: 11 for a release, less while developing.
    pub quality: u32,
}

impl Options {
    /// Reads `--name value` pairs.
    ///
    /// # Errors
    /// An unknown name, a missing value, or a mandatory option that was not given.
    pub fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let (mut wasm, mut style, mut public, mut out, mut wasm_opt) = (None, None, None, None, None);
        let mut quality = 11;
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--wasm" => wasm = Some(PathBuf::from(value)),
                "--style" => style = Some(PathBuf::from(value)),
                "--public" => public = Some(PathBuf::from(value)),
                "--out" => out = Some(PathBuf::from(value)),
                "--wasm-opt" => wasm_opt = Some(PathBuf::from(value)),
                "--brotli" => {
                    quality = value
                        .parse()
                        .ok()
                        .filter(|it| *it <= 11)
                        .ok_or("--brotli is a number from 0 to 11")?;
                }
                other => return Err(format!("unknown option {other}").into()),
            }
        }
        let needed = |name: &str, value: Option<PathBuf>| value.ok_or_else(|| format!("{name} is missing"));
        Ok(Options {
            wasm: needed("--wasm", wasm)?,
            style: needed("--style", style)?,
            public: needed("--public", public)?,
            out: needed("--out", out)?,
            wasm_opt,
            quality,
        })
    }
}
