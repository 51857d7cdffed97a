//! What a webhook says: payloads, and the outbox rows of an event. Which body a recipe makes is in `recipe`; signing and
//! sending by Standard Webhooks 1.0 in `signature`, `schedule`, `post` and `delivery`.
//!
//! A thin payload holds no health data; "full" is chosen for an endpoint and adds why and when, never names, words or a
//! patient's id. A delivered webhook is not a person who saw it: the ticket's clock runs on.

pub use super::endpoint::{Endpoint, Form};

use crate::domain::labels::Risk;
use crate::domain::route::{Priority, Queue};
use crate::store::outbox::NewOutbox;
use crate::store::tickets::TicketRow;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The event types that there are.
pub const TYPES: [&str; 6] = [
    "escalation.created",
    "escalation.claimed",
    "escalation.replied",
    "escalation.resolved",
    "escalation.breached",
    "escalation.expired",
];

/// The step of an `escalation.created` that tells of a case which was there before and has become more urgent, or wants somebody at
/// once again: whoever is told of urgent cases only hears of it for the first time.
pub const RAISED: &str = "raised";

/// A larger body is not sent, in bytes.
pub const MAX_BODY: usize = 20_000;

/// What a thin payload says, and all that a recipe can say.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Event type.
    pub kind: String,
    /// The ticket's opaque id.
    pub ticket: String,
    /// How urgent.
    pub priority: Priority,
    /// Which team; never a risk class.
    pub queue: Queue,
    /// The ticket in the console.
    pub link: String,
    /// Who is called, or `overdue`, of an `escalation.breached`; [`RAISED`] of an `escalation.created`; else empty.
    pub step: String,
    /// When it happened.
    pub time: Timestamp,
}

impl Facts {
    /// The thin payload.
    #[must_use]
    pub fn thin(&self) -> Value {
        let mut data =
            json!({ "ticket": self.ticket, "priority": self.priority, "queue": self.queue, "link": self.link });
        if !self.step.is_empty() {
            data["step"] = json!(self.step);
        }
        json!({ "type": self.kind, "timestamp": self.time.to_string(), "data": data })
    }
}

/// Something that happened to a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Event type.
    pub kind: &'a str,
    /// The ticket as it was then.
    pub ticket: &'a TicketRow,
    /// The step of an `escalation.breached`; [`RAISED`] of an `escalation.created`.
    pub step: Option<&'a str>,
    /// Address of the console.
    pub console: &'a str,
    /// When.
    pub at: Timestamp,
}

impl Event<'_> {
    fn facts(&self) -> Facts {
        Facts {
            kind: self.kind.to_owned(),
            ticket: self.ticket.id.to_string(),
            priority: self.ticket.priority,
            queue: self.ticket.queue,
            link: format!("{}#{}", self.console, self.ticket.id),
            step: self.step.unwrap_or_default().to_owned(),
            // As the store keeps it, so that every receiver reads the same moment.
            time: Timestamp::from_millisecond(self.at.as_millisecond()).unwrap_or(self.at),
        }
    }

    /// The body in a form; `None` when the receiver's recipe has no word for such an event.
    #[must_use]
    pub fn payload(&self, form: &Form) -> Option<Value> {
        match form {
            Form::Thin => Some(self.facts().thin()),
            Form::Full => Some(self.full()),
            Form::Recipe(recipe) => recipe.render(&self.facts()),
        }
    }

    fn full(&self) -> Value {
        let mut body = self.facts().thin();
        // Classes only: a rule's name could say what somebody wrote.
        let classes: Vec<&String> = self.ticket.fired.iter().filter(|f| f.parse::<Risk>().is_ok()).collect();
        let why = [
            ("reason", json!(self.ticket.reason)),
            ("fired", json!(classes)),
            ("lang", json!(self.ticket.lang)),
            ("created", json!(self.ticket.created)),
            ("due", json!(self.ticket.due)),
            ("level", json!(self.ticket.level)),
        ];
        why.into_iter().for_each(|(key, value)| body["data"][key] = value);
        body
    }

    /// The delivery to an endpoint, whether its filter wants it or not.
    #[must_use]
    pub fn row(&self, endpoint: &Endpoint, id: &str) -> Option<NewOutbox> {
        Some(NewOutbox {
            id: format!("msg_{id}"),
            endpoint: endpoint.name.clone(),
            event: self.kind.to_owned(),
            payload: self.payload(&endpoint.form)?,
            ticket: Some(self.ticket.id.clone()),
            priority: Some(self.ticket.priority),
            step: self.step.map(str::to_owned),
            stands_for: None,
        })
    }

    fn rows(&self, endpoints: &[Endpoint], new_id: &impl Fn() -> String) -> Vec<NewOutbox> {
        endpoints
            .iter()
            .filter(|e| e.wants(self.kind, self.step, self.ticket.priority))
            .filter_map(|e| self.row(e, &new_id()))
            .collect()
    }
}

/// Outbox rows of one event, one for each endpoint that wants it; `new_id` makes webhook ids. An event may name its step:
/// `escalation.created:raised`.
pub fn rows(
    endpoints: &[Endpoint],
    event: &str,
    ticket: &TicketRow,
    console: &str,
    now: Timestamp,
    new_id: impl Fn() -> String,
) -> Vec<NewOutbox> {
    let (kind, step) = event.split_once(':').map_or((event, None), |(kind, step)| (kind, Some(step)));
    Event { kind, ticket, step, console, at: now }.rows(endpoints, &new_id)
}

/// Outbox rows of `escalation.breached`: one for each step and endpoint; `data.step` says who is called, or `overdue`.
pub fn breach_rows(
    endpoints: &[Endpoint],
    steps: &[String],
    ticket: &TicketRow,
    console: &str,
    now: Timestamp,
    new_id: impl Fn() -> String,
) -> Vec<NewOutbox> {
    let event = Event { kind: "escalation.breached", ticket, step: None, console, at: now };
    steps.iter().flat_map(|step| Event { step: Some(step), ..event }.rows(endpoints, &new_id)).collect()
}

/// The delivery that tries an endpoint out: a created case that is none, marked as a test where the form has a place for it.
#[must_use]
pub fn trial(endpoint: &Endpoint, id: &str, console: &str, now: Timestamp) -> Option<NewOutbox> {
    let facts = Facts {
        kind: TYPES[0].to_owned(),
        ticket: format!("test-{id}"),
        priority: Priority::P4,
        queue: Queue::Service,
        link: console.to_owned(),
        step: String::new(),
        time: now,
    };
    let payload = match &endpoint.form {
        Form::Recipe(recipe) => recipe.render(&facts)?,
        Form::Thin | Form::Full => {
            let mut body = facts.thin();
            body["data"]["test"] = json!(true);
            body
        }
    };
    let (id, endpoint) = (format!("msg_{id}"), endpoint.name.clone());
    Some(NewOutbox { id, endpoint, event: facts.kind, payload, priority: Some(facts.priority), ..NewOutbox::default() })
}
