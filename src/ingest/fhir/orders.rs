//! Order Tasks with the fills that are part of them; shipment Tasks with their SupplyDelivery.

use super::Problem;
use super::json::{
    BASE, Reason, code, date, ext, exts, input, instant, io, list, money, need, ref_id, reference, spanish, status,
    text, whole,
};
use super::pool::{Entry, IN_ERROR, Pool, Referring, collect, stamp};
use crate::domain::facts::{Order, OrderDetails, Record, Shipment, ShipmentDetails};
use crate::domain::ids::RxId;
use crate::domain::states::{Machine, StateCode};
use serde_json::Value;

/// Statuses of a Task (<https://hl7.org/fhir/R4/valueset-task-status.html>).
pub const TASK: [&str; 12] = [
    "draft",
    "requested",
    "received",
    "accepted",
    "rejected",
    "ready",
    "cancelled",
    "in-progress",
    "on-hold",
    "failed",
    "completed",
    "entered-in-error",
];
/// Statuses of a SupplyDelivery.
pub const DELIVERY: [&str; 4] = ["in-progress", "completed", "abandoned", "entered-in-error"];

/// Our code of a Task's state; it must be one of the 48 and of the right machine.
pub fn state(task: &Value, machine: Machine) -> Result<StateCode, Reason> {
    status(task, &TASK)?;
    let code = code(task, "/businessStatus", "workflow").ok_or("businessStatus has no workflow code")?;
    let state: StateCode = code.parse().map_err(|e| format!("{e}"))?;
    if state.machine() == machine { Ok(state) } else { Err(format!("state {state} is of another kind of Task")) }
}

/// All orders and parcels. A Task is told by its focus; `code` and the state must not contradict it.
pub fn read(pool: &Pool, problems: &mut Vec<Problem>) -> Vec<Record> {
    let parts = pool.by_reference("Task", "/partOf/0");
    collect(pool.all("Task"), problems, |e| match reference(&e.json, "/focus") {
        None => order(&parts, e).map(Some),
        Some(f) if f.starts_with("SupplyDelivery/") => shipment(pool, e).map(Some),
        Some(f) if f.starts_with("MedicationRequest/") => fill(pool, e, f).map(|()| None),
        Some(f) => Err(format!("focus {f} is neither a MedicationRequest nor a SupplyDelivery")),
    })
}

/// Fills become prescriptions elsewhere; here only those are reported that nothing would hold.
fn fill(pool: &Pool, entry: &Entry, focus: &str) -> Result<(), Reason> {
    state(&entry.json, Machine::Prescription)?;
    pool.get(focus).map(|_| ()).ok_or_else(|| format!("{focus} stands in no file of this folder"))
}

fn owner(v: &Value) -> Result<&str, Reason> {
    ref_id(v, "/for", "Patient").ok_or_else(|| "for is no reference to a Patient".to_owned())
}

fn order(parts: &Referring, entry: &Entry) -> Result<Record, Reason> {
    let v = &entry.json;
    let (id, patient) = (need(v, "/id")?, owner(v)?);
    let is_number = |i: &&Value| text(i, "/system").is_none_or(|s| s.strip_prefix(BASE) == Some("order-number"));
    let number = list(v, "/identifier").iter().find(is_number).and_then(|i| text(i, "/value"));
    let mut items: Vec<RxId> = Vec::new();
    for part in parts.get(format!("Task/{id}").as_str()).into_iter().flatten() {
        if owner(&part.json)? != patient {
            return Err(format!("{} is part of this order, but for somebody else", part.place));
        }
        items.extend(ref_id(&part.json, "/focus", "MedicationRequest").map(RxId::from));
    }
    items.sort();
    items.dedup();
    Ok(Record::Order(Order {
        id: id.into(),
        patient: patient.into(),
        number: number.ok_or("identifier with the order number is missing")?.to_owned(),
        state: state(v, Machine::Order)?,
        stamp: stamp(v, &[])?,
        items,
        refund: refund(v)?,
        details: OrderDetails {
            placed: instant(v, "/authoredOn")?,
            since: instant(v, "/executionPeriod/start")?,
            due: instant(v, "/restriction/period/end")?,
            reason: text(v, "/statusReason/text").map(str::to_owned),
            reason_es: spanish(v, "/statusReason/_text"),
        },
    }))
}

