//! `evals crash`: thousands of emergencies while the server is killed with -9 again and again, half of the times before or after a side
//! effect, its database is held by somebody else, a pharmacist is at work, and its receivers misbehave. Afterwards the history is
//! checked: nothing promised was lost, nothing was told twice under two ids or answered twice, everything late was alarmed.

mod customer;
mod desk;
mod history;
mod kills;
mod lock;
mod receivers;

use crate::failure::Failure;
use crate::server::Server;
use crate::setup::Folder;
use apothecary::failpoint::{Place, Point};
use history::History;
use indicatif::{ProgressBar, ProgressStyle};
use kills::Kills;
use lock::Lock;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use receivers::Receivers;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What customers write: the fixed text and a P0 case must follow, whatever dies in between.
const TEXTS: [&str; 3] =
    ["I can't breathe and my throat is swelling shut", "no puedo respirar", "my chest hurts and i cant breathe"];
/// So many customers write at once.
const CUSTOMERS: usize = 24;
/// What is still under way at the end may take so long to arrive: past the ladder's last call, the minute's retries and the posts
/// that have gathered.
const SETTLE: Duration = Duration::from_secs(1_200);

/// Arguments of `crash`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  evals crash --escalations 10000 --strict")]
pub struct Args {
    /// How many emergencies
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    escalations: usize,
    /// Seconds between kills, at most; at least a tenth of it
    #[arg(long, default_value_t = 6.0, value_name = "S")]
    kill_within: f64,
    /// Seed of texts and kill times
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// The binary that is killed
    #[arg(long, default_value = "target/release/apothecary", value_name = "FILE")]
    binary: PathBuf,
    /// Exit with 1 when anything was lost, doubled or not alarmed
    #[arg(long)]
    strict: bool,
}

/// # Errors
/// The binary does not start; with `--strict`, what the history shows.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let folder = Folder::new()?;
    let receivers = Receivers::start().await?;
    let mut server = Server::start(&args.binary, folder.path())?;
    server.ready().await?;
    receivers.register(&args.binary, folder.path())?;
    let begun = Instant::now();
    let stop = Arc::new(AtomicBool::new(false));
    let (address, place, until) = (server.address(), folder.path().to_owned(), Arc::clone(&stop));
    let desk = tokio::spawn(async move { desk::work(&address, &place, until).await });
    let (kills, promised) = storm(args, &mut server, folder.path()).await?;
    stop.store(true, Ordering::Relaxed);
    let handled = desk.await.map_err(Failure::internal)??;
    let stormed = begun.elapsed();
    settle(&receivers, &mut server, folder.path()).await?;
    server.kill();
    let history = History::read(folder.path(), &promised, &handled, &receivers).await?;
    println!("{} escalations promised to their customers in {:.0} s", promised.len(), stormed.as_secs_f64());
    println!("{kills}");
    println!("{history}");
    if args.strict && (kills.all() == 0 || !history.sound()) {
        return Err(Failure::Gate("the history is not sound".into()));
    }
    Ok(())
}

/// Customers write until each has their answer, whatever dies; the conversations that were promised a person.
async fn storm(args: &Args, server: &mut Server, folder: &Path) -> Result<(Kills, Vec<String>), Failure> {
    let bar = ProgressBar::new(args.escalations as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").map_err(Failure::internal)?);
    let next = Arc::new(AtomicUsize::new(0));
    let mut customers = JoinSet::new();
    for _ in 0..CUSTOMERS {
        let (next, address, bar, all) = (Arc::clone(&next), server.address(), bar.clone(), args.escalations);
        customers.spawn(async move {
            let mut promised = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= all {
                    return promised;
                }
                promised.push(customer::escalate(&address, TEXTS[n % TEXTS.len()]).await);
                bar.inc(1);
            }
        });
    }
    let (mut rng, mut kills, mut promised) = (StdRng::seed_from_u64(args.seed), Kills::default(), Vec::new());
    let mut place = None;
    while !customers.is_empty() {
        let held = hold(server, folder, place, kills.all()).await?;
        let until = Instant::now() + Duration::from_secs_f64(args.kill_within * rng.random_range(0.1..1.0));
        while Instant::now() < until && !customers.is_empty() && !server.has_ended()? {
            let tick = tokio::time::timeout(Duration::from_millis(100), customers.join_next());
            if let Ok(Some(done)) = tick.await {
                promised.extend(done.map_err(Failure::internal)?);
            }
        }
        if let Some(lock) = held {
            lock.release().await?;
        }
        if !customers.is_empty() {
            place = kills.next(&mut rng);
            kills.count(server.restart(place)?);
            bar.set_message(kills.all().to_string());
        }
    }
    server.restart(None)?;
    bar.finish_and_clear();
    Ok((kills, promised))
}

/// In a life that is to end at the spill file, and in every fifth of the others, somebody else holds the database.
async fn hold(server: &mut Server, folder: &Path, place: Option<Place>, life: usize) -> Result<Option<Lock>, Failure> {
    let wanted = match place {
        Some(place) => place.point == Point::Spill,
        None => life % 5 == 4,
    };
    // Only a server that is up can be kept from committing: one that starts is let through.
    if wanted && server.up().await? { Lock::take(folder).await.map(Some) } else { Ok(None) }
}

/// Lets the ladder climb to its end and the receivers that can be reached hear all of it.
async fn settle(receivers: &Receivers, server: &mut Server, folder: &Path) -> Result<(), Failure> {
    let until = Instant::now() + SETTLE;
    receivers.behave();
    // Delivered means that nothing waits for a receiver that can be reached.
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_secs(5)).await;
        server.still_there()?;
        if history::settled(folder).await? {
            break;
        }
    }
    Ok(())
}
