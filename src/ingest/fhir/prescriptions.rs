//! MedicationRequest + its latest fill Task + its MedicationDispense → one prescription.

use super::json::{
    Reason, code, date, ext, input, input_es, instant, io, need, quantity, ref_id, reference, spanish, status, text,
    whole,
};
use super::medications::find;
use super::pool::{Entry, Medications, Pool, Referring, collect, stamp};
use super::{Problem, orders::state};
use crate::domain::facts::{Prescription, Record, RxDetails};
use crate::domain::ids::OrderId;
use crate::domain::states::Machine;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashMap;

/// Statuses of a MedicationRequest.
pub const REQUEST: [&str; 7] = ["active", "on-hold", "cancelled", "completed", "stopped", "draft", "entered-in-error"];
const DISPENSE: [&str; 8] =
    ["preparation", "in-progress", "cancelled", "on-hold", "completed", "stopped", "declined", "entered-in-error"];

/// All prescriptions.
pub fn read(pool: &Pool, medications: &Medications, problems: &mut Vec<Problem>) -> Vec<Record> {
    for dispense in pool.all("MedicationDispense") {
        if let Err(reason) = status(&dispense.json, &DISPENSE) {
            problems.push(Problem { place: dispense.place.clone(), reason });
        }
    }
    let feed = Feed {
        fills: pool.by_reference("Task", "/focus"),
        dispenses: pool.by_reference("MedicationDispense", "/authorizingPrescription/0"),
        approvals: approvals(pool),
    };
    collect(pool.all("MedicationRequest"), problems, |e| prescription(&feed, medications, e).map(Some))
}

/// What refers to a prescription, by the prescription.
struct Feed<'a> {
    fills: Referring<'a>,
    dispenses: Referring<'a>,
    approvals: Approvals<'a>,
}

/// The plan's answers to requests for prior approval, by prescription.
type Approvals<'a> = HashMap<&'a str, Vec<&'a Entry>>;

fn approvals(pool: &Pool) -> Approvals<'_> {
    let mut found = Approvals::new();
    for entry in pool.all("ClaimResponse") {
        let v = &entry.json;
        let of = (text(v, "/use"), text(v, "/status"));
        let claim = reference(v, "/request")
            .and_then(|r| pool.get(r))
            .filter(|_| of == (Some("preauthorization"), Some("active")));
        let same = claim.filter(|c| ref_id(&c.json, "/patient", "Patient") == ref_id(v, "/patient", "Patient"));
        if let Some(request) = same.and_then(|c| reference(&c.json, "/prescription")) {
            found.entry(request).or_default().push(entry);
        }
    }
    found
}

fn changed(entry: &Entry) -> Option<Timestamp> {
    super::pool::changed(&entry.json).ok().flatten()
}

/// The fill Task that says where the prescription is: the latest changed one.
fn latest_fill<'a>(fills: &Referring<'a>, request: &str) -> Option<&'a Entry> {
    fills.get(request)?.iter().copied().max_by_key(|t| changed(t))
}

/// The latest fill that a pharmacist verified; its words alone may be read back.
fn verified<'a>(dispenses: &Referring<'a>, request: &str) -> Option<&'a Entry> {
    let sound = |d: &&Entry| matches!(text(&d.json, "/status"), Some("in-progress" | "completed"));
    let own = dispenses.get(request)?.iter().copied().filter(sound);
    own.max_by_key(|d| (instant(&d.json, "/whenPrepared").ok().flatten(), changed(d)))
}

