//! Conversations as visitors see them: open, read again, give feedback, leave.

use super::{App, AppError, fresh_id};
use crate::domain::blocks::Author;
use crate::domain::ids::{ConversationId, MessageId};
use crate::domain::lang::Lang;
use crate::domain::route::Priority;
use crate::guard::output::{Released, reload};
use crate::identity::Visitor;
use crate::store::StoreError;
use crate::store::conversations::{Conversation, NewConversation};
use crate::store::labels::{LabelKind, NewLabel};
use crate::store::messages::MessageRow;
use crate::store::tickets::{TicketRow, TicketState};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Two messages within this time may be one thing said in two.
const TOGETHER: SignedDuration = SignedDuration::from_mins(15);

/// What was said so far, and what is going on.
#[derive(Debug)]
pub struct History {
    /// Messages in order.
    pub messages: Vec<Released>,
    /// The person who owns the chat.
    pub owner: Option<Owner>,
    /// The case that waits for a person.
    pub waiting: Option<Waiting>,
    /// Closed for new messages.
    pub ended: bool,
}

/// The person who has the chat.
#[derive(Debug, Serialize)]
pub struct Owner {
    /// Shown name.
    pub name: String,
    /// `pharmacist`, `lead` or `technician`.
    pub role: String,
    /// They are writing now.
    pub typing: bool,
    /// The last message that they have read.
    pub read: Option<i64>,
}

/// How a customer waits: honest, or silent.
#[derive(Debug, Serialize)]
pub struct Waiting {
    /// Place in the queue, from 1; absent while a call is promised.
    pub position: Option<u32>,
    /// When a person will have written or called; absent when that has passed or will not be kept.
    pub by: Option<Timestamp>,
    /// Minutes until somebody is free, when that is later than was planned.
    pub minutes: Option<i64>,
    /// The promised time has passed.
    pub late: bool,
    /// A call is promised, beginning then.
    pub call: Option<Timestamp>,
    /// A call can be booked: not for an emergency, which does not wait.
    pub bookable: bool,
}

/// A customer's thumb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Helped.
    Up,
    /// Did not.
    Down,
    /// Taken back.
    None,
}

/// What was said before a message.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The assistant's last answers, latest first.
    pub answers: Vec<String>,
    /// The customer's message before this one, if it is recent: people spread one thing over two messages.
    pub words: Option<String>,
}

