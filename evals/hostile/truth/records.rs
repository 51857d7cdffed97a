//! Reads the bundles: each person's facts, as a whole and by order and prescription.

use super::facts::Facts;
use super::pages::load;
use super::text::fold;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

/// A person with records.
pub struct Person {
    /// Their time zone.
    pub zone: TimeZone,
    /// Everything about them.
    pub all: Facts,
    /// By order number ("70-00112").
    pub orders: HashMap<String, Facts>,
    /// By prescription number, folded ("rx-4000121").
    pub rxs: HashMap<String, Facts>,
    /// The carrier of each tracking number, folded.
    pub parcels: HashMap<String, String>,
    /// What names or marks only a person: kind and folded value.
    pub identity: Vec<(&'static str, String)>,
}

/// Reads all people of `sample/`.
pub fn people(folder: &Path) -> Result<BTreeMap<String, Person>, String> {
    let mut out = BTreeMap::new();
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|e| format!("{}: {e}", folder.display()))?.path();
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or("").to_string();
        if name.starts_with('P') && path.extension().is_some_and(|e| e == "json") {
            let list = resources(&path)?;
            out.insert(name, person(&list).ok_or_else(|| format!("{}: no Patient", path.display()))?);
        }
    }
    Ok(out)
}

/// The resources of a bundle.
pub fn resources(path: &Path) -> Result<Vec<Value>, String> {
    let bundle: Value = serde_json::from_str(&load(path)?).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(bundle["entry"].as_array().into_iter().flatten().map(|e| e["resource"].clone()).collect())
}

struct Book<'a> {
    list: &'a [Value],
    zone: TimeZone,
}

fn person(list: &[Value]) -> Option<Person> {
    let patient = list.iter().find(|r| r["resourceType"] == "Patient")?;
    let zone = extension(patient, "timezone")
        .and_then(|e| e["valueCode"].as_str().map(str::to_string))
        .and_then(|z| TimeZone::get(&z).ok())
        .unwrap_or(TimeZone::UTC);
    let book = Book { list, zone };
    let rxs: HashMap<String, Facts> =
        book.of("MedicationRequest").map(|r| (text(&r["identifier"][0]["value"]), book.rx(r))).collect();
    let orders: HashMap<String, Facts> =
        book.tasks("order").map(|t| (text(&t["identifier"][0]["value"]), book.order(t, &rxs))).collect();
    let mut all = Facts::default();
    list.iter().for_each(|r| all.add(r, &book.zone));
    all.items = orders.values().flat_map(|o| o.items.clone()).collect();
    let parcels = book
        .of("SupplyDelivery")
        .map(|d| (text(&d["identifier"][0]["value"]), text(&d["supplier"]["display"])))
        .collect();
    Some(Person { parcels, identity: identity(list), all, orders, rxs, zone: book.zone })
}

fn extension<'a>(resource: &'a Value, name: &str) -> Option<&'a Value> {
    resource["extension"].as_array()?.iter().find(|e| e["url"].as_str().is_some_and(|u| u.ends_with(name)))
}

fn text(value: &Value) -> String {
    fold(value.as_str().unwrap_or(""))
}

