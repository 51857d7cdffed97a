//! Arguments that every subcommand shares.

use apothecary::classify::Precision;
use clap::Args;
use std::path::PathBuf;

/// Long enough that a busy machine does not change scores.
const DEADLINE_MS: u64 = 60_000;

/// Shared arguments.
#[derive(Args, Debug, Clone)]
pub struct Common {
    /// Write one prediction a line here
    #[arg(long, value_name = "FILE")]
    pub predictions: Option<PathBuf>,
    /// Write the summary as JSON here
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write here, for the rates that count single cases, which cases counted and which did not, JSON Lines
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Print no table
    #[arg(long)]
    pub quiet: bool,
    /// Pharmacy folder in the layout of index/; missing files come from the product's own
    #[arg(long, value_name = "DIR", default_value = "index")]
    pub data: PathBuf,
    /// Guard policy, rules and model
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    pub guardrails: PathBuf,
    /// How the classifier computes: int8 is fast, fp32 is the reference without `unsafe` code
    #[arg(long, env = "APOTHECARY_DATA__ENCODER", value_name = "HOW", default_value = "int8")]
    pub encoder: Precision,
    /// Seed of samples and of derived trace ids
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Write micros as 0 and derive trace ids: the same seed gives the same bytes
    #[arg(long)]
    pub no_timing: bool,
    /// Exit with 1 when an expectation failed
    #[arg(long)]
    pub strict: bool,
    /// Milliseconds that the classifier may take for one message; above the product's own limit, so that a busy machine does not
    /// change scores
    #[arg(long, value_name = "MS", default_value_t = DEADLINE_MS)]
    pub deadline_ms: u64,
}

/// Case files, and a map for sets with labels of their own.
#[derive(Args, Debug, Clone)]
pub struct Cases {
    /// Cases, JSON Lines; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How a public set's fields and labels read (TOML, see evals/README.md)
    #[arg(long, value_name = "FILE")]
    pub label_map: Option<PathBuf>,
}

impl Common {
    /// The usual settings over a pharmacy and a guard folder.
    pub fn over(data: PathBuf, guardrails: PathBuf) -> Self {
        let (predictions, report, events) = (None, None, None);
        let (quiet, no_timing, strict, encoder) = (true, false, false, Precision::default());
        Self {
            predictions,
            report,
            events,
            quiet,
            data,
            guardrails,
            encoder,
            seed: 1,
            no_timing,
            strict,
            deadline_ms: DEADLINE_MS,
        }
    }
    /// Wall time for a prediction: 0 with `--no-timing`.
    pub fn micros(&self, since: std::time::Instant) -> u64 {
        if self.no_timing { 0 } else { u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX) }
    }
}
