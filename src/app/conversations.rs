//! Conversations as visitors see them: open, read again, give feedback, leave.

use super::{App, AppError, fresh_id};
use crate::domain::blocks::Author;
use crate::domain::ids::{ConversationId, MessageId};
use crate::domain::lang::Lang;
use crate::guard::output::{Released, reload};
use crate::identity::Visitor;
use crate::store::StoreError;
use crate::store::conversations::{Conversation, NewConversation};
use crate::store::feedback::{Feedback, Verdict};
use crate::store::messages::MessageRow;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Two messages within this time may be one thing said in two.
const TOGETHER: SignedDuration = SignedDuration::from_mins(15);

/// What was said so far.
#[derive(Debug)]
pub struct History {
    /// Messages in order.
    pub messages: Vec<Released>,
    /// The person who owns the chat.
    pub owner: Option<String>,
    /// Closed for new messages.
    pub ended: bool,
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
        let new = NewConversation {
            id: id.clone(),
            site: site.to_owned(),
            visitor: key.to_owned(),
            patient: visitor.verified().map(|c| c.patient().clone()),
            created: self.clock().now(),
            lang,
            state: json!({}),
        };
        self.store().create_conversation(&new).await?;
        Ok(id)
    }

    /// The line that stands first in every conversation: that this is a machine.
    #[must_use]
    pub fn greeting(&self, lang: Lang) -> Released {
        self.engine.output.fixed(&["TX-AI"], lang, false, None)
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
        let owner = match &conversation.owner {
            Some(_) => self.store().open_ticket_of(id).await?.and_then(|t| t.claimed_name),
            None => None,
        };
        Ok(History { messages, owner, ended: conversation.ended })
    }

    /// A weak label on one message.
    ///
    /// # Errors
    /// [`AppError::NotFound`] as above.
    pub async fn feedback(
        &self,
        key: &str,
        id: &ConversationId,
        seq: i64,
        up: bool,
        note: Option<String>,
    ) -> Result<(), AppError> {
        self.conversation(key, id).await?;
        let verdict = if up { Verdict::Up } else { Verdict::Down };
        let given = Feedback { conversation: id.clone(), seq, verdict, note, at: self.clock().now() };
        self.store()
            .put_feedback(&given)
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
