//! The one transaction that ends a turn: replies, ticket, outbox, audit and session state together or not at all.

use super::columns::{ms, to_json};
use super::messages::{MessageRow, NewMessage};
use super::outbox::NewOutbox;
use super::tickets::{NewTicket, TicketRow, TicketState, merge, opened, save, unresolved};
use super::{Store, StoreError, Write, audit, conclude, conversations, messages, outbox, pauses, suggestions};
use crate::domain::ids::{ConversationId, MessageId, TicketId};
use crate::domain::lang::Lang;
use crate::domain::route::Priority;
use crate::failpoint::Point;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::Row;

/// A hand-over so long after an end in the same conversation counts as the same matter (DOMAIN.md 8.10: seven days).
const REOPENS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Everything that a finished turn leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnCommit {
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer's message; `begin_turn` stored it.
    pub message_id: MessageId,
    /// The moment of the commit: time of the replies, ticket, outbox and audit rows, and `last_active`.
    pub now: Timestamp,
    /// What is said, in order; nothing when a person owns the chat.
    pub replies: Vec<NewMessage>,
    /// A hand-over, if there is one.
    pub ticket: Option<NewTicket>,
    /// What would be answered, for staff only.
    pub suggestion: Option<Value>,
    /// The state of what is stopped ([`super::pauses::Pauses::seen`]) by which it was judged; `None` for what no stop touches.
    pub pauses: Option<i64>,
    /// The turn's record; it must hold no message text.
    pub audit: Value,
    /// New session memory; `None` keeps the old.
    pub state: Option<Value>,
    /// The customer's language; `None` keeps the old.
    pub lang: Option<Lang>,
    /// Kept for repeats of the message ([`super::turns::StoredReply::summary`]); opaque.
    pub summary: Value,
}

/// The ticket that a turn made or added to.
#[derive(Clone, Debug, PartialEq)]
pub struct CommittedTicket {
    /// Its row after the turn.
    pub row: TicketRow,
    /// What of it is news.
    pub news: News,
}

/// What a hand-over did to a case, as far as those must know who are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It is new.
    Opened,
    /// It was there: it has become more urgent, or waits for somebody at once where it did not wait.
    Raised,
    /// It was there, and nobody need be called.
    Added,
}

/// What was committed.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// The replies as stored, in order.
    pub messages: Vec<MessageRow>,
    /// The ticket, if the turn had one.
    pub ticket: Option<CommittedTicket>,
    /// Seq of the audit row.
    pub audit_seq: i64,
}

impl Store {
    /// Ends a turn in one transaction. `outbox` sees the ticket as it will be stored, for only then is it known
    /// whether it is new; it must be quick, the write lock is held.
    ///
    /// # Errors
    /// [`StoreError::TurnDone`] when the turn was committed before, [`StoreError::Unknown`] when it was never begun,
    /// [`StoreError::Unowned`] when nothing is said because of a person who has left meanwhile, [`StoreError::Paused`] when something
    /// was stopped meanwhile; the store failed. Nothing was written.
    pub async fn commit_turn<F>(&self, commit: TurnCommit, outbox: F) -> Result<Committed, StoreError>
    where
        F: FnOnce(Option<&CommittedTicket>) -> Vec<NewOutbox> + Send,
    {
        let mut tx = self.write().await?;
        let asked = pending(&mut tx, &commit).await?;
        if let Some(seen) = commit.pauses {
            pauses::unchanged(&mut tx, seen).await?;
        }
        let mut said = vec![asked];
        for reply in &commit.replies {
            said.push(
                messages::insert(&mut tx, &commit.conversation, Some(&commit.message_id), reply, commit.now).await?,
            );
        }
        let ticket = match commit.ticket.clone() {
            Some(new) => Some(hand_over(&mut tx, &commit, new).await?),
            None => None,
        };
        if commit.replies.is_empty() {
            heard(&mut tx, &commit.conversation).await?;
        }
        if let Some(body) = &commit.suggestion {
            suggestions::insert(&mut tx, &commit.conversation, &commit.message_id, body, commit.now).await?;
        }
        outbox::insert(&mut tx, &outbox(ticket.as_ref()), commit.now).await?;
        let audit_seq = audit::append(&mut tx, commit.now, Some(&commit.conversation), &said, &commit.audit).await?;
        messages::seal(&mut tx, &commit.conversation, &said, audit_seq).await?;
        conversations::touch(&mut tx, &commit.conversation, commit.now, commit.state.as_ref(), commit.lang).await?;
        finish(&mut tx, &commit, ticket.as_ref().map(|t| &t.row.id)).await?;
        let messages = messages::replies(&mut tx, &commit.conversation, &commit.message_id).await?;
        conclude(tx, Point::TurnCommit).await?;
        Ok(Committed { messages, ticket, audit_seq })
    }
}

