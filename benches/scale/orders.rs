//! Records: made, indexed, fed and asked for, the last two at once, too.

use super::machine::{Table, memory, size};
use super::{Done, ORDERS, PEOPLE, part};
use apothecary::engine::records;
use apothecary::identity::{Key, VerifiedCustomer, Verifier};
use apothecary::ingest::{Importer, Lines};
use apothecary::pharmacy::Pharmacy;
use apothecary::policy::GuardPolicy;
use apothecary::retrieval::RecordIndex;
use apothecary::store::Store;
use apothecary::synth::Plan;
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Questions of one measurement, and those beside a busy feed.
const QUESTIONS: u32 = 2_000;
/// Events a second that arrive beside questions, and for how long.
const FEED: u32 = 500;
const SECONDS: u32 = 20;
/// How often a server looks at what a feed has brought.
const LOOK: Duration = Duration::from_millis(250);

pub async fn measure(dir: &Path, scale: f64, table: &mut Table) -> Done {
    let (people, orders) = (part(f64::from(PEOPLE), scale), part(f64::from(ORDERS), scale));
    std::fs::remove_dir_all(dir).ok();
    let (name, sizes) = (dir.to_string_lossy(), [people.to_string(), orders.to_string()]);
    let made = run(&["synth", &name, "--people", &sizes[0], "--orders", &sizes[1]])?;
    let store = Store::open(&dir.join("apothecary.db")).await?;
    let stored = store.count_records().await?;
    store.close().await;
    table.row(
        "records made",
        format!("{stored} of {people} people, {orders} orders, in {:.0} s", made.as_secs_f64()),
        "",
    );
    let rebuilt = run(&["index", "--rebuild", "--dir", &name])?;
    table.row("search over them made anew", format!("{:.0} records/s", stored as f64 / rebuilt.as_secs_f64()), "");
    table.row(
        "on disk",
        format!("store {} MB, search {} MB", size(&dir.join("apothecary.db")), size(&dir.join("search"))),
        "",
    );
    fed(dir, table)?;
    asked(dir, people, orders, table).await
}

/// The command beside this benchmark.
fn run(args: &[&str]) -> Result<Duration, Box<dyn std::error::Error>> {
    let started = Instant::now();
    let done =
        Command::new(env!("CARGO_BIN_EXE_apothecary")).args(args).stdout(std::process::Stdio::null()).status()?;
    if done.success() { Ok(started.elapsed()) } else { Err(format!("apothecary {}: {done}", args.join(" ")).into()) }
}

/// Half of the events as fast as they are taken; the rest is kept for the load.
fn fed(dir: &Path, table: &mut Table) -> Done {
    let events = std::fs::read_to_string(dir.join("events.ndjson"))?;
    let half = events.lines().count() / 2;
    let first: String = events.lines().take(half).flat_map(|l| [l, "\n"]).collect();
    let rest: String = events.lines().skip(half).flat_map(|l| [l, "\n"]).collect();
    std::fs::write(dir.join("first.ndjson"), first)?;
    std::fs::write(dir.join("rest.ndjson"), rest)?;
    let (file, name) = (dir.join("first.ndjson"), dir.to_string_lossy());
    let took = run(&["ingest", &file.to_string_lossy(), "--dir", &name])?;
    let rate = half as f64 / took.as_secs_f64();
    table.row("`apothecary ingest` of events", format!("{rate:.0} events/s, n = {half}"), "≥ 5,000 events/s");
    Ok(())
}

