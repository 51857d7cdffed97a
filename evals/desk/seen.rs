//! From the answer that a customer reads, which comes after the commit of the turn, to the queue at a desk that shows the case.

use super::Times;
use super::customers::{self, Plan, Promised};
use crate::console::Console;
use crate::failure::Failure;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// What was promised last may take so long to show.
const GRACE: Duration = Duration::from_secs(10);

/// When the case of a conversation was first on the screen.
type Shown = Arc<Mutex<HashMap<String, Instant>>>;

/// The times, and how many cases never showed.
///
/// # Errors
/// The server does not answer.
pub async fn measure(address: &str, plan: &Plan) -> Result<(Times, usize), Failure> {
    let sign_in = |name| Console::sign_in(address, name, plan.whole);
    let (maria, omar) = (sign_in("maria").await?, sign_in("omar").await?);
    let (rang, rings) = watch::channel(0);
    let (found, mut cases) = unbounded_channel::<String>();
    let (tell, mut told) = unbounded_channel::<Promised>();
    let shown = Shown::default();
    let listening = tokio::spawn(listen(maria.clone(), rang));
    let looking = tokio::spawn(look(maria, rings, Arc::clone(&shown), found));
    let working = tokio::spawn(async move {
        while let Some(case) = cases.recv().await {
            omar.done_with(&case).await?;
        }
        Ok::<(), Failure>(())
    });
    customers::write(address, plan, &tell).await?;
    drop(tell);
    let mut promised = Vec::new();
    while let Some(one) = told.recv().await {
        promised.push(one);
    }
    let until = Instant::now() + GRACE;
    while Instant::now() < until && promised.iter().any(|(chat, _)| at(&shown, chat).is_none()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for task in [listening, looking, working] {
        if task.is_finished() {
            task.await.map_err(Failure::internal)??;
        } else {
            task.abort();
        }
    }
    Ok(times(&shown, &promised))
}

fn times(shown: &Shown, promised: &[Promised]) -> (Times, usize) {
    let mut times = Times::new("answer to the customer → case at the desk");
    let seen = promised.iter().filter_map(|(chat, answered)| Some((at(shown, chat)?, answered)));
    // A desk may see a case before the customer has read its answer to the end: that is no time at all.
    seen.for_each(|(shown, answered)| times.add(shown.saturating_duration_since(*answered)));
    let unseen = promised.len() - times.micros.len();
    (times, unseen)
}

fn at(shown: &Shown, chat: &str) -> Option<Instant> {
    shown.lock().unwrap_or_else(PoisonError::into_inner).get(chat).copied()
}

/// Rings at each event; a stream that has ended is opened anew.
async fn listen(desk: Console, rang: watch::Sender<u64>) -> Result<(), Failure> {
    loop {
        let mut stream = desk.get("events").await?;
        while let Ok(Some(chunk)) = stream.chunk().await {
            if String::from_utf8_lossy(&chunk).contains("event: changed") {
                rang.send_modify(|n| *n += 1);
            }
        }
    }
}

/// Reads the queue after each ring, one reading at a time as the page does, and notes what is new in it.
async fn look(
    desk: Console,
    mut rings: watch::Receiver<u64>,
    shown: Shown,
    found: UnboundedSender<String>,
) -> Result<(), Failure> {
    let (mut first, mut since) = (true, None);
    while rings.changed().await.is_ok() {
        let lines = desk.queue(&mut since).await?;
        let now = Instant::now();
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        for (chat, case) in lines {
            if shown.contains_key(&chat) {
                continue;
            }
            shown.insert(chat, now);
            if !first {
                // Nobody works any more when the run is over.
                found.send(case).ok();
            }
        }
        first = false;
    }
    Ok(())
}