/// The customer's message as `(seq, digest)` if its turn still waits for a commit.
async fn pending(tx: &mut Write, commit: &TurnCommit) -> Result<(i64, String), StoreError> {
    let sql = "SELECT t.status, m.seq, m.digest FROM turns t JOIN messages m ON m.conversation = t.conversation \
               AND m.seq = t.seq WHERE t.conversation = ? AND t.message_id = ?";
    let row = sqlx::query(sql)
        .bind(commit.conversation.as_str())
        .bind(commit.message_id.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    let row = row.ok_or(StoreError::Unknown("turn"))?;
    if row.try_get::<String, _>(0)? == "done" {
        return Err(StoreError::TurnDone);
    }
    Ok((row.try_get(1)?, row.try_get(2)?))
}

async fn hand_over(tx: &mut Write, commit: &TurnCommit, new: NewTicket) -> Result<CommittedTicket, StoreError> {
    let old = unresolved(tx, &commit.conversation).await?;
    let (row, news) = match old {
        Some(old) => {
            let row = merge(old.clone(), new, commit.now);
            let woken =
                row.priority <= Priority::P1 && row.owner().is_none() && !old.state.waits() && row.state.waits();
            let raised = row.priority < old.priority || woken;
            (row, if raised { News::Raised } else { News::Added })
        }
        None => (reopened(tx, opened(new, &commit.conversation, &commit.message_id, commit.now)).await?, News::Opened),
    };
    save(tx, &row).await?;
    Ok(CommittedTicket { row, news })
}

/// A new ticket shortly after one that ended in the same conversation is the same matter come back.
async fn reopened(tx: &mut Write, mut new: TicketRow) -> Result<TicketRow, StoreError> {
    let since = new.created.checked_sub(REOPENS).unwrap_or(new.created);
    let sql = "SELECT id FROM tickets WHERE conversation = ? AND closed AND state <> 'merged' AND resolved_at >= ? \
               ORDER BY resolved_at DESC LIMIT 1";
    let before: Option<String> =
        sqlx::query_scalar(sql).bind(new.conversation.as_str()).bind(ms(since)).fetch_optional(&mut **tx).await?;
    if let Some(id) = before {
        (new.state, new.reopens) = (TicketState::Reopened, Some(TicketId(id)));
    }
    Ok(new)
}

/// The customer wrote to the person who has the chat, who must read it before they write or end the case. Whether somebody has it is
/// asked here, inside the transaction: they may have left since the turn began, and then nobody would ever read the message.
async fn heard(tx: &mut Write, conversation: &ConversationId) -> Result<(), StoreError> {
    let sql = "UPDATE tickets SET version = version + 1, state = iif(state = 'waiting_customer', 'working', state) \
               WHERE conversation = ? AND NOT closed AND claimed_by IS NOT NULL";
    let heard = sqlx::query(sql).bind(conversation.as_str()).execute(&mut **tx).await?.rows_affected();
    if heard == 1 { Ok(()) } else { Err(StoreError::Unowned) }
}

async fn finish(tx: &mut Write, commit: &TurnCommit, ticket: Option<&TicketId>) -> Result<(), StoreError> {
    let sql = "UPDATE turns SET status = 'done', done_at = ?, ticket = ?, summary = ? WHERE conversation = ? AND message_id = ?";
    sqlx::query(sql)
        .bind(ms(commit.now))
        .bind(ticket.map(TicketId::as_str))
        .bind(to_json(&commit.summary)?)
        .bind(commit.conversation.as_str())
        .bind(commit.message_id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
