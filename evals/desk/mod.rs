//! `evals desk`: how long the people at the console wait. How long after the answer to a customer a case is seen at a desk while
//! customers go on writing, and how long a console takes to read a queue of thousands.

mod customers;
mod fill;
mod page;
mod seen;

use crate::failure::Failure;
use crate::server::Server;
use crate::setup::Folder;
use crate::stats::percentile;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `desk`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Cases that were seen are claimed and resolved, so that the queue keeps its length.\n\n\
    Examples:\n  evals desk --strict --report desk.json\n  evals desk --fill demo-data --page 5000   # then: apothecary demo --keep demo-data")]
pub struct Args {
    /// Open cases while customers write
    #[arg(long, default_value_t = 200, value_name = "N")]
    open: usize,
    /// Customers who write at once
    #[arg(long, default_value_t = 50, value_name = "N")]
    customers: usize,
    /// Seconds between a customer's answer and their next message
    #[arg(long, default_value_t = 5.0, value_name = "S")]
    pause: f64,
    /// So long do they write, in seconds
    #[arg(long, default_value_t = 60, value_name = "S")]
    seconds: u64,
    /// The desk reads the whole queue at each event instead of what has changed
    #[arg(long)]
    whole: bool,
    /// Open cases of the page that is read
    #[arg(long, default_value_t = 5_000, value_name = "N")]
    page: usize,
    /// Only write `--page` open cases into a store in this folder
    #[arg(long, value_name = "DIR")]
    fill: Option<PathBuf>,
    /// The server's binary
    #[arg(long, default_value = "target/release/apothecary", value_name = "FILE")]
    binary: PathBuf,
    /// Write the figures as JSON here
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Exit with 1 when a case was not seen, or one in a hundred later than a second
    #[arg(long)]
    strict: bool,
}

/// Durations of one kind.
#[derive(Debug)]
struct Times {
    what: String,
    micros: Vec<u64>,
    /// Of the largest answer.
    bytes: usize,
}

impl Times {
    fn new(what: &str) -> Self {
        Self { what: what.to_owned(), micros: Vec::new(), bytes: 0 }
    }
    fn add(&mut self, took: Duration) {
        self.micros.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }
    fn ms(&self, q: f64) -> f64 {
        percentile(&self.micros, q) as f64 / 1000.0
    }
    fn json(&self) -> Value {
        let at = |q| percentile(&self.micros, q);
        json!({ "what": self.what, "n": self.micros.len(), "bytes": self.bytes,
            "micros": { "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1.0) } })
    }
}

/// # Errors
/// The binary does not start; with `--strict`, what came too late.
pub async fn run(args: &Args) -> Result<(), Failure> {
    if let Some(folder) = &args.fill {
        apothecary::boot::private_dir(folder).map_err(Failure::internal)?;
        return fill::fill(folder, args.page).await;
    }
    let (seen, unseen) = writing(args).await?;
    let pages = reading(args).await?;
    show(args, &seen, unseen, &pages);
    if let Some(file) = &args.report {
        let pages: Vec<Value> = pages.iter().map(Times::json).collect();
        let all = json!({ "evals": "desk", "open": args.open, "customers": args.customers, "pause": args.pause, "whole": args.whole,
            "seen": seen.json(), "unseen": unseen, "page": args.page, "pages": pages });
        let text = serde_json::to_string_pretty(&all).map_err(Failure::internal)?;
        std::fs::write(file, text + "\n").map_err(|e| Failure::file(file, e))?;
    }
    let late = unseen > 0 || seen.micros.is_empty() || seen.ms(0.99) >= 1000.0;
    if args.strict && late {
        return Err(Failure::Gate("a case was not seen at the desk, or one in a hundred later than a second".into()));
    }
    Ok(())
}

async fn writing(args: &Args) -> Result<(Times, usize), Failure> {
    let folder = Folder::new()?;
    fill::fill(folder.path(), args.open).await?;
    let mut server = Server::start(&args.binary, folder.path())?;
    server.ready().await?;
    let plan = customers::Plan {
        customers: args.customers,
        pause: Duration::from_secs_f64(args.pause),
        lasts: Duration::from_secs(args.seconds),
        whole: args.whole,
    };
    seen::measure(&server.address(), &plan).await
}

async fn reading(args: &Args) -> Result<Vec<Times>, Failure> {
    let folder = Folder::new()?;
    fill::fill(folder.path(), args.page).await?;
    let mut server = Server::start(&args.binary, folder.path())?;
    server.ready().await?;
    page::measure(&server.address()).await
}

fn show(args: &Args, seen: &Times, unseen: usize, pages: &[Times]) {
    println!(
        "{} open cases, {} customers writing every {} s for {} s; then a page of {} cases",
        args.open, args.customers, args.pause, args.seconds, args.page
    );
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(["milliseconds", "median", "90 %", "99 %", "most", "n", "kB"]);
    for times in std::iter::once(seen).chain(pages) {
        let at = [0.5, 0.9, 0.99, 1.0].map(|q| format!("{:.0}", times.ms(q)));
        let counts = [times.micros.len().to_string(), (times.bytes / 1000).to_string()];
        table.add_row(std::iter::once(times.what.clone()).chain(at).chain(counts));
    }
    println!("{table}");
    if unseen > 0 {
        println!("{unseen} cases were never seen");
    }
}
