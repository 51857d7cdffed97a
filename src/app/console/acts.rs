//! What staff do with a case: take it, write, hand it on, put it aside, end it; calls are in `calls`. Every act takes the proof that staff
//! is asking and leaves ticket, messages, notes, labels, webhooks and an audit row in one transaction.

use super::calls::ATTEMPTS;
use super::{TicketDetail, TicketView};
use crate::app::passages::Cited;
use crate::app::turns::stored;
use crate::app::{App, AppError, fresh_id};
use crate::domain::ids::{MessageId, StaffId, TicketId};
use crate::domain::labels::{Intent, Risk};
use crate::domain::roles::Right;
use crate::domain::route::{Priority, Queue};
use crate::escalate::webhook;
use crate::guard::output::{Released, StaffError};
use crate::identity::Pharmacist;
use crate::policy::staffing::DISPOSITIONS;
use crate::store::labels::{LabelKind, NewLabel};
use crate::store::life::{Act, Actor, Resolution, TicketState};
use crate::store::notes::NewNote;
use crate::store::staff::{ActError, Acted, Trail};
use crate::store::tickets::TicketRow;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

/// Dispositions beside the first.
const FURTHER: usize = 3;
/// A case is put aside for so long at most: later it would be forgotten.
const ASIDE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The customer was not reached.
const NO_ANSWER: &str = "NOANSWER-3X";

/// What is written to the customer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Version of the ticket as the writer saw it.
    pub version: i64,
    /// Their own words; only pharmacists.
    #[serde(default)]
    pub text: String,
    /// A prepared reply: sent as it is when there is no text, else what the text came from.
    #[serde(default)]
    pub reply: Option<String>,
    /// The customer's message whose suggestion the text came from.
    #[serde(default)]
    pub suggestion: Option<MessageId>,
    /// A passage that the customer can open beside it.
    #[serde(default)]
    pub cite: Option<Cited>,
}

/// What goes with an act beside the ticket.
#[derive(Default)]
pub(super) struct With {
    /// What receivers are told; its step behind a colon.
    pub(super) event: &'static str,
    pub(super) messages: Vec<Released>,
    pub(super) note: Option<String>,
    pub(super) labels: Vec<Learned>,
}

/// What a person said about the assistant: of the message that opened the case, or of `about`.
pub(super) struct Learned {
    kind: LabelKind,
    body: Value,
    about: Option<MessageId>,
}

impl Learned {
    fn new(kind: LabelKind, body: Value) -> Self {
        Self { kind, body, about: None }
    }
}

impl App {
    /// Takes a ticket; by its holder: extends the lease.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when somebody has it or it has ended, [`AppError::Forbidden`] when the role may not have it.
    pub async fn claim(&self, staff: &Pharmacist, id: &TicketId) -> Result<TicketView, AppError> {
        let row = self.case(id).await?;
        self.may_take(staff, &row).await?;
        let with = With { event: "escalation.claimed", ..With::default() };
        self.act(staff, row, "claim", Act::Claim { until: self.lease() }, with).await
    }

    /// Takes a ticket from the colleague who has it; the reason is kept where both can read it.
    ///
    /// # Errors
    /// As [`App::claim`]; [`AppError::Invalid`] without a reason.
    pub async fn take_over(&self, staff: &Pharmacist, id: &TicketId, reason: &str) -> Result<TicketView, AppError> {
        let row = self.case(id).await?;
        self.may_take(staff, &row).await?;
        let with = With { event: "escalation.claimed", note: Some(worded("a reason", reason)?), ..With::default() };
        self.act(staff, row, "take_over", Act::TakeOver { until: self.lease() }, with).await
    }

    /// Extends the lease; keeps what is being written and tells the customer that somebody writes.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it is no longer theirs.
    pub async fn renew(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        draft: Option<&str>,
        typing: bool,
    ) -> Result<TicketView, AppError> {
        let now = self.clock().now();
        let row =
            self.store().renew(id, &self.actor(staff).await?, self.lease(), draft, now).await.map_err(act_error)?;
        if typing {
            self.presence.staff_types(&row.conversation, now);
        }
        Ok(self.view(&row, staff))
    }

