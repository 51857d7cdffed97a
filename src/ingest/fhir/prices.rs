//! ClaimResponse → the price that counts for a prescription. A later claim or estimate kills an older exact price.

use super::Problem;
use super::json::{Reason, ext, instant, list, money, need, quantity, ref_id, reference, status, text};
use super::medications::find;
use super::pool::{Entry, Medications, Pool, stamp};
use crate::domain::facts::{Amount, Money, Price, Record};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

const STATUS: [&str; 4] = ["active", "cancelled", "draft", "entered-in-error"];
const OUTCOME: [&str; 4] = ["queued", "complete", "error", "partial"];
const USE: [&str; 3] = ["claim", "preauthorization", "predetermination"];

/// One answer of the plan.
struct Answer<'a> {
    entry: &'a Entry,
    request: &'a Entry,
    created: Timestamp,
    amount: Option<Amount>,
}

/// At most one price a prescription.
pub fn read(pool: &Pool, medications: &Medications, problems: &mut Vec<Problem>) -> Vec<Record> {
    let mut by_rx: BTreeMap<&str, Vec<Answer>> = BTreeMap::new();
    let mut report = |entry: &Entry, reason| problems.push(Problem { place: entry.place.clone(), reason });
    for entry in pool.all("ClaimResponse") {
        match answer(pool, entry) {
            Ok(Some(a)) => by_rx.entry(text(&a.request.json, "/id").unwrap_or_default()).or_default().push(a),
            Ok(None) => {}
            Err(reason) => report(entry, reason),
        }
    }
    let mut out: BTreeMap<String, (Timestamp, Record)> = BTreeMap::new();
    for answers in by_rx.values() {
        let Some(best) = counts(answers) else {
            continue;
        };
        match price(medications, best) {
            // Two prescriptions for one product: the younger price stands.
            Ok(record) => match out.get(&record.key().1) {
                Some((created, _)) if *created >= best.created => {}
                _ => drop(out.insert(record.key().1, (best.created, record))),
            },
            Err(reason) => report(best.entry, reason),
        }
    }
    out.into_values().map(|(_, r)| r).collect()
}

/// An exact price counts only when nothing later was asked of the plan; an estimate until a later price.
fn counts<'a, 'b>(answers: &'b [Answer<'a>]) -> Option<&'b Answer<'a>> {
    let last = answers.iter().map(|a| a.created).max()?;
    let priced = answers.iter().filter(|a| match a.amount {
        Some(Amount::Exact(_)) => a.created == last && !answers.iter().any(|b| b.created == last && b.amount.is_none()),
        Some(_) => true,
        None => false,
    });
    priced.max_by_key(|a| a.created)
}

fn answer<'a>(pool: &'a Pool, entry: &'a Entry) -> Result<Option<Answer<'a>>, Reason> {
    let v = &entry.json;
    let (outcome, purpose) = (need(v, "/outcome")?, need(v, "/use")?);
    if !OUTCOME.contains(&outcome) || !USE.contains(&purpose) {
        return Err(format!("unknown outcome `{outcome}` or use `{purpose}`"));
    }
    if status(v, &STATUS)? != "active" || purpose == "preauthorization" {
        return Ok(None);
    }
    let found = |r: Option<&str>| {
        r.and_then(|r| pool.get(r)).ok_or("the Claim or its prescription stands in no file of this folder")
    };
    let claim = found(reference(v, "/request"))?;
    let request = found(reference(&claim.json, "/prescription"))?;
    let people = [ref_id(v, "/patient", "Patient"), ref_id(&claim.json, "/patient", "Patient")];
    if people.iter().any(|p| *p != ref_id(&request.json, "/subject", "Patient")) {
        return Err("claim, response and prescription are not of one person".into());
    }
    let created = instant(v, "/created")?.ok_or("created is missing")?;
    let amount = if purpose == "claim" { exact(v)?.map(Amount::Exact) } else { estimate(v)? };
    Ok(Some(Answer { entry, request, created, amount: amount.filter(|_| matches!(outcome, "complete" | "partial")) }))
}

/// The customer's share over all items.
fn exact(v: &Value) -> Result<Option<Money>, Reason> {
    let mut total = None;
    for part in list(v, "/item").iter().flat_map(|i| list(i, "/adjudication")) {
        if list(part, "/category/coding").iter().any(|c| text(c, "/code") == Some("copay")) {
            let amount = money(part, "/amount")?.ok_or("copay has no amount")?;
            total = Some(Money(total.map_or(0, |m: Money| m.0) + amount.0));
        }
    }
    Ok(total)
}

fn estimate(v: &Value) -> Result<Option<Amount>, Reason> {
    let of = |name| ext(v, name).map(|e| money(e, "/valueMoney")).transpose().map(Option::flatten);
    match (of("low")?, of("high")?) {
        (Some(low), Some(high)) if low <= high => Ok(Some(Amount::Estimate(low, high))),
        (None, None) => Ok(None),
        _ => Err("an estimate needs both low and high, low not above high".into()),
    }
}

fn price(medications: &Medications, a: &Answer) -> Result<Record, Reason> {
    let medication = find(medications, &a.request.json, "/medicationReference")?;
    Ok(Record::Price(Price {
        patient: ref_id(&a.entry.json, "/patient", "Patient").map(Into::into),
        medication: medication.id.clone(),
        name: medication.name.clone(),
        amount: a.amount.ok_or("no amount")?,
        stamp: stamp(&a.entry.json, &[])?,
        quantity: quantity(&a.request.json, "/dispenseRequest/quantity"),
    }))
}
