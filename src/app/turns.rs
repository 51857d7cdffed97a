//! One turn made durable: the message is stored before work on it starts, and what is said, the ticket, the webhooks and the audit
//! record are committed together before anything is sent. What goes out when the store cannot is in `down`.

use super::{App, AppError, fresh_id};
use crate::domain::ids::{ConversationId, MessageId, TicketId};
use crate::domain::lang::Lang;
use crate::domain::route::Route;
use crate::domain::session::Session;
use crate::domain::text::UserText;
use crate::engine::Engine;
use crate::escalate::webhook::{self, Endpoint};
use crate::guard::output::{Released, reload};
use crate::guard::suggestion::Suggestion;
use crate::identity::Visitor;
use crate::pharmacy::Pharmacy;
use crate::store::StoreError;
use crate::store::commit::{CommittedTicket, News, TurnCommit};
use crate::store::conversations::Conversation;
use crate::store::limits::Limit;
use crate::store::messages::NewMessage;
use crate::store::outbox::NewOutbox;
use crate::store::turns::{Begun, NewTurn};
use crate::trace::{Stage, Trace};
use crate::turn::{self, Outcome, Request};
use crate::wording::FactWords;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// So long an emergency waits at most for whatever is slow: the store, the encoder, the machine.
const AID_WITHIN: Duration = Duration::from_millis(800);

/// A message of a customer.
#[derive(Debug)]
pub struct TurnRequest {
    /// Who writes.
    pub visitor: Visitor,
    /// Their opaque key.
    pub key: String,
    /// Where.
    pub conversation: ConversationId,
    /// Chosen by the client, the same on every retry.
    pub message: MessageId,
    /// As typed.
    pub text: String,
    /// When it came in.
    pub received: Timestamp,
}

/// What a turn said, with its trace (absent for a repeated message).
#[derive(Debug)]
pub struct Said {
    /// Messages as stored, in order; none when a person owns the chat.
    pub messages: Vec<Released>,
    /// The trace.
    pub trace: Option<Trace>,
    /// Where the message went.
    pub route: Route,
    /// The case that it opened or added to.
    pub ticket: Option<TicketId>,
    /// The texts that it was answered by.
    pub texts: Arc<Pharmacy>,
}

impl App {
    /// Answers a message. A repeated message id gives the stored answer.
    ///
    /// # Errors
    /// The text is no message, the conversation is not theirs or has ended, or too much is going on. Never for a failure inside:
    /// that escalates.
    pub async fn turn(&self, req: TurnRequest, stage: &(dyn Fn(Stage) + Sync)) -> Result<Said, AppError> {
        let text = UserText::parse(&req.text)?;
        // Emergency and crisis rules come before a permit and before the store.
        let aid = self.engine().input.first_aid(&text);
        let permit = self.permits.try_acquire();
        if permit.is_err() && aid.is_empty() {
            return Err(AppError::Overloaded);
        }
        self.kept(&req, text, Ask::Message, stage).await
    }

    /// Hands the conversation to a person, as asked: no persuasion, no condition.
    ///
    /// # Errors
    /// As [`App::turn`].
    pub async fn ask_human(
        &self,
        visitor: &Visitor,
        key: &str,
        id: &ConversationId,
        request: &str,
    ) -> Result<Vec<Released>, AppError> {
        // Without the store the button works all the same, in English.
        let lang = self.conversation(key, id).await.ok().and_then(|c| c.lang).unwrap_or_default();
        let req = TurnRequest {
            visitor: visitor.clone(),
            key: key.to_owned(),
            conversation: id.clone(),
            message: MessageId(request.to_owned()),
            text: self.policy().phrases.say("ask_person", lang, &[]),
            received: self.clock().now(),
        };
        let text = UserText::parse(&req.text)?;
        Ok(self.kept(&req, text, Ask::Person, &|_| ()).await?.messages)
    }

