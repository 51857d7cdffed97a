//! The console as staff sees it: a line of the queue, one case on one screen, what is masked from whom, and who is at the other desks.
//! Lists and searches are in `queue`, what they do in `acts` and `calls`, the view over all of it in `overview`.

pub(super) mod acts;
mod calls;
mod overview;
mod queue;

pub use acts::Answer;
pub use calls::CallPlan;
pub use overview::Overview;
pub use queue::QueueFilter;

use super::{App, AppError};
use crate::domain::ids::{ConversationId, StaffId, TicketId};
use crate::domain::lang::Lang;
use crate::domain::modes::{Mode, Scope};
use crate::domain::roles::{Right, Role};
use crate::domain::route::{Priority, Queue};
use crate::guard::output::Released;
use crate::identity::Pharmacist;
use crate::policy::replies::Reply;
use crate::policy::staffing::DISPOSITIONS;
use crate::store::life::Callback;
use crate::store::notes::{Note, ReplyDraft};
use crate::store::pauses::Pause;
use crate::store::suggestions::Suggestion;
use crate::store::tickets::{TicketFilter, TicketRow, TicketState};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A line of the queue.
#[derive(Clone, Debug, Serialize)]
pub struct TicketView {
    /// Ticket.
    pub id: TicketId,
    /// Conversation.
    pub conversation: ConversationId,
    /// Where it stands.
    pub state: TicketState,
    /// P0 to P4.
    pub priority: Priority,
    /// Team.
    pub queue: Queue,
    /// Leading reason.
    pub reason: String,
    /// Everything that fired.
    pub fired: Vec<String>,
    /// When it was opened.
    pub created: Timestamp,
    /// When the first human message is due.
    pub due: Timestamp,
    /// When a person wrote: then no clock runs.
    pub answered: Option<Timestamp>,
    /// Customer's language.
    pub lang: Lang,
    /// Identity level.
    pub level: String,
    /// Who has it.
    pub claimed_by_name: Option<String>,
    /// Whether that is the one who asks.
    pub mine: bool,
    /// It was handed by name to the one who asks, or they put it aside.
    pub for_me: bool,
    /// Until when.
    pub lease_until: Option<Timestamp>,
    /// Who was called last because nobody claimed it: `lead`, `on_call`, `in_charge`.
    pub called: Option<String>,
    /// It was alarmed that nobody has written by the time that was promised.
    pub overdue: bool,
    /// The window of the promised call.
    pub callback: Option<(Timestamp, Timestamp)>,
    /// The ticket that ended here shortly before.
    pub reopens: Option<TicketId>,
    /// For optimistic checks.
    pub version: i64,
    /// What whoever takes it should be able to do, beside being of its team: `crisis`, `spanish`.
    pub needs: Vec<String>,
    /// The customer's words, for who has claimed it: to read them is a look at one case, which a list is not.
    pub summary: String,
    /// How it ended, the leading one first.
    pub dispositions: Vec<String>,
}

/// A ticket on one screen.
#[derive(Debug)]
pub struct TicketDetail {
    /// The line.
    pub ticket: TicketView,
    /// The latest hand-over card; masked until claimed.
    pub card: Value,
    /// The conversation; empty until claimed.
    pub history: Vec<Released>,
    /// What colleagues wrote; empty until claimed.
    pub notes: Vec<Note>,
    /// A reply that somebody was writing; absent until claimed.
    pub draft: Option<ReplyDraft>,
    /// What the assistant would answer to what nobody has answered yet; empty until claimed.
    pub suggestions: Vec<Suggestion>,
    /// The promised call, with the number to dial; absent until claimed.
    pub call: Option<Value>,
    /// Other open cases of the same person.
    pub similar: Vec<TicketView>,
    /// The customer is writing now.
    pub typing: bool,
}