    /// Writes for colleagues.
    ///
    /// # Errors
    /// As [`App::renew`]; [`AppError::Invalid`] without words.
    pub async fn note(&self, staff: &Pharmacist, id: &TicketId, text: &str) -> Result<TicketView, AppError> {
        let with = With { note: Some(worded("a note", text)?), ..With::default() };
        self.act(staff, self.case(id).await?, "note", Act::Note, with).await
    }

    /// Hands it to another team, to a colleague by name, or both. The clock of an unanswered case does not stop.
    ///
    /// # Errors
    /// As [`App::note`].
    pub async fn transfer(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        queue: Queue,
        to: Option<StaffId>,
        note: &str,
    ) -> Result<TicketView, AppError> {
        let row = self.case(id).await?;
        let due = self.policy().staffing.due(self.clock().now(), row.priority, queue);
        let with = With { note: Some(worded("a note", note)?), ..With::default() };
        self.act(staff, row, "transfer", Act::Transfer { queue, to, due }, with).await
    }

    /// Puts it aside until a moment, such as a prescriber's answer; the assistant answers the customer meanwhile.
    ///
    /// # Errors
    /// As [`App::note`]; [`AppError::Invalid`] for a moment that has passed, or an urgent case.
    pub async fn park(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        until: Timestamp,
        note: &str,
    ) -> Result<TicketView, AppError> {
        let row = self.case(id).await?;
        if row.priority == Priority::P0 || (row.priority == Priority::P1 && row.answered_at.is_none()) {
            return Err(invalid(
                "an urgent case is not put aside before somebody has answered; hand it to somebody or resolve it",
            ));
        }
        let now = self.clock().now();
        if until <= now || until.duration_since(now) > ASIDE {
            return Err(invalid("until: choose a moment to come, within 14 days"));
        }
        let with = With { note: Some(worded("a note", note)?), ..With::default() };
        self.act(staff, row, "park", Act::Park { until }, with).await
    }

    /// Puts it back for everybody.
    ///
    /// # Errors
    /// As [`App::renew`].
    pub async fn release(&self, staff: &Pharmacist, id: &TicketId) -> Result<TicketView, AppError> {
        let row = self.case(id).await?;
        let due = self.policy().staffing.due(self.clock().now(), row.priority, row.queue);
        self.act(staff, row, "release", Act::Release { due }, With::default()).await
    }

    /// Writes into the conversation: own words, or a prepared reply.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for technicians' free text, [`AppError::Conflict`] when the ticket changed meanwhile.
    pub async fn reply(&self, staff: &Pharmacist, id: &TicketId, answer: &Answer) -> Result<TicketDetail, AppError> {
        let row = self.case(id).await?;
        let mut said = self.said_by(staff, &row, answer)?;
        if let Some(cited) = &answer.cite {
            said = said.citing(self.attached(cited, row.lang)?);
        }
        let labels = self.edited(&row, answer, &said).await?;
        let with = With { event: "escalation.replied", messages: vec![said], labels, note: None };
        let acted = self.acted(staff, row, "reply", Act::Reply { version: answer.version }, with).await?;
        self.presence.wrote(&acted.ticket.conversation);
        self.detail(acted.ticket, staff).await
    }

    fn said_by(&self, staff: &Pharmacist, row: &TicketRow, answer: &Answer) -> Result<Released, AppError> {
        let policy = self.policy();
        let prepared =
            match &answer.reply {
                Some(reply) => Some(policy.replies.get(reply).ok_or_else(|| {
                    invalid(&format!("unknown prepared reply `{reply}`; see /api/v1/console/replies"))
                })?),
                None => None,
            };
        let said = match prepared {
            Some(prepared) if answer.text.trim().is_empty() => self.engine().output.prepared(staff, prepared, row.lang),
            _ => self.engine().output.staff(staff, &answer.text),
        };
        said.map_err(|e| match e {
            StaffError::NotAPharmacist | StaffError::ReadsOnly => AppError::Forbidden { what: e.to_string() },
            StaffError::Empty => AppError::Invalid { what: e.to_string() },
        })
    }