    /// [`App::durable`]; without a store, or when an emergency would wait for it, the texts that promise nothing. What was under
    /// way then is ended from the spill file.
    pub(super) async fn kept(
        &self,
        req: &TurnRequest,
        text: UserText,
        ask: Ask,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Result<Said, AppError> {
        let durable = self.durable(req, text.clone(), ask, stage);
        let done = if self.engine().input.first_aid(&text).is_empty() {
            durable.await
        } else {
            match tokio::time::timeout(AID_WITHIN, durable).await {
                Ok(done) => done,
                Err(late) => return Ok(self.down(req, &text, &late.to_string())),
            }
        };
        match done {
            Err(AppError::Store(e)) => Ok(self.down(req, &text, &e.to_string())),
            other => other,
        }
    }

    async fn durable(
        &self,
        req: &TurnRequest,
        text: UserText,
        ask: Ask,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Result<Said, AppError> {
        let conversation = self.conversation(&req.key, &req.conversation).await?;
        if conversation.ended {
            return Err(AppError::Ended);
        }
        let new = NewTurn {
            conversation: req.conversation.clone(),
            message_id: req.message.clone(),
            text: text.as_str().to_owned(),
            received_at: req.received,
        };
        // Whoever asks for a person gets one, and an emergency is never too much.
        let forced = matches!(ask, Ask::Person) || !self.engine().input.first_aid(&text).is_empty();
        if let Some(said) = self.said_before(&new, &self.of_the_day(req), forced).await? {
            return Ok(said);
        }
        match self.work_on(req, text, ask, conversation, stage).await {
            // The same message came twice at once and the other was faster: its answer is the answer.
            Err(AppError::Store(StoreError::TurnDone)) => {
                self.said_before(&new, &[], true).await?.ok_or(AppError::Store(StoreError::TurnDone))
            }
            other => other,
        }
    }

    /// [`App::work`]; anew when the person whom the message was left to has gone meanwhile, or somebody stopped the assistant.
    async fn work_on(
        &self,
        req: &TurnRequest,
        text: UserText,
        ask: Ask,
        mut conversation: Conversation,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Result<Said, AppError> {
        loop {
            match self.work(req, text.clone(), ask, &conversation, stage).await {
                // Each round needs a person who did something within a turn, so this ends.
                Err(AppError::Store(StoreError::Unowned | StoreError::Paused)) => {
                    conversation = self.conversation(&req.key, &req.conversation).await?;
                }
                other => return other,
            }
        }
    }

    /// What the writer and the site may use of a day.
    fn of_the_day(&self, req: &TurnRequest) -> [Limit; 2] {
        let person = req.visitor.verified().map_or(req.key.as_str(), |c| c.patient().0.as_str());
        let limits = self.config.limits;
        [Limit::of("person", person, limits.person), Limit::of("site", &self.config.site, limits.site)]
    }

    /// Stores the message; what was answered, when it had been answered before.
    async fn said_before(&self, new: &NewTurn, limits: &[Limit], forced: bool) -> Result<Option<Said>, AppError> {
        match self.store().begin_turn_within(new, limits, forced).await? {
            Begun::New { .. } | Begun::Pending { .. } => Ok(None),
            Begun::Done(reply) => {
                let messages = reply.messages.iter().filter_map(|r| reload(r).ok()).collect();
                let route = serde_json::from_value(reply.summary["route"].clone()).unwrap_or(Route::Human);
                Ok(Some(Said { messages, trace: None, route, ticket: reply.ticket, texts: self.texts() }))
            }
            Begun::Clash => {
                Err(AppError::Conflict { what: "this message id was used for another text; choose a fresh id".into() })
            }
            Begun::Spent => {
                metrics::counter!("apothecary_limited_total").increment(1);
                Err(AppError::Spent)
            }
        }
    }

    async fn work(
        &self,
        req: &TurnRequest,
        text: UserText,
        ask: Ask,
        conversation: &Conversation,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Result<Said, AppError> {
        // The whole turn keeps to these texts, whatever is published meanwhile.
        let engine = self.engine();
        let now = self.clock().now();
        let mut session: Session = serde_json::from_value(conversation.state.clone()).unwrap_or_default();
        let lang = session.lang.or(conversation.lang);
        let earlier = self.earlier(&req.conversation, &req.message, now).await?;
        let pauses = self.store().pauses().await?;
        let stopped = pauses.all.iter().map(|p| (p.scope.clone(), p.mode));
        let case = self.spilled(req, &text);
        let request = Request {
            text,
            modes: engine.policy.modes.with_stopped(stopped),
            before: earlier.words,
            visitor: &req.visitor,
            frame: self.frame(&req.visitor, lang, now).await?,
            history: earlier.answers,
            owned: conversation.owner.is_some(),
            overview: self.overview(&engine, &req.visitor).await?,
            load: self.load(now).await?,
            ticket: TicketId(fresh_id()),
        };
        let (outcome, trace) = match ask {
            Ask::Message => turn::run(&engine, request, &mut session, stage).await,
            Ask::Person => turn::hand_over(&engine, request),
            Ask::Unjudged => turn::unjudged(&engine, request),
        };
        let (replies, ticket, suggestion) = match outcome {
            Outcome::Answered(r) | Outcome::Clarified(r) | Outcome::Refused(r) => (vec![r], None, None),
            Outcome::Escalated(r, t) => {
                let (row, suggestion) = t.into_row();
                (vec![r], Some(row), suggestion)
            }
            Outcome::Forwarded(suggestion) => (Vec::new(), None, suggestion),
        };
        let commit = TurnCommit {
            conversation: req.conversation.clone(),
            message_id: req.message.clone(),
            now,
            replies: replies.iter().map(stored).collect(),
            ticket,
            suggestion: suggestion.map(Suggestion::into_value),
            pauses: Some(pauses.seen),
            audit: audit_record(&req.visitor, &trace),
            state: serde_json::to_value(&session).ok(),
            lang: session.lang,
            summary: json!({ "route": trace.route }),
        };
        let endpoints = if commit.ticket.is_some() { self.endpoints().await? } else { Vec::new() };
        let committed = self.store().commit_turn(commit, |ticket| self.news(ticket, &endpoints, now)).await?;
        self.journal(committed.ticket.is_some().then_some(case), now).await;
        observe(&trace);
        if committed.ticket.is_some() || replies.is_empty() {
            self.ring();
        }
        let messages = committed.messages.iter().filter_map(|row| reload(row).ok()).collect();
        let ticket = committed.ticket.map(|t| t.row.id);
        Ok(Said { messages, route: trace.route, trace: Some(trace), ticket, texts: Arc::clone(&engine.pharmacy) })
    }

    /// The webhooks about what a turn did to a case.
    pub(super) fn news(
        &self,
        ticket: Option<&CommittedTicket>,
        endpoints: &[Endpoint],
        now: Timestamp,
    ) -> Vec<NewOutbox> {
        let raised = format!("escalation.created:{}", webhook::RAISED);
        let (event, row) = match ticket {
            Some(CommittedTicket { row, news: News::Opened }) => ("escalation.created", row),
            Some(CommittedTicket { row, news: News::Raised }) => (raised.as_str(), row),
            Some(CommittedTicket { news: News::Added, .. }) | None => return Vec::new(),
        };
        webhook::rows(endpoints, event, row, &self.config.console_url, now, fresh_id)
    }

    /// The verified person's latest orders in the words of staff's language.
    async fn overview(&self, engine: &Engine, visitor: &Visitor) -> Result<Vec<FactWords>, AppError> {
        let Some(customer) = visitor.verified() else { return Ok(Vec::new()) };
        let facts = engine.gatherer.overview(customer.patient()).await;
        let facts = facts.inspect_err(|e| tracing::warn!("a card goes out without facts: {e}")).unwrap_or_default();
        let at = (self.clock.now(), engine.policy.staffing.zone());
        Ok(facts.iter().map(|f| engine.wording.tell(f, None, Lang::En, at)).collect())
    }
}

/// What a turn does.
#[derive(Clone, Copy)]
pub(super) enum Ask {
    Message,
    Person,
    /// What was said before could not be judged: nothing is answered, a person gets it.
    Unjudged,
}

pub(super) fn stored(released: &Released) -> NewMessage {
    NewMessage {
        author: released.author(),
        body: released.body(),
        origin: released.origin().to_owned(),
        staff_name: released.staff_name().map(ToOwned::to_owned),
    }
}

/// Who saw what and why: the trace, the level, never a word of the message.
fn audit_record(visitor: &Visitor, trace: &Trace) -> Value {
    json!({
        "act": "turn",
        "level": visitor.level_code(),
        "patient": visitor.verified().map(|c| c.patient()),
        "caregiver": visitor.verified().and_then(|c| c.caregiver()),
        "release": trace.release,
        "trace": trace.to_value(),
    })
}

fn observe(trace: &Trace) {
    metrics::counter!("apothecary_turns_total", "route" => trace.route.code()).increment(1);
    metrics::histogram!("apothecary_turn_seconds").record(trace.elapsed() as f64 / 1e6);
    if let Some((priority, _)) = &trace.escalation {
        metrics::counter!("apothecary_escalations_total", "priority" => priority.clone()).increment(1);
    }
    for rule in &trace.rejected {
        metrics::counter!("apothecary_rejected_drafts_total", "rule" => rule.clone()).increment(1);
    }
}
