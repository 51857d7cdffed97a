//! The JSON of messages and tickets as clients see it.

use crate::app::TicketDetail;
use crate::domain::blocks::Author;
use crate::guard::output::Released;
use serde_json::{Value, json};

/// One message.
#[must_use]
pub fn message(released: &Released) -> Value {
    let author = match released.author() {
        Author::Customer => "customer",
        Author::Assistant => "assistant",
        Author::Pharmacist => "pharmacist",
        Author::System => "system",
    };
    json!({
        "seq": released.place().map_or(0, |(seq, _)| seq),
        "author": author,
        "staff": released.staff_name(),
        "role": role(released),
        "at": released.place().map(|(_, at)| at),
        "blocks": released.blocks(),
    })
}

/// Messages in order.
#[must_use]
pub fn messages(released: &[Released]) -> Value {
    released.iter().map(message).collect()
}

/// A ticket with its hand-over card and transcript.
#[must_use]
pub fn detail(detail: &TicketDetail) -> Value {
    json!({
        "ticket": detail.ticket,
        "card": detail.card,
        "history": messages(&detail.history),
        "notes": detail.notes,
        "draft": detail.draft,
        "suggestions": detail.suggestions,
        "call": detail.call,
        "similar": detail.similar,
        "typing": detail.typing,
    })
}

/// What the person is who speaks: a prepared reply of a technician is not a pharmacist's word.
#[must_use]
pub fn role(released: &Released) -> Option<&'static str> {
    released.staff_name()?;
    Some(if released.origin().starts_with("staff-technician") { "technician" } else { "pharmacist" })
}
