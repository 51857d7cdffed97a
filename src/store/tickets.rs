//! Tickets as rows: what a queue shows and how one is opened or added to. Staff acts are in `staff`, the typed
//! life of a ticket is above.

use super::columns::{from_word, json, json_opt, ms, time, time_opt, to_json, word};
use super::life::Callback;
pub use super::life::TicketState;
use super::{Store, StoreError};
use crate::domain::ids::{ConversationId, MessageId, PatientId, StaffId, TicketId};
use crate::domain::lang::Lang;
use crate::domain::route::{Priority, Queue, Reason};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// A list holds at most so many.
const PAGE: i64 = 5_000;

/// A ticket to be opened, or to be added to the one that is open in the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTicket {
    /// A fresh id (UUID v7); unused when another ticket is open.
    pub id: TicketId,
    /// How urgent.
    pub priority: Priority,
    /// Which team.
    pub queue: Queue,
    /// The leading reason.
    pub reason: Reason,
    /// Everything that fired, such as `R1` or `rule:chest-pain`.
    pub fired: Vec<String>,
    /// When the first human message is due.
    pub due: Timestamp,
    /// The customer's language.
    pub lang: Lang,
    /// How well the visitor is known, or the level of skill asked for; opaque here.
    pub level: String,
    /// The patient, if known.
    pub patient: Option<PatientId>,
    /// The hand-over card.
    pub card: Value,
    /// Kept from deletion.
    pub legal_hold: bool,
}

/// A stored ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketRow {
    /// Key.
    pub id: TicketId,
    /// The conversation; it has at most one ticket that has not ended.
    pub conversation: ConversationId,
    /// The customer's message that opened it.
    pub message_id: MessageId,
    /// Where it stands.
    pub state: TicketState,
    /// How urgent; only rises.
    pub priority: Priority,
    /// Which team.
    pub queue: Queue,
    /// The leading reason: that of the most urgent message.
    pub reason: Reason,
    /// Everything that fired, each once.
    pub fired: Vec<String>,
    /// When it was opened.
    pub created: Timestamp,
    /// When the first human message is due; only moves nearer.
    pub due: Timestamp,
    /// The customer's language.
    pub lang: Lang,
    /// See [`NewTicket::level`].
    pub level: String,
    /// The patient, if known.
    pub patient: Option<PatientId>,
    /// The hand-over cards, one a message that led here, oldest first.
    pub cards: Vec<Value>,
    /// Who has it.
    pub claimed_by: Option<StaffId>,
    /// That person's shown name.
    pub claimed_name: Option<String>,
    /// The word of that person's role.
    pub claimed_role: Option<String>,
    /// After this moment anybody may claim it.
    pub lease_until: Option<Timestamp>,
    /// When a person first answered.
    pub answered_at: Option<Timestamp>,
    /// When it last began to wait for somebody to claim it.
    pub waiting_since: Timestamp,
    /// How many have been called since, one after the other, because nobody claimed it.
    pub calls: u32,
    /// When it was alarmed that its first human message is late.
    pub breached_at: Option<Timestamp>,
    /// How it ended.
    pub disposition: Option<String>,
    /// The closing note.
    pub note: Option<String>,
    /// When it ended.
    pub resolved_at: Option<Timestamp>,
    /// Dispositions beside the first.
    pub further: Vec<String>,
    /// Whom it was handed to by name, or who put it aside.
    pub reserved_for: Option<StaffId>,
    /// The call that was promised last.
    pub callback: Option<Callback>,
    /// The ticket that had ended in this conversation shortly before.
    pub reopens: Option<TicketId>,
    /// Where it goes on.
    pub merged_into: Option<TicketId>,
    /// Rises with each change but a renewed lease.
    pub version: i64,
    /// Kept from deletion.
    pub legal_hold: bool,
}

/// What a list of tickets is narrowed to; the default is all that have not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketFilter {
    /// One state; none for all that have ended or not, as `ended` says.
    pub state: Option<TicketState>,
    /// Those that have ended instead of those that have not.
    pub ended: bool,
    /// All of them, however many; for checks, not for pages.
    pub whole: bool,
    /// One team.
    pub queue: Option<Queue>,
    /// One holder.
    pub claimed_by: Option<StaffId>,
}

