//! What `apothecary webhook` prints: receivers and deliveries as tables. No secret, no payload.

use crate::app::{ReceiverView, Source};
use crate::store::outbox::OutboxRow;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use jiff::Timestamp;

/// A moment to the second, UTC.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

pub(super) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(head);
    table
}

pub(super) fn receivers(all: &[ReceiverView]) -> String {
    if all.is_empty() {
        return "no receivers; add one: apothecary webhook add NAME URL".into();
    }
    let mut table = table(&["name", "address", "form", "told of", "24 h", "waiting", "dead", "last success", "state"]);
    for r in all {
        let health = &r.health;
        table.add_row([
            r.name.clone(),
            r.address.clone(),
            r.form.clone(),
            told_of(r),
            format!("{} arrived, {} failed", health.delivered, health.failed),
            health.waiting.to_string(),
            health.dead.to_string(),
            health.last_success.map_or_else(|| "never".into(), moment),
            state(r),
        ]);
    }
    table.to_string()
}

fn told_of(r: &ReceiverView) -> String {
    let mut words: Vec<String> = r.priorities.iter().map(|p| format!("{p:?}")).collect();
    words.extend(r.types.iter().cloned());
    if words.is_empty() {
        words.push("all".into());
    }
    if r.standby {
        words = vec!["in another's place".into()];
    }
    let second = r.secondary.iter().map(|s| format!("then {s}"));
    words.into_iter().chain(second).collect::<Vec<_>>().join(", ")
}

fn state(r: &ReceiverView) -> String {
    let mut words = Vec::new();
    words.extend(r.disabled.iter().map(|why| format!("disabled: {why}")));
    words.extend((r.source == Source::Configuration).then(|| "in the configuration".to_owned()));
    words.extend(r.old_secret_until.map(|until| format!("old secret signs until {}", moment(until))));
    let worse = r.health.last_failure > r.health.last_success;
    words.extend(r.health.last_error.iter().filter(|_| worse).map(|why| format!("last error: {why}")));
    if words.is_empty() { "ok".into() } else { words.join("; ") }
}

pub(super) fn deliveries(rows: &[OutboxRow], dead: bool) -> String {
    if rows.is_empty() {
        return if dead { "nothing was given up".into() } else { "nothing waits".into() };
    }
    let mut table = table(&["webhook-id", "receiver", "event", "priority", "made", "attempts", "next", "last error"]);
    for row in rows {
        table.add_row([
            row.id.clone(),
            row.endpoint.clone(),
            row.event.clone(),
            row.priority.map(|p| format!("{p:?}")).unwrap_or_default(),
            moment(row.created),
            row.attempts.to_string(),
            if dead { "none; replay it".into() } else { moment(row.next_attempt) },
            row.last_error.clone().unwrap_or_default(),
        ]);
    }
    table.to_string()
}
