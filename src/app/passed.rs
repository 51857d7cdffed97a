//! Messages that a site's server passes on with the whole history, as clients of the OpenAI-compatible endpoint do: which stored
//! conversation they go on with, what is only told of earlier messages and judged as such, and what staff wrote meanwhile. The turn
//! is the one of `turns`.

use super::told::{again, asked, goes_on};
use super::turns::{Ask, Said, TurnRequest};
use super::{App, AppError, fresh_id};
use crate::domain::blocks::{Author, BlockKind};
use crate::domain::ids::{ConversationId, MessageId, TicketId};
use crate::domain::route::Route;
use crate::domain::session::Session;
use crate::domain::text::UserText;
use crate::guard::output::{Released, reload};
use crate::identity::Visitor;
use crate::pharmacy::Pharmacy;
use crate::store::StoreError;
use crate::store::conversations::Conversation;
use crate::store::messages::{MessageRow, NewMessage};
use crate::trace::Stage;
use crate::turn;
use serde::Serialize;
use serde_json::json;
use std::time::Duration;

/// A customer's latest conversations among which theirs is looked for.
const CONVERSATIONS: usize = 20;
/// Earlier messages that are looked at: what lies further back has faded from the memory of risks.
const EARLIER: usize = 16;

/// A message with its history, as a client tells it.
#[derive(Debug)]
pub struct Passed {
    /// Who writes.
    pub visitor: Visitor,
    /// Their opaque key.
    pub key: String,
    /// The conversation that the client named, or the id for a new one.
    pub conversation: ConversationId,
    /// The client named it.
    pub named: bool,
    /// The customer's earlier messages. What the client says that we said is not among them: it proves nothing.
    pub earlier: Vec<UserText>,
    /// So many of them, the latest, have had no answer: their message may never have arrived.
    pub unanswered: usize,
    /// As typed.
    pub text: String,
}

/// Where a message belongs.
#[derive(Debug)]
pub struct Place {
    /// The conversation.
    pub conversation: ConversationId,
    message: MessageId,
    kept: Kept,
}

/// What became of the history that was told.
#[derive(Debug)]
enum Kept {
    /// It is stored and judged.
    Judged,
    /// It could not be judged.
    Unjudged,
    /// The store failed.
    Not(StoreError),
}

/// What is answered to a message that was passed on.
#[derive(Debug)]
pub struct Answered {
    /// First what staff wrote since the message before, then the answer; when a person has the chat, that it was passed on.
    pub messages: Vec<Released>,
    /// Where the message went.
    pub route: Route,
    /// The case that it opened or added to, or that the person who has the chat works on.
    pub ticket: Option<TicketId>,
    /// What the answer cites.
    pub citations: Vec<Citation>,
}

/// A source: a policy page with its title and first day in force, or a record of the customer's by its id.
#[derive(Debug, Serialize)]
pub struct Citation {
    id: String,
    title: Option<String>,
    effective: Option<String>,
}

impl App {
    /// Finds the conversation that a message goes on with, or opens one, and judges what is told of earlier messages that are not
    /// stored. Nothing is looked up for visitors without proof: two of them may have begun with the same words.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a named conversation of somebody else, [`AppError::Ended`]. Never for a failing store.
    pub async fn place(&self, passed: &Passed) -> Result<Place, AppError> {
        match self.find(passed).await {
            Err(AppError::Store(e)) => Ok(place(passed.conversation.clone(), Kept::Not(e))),
            other => other,
        }
    }

