//! The `apothecary` binary.

use apothecary::train::{self, TrainArgs};
use clap::Parser;
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about)]
enum Command {
    /// Train the classifier from hand-written lines
    Train(Box<TrainArgs>),
}

fn main() -> ExitCode {
    let Command::Train(args) = Command::parse();
    match train::run(&args) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
