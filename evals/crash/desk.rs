//! A pharmacist who claims, answers and resolves one case after the other while the server dies under their hands. Like their screen
//! they look first when they do not know what came of an act, and do it again only when it is not there.

use super::customer;
use crate::console::Console;
use crate::failure::Failure;
use apothecary::domain::blocks::Author;
use apothecary::domain::ids::ConversationId;
use apothecary::store::Store;
use apothecary::store::tickets::TicketRow;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const WHO: &str = "omar";
const TEXT: &str = "my chest hurts and i cant breathe";
/// An act is tried so often, five times a second, before it counts as lost.
const TRIES: usize = 1_500;
const PAUSE: Duration = Duration::from_millis(200);

/// What they did to the end.
#[derive(Debug, Default)]
pub struct Handled {
    /// Conversations whose case was resolved, with the words of their answer.
    pub cases: Vec<(String, String)>,
    /// Acts that never came about.
    pub stuck: Vec<String>,
}

/// Works until told to stop; the case in hand is ended first.
///
/// # Errors
/// The store cannot be read.
pub async fn work(address: &str, folder: &Path, stop: Arc<AtomicBool>) -> Result<Handled, Failure> {
    let store = Store::open(&folder.join("apothecary.db")).await.map_err(Failure::internal)?;
    let mut handled = Handled::default();
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let chat = customer::escalate(address, TEXT).await;
        let words = format!("Your message no. {n} is with me; stay on the line with 911.");
        let case = Case { address, store: &store, chat: ConversationId(chat.clone()), words: &words };
        match case.end().await? {
            None => handled.cases.push((chat, words)),
            Some(act) => handled.stuck.push(format!("{chat} {act}")),
        }
    }
    Ok(handled)
}

struct Case<'a> {
    address: &'a str,
    store: &'a Store,
    chat: ConversationId,
    words: &'a str,
}

impl Case<'_> {
    /// Claims, answers, resolves; the act that never came about, if one did not.
    async fn end(&self) -> Result<Option<&'static str>, Failure> {
        for act in ["claim", "reply", "resolve"] {
            let mut tries = 0;
            while !self.done(act).await? {
                if tries == TRIES {
                    return Ok(Some(act));
                }
                tries += 1;
                // Whether it worked is seen by looking, not by the answer, which may have been lost.
                if self.act(act).await.is_err() {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        Ok(None)
    }

    async fn ticket(&self) -> Result<Option<TicketRow>, Failure> {
        self.store.open_ticket_of(&self.chat).await.map_err(Failure::internal)
    }

    async fn done(&self, act: &str) -> Result<bool, Failure> {
        Ok(match act {
            "claim" => self.ticket().await?.is_some_and(|t| t.owner().is_some()),
            "reply" => answers(self.store, &self.chat, self.words).await? > 0,
            _ => self.ticket().await?.is_none(),
        })
    }

    async fn act(&self, act: &str) -> Result<(), Failure> {
        let Some(ticket) = self.ticket().await? else { return Ok(()) };
        let body: Value = match act {
            "claim" => json!({}),
            "reply" => json!({ "version": ticket.version, "text": self.words }),
            _ => json!({ "version": ticket.version, "disposition": "EMERG-911" }),
        };
        let desk = Console::sign_in(self.address, WHO, false).await?;
        desk.post(&format!("tickets/{}/{act}", ticket.id), &body).await.map(drop)
    }
}

/// How often a person of the pharmacy wrote these words there.
///
/// # Errors
/// The store cannot be read.
pub async fn answers(store: &Store, chat: &ConversationId, words: &str) -> Result<usize, Failure> {
    let rows = store.history(chat, -1).await.map_err(Failure::internal)?;
    let by_staff = rows.iter().filter(|row| row.author() == Author::Pharmacist);
    Ok(by_staff.filter(|row| row.body().to_string().contains(words)).count())
}