impl TicketRow {
    /// Since when nobody has it: since it was opened, became urgent, was given back or woke, or since its holder's lease ran
    /// out; in the future for what was put aside. `None` while somebody has it, while the customer's word is awaited, and at
    /// the end.
    #[must_use]
    pub fn unclaimed_since(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            TicketState::New
            | TicketState::Offered
            | TicketState::Reopened
            | TicketState::WaitingInternal
            | TicketState::Callback => Some(self.waiting_since),
            TicketState::Claimed | TicketState::Working => {
                self.lease_until.filter(|until| *until <= now).map(|t| t.max(self.waiting_since))
            }
            TicketState::WaitingCustomer
            | TicketState::Resolved
            | TicketState::Merged
            | TicketState::Abandoned
            | TicketState::Expired => None,
        }
    }

    /// Who has it under a lease that runs.
    #[must_use]
    pub fn holder(&self, now: Timestamp) -> Option<&StaffId> {
        self.claimed_by.as_ref().filter(|_| self.state.held() && self.lease_until.is_some_and(|until| until > now))
    }

    /// Whose the chat is: the assistant is silent while somebody has it.
    #[must_use]
    pub fn owner(&self) -> Option<&StaffId> {
        self.claimed_by.as_ref().filter(|_| self.state.held())
    }
}

/// The order of the queue: P0 on top, then by the time left to breach, behind them what a person has answered, whose clock has
/// stopped; of ended ones the latest first.
macro_rules! in_order {
    ($select:literal, $limit:literal) => {
        concat!(
            $select,
            " ORDER BY CASE WHEN closed THEN -resolved_at END, answered_at IS NOT NULL, priority <> 'P0', due, priority, id LIMIT ",
            $limit
        )
    };
}
pub(super) use in_order;

impl Store {
    /// Tickets in the order of the queue, at most 5,000; of ended ones the latest.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn tickets(&self, filter: &TicketFilter) -> Result<Vec<TicketRow>, StoreError> {
        let sql = in_order!(
            "SELECT * FROM tickets WHERE ((?1 IS NULL AND closed = ?4) OR state = ?1) \
             AND (?2 IS NULL OR queue = ?2) AND (?3 IS NULL OR claimed_by = ?3)",
            "?5"
        );
        let rows = sqlx::query(sql)
            .bind(filter.state.as_ref().map(word).transpose()?)
            .bind(filter.queue.as_ref().map(word).transpose()?)
            .bind(filter.claimed_by.as_ref().map(StaffId::as_str))
            .bind(filter.ended)
            .bind(if filter.whole { -1 } else { PAGE })
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(ticket_row).collect()
    }

    /// One ticket.
    ///
    /// # Errors
    /// The store failed or the row is damaged.
    pub async fn ticket(&self, id: &TicketId) -> Result<Option<TicketRow>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM tickets WHERE id = ?").bind(id.as_str()).fetch_optional(&self.reader).await?;
        row.as_ref().map(ticket_row).transpose()
    }

    /// All tickets of a person, the latest first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn tickets_of(&self, patient: &PatientId) -> Result<Vec<TicketRow>, StoreError> {
        let sql = "SELECT * FROM tickets WHERE patient = ? ORDER BY created DESC, id LIMIT 100";
        let rows = sqlx::query(sql).bind(patient.as_str()).fetch_all(&self.reader).await?;
        rows.iter().map(ticket_row).collect()
    }

    /// How many cases of a queue that nobody has come before one.
    ///
    /// # Errors
    /// The store failed.
    pub async fn ahead_of(&self, ticket: &TicketRow) -> Result<u32, StoreError> {
        // The order is that of the queue.
        let sql = "SELECT COUNT(*) FROM tickets WHERE NOT closed AND claimed_by IS NULL AND queue = ?1 \
                   AND state IN ('new', 'offered', 'reopened') \
                   AND (priority <> 'P0', due, priority, id) < (?3 <> 'P0', ?4, ?3, ?2)";
        let ahead = sqlx::query_scalar(sql)
            .bind(word(&ticket.queue)?)
            .bind(ticket.id.as_str())
            .bind(word(&ticket.priority)?)
            .bind(ms(ticket.due));
        Ok(ahead.fetch_one(&self.reader).await?)
    }

    /// How many cases nobody has, by queue and priority.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn waiting(&self) -> Result<Vec<(Queue, Priority, u32)>, StoreError> {
        let sql = "SELECT queue, priority, COUNT(*) AS n FROM tickets WHERE NOT closed AND claimed_by IS NULL \
                   AND state IN ('new', 'offered', 'reopened') GROUP BY queue, priority";
        let rows = sqlx::query(sql).fetch_all(&self.reader).await?;
        rows.iter().map(|r| Ok((from_word(r, "queue")?, from_word(r, "priority")?, r.try_get("n")?))).collect()
    }

    /// The conversation's ticket that has not ended.
    ///
    /// # Errors
    /// The store failed or the row is damaged.
    pub async fn open_ticket_of(&self, conversation: &ConversationId) -> Result<Option<TicketRow>, StoreError> {
        let mut conn = self.reader.acquire().await.map_err(StoreError::from)?;
        unresolved(&mut conn, conversation).await
    }
}