    /// What was suggested and what a person sent: of a prepared reply only when they differ, of a draft of the assistant always, since a
    /// draft that went out as it was says as much.
    async fn edited(&self, row: &TicketRow, answer: &Answer, said: &Released) -> Result<Vec<Learned>, AppError> {
        let sent = said.text();
        if let Some(message) = &answer.suggestion {
            let drafted = self.store().suggestion_for(&row.conversation, message).await?;
            let drafted =
                drafted.ok_or_else(|| invalid("suggestion: there is none for this message; reload the case"))?;
            let edit = json!({
                "suggested": drafted.body["text"], "cites": drafted.body["cites"], "drafter": drafted.body["origin"], "sent": sent,
            });
            return Ok(vec![Learned { kind: LabelKind::Edit, body: edit, about: Some(message.clone()) }]);
        }
        let policy = self.policy();
        let Some(prepared) = answer.reply.as_ref().and_then(|id| policy.replies.get(id)) else {
            return Ok(Vec::new());
        };
        let suggested = prepared.text(row.lang);
        if sent == suggested {
            return Ok(Vec::new());
        }
        Ok(vec![Learned::new(LabelKind::Edit, json!({ "reply": prepared.id, "suggested": suggested, "sent": sent }))])
    }

    /// Ends a ticket with a disposition and up to three more; the assistant answers the customer again.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for an unknown disposition, [`AppError::Conflict`] as above.
    pub async fn resolve(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        version: i64,
        codes: &[String],
        note: Option<&str>,
    ) -> Result<TicketView, AppError> {
        let (first, further) = checked(codes)?;
        let row = self.case(id).await?;
        let calls = row.callback.as_ref().map_or(0, |c| c.attempts.len());
        if first == NO_ANSWER && calls < ATTEMPTS {
            return Err(invalid(&format!(
                "{NO_ANSWER} wants {ATTEMPTS} calls that were written down, and there are {calls}: use “Call made…” for each"
            )));
        }
        let end = if first == NO_ANSWER { TicketState::Abandoned } else { TicketState::Resolved };
        let outcome =
            Resolution { disposition: first, further: further.to_vec(), note: note.map(ToOwned::to_owned), end };
        let with = With {
            event: "escalation.resolved",
            note: note.map(ToOwned::to_owned),
            labels: vec![Learned::new(LabelKind::Disposition, json!({ "codes": codes }))],
            ..With::default()
        };
        self.act(staff, row, "resolve", Act::Resolve { version, outcome }, with).await
    }

    /// Lets one case go on in another of the same person; both are the asker's. In the chat of the one that ends the customer reads
    /// where it goes on.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when they are not of one person, or not both theirs.
    pub async fn merge(&self, staff: &Pharmacist, from: &TicketId, into: &TicketId) -> Result<TicketView, AppError> {
        let row = self.case(from).await?;
        let said = self.engine().output.fixed(&["TX-MERGED"], row.lang, false, None);
        let with = With { event: "escalation.resolved", messages: vec![said], ..With::default() };
        let mut trail = self.trail(staff, &row, "merge", with).await?;
        trail.audit["into"] = json!(into);
        let acted = self.store().merge(from, into, &self.actor(staff).await?, trail).await.map_err(act_error)?;
        self.ring();
        Ok(self.view(&acted.ticket, staff))
    }

    /// Says which classes and which intent a case really had.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it is not theirs.
    pub async fn relabel(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        risks: &[Risk],
        intent: Option<Intent>,
    ) -> Result<TicketView, AppError> {
        let label = Learned::new(LabelKind::Relabel, json!({ "risks": risks, "intent": intent }));
        let with = With { labels: vec![label], ..With::default() };
        self.act(staff, self.case(id).await?, "relabel", Act::Note, with).await
    }

    pub(super) async fn case(&self, id: &TicketId) -> Result<TicketRow, AppError> {
        self.store().ticket(id).await?.ok_or(AppError::NotFound)
    }