    async fn find(&self, passed: &Passed) -> Result<Place, AppError> {
        let skipped = passed.earlier.len().saturating_sub(EARLIER);
        let told: Vec<&UserText> = passed.earlier.iter().skip(skipped).collect();
        let text = UserText::parse(&passed.text)?;
        // What is told costs the model as a message does; an emergency needs no permit.
        let permit = self.permits.try_acquire();
        if permit.is_err() && self.engine().input.first_aid(&text).is_empty() {
            return Err(AppError::Overloaded);
        }
        for conversation in self.candidates(passed).await? {
            let rows = match self.store().history(&conversation.id, 0).await {
                // A damaged conversation that nobody named is no reason to answer nothing.
                Err(e) if !passed.named => {
                    tracing::warn!(conversation = %conversation.id, "left out of the search for the conversation: {e}");
                    continue;
                }
                other => other?,
            };
            let asked = asked(&rows);
            if let Some(message) = again(&asked, &told, &text, self.clock().now()) {
                return Ok(Place { conversation: conversation.id, message, kept: Kept::Judged });
            }
            if passed.named || goes_on(&asked, &told) {
                let unknown = told.into_iter().filter(|t| asked.iter().all(|a| a.text != t.as_str())).collect();
                let kept = self.hear(passed, &conversation, unknown, &text).await?;
                return Ok(place(conversation.id, kept));
            }
        }
        let id = &passed.conversation;
        self.open_as(id, &passed.visitor, &passed.key, &self.config.site, None).await?;
        let conversation = self.conversation(&passed.key, id).await?;
        let kept = self.hear(passed, &conversation, told, &text).await?;
        Ok(place(conversation.id, kept))
    }

    async fn candidates(&self, passed: &Passed) -> Result<Vec<Conversation>, AppError> {
        if passed.named {
            let named = self.conversation(&passed.key, &passed.conversation).await?;
            return if named.ended { Err(AppError::Ended) } else { Ok(vec![named]) };
        }
        if passed.visitor.verified().is_none() {
            return Ok(Vec::new());
        }
        let all = self.store().conversations_of(&passed.key).await?;
        Ok(all.into_iter().filter(|c| !c.ended).take(CONVERSATIONS).collect())
    }

    /// Keeps what is told of earlier messages beside the conversation, for the guards' memory and for whoever takes the case. In an
    /// emergency the rules alone judge it: the answer does not wait.
    async fn hear(
        &self,
        passed: &Passed,
        conversation: &Conversation,
        told: Vec<&UserText>,
        text: &UserText,
    ) -> Result<Kept, AppError> {
        if told.is_empty() {
            return Ok(Kept::Judged);
        }
        let now = self.clock().now();
        let mut session: Session = serde_json::from_value(conversation.state.clone()).unwrap_or_default();
        let frame = self.frame(&passed.visitor, session.lang.or(conversation.lang), now).await?;
        let urgent = !self.engine().input.first_aid(text).is_empty();
        // One deadline for all of it: the message that is to be answered may be an emergency that only the model hears.
        let limit = Duration::from_millis(self.policy().guards.deadline_ms);
        let engine = self.engine();
        let judged = !urgent && {
            let all = turn::heard::judge(&engine, &passed.visitor, &frame, &told, &mut session);
            tokio::time::timeout(limit, all).await.unwrap_or(false)
        };
        if !judged {
            turn::heard::by_rules(&engine, &told, &mut session);
        }
        let said: Vec<NewMessage> = told.iter().map(|t| NewMessage::told(t.as_str())).collect();
        let audit = json!({ "act": "told", "level": passed.visitor.level_code(), "judged": judged });
        let state = serde_json::to_value(&session).ok();
        self.store().hear(&conversation.id, &said, state.as_ref(), &audit, now).await?;
        Ok(if judged || urgent { Kept::Judged } else { Kept::Unjudged })
    }

