//! Patient with its Coverage; Consent with its RelatedPerson.

use super::Problem;
use super::json::{Reason, date, ext, list, need, ref_id, reference, status, text};
use super::pool::{Entry, Pool, collect, stamp};
use crate::domain::facts::{Grant, Patient, Payer, Record};
use crate::domain::ids::PatientId;
use serde_json::Value;

const ANIMAL: &str = "http://hl7.org/fhir/StructureDefinition/patient-animal";
const COVERAGE: [&str; 4] = ["active", "cancelled", "draft", "entered-in-error"];
const CONSENT: [&str; 6] = ["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"];

/// Patients and grants.
pub fn read(pool: &Pool, problems: &mut Vec<Problem>) -> Vec<Record> {
    let mut out = Vec::new();
    for entry in pool.all("Coverage") {
        if let Err(reason) = payer(&entry.json) {
            problems.push(Problem { place: entry.place.clone(), reason });
        }
    }
    out.extend(collect(pool.all("Patient"), problems, |e| patient(pool, e).map(Some)));
    // A consent that should never have been written is a grant that does not hold, not one that is left out: it may be known already.
    out.extend(collect(pool.every("Consent"), problems, |e| grant(pool, e).map(Some)));
    out
}

fn patient(pool: &Pool, entry: &Entry) -> Result<Record, Reason> {
    let v = &entry.json;
    let id = need(v, "/id")?;
    let own = |e: &&Entry| ref_id(&e.json, "/beneficiary", "Patient") == Some(id);
    let covers: Vec<&Value> = pool.all("Coverage").filter(own).map(|e| &e.json).collect();
    let official = list(v, "/name").iter().find(|n| text(n, "/use") == Some("official")).or(list(v, "/name").first());
    let languages = list(v, "/communication");
    let preferred = languages.iter().find(|c| c.get("preferred") == Some(&Value::Bool(true))).or(languages.first());
    let animal = list(v, "/extension").iter().find(|e| text(e, "/url") == Some(ANIMAL));
    let species = animal.and_then(|a| list(a, "/extension").iter().find_map(|s| text(s, "/valueCodeableConcept/text")));
    let patient = Patient {
        id: id.into(),
        name: official.map(full_name).unwrap_or_default(),
        birth_date: date(v, "/birthDate")?,
        region: text(v, "/address/0/state").map(str::to_owned),
        zone: ext(v, "timezone").and_then(|e| text(e, "/valueCode").or(text(e, "/valueString"))).map(str::to_owned),
        payer: covers.iter().find_map(|c| payer(c).ok().flatten()),
        lang: preferred.and_then(|c| text(c, "/language/coding/0/code")).and_then(|c| c.parse().ok()),
        species: species.map(str::to_owned),
        phone: phones(v).next().map(str::to_owned),
        private: private(v, &covers),
    };
    Ok(Record::Patient { patient, stamp: stamp(v, &covers)? })
}

fn full_name(name: &Value) -> String {
    if let Some(whole) = text(name, "/text") {
        return whole.to_owned();
    }
    let given = list(name, "/given").iter().filter_map(Value::as_str);
    given.chain(text(name, "/family")).collect::<Vec<_>>().join(" ")
}

/// The payer class of a coverage that is in force.
fn payer(v: &Value) -> Result<Option<Payer>, Reason> {
    if status(v, &COVERAGE)? != "active" {
        return Ok(None);
    }
    need(v, "/type/coding/0/code")?.parse().map(Some)
}

/// Telephone numbers, the first one first.
fn phones(v: &Value) -> impl Iterator<Item = &str> {
    let number = |t: &&Value| text(t, "/system").is_none_or(|s| s == "phone" || s == "sms");
    list(v, "/telecom").iter().filter(number).filter_map(|t| text(t, "/value"))
}

fn private(v: &Value, covers: &[&Value]) -> Vec<String> {
    let contacts = list(v, "/telecom").iter().filter_map(|t| text(t, "/value"));
    let lines = list(v, "/address").iter().flat_map(|a| list(a, "/line")).filter_map(Value::as_str);
    let is_member_id = |c: &&Value| text(c, "/type/coding/0/code") == Some("rxid");
    let cards =
        covers.iter().flat_map(|c| list(c, "/class").iter().filter(is_member_id).filter_map(|x| text(x, "/value")));
    let members = covers.iter().filter_map(|c| text(c, "/subscriberId"));
    let mut out: Vec<String> = contacts.chain(lines).chain(cards).chain(members).map(str::to_owned).collect();
    out.sort();
    out.dedup();
    out
}

/// A consent is a grant only when its helper is a RelatedPerson of the very person it is about.
fn grant(pool: &Pool, entry: &Entry) -> Result<Record, Reason> {
    let v = &entry.json;
    let active = status(v, &CONSENT)? == "active" && text(v, "/provision/type") == Some("permit");
    let patient = ref_id(v, "/patient", "Patient").ok_or("patient is no reference to a Patient")?;
    let actor = reference(v, "/provision/actor/0/reference").ok_or("provision.actor is missing")?;
    let helper = actor.strip_prefix("RelatedPerson/").ok_or("provision.actor is no RelatedPerson")?;
    let related = pool.get(actor).ok_or_else(|| format!("{actor} stands in no file of this folder"))?;
    if ref_id(&related.json, "/patient", "Patient") != Some(patient) {
        return Err(format!("{actor} is related to somebody else"));
    }
    let codes = |v: &Value, system: &str| -> Vec<String> {
        let full = format!("{}{system}", super::json::BASE);
        let of = list(v, "/class").iter().filter(|c| text(c, "/system") == Some(full.as_str()));
        of.filter_map(|c| text(c, "/code")).map(str::to_owned).collect()
    };
    let provision = v.get("provision").ok_or("provision is missing")?;
    let denied = |p: &Value| text(p, "/type") == Some("deny") && codes(p, "category").iter().any(|c| c == "sensitive");
    Ok(Record::Grant(Grant {
        helper: PatientId::from(helper),
        patient: PatientId::from(patient),
        active,
        scopes: codes(provision, "scope"),
        sensitive_denied: list(provision, "/provision").iter().any(denied),
        period: (date(provision, "/period/start")?, date(provision, "/period/end")?),
        stamp: stamp(v, &[])?,
    }))
}
