//! Customers who write: two questions that the assistant answers, then one for a person; after that they are somebody else.

use crate::failure::Failure;
use crate::server;
use reqwest::{Client, Response};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

const QUESTIONS: [&str; 2] = ["how long does delivery take?", "where is my order"];
const CASES: [&str; 3] = [
    "I can't breathe and my throat is swelling shut",
    "Can I take ibuprofen together with my blood pressure pills?",
    "Necesito hablar con una persona sobre mi pedido",
];

/// How many write how often for how long.
pub struct Plan {
    /// Customers.
    pub customers: usize,
    /// Between an answer and the next message.
    pub pause: Duration,
    /// All of it.
    pub lasts: Duration,
    /// The desk reads the whole queue at each event.
    pub whole: bool,
}

/// A conversation whose customer has just been told that a person comes, and when.
pub type Promised = (String, Instant);

/// Lets all of them write and tells of each case. Ends when the time is over.
///
/// # Errors
/// A customer got no answer.
pub async fn write(address: &str, plan: &Plan, tell: &UnboundedSender<Promised>) -> Result<(), Failure> {
    let (address, until): (Arc<str>, _) = (address.into(), Instant::now() + plan.lasts);
    let mut customers = JoinSet::new();
    for n in 0..plan.customers {
        let (address, tell, pause) = (Arc::clone(&address), tell.clone(), plan.pause);
        // They do not all write in the same moment.
        let first = pause.mul_f64(n as f64 / plan.customers as f64);
        customers.spawn(async move {
            tokio::time::sleep(first).await;
            for round in n.. {
                if Instant::now() > until {
                    break;
                }
                visit(&address, round, pause, &tell).await?;
            }
            Ok(())
        });
    }
    while let Some(done) = customers.join_next().await {
        done.map_err(Failure::internal)??;
    }
    Ok(())
}

async fn visit(address: &str, round: usize, pause: Duration, tell: &UnboundedSender<Promised>) -> Result<(), Failure> {
    let client = Client::builder().no_proxy().build().map_err(Failure::internal)?;
    let opened = server::open(&client, address).await;
    let (chat, cookie) = opened.ok_or_else(|| Failure::Internal("the server opens no conversation".into()))?;
    let url = format!("{address}/api/v1/conversations/{chat}/messages");
    for text in QUESTIONS.iter().chain(CASES.get(round % CASES.len())) {
        let message = json!({"id": uuid::Uuid::new_v4().to_string(), "text": text});
        let answer = client.post(&url).header("cookie", &cookie).json(&message).send().await;
        let answer = answer.and_then(Response::error_for_status).map_err(Failure::internal)?;
        answer.bytes().await.map_err(Failure::internal)?;
        if CASES.contains(text) {
            // The measuring side has gone only when the run is over.
            tell.send((chat.clone(), Instant::now())).ok();
        }
        tokio::time::sleep(pause).await;
    }
    Ok(())
}