    pub(super) async fn act(
        &self,
        staff: &Pharmacist,
        row: TicketRow,
        name: &str,
        act: Act,
        with: With,
    ) -> Result<TicketView, AppError> {
        let acted = self.acted(staff, row, name, act, with).await?;
        Ok(self.view(&acted.ticket, staff))
    }

    /// Who acts, if they may: every act on a case passes here.
    async fn actor(&self, staff: &Pharmacist) -> Result<Actor, AppError> {
        self.allow(staff, Right::Work).await?;
        Ok(Actor { id: staff.id().clone(), name: staff.name().to_owned(), role: staff.role().code().to_owned() })
    }

    async fn may_take(&self, staff: &Pharmacist, row: &TicketRow) -> Result<(), AppError> {
        self.allow(staff, Right::Work).await?;
        if staff.role().may_have(row.queue, row.priority) { Ok(()) } else { self.allow(staff, Right::Clinical).await }
    }

    async fn acted(
        &self,
        staff: &Pharmacist,
        row: TicketRow,
        name: &str,
        act: Act,
        with: With,
    ) -> Result<Acted, AppError> {
        let who = self.actor(staff).await?;
        let trail = self.trail(staff, &row, name, with).await?;
        let acted = self.store().act(&row.id, &who, &act, trail).await.map_err(act_error)?;
        self.ring();
        Ok(acted)
    }

    fn lease(&self) -> Timestamp {
        let now = self.clock().now();
        now.checked_add(self.lease_length()).unwrap_or(now)
    }

    async fn trail(&self, staff: &Pharmacist, row: &TicketRow, act: &str, with: With) -> Result<Trail, AppError> {
        let now = self.clock().now();
        let outbox = if with.event.is_empty() {
            Vec::new()
        } else {
            webhook::rows(&self.endpoints().await?, with.event, row, &self.config.console_url, now, fresh_id)
        };
        let note =
            |text| NewNote { staff: staff.id().clone(), name: staff.name().to_owned(), kind: act.to_owned(), text };
        let label = |said: Learned| NewLabel {
            kind: said.kind,
            conversation: row.conversation.clone(),
            message: said.about.or_else(|| Some(row.message_id.clone())),
            ticket: Some(row.id.clone()),
            role: staff.role().code().to_owned(),
            release: self.digests(),
            body: said.body,
        };
        Ok(Trail {
            now,
            messages: with.messages.iter().map(stored).collect(),
            notes: with.note.into_iter().map(note).collect(),
            labels: with.labels.into_iter().map(label).collect(),
            outbox,
            audit: json!({ "act": act, "ticket": row.id, "staff": staff.id(), "role": staff.role().code() }),
        })
    }
}

fn checked(codes: &[String]) -> Result<(String, &[String]), AppError> {
    if let Some(unknown) = codes.iter().find(|c| !DISPOSITIONS.contains(&c.as_str())) {
        return Err(invalid(&format!("unknown disposition `{unknown}`; see /api/v1/console/dispositions")));
    }
    let (first, further) = codes.split_first().ok_or_else(|| invalid("choose a disposition"))?;
    if further.len() > FURTHER || further.contains(first) {
        return Err(invalid("dispositions: one, and up to three others"));
    }
    Ok((first.clone(), further))
}

pub(in crate::app) fn worded(what: &str, text: &str) -> Result<String, AppError> {
    let text = text.trim();
    if text.is_empty() { Err(invalid(&format!("write {what}"))) } else { Ok(text.to_owned()) }
}

pub(in crate::app) fn invalid(what: &str) -> AppError {
    AppError::Invalid { what: what.to_owned() }
}

pub(in crate::app) fn act_error(e: ActError) -> AppError {
    match e {
        ActError::Unknown => AppError::NotFound,
        ActError::Store(e) => AppError::Store(e),
        other @ (ActError::Life(_) | ActError::Apart | ActError::Emergency) => {
            AppError::Conflict { what: other.to_string() }
        }
    }
}