async fn asked(dir: &Path, people: u32, orders: u32, table: &mut Table) -> Done {
    let pharmacy = Pharmacy::load(Path::new("index"), None)?;
    let plan = Arc::new(Plan::new(&pharmacy.drugs, people, orders, 7, "2026-11-20T18:00:00Z".parse()?)?);
    let started = Instant::now();
    let store = Store::open(&dir.join("apothecary.db")).await?;
    let index = records::open(Some(&dir.join("search")), &store, &|_| {}).await?;
    table.row("store and search opened again", format!("{:.2} s", started.elapsed().as_secs_f64()), "≤ 2 s");
    let desk = Desk { store, index, plan, verifier: verifier()? };
    table.times(
        "order query: search, then the person's records",
        desk.questions(QUESTIONS).await?,
        "≤ 5 ms at the 99th",
    );

    let over = Arc::new(AtomicBool::new(false));
    let feed = tokio::spawn(feed(dir.join("rest.ndjson"), desk.store.clone(), Arc::clone(&over)));
    let follow = tokio::spawn(follow(Arc::clone(&desk.index), desk.store.clone(), Arc::clone(&over)));
    let mut times = Vec::new();
    while !feed.is_finished() {
        times.extend(desk.questions(50).await?);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    over.store(true, Ordering::Relaxed);
    let (taken, delays) = feed.await?.map_err(|e| e.to_string())?;
    let found = follow.await?.map_err(|e| e.to_string())?;
    table.times(&format!("… while {FEED} events/s arrive"), times, "≤ 5 ms at the 99th");
    table.times("an event from its arrival until an answer tells it", delays, "≤ 1 s at the 99th");
    table.times("a look of search at what is new", found, "");
    let (now, most) = memory("self");
    table.row("memory meanwhile", format!("{now} MB, {most} MB at most; {taken} events taken up"), "≤ 1,500 MB");
    Ok(())
}

struct Desk {
    store: Store,
    index: Arc<RecordIndex>,
    plan: Arc<Plan>,
    verifier: (Key, Verifier),
}

impl Desk {
    /// People ask for one of their orders, in turn by a medicine's name with a slip in it and by an order's number.
    async fn questions(&self, count: u32) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
        let mut times = Vec::new();
        for n in 0..count {
            let person = n.wrapping_mul(7_919) % self.plan.people;
            let customer = customer(&self.verifier, person)?;
            let name = self.plan.product(person, 0).map_or(String::new(), |m| m.name.clone());
            let text = match n % 2 {
                0 => format!("wheres my {name} it never came"),
                _ => format!("where is order {}", Plan::order_number(person * (self.plan.orders / self.plan.people))),
            };
            let started = Instant::now();
            let hits = self.index.find(&customer, &text, 24)?;
            let (orders, parcels) = tokio::try_join!(
                self.store.orders_of(customer.patient()),
                self.store.shipments_of(customer.patient())
            )?;
            times.push(started.elapsed());
            assert!(!hits.is_empty() && !orders.is_empty() && !parcels.is_empty(), "person {person}: {text}");
        }
        Ok(times)
    }
}

fn verifier() -> Result<(Key, Verifier), String> {
    let key = Key::hs256(&[7; 32])?;
    Ok((key.clone(), Verifier { issuer: "bench".into(), audience: "apothecary:bench".into(), keys: vec![key] }))
}

fn customer((key, verifier): &(Key, Verifier), person: u32) -> Result<VerifiedCustomer, Box<dyn std::error::Error>> {
    let now = Timestamp::now();
    let at = now.as_second();
    let claims = json!({"iss": "bench", "aud": "apothecary:bench", "sub": Plan::patient(person), "iat": at,
        "exp": at + 300, "auth_time": at, "lvl": "L2"});
    let token = key.sign(&claims).ok_or("the key cannot sign")?;
    let visitor = verifier.customer(&token, now)?;
    Ok(visitor.verified().ok_or("not verified")?.clone())
}

type Delays = Result<(usize, Vec<Duration>), String>;

/// Sends at the pace of the load, in the batches of a tenth of a second; each event's delay is that of its batch.
async fn feed(file: std::path::PathBuf, store: Store, over: Arc<AtomicBool>) -> Delays {
    let pharmacy = Pharmacy::load(Path::new("index"), None).map_err(|e| e.to_string())?;
    let policy = GuardPolicy::load(Path::new("guardrails")).map_err(|e| e.to_string())?;
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let lines: Vec<&str> = text.lines().take((FEED * SECONDS) as usize).collect();
    let (mut taken, mut delays) = (0, Vec::new());
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    for batch in lines.chunks((FEED / 10) as usize) {
        pace.tick().await;
        if over.load(Ordering::Relaxed) {
            break;
        }
        let started = Instant::now();
        let lines = Lines::read(&batch.join("\n"), &pharmacy.states, &[]);
        let importer = Importer { store: &store, states: &pharmacy.states, policy: &policy, now: Timestamp::now() };
        let report = importer.take(lines, &|_, _| {}).await.map_err(|e| e.to_string())?;
        taken += report.applied;
        delays.extend(std::iter::repeat_n(started.elapsed(), batch.len()));
    }
    Ok((taken, delays))
}

async fn follow(index: Arc<RecordIndex>, store: Store, over: Arc<AtomicBool>) -> Result<Vec<Duration>, String> {
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let started = Instant::now();
        records::follow(&index, &store, &|_| {}).await.map_err(|e| e.to_string())?;
        times.push(started.elapsed());
        tokio::time::sleep(LOOK).await;
    }
    Ok(times)
}
