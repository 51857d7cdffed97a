//! `evals encoder`: how fast a pass through the encoder and its heads is, and how true its eight-bit form stays to the `f32` form.

mod fidelity;
mod speed;

use crate::args::Common;
use crate::failure::Failure;
use std::path::PathBuf;

/// `evals encoder`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  evals encoder                                            medians by shape, int8 and fp32\n  \
    evals encoder --cases evals/datasets/guards.jsonl        what the eight bits change\n  \
    python3 evals/encoder_vs_onnx.py MODEL_DIR               beside ONNX Runtime, turn by turn"
)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Compare int8 with fp32 on the texts of these cases (`evals guards` files), repeatable
    #[arg(long = "cases", value_name = "FILE")]
    cases: Vec<PathBuf>,
    /// Rounds a shape
    #[arg(long, default_value_t = 200)]
    rounds: usize,
    /// Answer lines `TEXTS TOKENS THREADS ROUNDS` on standard input with the milliseconds of each round, for a peer that takes turns
    #[arg(long, conflicts_with = "cases")]
    pace: bool,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    match (args.pace, args.cases.is_empty()) {
        (true, _) => speed::pace(&args.common),
        (false, true) => speed::table(&args.common, args.rounds),
        (false, false) => fidelity::run(&args.common, &args.cases).await,
    }
}
