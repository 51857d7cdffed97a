//! The formulary (Medication) and what stands beside it: stock words and cash prices (Basic).

use super::Problem;
use super::json::{Reason, code, date, ext, list, money, need, quantity, ref_id, reference, text};
use super::pool::{Entry, Medications, Pool, collect, stamp};
use crate::domain::facts::{Amount, Medication, Price, Record, Stock, StockWord};
use serde_json::Value;

/// The formulary, by reference and as records.
pub fn read(pool: &Pool, problems: &mut Vec<Problem>) -> (Medications, Vec<Record>) {
    let records = collect(pool.all("Medication"), problems, |e| medication(pool, e).map(Some));
    let by_ref = records.iter().filter_map(|r| match r {
        Record::Medication { medication, .. } => Some((format!("Medication/{}", medication.id), medication.clone())),
        _ => None,
    });
    (by_ref.collect(), records)
}

fn medication(pool: &Pool, entry: &Entry) -> Result<Record, Reason> {
    let v = &entry.json;
    let generic = ext(v, "generic").and_then(|e| reference(e, "/valueReference")).and_then(|r| pool.get(r));
    let schedule = match ext(v, "schedule").and_then(|e| text(e, "/valueCode")) {
        None => None,
        Some("II") => Some(2),
        Some("III") => Some(3),
        Some("IV") => Some(4),
        Some("V") => Some(5),
        Some(other) => {
            return Err(format!("unknown schedule `{other}`: expected II, III, IV or V"));
        }
    };
    let yes = |name: &str| ext(v, name).and_then(|e| e.get("valueBoolean")).and_then(Value::as_bool).unwrap_or(false);
    let medication = Medication {
        id: need(v, "/id")?.into(),
        name: display(v)?,
        schedule,
        critical: yes("critical"),
        cold: yes("cold"),
        aliases: aliases(v, generic.map(|g| &g.json)),
        generic: generic.and_then(|g| display(&g.json).ok()),
        sensitive: ext(v, "category").and_then(|e| text(e, "/valueCode")) == Some("sensitive"),
    };
    Ok(Record::Medication { medication, stamp: stamp(v, &[])? })
}

/// `lisinopril 10 mg tablet`: the coded text, the strength to show, the form.
fn display(v: &Value) -> Result<String, Reason> {
    let parts = [Some(need(v, "/code/text")?.to_owned()), strength(v), text(v, "/form/text").map(str::to_owned)];
    Ok(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// The words to show, or else the ratio; its denominator is left out when its unit is the form.
fn strength(v: &Value) -> Option<String> {
    if let Some(words) = ext(v, "strength").and_then(|e| text(e, "/valueString")) {
        return Some(words.to_owned());
    }
    let part = |i: &Value| {
        let (top, bottom) = (quantity(i, "/strength/numerator")?, quantity(i, "/strength/denominator"));
        let unit = text(i, "/strength/denominator/unit");
        let bottom = bottom.filter(|_| unit != text(v, "/form/text")).map(|b| b.trim_start_matches("1 ").to_owned());
        Some(bottom.map_or(top.clone(), |b| format!("{top}/{b}")))
    };
    let all: Vec<String> = list(v, "/ingredient").iter().filter_map(part).collect();
    (!all.is_empty()).then(|| all.join(" / "))
}

/// Brand, generic and ingredient names in lower case: `Humira (adalimumab)` gives both names.
fn aliases(v: &Value, generic: Option<&Value>) -> Vec<String> {
    let mut out = Vec::new();
    for name in [Some(v), generic].into_iter().flatten().filter_map(|m| text(m, "/code/text")) {
        out.push(name.to_lowercase());
        out.extend(name.split(['(', ')']).map(|p| p.trim().to_lowercase()));
    }
    let ingredients = list(v, "/ingredient").iter().filter_map(|i| text(i, "/itemCodeableConcept/text"));
    out.extend(ingredients.map(str::to_lowercase));
    out.retain(|a| !a.is_empty());
    out.sort();
    out.dedup();
    out
}

/// Stock words and cash prices.
pub fn shelf(pool: &Pool, medications: &Medications, problems: &mut Vec<Problem>) -> Vec<Record> {
    collect(pool.all("Basic"), problems, |e| match code(&e.json, "/code", "basic") {
        Some("stock") => stock(&e.json, find(medications, &e.json, "/subject")?).map(Some),
        Some("cash-price") => cash(&e.json, find(medications, &e.json, "/subject")?).map(Some),
        other => Err(format!("unknown code `{}`: expected stock or cash-price", other.unwrap_or("none"))),
    })
}

/// The formulary product that a field refers to.
pub fn find<'a>(medications: &'a Medications, v: &Value, pointer: &str) -> Result<&'a Medication, Reason> {
    let id = ref_id(v, pointer, "Medication").ok_or_else(|| format!("{pointer} is no reference to a Medication"))?;
    medications
        .get(&format!("Medication/{id}"))
        .ok_or_else(|| format!("Medication/{id} stands in no file of this folder"))
}

fn stock(v: &Value, medication: &Medication) -> Result<Record, Reason> {
    let word = match ext(v, "stock-word").and_then(|e| text(e, "/valueCode")) {
        Some("available") => StockWord::Available,
        Some("limited") => StockWord::Limited,
        Some("back-ordered") => StockWord::BackOrdered,
        Some("not-carried") => StockWord::NotCarried,
        other => return Err(format!("unknown stock word `{}`", other.unwrap_or("none"))),
    };
    let on = ext(v, "expected-on").map(|e| date(e, "/valueDate")).transpose()?.flatten();
    let source = ext(v, "expected-source").and_then(|e| text(e, "/valueString")).map(str::to_owned);
    Ok(Record::Stock(Stock {
        medication: medication.id.clone(),
        name: medication.name.clone(),
        word,
        stamp: stamp(v, &[])?,
        expected: on.map(|d| (d, source)),
    }))
}

fn cash(v: &Value, medication: &Medication) -> Result<Record, Reason> {
    let amount = ext(v, "amount").ok_or("extension amount is missing")?;
    let amount = money(amount, "/valueMoney")?.ok_or("extension amount has no valueMoney")?;
    Ok(Record::Price(Price {
        patient: None,
        medication: medication.id.clone(),
        name: medication.name.clone(),
        amount: Amount::Cash(amount),
        stamp: stamp(v, &[])?,
        quantity: ext(v, "quantity").and_then(|e| quantity(e, "/valueQuantity")),
    }))
}