/// Somebody at a desk.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Colleague {
    /// Staff id.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl App {
    /// One ticket with card and conversation. Both are masked from those who have not claimed it, unless they may read all. Each look at
    /// a person's data is recorded.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::Forbidden`] for who sees no queue; when the store fails, the look is refused.
    pub async fn ticket(&self, staff: &Pharmacist, id: &TicketId) -> Result<TicketDetail, AppError> {
        self.allow(staff, Right::Queue).await?;
        let row = self.store().ticket(id).await?.ok_or(AppError::NotFound)?;
        self.detail(row, staff).await
    }

    async fn detail(&self, row: TicketRow, staff: &Pharmacist) -> Result<TicketDetail, AppError> {
        let ticket = self.view(&row, staff);
        let mut card = leading(&row);
        let typing = self.presence.customer_types(&row.conversation, self.clock().now());
        if !may_read(&row, staff) {
            mask(&mut card);
            let (history, notes, similar) = (Vec::new(), Vec::new(), Vec::new());
            let (draft, suggestions, call) = (None, Vec::new(), None);
            return Ok(TicketDetail { ticket, card, history, notes, draft, suggestions, call, similar, typing: false });
        }
        self.looked(&row, staff).await?;
        let history = self.messages(&row.conversation, -1).await?;
        if row.owner() == Some(staff.id()) {
            let last = history.iter().filter_map(|m| m.place().map(|(seq, _)| seq)).max().unwrap_or(0);
            self.presence.read(&row.conversation, staff.id(), last);
        }
        let call = match &row.callback {
            Some(plan) => Some(self.call(&row, plan).await?),
            None => None,
        };
        Ok(TicketDetail {
            history,
            notes: self.store().notes(&row.id).await?,
            draft: self.store().reply_draft(&row.id).await?,
            suggestions: self.suggested(&row).await?,
            call,
            similar: self.similar(&row, staff).await?,
            ticket,
            card,
            typing,
        })
    }

    /// What is suggested and has not been stopped since.
    async fn suggested(&self, row: &TicketRow) -> Result<Vec<Suggestion>, AppError> {
        let stopped = self.store().pauses().await?.all;
        let all = self.store().suggestions(&row.conversation).await?;
        let about = |s: &Suggestion, p: &Pause| match &p.scope {
            Scope::All => true,
            Scope::Topic(id) => s.body["cites"].as_array().is_some_and(|cites| cites.iter().any(|c| c == id.as_str())),
            Scope::Lang(lang) => *lang == row.lang,
            // Which intent it had is not kept with it; new ones are not drafted.
            Scope::Intent(_) => false,
        };
        let off = |s: &Suggestion| stopped.iter().any(|p| p.mode == Mode::Off && about(s, p));
        Ok(all.into_iter().filter(|s| !off(s)).collect())
    }

    /// Other open cases of the same person.
    async fn similar(&self, row: &TicketRow, staff: &Pharmacist) -> Result<Vec<TicketView>, AppError> {
        let Some(patient) = &row.patient else { return Ok(Vec::new()) };
        let all = self.store().tickets_of(patient).await?;
        let others = all.iter().filter(|t| t.id != row.id && !t.state.closed());
        Ok(others.map(|t| self.view(t, staff)).collect())
    }

    /// The promised call with the number to dial: what the customer gave, or what is on file.
    async fn call(&self, row: &TicketRow, plan: &Callback) -> Result<Value, AppError> {
        let on_file = match (&plan.number, &row.patient) {
            (None, Some(patient)) => self.store().patient(patient).await?.and_then(|p| p.phone),
            _ => None,
        };
        let number = plan.number.clone().or(on_file);
        Ok(json!({
            "from": plan.from, "until": plan.until, "number": number, "given": plan.number.is_some(),
            "leave_message": plan.leave_message, "attempts": plan.attempts,
        }))
    }

    /// Records a look at a person's data: once for each person and case in a quarter of an hour.
    async fn looked(&self, row: &TicketRow, staff: &Pharmacist) -> Result<(), AppError> {
        let now = self.clock().now();
        if self.presence.has_looked(staff.id(), &row.id, now) {
            return Ok(());
        }
        let record = json!({ "act": "look", "ticket": row.id, "staff": staff.id(), "role": staff.role().code() });
        self.store().append_audit(now, Some(&row.conversation), &record).await?;
        // Only what is written down counts: after a failure the next look is the first.
        self.presence.looked(staff.id(), &row.id, now);
        Ok(())
    }

    /// Whether they may leave the desk: nobody does with urgent cases in hand, which would wait until the lease runs out.
    ///
    /// # Errors
    /// [`AppError::Conflict`] with how many there are; when the store fails.
    pub async fn may_leave(&self, staff: &Pharmacist) -> Result<(), AppError> {
        let mine = TicketFilter { claimed_by: Some(staff.id().clone()), whole: true, ..TicketFilter::default() };
        let held = self.store().tickets(&mine).await?;
        let urgent = held.iter().filter(|t| t.owner().is_some() && t.priority <= Priority::P2).count();
        if urgent == 0 {
            return Ok(());
        }
        let what = format!(
            "you have {urgent} open cases of P0 to P2: hand each on by name, put it back or resolve it, then sign out"
        );
        Err(AppError::Conflict { what })
    }

    /// The codes with which a ticket may end.
    #[must_use]
    pub fn dispositions(&self) -> &'static [&'static str] {
        &DISPOSITIONS
    }

    /// How long a claim holds without a sign of life.
    #[must_use]
    pub fn lease_length(&self) -> SignedDuration {
        self.policy().staffing.lease()
    }

    /// The prepared replies.
    #[must_use]
    pub fn replies(&self) -> Vec<Reply> {
        self.policy().replies.all().to_vec()
    }

    /// Who of those that may take cases looked at the queue within a minute.
    #[must_use]
    pub fn colleagues(&self) -> Vec<Colleague> {
        self.presence.at_work(self.clock().now())
    }

    /// The skills that its classes and its language ask for; being a pharmacist is the team's.
    fn needs(&self, row: &TicketRow) -> Vec<String> {
        let fired = row.fired.iter().filter_map(|f| self.policy().guards.risk(f.parse().ok()?)?.skill.clone());
        let spanish = (row.lang == Lang::Es).then(|| "spanish".to_owned());
        let all: BTreeSet<String> = fired.filter(|s| s != "pharmacist").chain(spanish).collect();
        all.into_iter().collect()
    }

    fn view(&self, row: &TicketRow, staff: &Pharmacist) -> TicketView {
        let words = row.cards.last().and_then(|c| c.get("wants")).and_then(Value::as_str).unwrap_or_default();
        let ends = row.disposition.iter().chain(&row.further).cloned().collect();
        TicketView {
            id: row.id.clone(),
            conversation: row.conversation.clone(),
            state: row.state,
            priority: row.priority,
            queue: row.queue,
            reason: row.reason.to_string(),
            fired: row.fired.clone(),
            created: row.created,
            due: row.due,
            answered: row.answered_at,
            lang: row.lang,
            level: row.level.clone(),
            claimed_by_name: row.claimed_name.clone(),
            mine: row.claimed_by.as_ref() == Some(staff.id()),
            for_me: row.reserved_for.as_ref() == Some(staff.id()),
            lease_until: row.lease_until,
            called: self.called(row),
            overdue: row.breached_at.is_some() && row.answered_at.is_none() && !row.state.closed(),
            callback: row.callback.as_ref().map(|c| (c.from, c.until)),
            reopens: row.reopens.clone(),
            version: row.version,
            needs: self.needs(row),
            summary: if row.claimed_by.as_ref() == Some(staff.id()) { words.to_owned() } else { String::new() },
            dispositions: ends,
        }
    }
}

