//! Who was told something of a person, when and of what: read from the audit chain, which outlives what it speaks of, and from the
//! deliveries, which are kept for as long as `retention.toml` says. The person's own reading of their own answers is none.

use crate::domain::ids::PatientId;
use crate::store::audit::AuditRow;
use crate::store::person::Told;
use crate::store::{Store, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// One time that somebody was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Disclosure {
    /// When.
    pub at: Timestamp,
    /// What kind of receiver: staff, caregiver, receiver of webhooks, model server, operator.
    pub to: &'static str,
    /// Which one: a staff id with its role, a caregiver's id, a receiver's name.
    pub who: String,
    /// What was told, or done with it.
    pub what: String,
    /// Where to look it up: row of the audit chain, or none for a delivery.
    pub row: Option<i64>,
}

/// All of them from a moment on, the oldest first.
///
/// # Errors
/// The store failed or a row is damaged.
pub async fn disclosures(store: &Store, person: &PatientId, since: Timestamp) -> Result<Vec<Disclosure>, StoreError> {
    let rows = store.audit_about(person, since).await?;
    let told = store.told_about(person, since).await?;
    let mut all: Vec<Disclosure> = rows.iter().flat_map(from_audit).chain(told.iter().map(from_delivery)).collect();
    all.sort();
    Ok(all)
}

/// As comma-separated values, with a line of names first.
#[must_use]
pub fn csv(all: &[Disclosure]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |d: &Disclosure| {
        let row = d.row.map(|r| r.to_string()).unwrap_or_default();
        format!("{},{},{},{},{row}\n", d.at, quoted(d.to), quoted(&d.who), quoted(&d.what))
    };
    std::iter::once("at,to,who,what,audit_row\n".to_owned()).chain(all.iter().map(line)).collect()
}

/// One row may tell two: a caregiver who was answered in a model's words.
fn from_audit(row: &AuditRow) -> Vec<Disclosure> {
    let record = row.body.get("record").unwrap_or(&Value::Null);
    let word = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let made = |to, who: String, what: String| Disclosure { at: row.at, to, who, what, row: Some(row.seq) };
    let act = word("act");
    if !word("staff").is_empty() {
        let who = format!("{} ({})", word("staff"), word("role"));
        return vec![made("staff", who, of_staff(&act).to_owned())];
    }
    let mut all = Vec::new();
    match act.as_str() {
        "turn" => {
            if !word("caregiver").is_empty() {
                all.push(made("caregiver", word("caregiver"), "an answer to their question".to_owned()));
            }
            if record.pointer("/trace/model_asked").and_then(Value::as_bool) == Some(true) {
                let what = "the question and the vetted sources, names and numbers replaced";
                all.push(made("model server", "as the release names it".to_owned(), what.to_owned()));
            }
        }
        "person_file" | "person_disclosures" => {
            all.push(made("operator", word("by"), format!("{}: {}", of_staff(&act), word("reason"))));
        }
        _ => {}
    }
    all
}

/// What staff did with what they saw.
fn of_staff(act: &str) -> &str {
    match act {
        "look" => "read the case and its conversation",
        "search" => "found the case by a search",
        "person_file" => "copied the person's file",
        "person_disclosures" => "listed who was told",
        other => other,
    }
}

fn from_delivery(told: &Told) -> Disclosure {
    let state = if told.delivered { "delivered" } else { "not delivered" };
    let what = format!("{}, without names or words of the conversation ({state})", told.event);
    Disclosure { at: told.at, to: "receiver", who: told.endpoint.clone(), what, row: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(record: Value) -> AuditRow {
        let (prev, hash) = (String::new(), String::new());
        AuditRow {
            seq: 7,
            at: Timestamp::UNIX_EPOCH,
            conversation: None,
            body: json!({ "record": record }),
            prev,
            hash,
        }
    }

    #[test]
    fn a_caregiver_and_a_model_server_are_told_and_the_person_themselves_is_not_counted() {
        let own = json!({"act": "turn", "patient": "P1", "caregiver": null, "trace": {"model_asked": false}});
        assert_eq!(from_audit(&row(own)), []);
        let other = json!({"act": "turn", "patient": "P1", "caregiver": "P2", "trace": {"model_asked": true}});
        let told = from_audit(&row(other));
        assert_eq!(
            told.iter().map(|d| (d.to, d.who.as_str())).collect::<Vec<_>>(),
            [("caregiver", "P2"), ("model server", "as the release names it")]
        );
    }

    #[test]
    fn staff_are_named_with_their_role_and_a_quote_does_not_break_the_table() {
        let told = from_audit(&row(json!({"act": "look", "staff": "ana \"a\"", "role": "lead", "ticket": "t"})));
        let lines = csv(&told);
        let line = lines.lines().nth(1).unwrap();
        assert!(line.ends_with(r#","staff","ana ""a"" (lead)","read the case and its conversation",7"#), "{line}");
    }
}
