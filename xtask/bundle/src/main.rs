//! `bundle --wasm FILE --out DIR [..]`: the web assets of Slipway as one folder.
//!
//! `xtask` calls it after compiling the frontend. It is a crate of its own because its dependencies take
//! a minute to compile and most developer commands do not need them.
//!
//! Output: `pkg/slipway.<hash>.js`, `pkg/slipway.<hash>.wasm`, `pkg/main.<hash>.css`, everything of
//! `public/` under its own name, a `.br` and a `.gz` twin beside each file worth compressing, and
//! `manifest.json` that names them all (see [`manifest`]).

mod compress;
mod glue;
mod manifest;
mod options;
mod site;
mod split;
mod style;

use std::error::Error;
use std::process::ExitCode;

/// Whatever stops the bundler; the text says which file and why.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let outcome = options::Options::from_arguments(std::env::args().skip(1)).and_then(|it| site::build(&it));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bundle: {error}");
            ExitCode::FAILURE
        }
    }
}