/// The card of why the case is as urgent as it is: of several the latest of its leading reason. What else came in stands beside it.
fn leading(row: &TicketRow) -> Value {
    let reason = row.reason.to_string();
    let about = |card: &&Value| card.pointer("/why/reason").and_then(Value::as_str) == Some(reason.as_str());
    let mut card = row.cards.iter().rev().find(about).or(row.cards.last()).cloned().unwrap_or_default();
    let others = row.cards.iter().filter(|c| c.get("wants") != card.get("wants"));
    let also: Vec<Value> =
        others.map(|c| json!({ "reason": c.pointer("/why/reason"), "wants": c.get("wants") })).collect();
    if let Some(map) = card.as_object_mut() {
        map.insert("also".into(), json!(also));
    }
    card
}

/// Who claimed it, or ended it, reads it; so does who may read all.
fn may_read(row: &TicketRow, staff: &Pharmacist) -> bool {
    reads_of(staff).is_none_or(|holder| row.claimed_by.as_ref() == Some(holder))
}

/// Whose cases they may read: their own, or those of all.
fn reads_of(staff: &Pharmacist) -> Option<&StaffId> {
    (!staff.role().may(Right::ReadAll)).then(|| staff.id())
}

/// Who wrote and what stays hidden until somebody takes the case on.
fn mask(card: &mut Value) {
    for path in ["/who/name", "/wants", "/why/sentence", "/said", "/facts", "/rejected", "/also"] {
        if let Some(value) = card.pointer_mut(path) {
            *value = Value::Null;
        }
    }
}
