//! kill -9 at many moments of a turn: nothing that was taken is lost, no case is opened twice, the audit chain holds.

use crate::process::Demo;
use crate::support::Folder;
use apothecary::domain::blocks::Author;
use apothecary::domain::ids::ConversationId;
use apothecary::store::Store;
use apothecary::store::messages::MessageRow;
use apothecary::store::tickets::{TicketFilter, TicketRow};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

const ROUNDS: u64 = 16;
const ORDINARY: &str = "how long does delivery take?";
const EMERGENCY: &str = "I can't breathe and my throat is swelling shut";

/// One message that was on its way when the process died.
struct Sent {
    conversation: ConversationId,
    text: &'static str,
    /// The head of the answer arrived, so the message had been taken.
    taken: bool,
    /// The whole answer arrived.
    answered: bool,
}

async fn send(demo: &Demo, text: &'static str) -> Sent {
    let (conversation, cookie) = demo.open(None).await;
    let answer = demo.post(&conversation, &cookie, &Uuid::now_v7().to_string(), text).await;
    let mut sent = Sent { conversation: ConversationId(conversation), text, taken: false, answered: false };
    if let Ok(answer) = answer {
        sent.taken = answer.status() == 200;
        sent.answered = answer.text().await.is_ok_and(|t| t.contains("event: done"));
    }
    sent
}

async fn round(folder: &Path, delay: Duration) -> Vec<Sent> {
    let mut demo = Demo::start(folder);
    // One whole turn first, so that connections are warm and the delays fall into the turn, not before it.
    let warm = send(&demo, ORDINARY).await;
    assert!(warm.answered);
    let (a, b) = (demo.open(None).await, demo.open(None).await);
    let ids = [Uuid::now_v7().to_string(), Uuid::now_v7().to_string()];
    let ((one, two), ()) = {
        let posts =
            async { tokio::join!(demo.post(&a.0, &a.1, &ids[0], ORDINARY), demo.post(&b.0, &b.1, &ids[1], EMERGENCY)) };
        let pid = demo.id();
        let kill = async {
            tokio::time::sleep(delay).await;
            let done = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
            assert!(done.is_ok_and(|s| s.success()));
        };
        tokio::join!(posts, kill)
    };
    demo.kill();
    let mut all = vec![warm];
    for (answer, (conversation, _), text) in [(one, a, ORDINARY), (two, b, EMERGENCY)] {
        let mut sent = Sent { conversation: ConversationId(conversation), text, taken: false, answered: false };
        if let Ok(answer) = answer {
            sent.taken = answer.status() == 200;
            sent.answered = answer.text().await.is_ok_and(|t| t.contains("event: done"));
        }
        all.push(sent);
    }
    all
}

fn check(sent: &Sent, rows: &[MessageRow], tickets: &[TicketRow]) -> usize {
    let (id, text) = (&sent.conversation, sent.text);
    let typed = rows.iter().filter(|r| r.author() == Author::Customer).count();
    let said = rows.iter().filter(|r| r.author() == Author::Assistant).count();
    assert!(typed == 1 || !sent.taken, "`{text}` in {id} was taken and is lost");
    assert_eq!(typed, said, "`{text}` in {id}: {typed} messages, {said} answers");
    assert!(rows.iter().all(MessageRow::audited), "{id} holds a message that no audit record covers");
    let cases = tickets.iter().filter(|t| t.conversation == *id).count();
    assert!(cases <= 1, "{id} has {cases} tickets");
    assert!(cases == 1 || typed == 0 || text != EMERGENCY, "the emergency in {id} has no ticket");
    typed
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_nothing_is_lost_and_nothing_is_doubled() {
    let folder = Folder::new("crash");
    let mut sent = Vec::new();
    for n in 0..ROUNDS {
        sent.extend(round(folder.path(), Duration::from_millis(n * 60 / (ROUNDS - 1))).await);
    }
    Demo::start(folder.path()).kill(); // the last start finishes what the last kill interrupted
    let store = Store::open(&folder.path().join("apothecary.db")).await.unwrap();
    assert!(store.pending_turns().await.unwrap().is_empty());
    let tickets = store.tickets(&TicketFilter::default()).await.unwrap();
    let (mut begun, mut finished_later) = (0, 0);
    for s in &sent {
        let rows = store.history(&s.conversation, -1).await.unwrap();
        let typed = check(s, &rows, &tickets);
        begun += typed;
        finished_later += usize::from(typed == 1 && !s.answered);
    }
    assert!(store.verify_audit().await.unwrap() >= begun as u64);
    println!("{} sent, {begun} begun, {finished_later} finished after a kill, {} tickets", sent.len(), tickets.len());
    assert!(finished_later > 0, "no kill fell into a turn; the delays need another range");
}