    /// Answers a message in its place.
    ///
    /// # Errors
    /// As [`App::turn`].
    pub async fn answer(
        &self,
        passed: Passed,
        place: Place,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Result<Answered, AppError> {
        let words = self.with_unanswered(&passed);
        let text = UserText::parse(&words)?;
        let req = TurnRequest {
            visitor: passed.visitor,
            key: passed.key,
            conversation: place.conversation.clone(),
            message: place.message.clone(),
            text: words,
            received: self.clock().now(),
        };
        let said = match &place.kept {
            Kept::Judged => self.turn(req, stage).await?,
            Kept::Unjudged => self.kept(&req, text, Ask::Unjudged, stage).await?,
            Kept::Not(e) => self.down(&req, &text, &e.to_string()),
        };
        let stored = !matches!(place.kept, Kept::Not(_));
        Ok(self.answered(&place, said, stored).await)
    }

    /// The message; behind those before it that had no answer when one of them is an emergency by the rules: it may never have arrived,
    /// and must not be lost behind a "hello?".
    fn with_unanswered(&self, passed: &Passed) -> String {
        let skipped = passed.earlier.len().saturating_sub(passed.unanswered);
        let urgent = passed.earlier.iter().skip(skipped).filter(|t| !self.engine().input.first_aid(t).is_empty());
        let all: Vec<&str> = urgent.map(UserText::as_str).chain([passed.text.as_str()]).collect();
        let joined = all.join("\n");
        if UserText::parse(&joined).is_ok() { joined } else { all.first().copied().unwrap_or_default().to_owned() }
    }

    /// A failing store takes away what staff wrote meanwhile, never the answer.
    async fn answered(&self, place: &Place, said: Said, stored: bool) -> Answered {
        let id = &place.conversation;
        let mut answered =
            Answered { messages: Vec::new(), route: said.route, ticket: said.ticket, citations: Vec::new() };
        if stored {
            let lost = |e: AppError| tracing::warn!(conversation = %id, "what staff wrote is left out: {e}");
            answered.messages = self.meanwhile(place).await.map_err(lost).unwrap_or_default();
        }
        if said.messages.is_empty() {
            let known = self.store().conversation(id).await.ok().flatten();
            let lang = known.and_then(|c| c.lang).unwrap_or_default();
            answered.messages.push(self.engine().output.phrase("with_person", BlockKind::Person, lang, &[]));
            answered.ticket = self.store().open_ticket_of(id).await.ok().flatten().map(|t| t.id);
        }
        answered.citations = said.messages.iter().flat_map(|m| self.citations(m, &said.texts)).collect();
        answered.messages.extend(said.messages);
        answered
    }

    /// What was said between the customer's message before and this one without being an answer: staff's words.
    async fn meanwhile(&self, place: &Place) -> Result<Vec<Released>, AppError> {
        let rows = self.store().history(&place.conversation, 0).await?;
        let asked = |m: &&MessageRow| m.author() == Author::Customer && m.turn().is_some();
        let Some(this) = rows.iter().filter(asked).find(|m| m.turn() == Some(&place.message)) else {
            return Ok(Vec::new());
        };
        let before = rows.iter().filter(asked).map(MessageRow::seq).filter(|seq| *seq < this.seq()).max().unwrap_or(0);
        let between = rows.iter().filter(|m| (before..this.seq()).contains(&m.seq()) && m.author() != Author::Customer);
        Ok(between.filter(|m| m.turn().is_none()).filter_map(|m| reload(m).ok()).collect())
    }

    fn citations(&self, released: &Released, texts: &Pharmacy) -> Vec<Citation> {
        let today = self.clock().now().to_zoned(self.policy().staffing.zone().clone()).date();
        let text = released.text();
        let page = |id: String| {
            let versions = texts.pages.iter().filter(|p| p.meta.id.as_str() == id);
            let mut in_force = versions.filter(|p| p.passages.first().is_some_and(|s| s.in_force(today)));
            // The title that was read tells the language.
            let found = in_force.clone().find(|p| text.contains(&p.meta.title)).or_else(|| in_force.next());
            Citation {
                title: found.map(|p| p.meta.title.clone()),
                effective: found.map(|p| p.meta.effective_from.clone()),
                id,
            }
        };
        let record = |id| Citation { id, title: None, effective: None };
        released.pages().into_iter().map(page).chain(released.records().into_iter().map(record)).collect()
    }

    /// How many pieces of the product's own tokenizer the texts have.
    #[must_use]
    pub fn tokens(&self, texts: &[&str]) -> usize {
        let engine = self.engine();
        texts.iter().map(|t| engine.tokens(t)).sum()
    }
}

fn place(conversation: ConversationId, kept: Kept) -> Place {
    Place { conversation, message: MessageId(fresh_id()), kept }
}
