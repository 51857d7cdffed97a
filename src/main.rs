//! The `apothecary` binary: arguments → configuration → application. All of it lives in the library's `cli`.

use apothecary::cli::Cli;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    Cli::parse().run()
}
