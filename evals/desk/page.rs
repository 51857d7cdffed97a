//! How long a console takes to read a long queue, with each of its filters, and what came since its last look.

use super::Times;
use crate::console::Console;
use crate::failure::Failure;
use serde_json::json;
use std::time::Instant;

/// So often each.
const ROUNDS: usize = 40;
/// What is read: a name, and the query.
const PAGES: [(&str, &str); 4] = [
    ("whole queue", "tickets"),
    ("ended too", "tickets?all=true"),
    ("one team", "tickets?queue=clinical"),
    ("mine", "tickets?mine=true"),
];

/// The times of each.
///
/// # Errors
/// The server does not answer.
pub async fn measure(address: &str) -> Result<Vec<Times>, Failure> {
    let desk = Console::sign_in(address, "maria", false).await?;
    let mut all = Vec::new();
    for (what, path) in PAGES {
        let mut times = Times::new(what);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let answer = desk.get(path).await?.bytes().await.map_err(Failure::internal)?;
            times.add(begun.elapsed());
            times.bytes = times.bytes.max(answer.len());
        }
        all.push(times);
    }
    all.push(since_last_look(&desk).await?);
    all.push(words(&desk).await?);
    Ok(all)
}

/// Words that a quarter of all lines have.
async fn words(desk: &Console) -> Result<Times, Failure> {
    let mut times = Times::new("words of cases");
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let found = desk.post("search", &json!({"words": "ticket clinical"})).await?;
        times.add(begun.elapsed());
        times.bytes = times.bytes.max(found.to_string().len());
    }
    Ok(times)
}

/// What an event costs a console that has read the queue before.
async fn since_last_look(desk: &Console) -> Result<Times, Failure> {
    let (mut times, mut since) = (Times::new("since the last look"), None);
    desk.queue(&mut since).await?;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        desk.queue(&mut since).await?;
        times.add(begun.elapsed());
    }
    Ok(times)
}