/// The same as [`Store::open_ticket_of`] inside a transaction.
pub(super) async fn unresolved(
    conn: &mut SqliteConnection,
    conversation: &ConversationId,
) -> Result<Option<TicketRow>, StoreError> {
    let sql = "SELECT * FROM tickets WHERE conversation = ? AND NOT closed";
    let row = sqlx::query(sql).bind(conversation.as_str()).fetch_optional(conn).await?;
    row.as_ref().map(ticket_row).transpose()
}

/// A row as a new ticket opens with.
pub(super) fn opened(
    new: NewTicket,
    conversation: &ConversationId,
    message_id: &MessageId,
    now: Timestamp,
) -> TicketRow {
    TicketRow {
        id: new.id,
        conversation: conversation.clone(),
        message_id: message_id.clone(),
        state: TicketState::New,
        priority: new.priority,
        queue: new.queue,
        reason: new.reason,
        fired: new.fired,
        created: now,
        due: new.due,
        lang: new.lang,
        level: new.level,
        patient: new.patient,
        cards: vec![new.card],
        claimed_by: None,
        claimed_name: None,
        claimed_role: None,
        lease_until: None,
        answered_at: None,
        waiting_since: now,
        calls: 0,
        breached_at: None,
        disposition: None,
        note: None,
        resolved_at: None,
        further: Vec::new(),
        reserved_for: None,
        callback: None,
        reopens: None,
        merged_into: None,
        version: 1,
        legal_hold: new.legal_hold,
    }
}

/// Adds a further message to an open ticket: the more urgent of both leads, a pharmacist's matter stays one, the nearer clock
/// counts, and what was put aside or seemed answered wakes.
pub(super) fn merge(mut old: TicketRow, new: NewTicket, now: Timestamp) -> TicketRow {
    if old.owner().is_none() && !old.state.waits() {
        (old.state, old.due, old.waiting_since) = (TicketState::Offered, new.due, now);
        (old.answered_at, old.breached_at, old.calls) = (None, None, 0);
    } else if old.state == TicketState::WaitingCustomer {
        old.state = TicketState::Working;
    }
    if new.priority < old.priority {
        (old.priority, old.queue, old.reason, old.level) = (new.priority, new.queue, new.reason, new.level);
        // What was answered was the lesser matter: the new clock waits for an answer of its own.
        (old.due, old.answered_at, old.breached_at) = (new.due, None, None);
        (old.waiting_since, old.calls) = (now, 0);
    } else if old.answered_at.is_some() && new.priority <= Priority::P1 {
        // As urgent as before, but new: what was written before it is no answer to it.
        (old.due, old.answered_at, old.breached_at) = (new.due, None, None);
    }
    if (old.queue, new.queue) == (Queue::Service, Queue::Clinical) {
        old.queue = new.queue;
    }
    old.due = old.due.min(new.due);
    for label in new.fired {
        if !old.fired.contains(&label) {
            old.fired.push(label);
        }
    }
    old.cards.push(new.card);
    old.lang = new.lang;
    old.patient = old.patient.or(new.patient);
    old.legal_hold |= new.legal_hold;
    old.version += 1;
    old
}

