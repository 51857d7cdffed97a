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
    })
}