impl App {
    /// Opens a conversation of the holder of `key`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        &self,
        visitor: &Visitor,
        key: &str,
        site: &str,
        lang: Option<Lang>,
    ) -> Result<ConversationId, AppError> {
        let id = ConversationId(fresh_id());
        self.open_as(&id, visitor, key, site, lang).await?;
        Ok(id)
    }

    /// [`App::open`] under a chosen id.
    pub(super) async fn open_as(
        &self,
        id: &ConversationId,
        visitor: &Visitor,
        key: &str,
        site: &str,
        lang: Option<Lang>,
    ) -> Result<(), AppError> {
        let new = NewConversation {
            id: id.clone(),
            site: site.to_owned(),
            visitor: key.to_owned(),
            patient: visitor.verified().map(|c| c.patient().clone()),
            created: self.clock().now(),
            lang,
            state: json!({}),
        };
        Ok(self.store().create_conversation(&new).await?)
    }

    /// The line that stands first in every conversation: that this is a machine.
    #[must_use]
    pub fn greeting(&self, lang: Lang) -> Released {
        self.engine().output.fixed(&["TX-AI"], lang, false, None)
    }

    /// Messages after a sequence number; without one the whole conversation, which begins by saying that this is a machine.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown conversation and for somebody else's alike.
    pub async fn history(
        &self,
        _visitor: &Visitor,
        key: &str,
        id: &ConversationId,
        after: Option<i64>,
    ) -> Result<History, AppError> {
        let conversation = self.conversation(key, id).await?;
        let mut messages = self.messages(id, after.unwrap_or(0)).await?;
        if after.is_none() {
            messages.insert(0, self.greeting(conversation.lang.unwrap_or_default()));
        }
        let ticket = self.store().open_ticket_of(id).await?;
        let owner = ticket.as_ref().filter(|t| t.owner().is_some()).map(|t| self.owner(t));
        let waiting = match &ticket {
            Some(t) if owner.is_none() && t.state != TicketState::WaitingCustomer => Some(self.waiting(t).await?),
            _ => None,
        };
        Ok(History { messages, owner, waiting, ended: conversation.ended })
    }

    fn owner(&self, ticket: &TicketRow) -> Owner {
        Owner {
            name: ticket.claimed_name.clone().unwrap_or_default(),
            role: ticket.claimed_role.clone().unwrap_or_else(|| "pharmacist".to_owned()),
            typing: self.presence.person_types(&ticket.conversation, self.clock().now()),
            read: ticket.claimed_by.as_ref().and_then(|by| self.presence.read_up_to(&ticket.conversation, by)),
        }
    }

    async fn waiting(&self, ticket: &TicketRow) -> Result<Waiting, AppError> {
        let now = self.clock().now();
        let aside = matches!(ticket.state, TicketState::Callback | TicketState::WaitingInternal);
        let position = if aside { None } else { Some(self.store().ahead_of(ticket).await? + 1) };
        let minutes = self.longer(ticket, position.unwrap_or(1) - 1, now).await?;
        let called = ticket.callback.as_ref().filter(|_| ticket.state == TicketState::Callback);
        let late = ticket.due <= now;
        Ok(Waiting {
            position,
            by: (!late && minutes.is_none()).then_some(ticket.due),
            minutes,
            late,
            call: called.map(|c| c.from),
            bookable: ticket.priority > Priority::P0,
        })
    }

    /// Minutes until somebody is free, if the case will be late because of what is ahead of it.
    async fn longer(&self, ticket: &TicketRow, ahead: u32, now: Timestamp) -> Result<Option<i64>, AppError> {
        let load = self.load(now).await?;
        let minutes = load.minutes(&self.policy().staffing, ticket.queue, ticket.priority, ahead);
        let left = ticket.due.duration_since(now).as_mins();
        Ok(minutes.filter(|m| *m > left && *m > 0))
    }

    /// The customer is writing: the person who has the chat sees it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] as above.
    pub async fn typing(&self, key: &str, id: &ConversationId) -> Result<(), AppError> {
        self.conversation(key, id).await?;
        self.presence.customer_writes(id, self.clock().now());
        self.ring();
        Ok(())
    }

    /// A weak label on one message; the last word counts.
    ///
    /// # Errors
    /// [`AppError::NotFound`] as above.
    pub async fn feedback(
        &self,
        key: &str,
        id: &ConversationId,
        seq: i64,
        verdict: Verdict,
        note: Option<String>,
    ) -> Result<(), AppError> {
        self.conversation(key, id).await?;
        let label = NewLabel {
            kind: LabelKind::Thumb,
            conversation: id.clone(),
            message: None,
            ticket: None,
            role: "customer".to_owned(),
            release: self.digests(),
            body: json!({ "seq": seq, "verdict": verdict, "note": note }),
        };
        self.store()
            .put_thumb(label, seq, self.clock().now())
            .await
            .map_err(|e| if matches!(e, StoreError::Unknown(_)) { AppError::NotFound } else { e.into() })
    }

    /// Ends the visitor's conversations on this side.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn logout(&self, key: &str) -> Result<(), AppError> {
        for conversation in self.store().conversations_of(key).await?.into_iter().filter(|c| !c.ended) {
            self.store().end_conversation(&conversation.id, self.clock().now()).await?;
        }
        self.ring();
        Ok(())
    }

    pub(super) async fn conversation(&self, key: &str, id: &ConversationId) -> Result<Conversation, AppError> {
        let found = self.store().conversation(id).await?;
        // An anonymous capability ends with the conversation: on a shared machine the next person must not read it.
        let held = |c: &Conversation| c.visitor == key && !(c.ended && key.starts_with("a:"));
        found.filter(held).ok_or(AppError::NotFound)
    }

    /// Stored messages as released ones; a row that is not what was released is left out and logged.
    pub(super) async fn messages(&self, id: &ConversationId, after: i64) -> Result<Vec<Released>, AppError> {
        let rows = self.store().history(id, after).await?;
        let read = |row| reload(row).inspect_err(|e| tracing::error!(conversation = %id, "{e}")).ok();
        Ok(rows.iter().filter_map(read).collect())
    }

    /// What was said in the conversation before a message.
    pub(super) async fn earlier(
        &self,
        id: &ConversationId,
        message: &MessageId,
        now: Timestamp,
    ) -> Result<Earlier, AppError> {
        let rows = self.store().history(id, -1).await?;
        let said = rows.iter().rev().filter(|m| m.author() == Author::Assistant && m.origin().starts_with("draft"));
        let answers = said.filter_map(|row| reload(row).ok()).take(6).map(|m| m.text()).collect();
        let other = |m: &&MessageRow| m.author() == Author::Customer && m.turn() != Some(message);
        let last = rows.iter().rev().find(other).filter(|m| now.duration_since(m.created_at()) < TOGETHER);
        let words = last.and_then(|m| m.body().get("text")?.as_str().map(str::to_owned));
        Ok(Earlier { answers, words })
    }
}
