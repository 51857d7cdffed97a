//! A store with so many open cases in it, as turns would have left them.

use crate::failure::Failure;
use crate::setup;
use apothecary::domain::blocks::Author;
use apothecary::domain::ids::{ConversationId, MessageId};
use apothecary::domain::lang::Lang;
use apothecary::domain::route::{Priority, Queue, Reason};
use apothecary::escalate::card::Card;
use apothecary::store::Store;
use apothecary::store::commit::TurnCommit;
use apothecary::store::conversations::NewConversation;
use apothecary::store::messages::NewMessage;
use apothecary::store::tickets::NewTicket;
use apothecary::store::turns::NewTurn;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::path::Path;

/// What they want: words, priority, team, reason, minutes to the first human message.
type Want = (&'static str, Priority, Queue, &'static str, i64);
const USUAL: [Want; 4] = [
    ("I would like a person to look at my last invoice", Priority::P3, Queue::Service, "asked", 240),
    ("Can I take this together with my blood pressure pills?", Priority::P2, Queue::Clinical, "R3", 60),
    ("I have a question about who may see my records", Priority::P4, Queue::Privacy, "R5", 720),
    ("Necesito hablar con una persona sobre mi pedido", Priority::P2, Queue::Service, "asked", 60),
];
/// Few, as on any day.
const URGENT: Want = ("The tablets look different from last month", Priority::P1, Queue::Safety, "R10", 10);
/// One in so many is urgent.
const URGENT_ONE_IN: usize = 40;
const SAID: &str = "A person will take over this chat. You should hear back soon, or call the number on your label.";

/// Writes `open` cases.
///
/// # Errors
/// The store.
pub async fn fill(folder: &Path, open: usize) -> Result<(), Failure> {
    let store = Store::open(&folder.join("apothecary.db")).await.map_err(Failure::internal)?;
    let (bar, now) = (setup::bar(open, "cases"), Timestamp::now());
    for n in 0..open {
        write(&store, n, now).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    store.close().await;
    Ok(())
}

async fn write(store: &Store, n: usize, now: Timestamp) -> Result<(), Failure> {
    let id = format!("filled-{n:06}");
    let (chat, message) = (ConversationId(id.clone()), MessageId(id.clone()));
    let new = NewConversation {
        id: chat.clone(),
        site: "demo".into(),
        visitor: id,
        patient: None,
        created: now,
        lang: None,
        state: json!({}),
    };
    let (ticket, text) = case(n, now)?;
    let turn = NewTurn { conversation: chat.clone(), message_id: message.clone(), text, received_at: now };
    let reply = NewMessage {
        author: Author::Assistant,
        body: json!({"blocks": [{"kind": "person", "text": SAID}]}),
        origin: "fixed:TX-HUMAN".into(),
        staff_name: None,
    };
    let commit = TurnCommit {
        suggestion: None,
        pauses: None,
        conversation: chat,
        message_id: message,
        now,
        replies: vec![reply],
        ticket: Some(ticket),
        audit: json!({}),
        state: None,
        lang: None,
        summary: json!({}),
    };
    store.create_conversation(&new).await.map_err(Failure::internal)?;
    store.begin_turn(&turn).await.map_err(Failure::internal)?;
    store.commit_turn(commit, |_| Vec::new()).await.map_err(Failure::internal)?;
    Ok(())
}

fn case(n: usize, now: Timestamp) -> Result<(NewTicket, String), Failure> {
    let urgent = n % URGENT_ONE_IN == URGENT_ONE_IN - 1;
    let (words, priority, queue, reason, minutes) = if urgent { URGENT } else { USUAL[n % USUAL.len()] };
    let (words, fired) = (format!("{words} (case {n})"), vec![reason.to_owned()]);
    // No two are due in the same moment.
    let left = SignedDuration::from_mins(minutes) + SignedDuration::from_secs(i64::try_from(n).unwrap_or(0));
    let ticket = NewTicket {
        id: format!("ticket-{n:06}").as_str().into(),
        priority,
        queue,
        reason: reason.parse::<Reason>().map_err(|_| Failure::Internal(format!("unknown reason `{reason}`")))?,
        card: Card::new("L0", None, reason, &fired, &words).with_said(SAID).into_value(),
        fired,
        due: now.checked_add(left).map_err(Failure::internal)?,
        lang: if words.starts_with("Necesito") { Lang::Es } else { Lang::En },
        level: "L0".into(),
        patient: None,
        legal_hold: false,
    };
    Ok((ticket, words))
}
