//! Messages that a client tells of and that were never posted here: kept in the conversation, in one transaction with their audit
//! row and the session memory, so that whoever takes a case reads them. They belong to no turn.

use super::messages::NewMessage;
use super::{Store, StoreError, audit, conclude, conversations, messages};
use crate::domain::blocks::Author;
use crate::domain::ids::ConversationId;
use crate::failpoint::Point;
use jiff::Timestamp;
use serde_json::{Value, json};

impl NewMessage {
    /// A message that the customer is said to have written.
    #[must_use]
    pub fn told(text: &str) -> Self {
        Self { author: Author::Customer, body: json!({ "text": text }), origin: "told".into(), staff_name: None }
    }
}

impl Store {
    /// Puts told messages at the end of a conversation; `state` is the new session memory, `None` keeps the old.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] without the conversation; the store failed. Nothing was written.
    pub async fn hear(
        &self,
        conversation: &ConversationId,
        told: &[NewMessage],
        state: Option<&Value>,
        record: &Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let mut said = Vec::with_capacity(told.len());
        for message in told {
            said.push(messages::insert(&mut tx, conversation, None, message, now).await?);
        }
        let seq = audit::append(&mut tx, now, Some(conversation), &said, record).await?;
        messages::seal(&mut tx, conversation, &said, seq).await?;
        conversations::touch(&mut tx, conversation, now, state, None).await?;
        conclude(tx, Point::Write).await
    }
}
