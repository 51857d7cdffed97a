//! `apothecary synth`: a data folder of any size for measuring, and the events that a feed tells of it next.

use super::Failure;
use crate::boot;
use crate::domain::facts::Record;
use crate::engine::records;
use crate::pharmacy::Pharmacy;
use crate::store::Store;
use crate::synth::Plan;
use jiff::Timestamp;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Records of one transaction.
const BATCH: usize = 2_000;

/// Arguments of `synth`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The people are numbers and every delivered order looks alike: it is for measuring, not for showing. The same arguments make the \
                  same records. DIR gets a store, the search index over it, and events.ndjson.\n\nExamples:\n  apothecary synth big\n  \
                  apothecary synth small --people 1000 --orders 4000\n  apothecary ingest small/events.ndjson --dir small"
)]
pub struct Args {
    /// Where to; must not hold a store yet
    #[arg(value_name = "DIR")]
    out: PathBuf,
    /// People
    #[arg(long, default_value_t = 250_000)]
    people: u32,
    /// Orders, spread evenly over the people
    #[arg(long, default_value_t = 1_000_000)]
    orders: u32,
    /// Of the choice of products and days
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// The latest instant that a record speaks of
    #[arg(long, default_value = "2026-11-20T18:00:00Z")]
    now: Timestamp,
    /// Pharmacy folder, whose drug lexicon names the products
    #[arg(long, value_name = "DIR", default_value = "index")]
    data: PathBuf,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let own = Path::new("index");
    let pharmacy = Pharmacy::load(&args.data, (args.data != own).then_some(own))?;
    let plan = Plan::new(&pharmacy.drugs, args.people, args.orders, args.seed, args.now)?;
    let path = args.out.join("apothecary.db");
    if path.exists() {
        return Err(format!("{} is there already; name another folder, or remove it", path.display()).into());
    }
    boot::private_dir(&args.out)?;
    let store = Store::open(&path).await?;
    let stored = fill(&store, &plan).await?;
    let bar = super::bar("records into search");
    bar.set_length(stored);
    records::open(Some(&args.out.join(boot::SEARCH)), &store, &|n| bar.set_position(n as u64)).await?;
    bar.finish_and_clear();
    store.close().await;
    let events = args.out.join("events.ndjson");
    let told = write(&plan, &events).map_err(|e| format!("cannot write {}: {e}", events.display()))?;
    println!("{}: {stored} records of {} people; {told} events in {}", path.display(), args.people, events.display());
    Ok(())
}

async fn fill(store: &Store, plan: &Plan) -> Result<u64, Failure> {
    let bar = super::bar("people and products");
    bar.set_length(plan.items());
    let (mut batch, mut stored) = (Vec::<Record>::with_capacity(BATCH), 0);
    for records in plan.records() {
        batch.extend(records);
        bar.inc(1);
        if batch.len() >= BATCH {
            stored += store.put_records(&batch, plan.now).await?.changed as u64;
            batch.clear();
        }
    }
    stored += store.put_records(&batch, plan.now).await?.changed as u64;
    bar.finish_and_clear();
    Ok(stored)
}

fn write(plan: &Plan, path: &Path) -> std::io::Result<usize> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let mut told = 0;
    for event in plan.events() {
        writeln!(file, "{event}")?;
        told += 1;
    }
    file.flush()?;
    Ok(told)
}