fn prescription(feed: &Feed, medications: &Medications, entry: &Entry) -> Result<Record, Reason> {
    let v = &entry.json;
    status(v, &REQUEST)?;
    let id = need(v, "/id")?;
    let patient = ref_id(v, "/subject", "Patient").ok_or("subject is no reference to a Patient")?;
    let name = format!("MedicationRequest/{id}");
    let fill = latest_fill(&feed.fills, &name).ok_or("no fill Task says in which state it is")?;
    let task = &fill.json;
    if ref_id(task, "/for", "Patient") != Some(patient) {
        return Err(format!("{} is for somebody else than the prescription", fill.place));
    }
    let medication = find(medications, v, "/medicationReference")?.clone();
    let filled =
        verified(&feed.dispenses, &name).map(|d| &d.json).filter(|d| ref_id(d, "/subject", "Patient") == Some(patient));
    let product = filled.and_then(|d| find(medications, d, "/medicationReference").ok()).map(|m| m.name.clone());
    let answers = feed.approvals.get(name.as_str()).into_iter().flatten().map(|a| &a.json);
    let parts: Vec<&Value> = [Some(v), filled].into_iter().flatten().chain(answers).filter(|_| !fill.early).collect();
    Ok(Record::Prescription(Prescription {
        id: id.into(),
        patient: patient.into(),
        number: need(v, "/identifier/0/value")?.to_owned(),
        dispensed: product.filter(|name| *name != medication.name),
        medication,
        state: state(task, Machine::Prescription)?,
        stamp: stamp(task, &parts)?,
        refills_left: ext(v, "refills-left").and_then(|e| whole(e, "/valueInteger")),
        valid_until: date(v, "/dispenseRequest/validityPeriod/end")?,
        missing: missing(task),
        other_pharmacy: input(task, "pharmacy"),
        cancelled_by: text(v, "/statusReason/text").map(str::to_owned),
        reject: code(task, "/statusReason", "reject").map(str::to_owned),
        pays_again_on: ext(task, "pays-again-on").map(|e| date(e, "/valueDate")).transpose()?.flatten(),
        label: filled.and_then(|d| text(d, "/dosageInstruction/0/text")).map(str::to_owned),
        prescriber: text(v, "/requester/display").map(str::to_owned),
        details: details(v, task, filled, approval(&feed.approvals, &name))?,
    }))
}

fn missing(task: &Value) -> Option<String> {
    let all: Vec<&str> = io(task, "/input", "missing").filter_map(|i| text(i, "/valueString")).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// None unless everything that is missing has a Spanish twin: half a list would mislead.
fn missing_es(task: &Value) -> Option<String> {
    let all: Option<Vec<String>> = io(task, "/input", "missing").map(|i| spanish(i, "/_valueString")).collect();
    all.filter(|all| !all.is_empty()).map(|all| all.join(", "))
}

/// Where the plan's latest answer to a request for prior approval stands.
fn approval(approvals: &Approvals, request: &str) -> Option<(String, Timestamp)> {
    let created = |e: &Entry| instant(&e.json, "/created").ok().flatten();
    let latest = approvals.get(request)?.iter().max_by_key(|e| created(e))?;
    Some((text(&latest.json, "/disposition")?.to_owned(), created(latest)?))
}

fn details(
    v: &Value,
    task: &Value,
    filled: Option<&Value>,
    approval: Option<(String, Timestamp)>,
) -> Result<RxDetails, Reason> {
    let order = reference(task, "/partOf/0").and_then(|r| r.strip_prefix("Task/"));
    let first = |kind| io(task, "/input", kind).next();
    Ok(RxDetails {
        order: order.map(OrderId::from),
        since: instant(task, "/executionPeriod/start")?,
        due: instant(task, "/restriction/period/end")?,
        contacted_at: first("contacted-at").map(|i| instant(i, "/valueDateTime")).transpose()?.flatten(),
        contact_method: input(task, "contact-method"),
        missing_es: missing_es(task),
        contact_method_es: input_es(task, "contact-method"),
        reason: input(task, "reason").or(text(task, "/statusReason/text").map(str::to_owned)),
        reason_es: input_es(task, "reason").or(spanish(task, "/statusReason/_text")),
        approval,
        transfer_status: input(task, "transfer-status"),
        sent_on: first("sent-on").map(|i| date(i, "/valueDate")).transpose()?.flatten(),
        written_on: date(v, "/authoredOn")?,
        quantity: quantity(v, "/dispenseRequest/quantity"),
        days_supply: whole(v, "/dispenseRequest/expectedSupplyDuration/value"),
        handed_over: filled.map(|d| instant(d, "/whenHandedOver")).transpose()?.flatten(),
    })
}
