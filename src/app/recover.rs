//! After a crash interrupted turns become tickets, and spilled cases as soon as the store commits again, so that nothing that was
//! written to us is lost.

use super::turns::stored;
use super::{App, AppError, fresh_id};
use crate::domain::ids::{ConversationId, MessageId, TicketId};
use crate::domain::labels::Risk;
use crate::domain::lang::Lang;
use crate::domain::route::{Priority, Queue, Reason};
use crate::domain::text::UserText;
use crate::escalate::card::Card;
use crate::escalate::ticket::{About, Case, Ticket, promise};
use crate::store::StoreError;
use crate::store::commit::TurnCommit;
use crate::store::conversations::{Conversation, NewConversation};
use crate::store::turns::{Begun, NewTurn};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A message in the spill file and in the journal: all that is needed to make its case anew.
#[derive(Deserialize, Serialize)]
pub(super) struct Spilled {
    pub(super) conversation: ConversationId,
    pub(super) message: MessageId,
    pub(super) key: String,
    pub(super) site: String,
    pub(super) text: String,
    pub(super) received: Timestamp,
}

impl App {
    /// Ends what a crash interrupted.
    pub(super) async fn recover(&self) -> Result<(), AppError> {
        for turn in self.store().pending_turns().await? {
            self.finish(&turn.conversation, &turn.message_id, &turn.text).await?;
        }
        self.unspill().await?;
        Ok(())
    }

    /// Makes cases of what was spilled, and gives how many. Lines leave the file only after each became a turn again; a repeat
    /// changes nothing.
    ///
    /// # Errors
    /// When the store does not commit yet, or the file cannot be read: it was kept.
    pub async fn unspill(&self) -> Result<usize, AppError> {
        if self.spill.is_empty() {
            return Ok(0);
        }
        let drained = self.spill.drain(|value| self.respill(value)).await?;
        tracing::warn!(taken = drained.taken, damaged = drained.damaged, "cases read back from the spill file");
        self.ring();
        Ok(drained.taken)
    }

    async fn respill(&self, value: Value) -> Result<(), AppError> {
        let spilled =
            serde_json::from_value(value).map_err(|e| AppError::Invalid { what: format!("a spilled case: {e}") })?;
        self.restore(spilled).await
    }

    async fn restore(&self, mut s: Spilled) -> Result<(), AppError> {
        // The store could not say then whose the conversation was. Somebody else's gets nothing: the case has one of its own.
        let theirs = |c: Conversation| c.visitor == s.key;
        if !self.store().conversation(&s.conversation).await?.is_none_or(theirs) {
            s.conversation = ConversationId(s.message.as_str().to_owned());
        }
        if self.store().conversation(&s.conversation).await?.is_none() {
            let new = NewConversation {
                id: s.conversation.clone(),
                site: s.site,
                visitor: s.key,
                patient: None,
                created: s.received,
                lang: None,
                state: json!({}),
            };
            self.store().create_conversation(&new).await?;
        }
        let turn = NewTurn {
            conversation: s.conversation.clone(),
            message_id: s.message.clone(),
            text: s.text.clone(),
            received_at: s.received,
        };
        match self.store().begin_turn(&turn).await? {
            Begun::New { .. } | Begun::Pending { .. } => self.finish(&s.conversation, &s.message, &s.text).await,
            Begun::Done(_) | Begun::Clash | Begun::Spent => Ok(()),
        }
    }

    /// Ends an interrupted turn with a fixed text and a ticket: who wrote is no longer proven, so nothing else may be said.
    async fn finish(&self, conversation: &ConversationId, message: &MessageId, words: &str) -> Result<(), AppError> {
        let now = self.clock().now();
        let aid = UserText::parse(words).map(|t| self.engine().input.first_aid(&t)).unwrap_or_default();
        let policy = &self.policy();
        let plain = Case::plain(Reason::Fault, Priority::P2, Queue::Clinical);
        let case = Case::of_risks(policy, &aid, !aid.is_empty()).unwrap_or(plain);
        let known = self.store().conversation(conversation).await?;
        let lang = known.as_ref().and_then(|c| c.lang).unwrap_or_default();
        let zone = policy.staffing.zone();
        let ids: &[&str] = match (aid.contains(&Risk::EMERGENCY), aid.contains(&Risk::SELF_HARM)) {
            (true, true) => &["TX-EMERG", "TX-POISON", "TX-988"],
            (true, false) => &["TX-EMERG", "TX-POISON"],
            (false, true) => &["TX-988"],
            (false, false) => &["TX-UNSURE"],
        };
        let promise = promise(policy, &case, now, zone, lang, &self.load(now).await?);
        let released =
            self.engine().output.fixed(ids, lang, known.as_ref().is_none_or(|c| c.lang.is_none()), Some(promise));
        let fired: Vec<String> = case.fired.iter().map(ToString::to_string).collect();
        let card = Card::new("L0", None, &case.reason.to_string(), &fired, words).with_said(&released.text());
        let about = About { lang, level: "L0".into(), patient: None };
        let ticket = Ticket::open(TicketId(fresh_id()), &case, &about, card, policy, now);
        let commit = TurnCommit {
            conversation: conversation.clone(),
            message_id: message.clone(),
            now,
            replies: vec![stored(&released)],
            ticket: Some(ticket.into_row().0),
            suggestion: None,
            pauses: None,
            audit: json!({ "act": "recovered turn", "fired": fired }),
            state: None,
            lang: None::<Lang>,
            summary: json!({ "route": "human" }),
        };
        let endpoints = self.endpoints().await?;
        let case = known.map(|c| Spilled {
            conversation: conversation.clone(),
            message: message.clone(),
            key: c.visitor,
            site: c.site,
            text: words.to_owned(),
            received: now,
        });
        match self.store().commit_turn(commit, |ticket| self.news(ticket, &endpoints, now)).await {
            Ok(_) => self.journal(case, now).await,
            Err(StoreError::TurnDone) => {}
            Err(e) => return Err(e.into()),
        }
        Ok(())
    }
}