/// Writes the whole row, new or changed.
pub(super) async fn save(conn: &mut SqliteConnection, t: &TicketRow) -> Result<(), StoreError> {
    // Not `OR REPLACE`: that would delete another open ticket of the conversation instead of failing.
    let sql = "INSERT INTO tickets (id, conversation, message_id, state, priority, queue, reason, fired, created, \
               due, lang, level, patient, cards, claimed_by, claimed_name, lease_until, answered_at, disposition, note, \
               resolved_at, version, legal_hold, waiting_since, calls, breached_at, further, reserved_for, callback, reopens, \
               merged_into, claimed_role) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) \
               ON CONFLICT (id) DO UPDATE SET state = excluded.state, priority = excluded.priority, queue = excluded.queue, \
               reason = excluded.reason, fired = excluded.fired, due = excluded.due, lang = excluded.lang, \
               level = excluded.level, patient = excluded.patient, cards = excluded.cards, \
               claimed_by = excluded.claimed_by, claimed_name = excluded.claimed_name, \
               lease_until = excluded.lease_until, answered_at = excluded.answered_at, \
               disposition = excluded.disposition, note = excluded.note, resolved_at = excluded.resolved_at, \
               version = excluded.version, legal_hold = excluded.legal_hold, waiting_since = excluded.waiting_since, \
               calls = excluded.calls, breached_at = excluded.breached_at, further = excluded.further, \
               reserved_for = excluded.reserved_for, callback = excluded.callback, reopens = excluded.reopens, \
               merged_into = excluded.merged_into, claimed_role = excluded.claimed_role";
    sqlx::query(sql)
        .bind(t.id.as_str())
        .bind(t.conversation.as_str())
        .bind(t.message_id.as_str())
        .bind(word(&t.state)?)
        .bind(word(&t.priority)?)
        .bind(word(&t.queue)?)
        .bind(word(&t.reason)?)
        .bind(to_json(&t.fired)?)
        .bind(ms(t.created))
        .bind(ms(t.due))
        .bind(t.lang.to_string())
        .bind(&t.level)
        .bind(t.patient.as_ref().map(PatientId::as_str))
        .bind(to_json(&t.cards)?)
        .bind(t.claimed_by.as_ref().map(StaffId::as_str))
        .bind(&t.claimed_name)
        .bind(t.lease_until.map(ms))
        .bind(t.answered_at.map(ms))
        .bind(&t.disposition)
        .bind(&t.note)
        .bind(t.resolved_at.map(ms))
        .bind(t.version)
        .bind(t.legal_hold)
        .bind(ms(t.waiting_since))
        .bind(t.calls)
        .bind(t.breached_at.map(ms))
        .bind(to_json(&t.further)?)
        .bind(t.reserved_for.as_ref().map(StaffId::as_str))
        .bind(t.callback.as_ref().map(to_json).transpose()?)
        .bind(t.reopens.as_ref().map(TicketId::as_str))
        .bind(t.merged_into.as_ref().map(TicketId::as_str))
        .bind(&t.claimed_role)
        .execute(conn)
        .await?;
    Ok(())
}

/// Reads a ticket's row.
pub(super) fn ticket_row(row: &SqliteRow) -> Result<TicketRow, StoreError> {
    Ok(TicketRow {
        id: TicketId(row.try_get("id")?),
        conversation: ConversationId(row.try_get("conversation")?),
        message_id: MessageId(row.try_get("message_id")?),
        state: from_word(row, "state")?,
        priority: from_word(row, "priority")?,
        queue: from_word(row, "queue")?,
        reason: from_word(row, "reason")?,
        fired: json(row, "fired")?,
        created: time(row, "created")?,
        due: time(row, "due")?,
        lang: from_word(row, "lang")?,
        level: row.try_get("level")?,
        patient: row.try_get::<Option<String>, _>("patient")?.map(PatientId),
        cards: json(row, "cards")?,
        claimed_by: row.try_get::<Option<String>, _>("claimed_by")?.map(StaffId),
        claimed_name: row.try_get("claimed_name")?,
        claimed_role: row.try_get("claimed_role")?,
        lease_until: time_opt(row, "lease_until")?,
        answered_at: time_opt(row, "answered_at")?,
        disposition: row.try_get("disposition")?,
        note: row.try_get("note")?,
        resolved_at: time_opt(row, "resolved_at")?,
        version: row.try_get("version")?,
        legal_hold: row.try_get("legal_hold")?,
        waiting_since: time(row, "waiting_since")?,
        calls: row.try_get("calls")?,
        breached_at: time_opt(row, "breached_at")?,
        further: json(row, "further")?,
        reserved_for: row.try_get::<Option<String>, _>("reserved_for")?.map(StaffId),
        callback: json_opt(row, "callback")?,
        reopens: row.try_get::<Option<String>, _>("reopens")?.map(TicketId),
        merged_into: row.try_get::<Option<String>, _>("merged_into")?.map(TicketId),
    })
}
