//! The binary `slipway`; see `slipway --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