type Refund = Option<(crate::domain::facts::Money, Option<jiff::civil::Date>)>;

fn refund(v: &Value) -> Result<Refund, Reason> {
    let amount = io(v, "/output", "refund").next().map(|o| money(o, "/valueMoney")).transpose()?.flatten();
    let on = io(v, "/output", "refund-sent-on").next().map(|o| date(o, "/valueDate")).transpose()?.flatten();
    Ok(amount.map(|a| (a, on)))
}

fn shipment(pool: &Pool, entry: &Entry) -> Result<Record, Reason> {
    let v = &entry.json;
    let patient = owner(v)?;
    let focus = reference(v, "/focus").unwrap_or_default();
    let sd = &pool.get(focus).ok_or_else(|| format!("{focus} stands in no file of this folder"))?.json;
    if status(sd, &DELIVERY)? == IN_ERROR {
        return Err(format!("{focus} was entered in error"));
    }
    if ref_id(sd, "/patient", "Patient").is_some_and(|p| p != patient) {
        return Err(format!("{focus} is for somebody else than the parcel's Task"));
    }
    let parent = reference(v, "/partOf/0").ok_or("partOf names no order")?;
    let order = pool.get(parent).ok_or_else(|| format!("{parent} stands in no file of this folder"))?;
    if owner(&order.json)? != patient {
        return Err(format!("{parent} is for somebody else than the parcel"));
    }
    let window = (date(sd, "/occurrencePeriod/start")?, date(sd, "/occurrencePeriod/end")?);
    let scan = ext(sd, "scan");
    Ok(Record::Shipment(Shipment {
        id: need(v, "/id")?.into(),
        patient: patient.into(),
        order: parent.strip_prefix("Task/").unwrap_or(parent).into(),
        state: state(v, Machine::Shipment)?,
        stamp: stamp(v, Some(sd).filter(|_| !entry.early).as_slice())?,
        carrier: text(sd, "/supplier/display").map(str::to_owned),
        tracking: text(sd, "/identifier/0/value").map(str::to_owned),
        window: window.0.or(window.1).zip(window.1.or(window.0)),
        delivered: instant(sd, "/occurrenceDateTime")?,
        scan: scan.and_then(scan_words),
        details: ShipmentDetails {
            since: instant(v, "/executionPeriod/start")?,
            due: instant(v, "/restriction/period/end")?,
            reason: text(v, "/statusReason/text").map(str::to_owned),
            reason_es: spanish(v, "/statusReason/_text"),
            hold_place: input(v, "hold-place"),
            hold_until: io(v, "/input", "hold-until").next().map(|i| date(i, "/valueDate")).transpose()?.flatten(),
            attempts: io(v, "/input", "attempts").next().and_then(|i| whole(i, "/valueInteger")),
            scanned_at: scan.and_then(|s| part(s, "at")).map(|p| instant(p, "/valueDateTime")).transpose()?.flatten(),
            items: exts(sd, "contains")
                .filter_map(|e| ref_id(e, "/valueReference", "MedicationRequest"))
                .map(RxId::from)
                .collect(),
        },
    }))
}

fn part<'a>(scan: &'a Value, name: &str) -> Option<&'a Value> {
    list(scan, "/extension").iter().find(|e| text(e, "/url") == Some(name))
}

/// The place of the last scan, or the carrier's whole sentence where the feed gives one; never its raw code alone.
fn scan_words(scan: &Value) -> Option<String> {
    let place = part(scan, "place").and_then(|p| text(p, "/valueString"));
    text(scan, "/valueString").or(place).map(str::to_owned)
}
