//! The facts of one order, prescription or person, gathered from FHIR resources.

use super::bag::Bag;
use super::lex::milli;
use super::text::fold;
use super::units::unit_word;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::HashSet;

/// What is recorded about something.
#[derive(Default, Clone)]
pub struct Facts {
    /// Numbers by kind.
    pub bag: Bag,
    /// Moments in the person's own time, to the minute.
    pub moments: HashSet<DateTime>,
    /// Texts, folded.
    pub strings: HashSet<String>,
    /// State codes.
    pub states: HashSet<String>,
    /// Carriers, folded.
    pub carriers: HashSet<String>,
    /// Refills left.
    pub refills: HashSet<i64>,
    /// Numbers of items of the orders.
    pub items: HashSet<i64>,
    /// Medications by id.
    pub drugs: HashSet<String>,
    /// Days of the carrier's delivery estimates.
    pub windows: HashSet<jiff::civil::Date>,
    /// Words for what happened that no state tells: `refund-sent`, `delivered`, `approved`, `denied`, `by:customer`.
    pub marks: HashSet<String>,
}

const SKIPPED: &[&str] = &[
    "reference",
    "system",
    "url",
    "id",
    "fullUrl",
    "resourceType",
    "coding",
    "status",
    "intent",
    "use",
    "country",
    "category",
];

impl Facts {
    /// Adds a resource, with its moments in the person's zone.
    pub fn add(&mut self, resource: &Value, zone: &TimeZone) {
        self.walk(resource, zone);
        let kind = resource["resourceType"].as_str().unwrap_or("");
        match kind {
            "Task" => self.task(resource),
            "MedicationRequest" => self.request(resource),
            "ClaimResponse" => self.claim(resource),
            "SupplyDelivery" => self.delivery(resource),
            _ => {}
        }
        if let Some(id) = resource["medicationReference"]["reference"].as_str() {
            self.drugs.insert(id.trim_start_matches("Medication/").to_string());
        }
    }

    fn task(&mut self, task: &Value) {
        if let Some(code) = task["businessStatus"]["coding"][0]["code"].as_str() {
            self.states.insert(code.to_string());
        }
        for output in task["output"].as_array().into_iter().flatten() {
            if output["type"]["text"].as_str() == Some("refund-sent-on") {
                self.marks.insert("refund-sent".into());
            }
        }
    }

    fn request(&mut self, request: &Value) {
        for extension in request["extension"].as_array().into_iter().flatten() {
            if extension["url"].as_str().is_some_and(|u| u.ends_with("refills-left")) {
                self.refills.extend(extension["valueInteger"].as_i64());
            }
        }
        if let Some(by) = request["statusReason"]["text"].as_str() {
            self.marks.insert(format!("by:{by}"));
        }
        if let Some(n) = request["dispenseRequest"]["numberOfRepeatsAllowed"].as_i64() {
            self.bag.counts.insert((n * 1000, "refill"));
        }
    }

    fn claim(&mut self, claim: &Value) {
        let said = claim["disposition"].as_str().unwrap_or("");
        if claim["outcome"].as_str() == Some("complete") && (said.is_empty() || said == "approved") {
            self.marks.insert("approved".into());
        }
        if claim["outcome"].as_str() == Some("error") || said == "denied" || said.starts_with("appeal") {
            self.marks.insert("denied".into());
        }
    }

    fn delivery(&mut self, parcel: &Value) {
        self.carriers.extend(parcel["supplier"]["display"].as_str().map(fold));
        let period = &parcel["occurrencePeriod"];
        self.windows.extend(
            [&period["start"], &period["end"]].iter().filter_map(|d| d.as_str()?.parse::<jiff::civil::Date>().ok()),
        );
        let text = parcel["extension"].to_string();
        if text.contains("\"Delivered\"") {
            self.marks.insert("delivered".into());
        }
    }

    fn walk(&mut self, value: &Value, zone: &TimeZone) {
        match value {
            Value::Object(map) => {
                self.measure(value);
                for (key, inner) in map {
                    if !SKIPPED.contains(&key.as_str()) {
                        self.walk(inner, zone);
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|v| self.walk(v, zone)),
            Value::String(text) => self.string(text, zone),
            Value::Number(n) => {
                self.bag.any.extend(n.as_f64().map(milli));
            }
            _ => {}
        }
    }

    fn measure(&mut self, value: &Value) {
        let Some(number) = value["value"].as_f64() else { return };
        if value["currency"].is_string() {
            self.bag.money.insert(milli(number) / 10);
        }
        if let Some(unit) = value["unit"].as_str() {
            if let Some(unit) = unit_word(unit) {
                self.bag.counts.insert((milli(number), unit));
            }
            self.bag.names.insert(super::lex::compact(&format!("{number}{unit}")));
        }
    }

    fn string(&mut self, text: &str, zone: &TimeZone) {
        if let Ok(at) = text.parse::<Timestamp>() {
            self.moment(at, zone);
            return;
        }
        if let Ok(day) = text.parse::<jiff::civil::Date>() {
            self.bag.dates.insert((Some(day.year()), day.month(), day.day()));
            return;
        }
        self.strings.insert(fold(text));
        self.bag.read(text);
    }

    /// Adds a moment and its day.
    pub fn moment(&mut self, at: Timestamp, zone: &TimeZone) {
        let local = at.to_zoned(zone.clone()).datetime();
        self.bag.dates.insert((Some(local.year()), local.month(), local.day()));
        if let Ok(minute) = local.with().second(0).subsec_nanosecond(0).build() {
            self.moments.insert(minute);
        }
    }

    /// Adds all of another record's facts.
    pub fn join(&mut self, other: &Facts) {
        self.join_but_states(other);
        self.states.extend(other.states.iter().cloned());
        self.items.extend(&other.items);
    }

    /// Adds another record's facts but its states and items.
    pub fn join_but_states(&mut self, other: &Facts) {
        self.bag.join(&other.bag);
        self.moments.extend(&other.moments);
        self.strings.extend(other.strings.iter().cloned());
        self.windows.extend(&other.windows);
        self.carriers.extend(other.carriers.iter().cloned());
        self.refills.extend(&other.refills);
        self.drugs.extend(other.drugs.iter().cloned());
        self.marks.extend(other.marks.iter().cloned());
    }
}