impl<'a> Book<'a> {
    fn of(&self, kind: &'static str) -> impl Iterator<Item = &'a Value> {
        self.list.iter().filter(move |r| r["resourceType"] == kind)
    }

    fn tasks(&self, code: &'static str) -> impl Iterator<Item = &'a Value> {
        self.of("Task").filter(move |t| t["code"]["coding"][0]["code"] == code)
    }

    fn rx(&self, request: &Value) -> Facts {
        let own = format!("MedicationRequest/{}", request["id"].as_str().unwrap_or(""));
        let mut facts = Facts::default();
        facts.add(request, &self.zone);
        for fill in self.tasks("fill").filter(|t| t["focus"]["reference"] == own.as_str()) {
            facts.add(fill, &self.zone);
            for order in self.tasks("order").filter(|o| part_of(fill, o)) {
                let mut around = Facts::default();
                self.shipments(order, &mut around);
                around.add(order, &self.zone);
                facts.states.extend(around.states);
                facts.marks.extend(around.marks);
            }
        }
        let last = self
            .tasks("fill")
            .filter(|t| t["focus"]["reference"] == own.as_str())
            .max_by_key(|t| t["authoredOn"].as_str().and_then(|a| a.parse::<jiff::Timestamp>().ok()));
        let waiting = last
            .and_then(|t| t["businessStatus"]["coding"][0]["code"].as_str())
            .is_some_and(|c| ["P05", "P06", "P07", "P08"].contains(&c));
        for d in self.of("MedicationDispense").filter(|d| d["authorizingPrescription"][0]["reference"] == own.as_str())
        {
            facts.add(d, &self.zone);
        }
        for claim in self.of("Claim").filter(|c| c["prescription"]["reference"] == own.as_str()) {
            facts.add(claim, &self.zone);
            let id = format!("Claim/{}", claim["id"].as_str().unwrap_or(""));
            self.of("ClaimResponse")
                .filter(|r| r["request"]["reference"] == id.as_str())
                .for_each(|r| facts.add(r, &self.zone));
        }
        if waiting {
            facts.marks.remove("approved");
        }
        facts
    }

    fn order(&self, order: &Value, rxs: &HashMap<String, Facts>) -> Facts {
        let mut facts = Facts::default();
        facts.add(order, &self.zone);
        self.shipments(order, &mut facts);
        let mut items = HashSet::new();
        for fill in self.tasks("fill").filter(|f| part_of(f, order)) {
            facts.add(fill, &self.zone);
            let rx = text(&fill["focus"]["reference"]).trim_start_matches("medicationrequest/").to_string();
            if let Some(more) = rxs.get(&rx) {
                let refund = facts.marks.clone();
                facts.join_but_states(more);
                facts.marks.retain(|m| refund.contains(m) || m == "approved" || m == "denied" || m.starts_with("by:"));
            }
            items.insert(rx);
        }
        facts.items.extend(i64::try_from(items.len()).ok());
        facts
    }

    fn shipments(&self, order: &Value, facts: &mut Facts) {
        for ship in self.tasks("shipment").filter(|s| part_of(s, order)) {
            facts.add(ship, &self.zone);
            let id = ship["focus"]["reference"].as_str().unwrap_or("").trim_start_matches("SupplyDelivery/");
            self.of("SupplyDelivery").filter(|d| d["id"] == id).for_each(|d| facts.add(d, &self.zone));
        }
    }
}

fn part_of(task: &Value, order: &Value) -> bool {
    let own = format!("Task/{}", order["id"].as_str().unwrap_or(""));
    task["partOf"].as_array().into_iter().flatten().any(|p| p["reference"] == own.as_str())
}

fn identity(list: &[Value]) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for r in list {
        match r["resourceType"].as_str().unwrap_or("") {
            "Patient" | "RelatedPerson" => names(r, &mut out),
            "Coverage" => {
                out.push(("member id", text(&r["subscriberId"])));
                r["class"].as_array().into_iter().flatten().for_each(|c| out.push(("plan number", text(&c["value"]))));
                let plan = text(&r["payor"][0]["display"]);
                out.push(("plan", plan.split(" (").next().unwrap_or("").to_string()));
            }
            "MedicationRequest" => {
                out.push(("prescription number", text(&r["identifier"][0]["value"])));
                out.push(("prescriber", text(&r["requester"]["display"])));
                out.push(("pharmacy", text(&r["priorPrescription"]["display"])));
                out.push(("prescription number", text(&r["priorPrescription"]["identifier"]["value"])));
            }
            "SupplyDelivery" => out.push(("tracking number", text(&r["identifier"][0]["value"]))),
            "Task" => {
                out.push(("order number", text(&r["identifier"][0]["value"])));
                let inputs = r["input"].as_array().into_iter().flatten();
                let places = inputs.filter(|i| matches!(i["type"]["text"].as_str(), Some("pharmacy" | "hold-place")));
                places.for_each(|i| out.push(("place", text(&i["valueString"]))));
            }
            _ => {}
        }
    }
    out.retain(|(_, v)| v.chars().count() >= 5);
    out
}

fn names(r: &Value, out: &mut Vec<(&'static str, String)>) {
    let people = r["name"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(r["contact"].as_array().into_iter().flatten().map(|c| &c["name"]));
    for name in people {
        let family = text(&name["family"]);
        for given in name["given"].as_array().into_iter().flatten().map(text) {
            out.push(("name", format!("{given} {family}")));
            out.push(("given name", given));
        }
        out.push(("family name", family));
    }
    for address in r["address"].as_array().into_iter().flatten() {
        address["line"].as_array().into_iter().flatten().for_each(|l| out.push(("address", text(l))));
        out.push(("postal code", text(&address["postalCode"])));
    }
    for telecom in r["telecom"].as_array().into_iter().flatten() {
        let value = text(&telecom["value"]);
        let phone = telecom["system"] == "phone";
        out.push(if phone { ("phone", super::lex::phone(&value)) } else { ("e-mail", value) });
    }
    out.push(("birth date", text(&r["birthDate"])));
}
