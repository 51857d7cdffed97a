//! The output rules OR-01 to OR-35 as pure functions over a draft and its context.
//! They return findings and mint nothing; what follows from a finding is decided in `guard::output`.
//! Not here: entailment (OR-03, OR-04, the classifier's part of others) and what code fulfils (OR-19, 20, 21, 32, 34).

pub mod case;
pub mod language;

mod asof;
mod cites;
mod consistency;
mod coupon;
mod delivery;
mod drugs;
mod fold;
mod hidden;
mod identity;
mod items;
mod label;
mod numbers;
mod person;
mod pets;
mod phrases;
mod plain;
mod polarity;
mod price;
#[cfg(test)]
mod probe_tests;
mod readability;
mod scene;
mod split;
mod stock;
mod varies;

use crate::domain::facts::Payer;
use crate::domain::lang::Lang;
use crate::policy::guards::Level;
use scene::Scene;
use serde::{Deserialize, Serialize};
use std::ops::Range;

pub use split::sentences;

/// The files of output rules that are compiled in, by name.
pub const BUILT_IN: [(&str, &str); 3] = [
    ("rules-output/drugs.toml", drugs::DATA),
    ("rules-output/phrases.toml", phrases::DATA),
    ("rules-output/polarity.toml", polarity::DATA),
];

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A policy passage.
    Policy,
    /// An order, prescription or shipment.
    Order,
    /// A price.
    Price,
    /// A stock word.
    Stock,
    /// Verified label text.
    Label,
}

impl SourceKind {
    /// True for what belongs to one person.
    #[must_use]
    pub fn personal(self) -> bool {
        matches!(self, SourceKind::Order | SourceKind::Price | SourceKind::Label)
    }
}

/// One piece of vetted context.
#[derive(Clone, Debug)]
pub struct Source {
    /// Citation id, `DL1` or `order:70-00123`.
    pub id: String,
    /// What it is.
    pub kind: SourceKind,
    /// Its words.
    pub text: String,
    /// Policy: first day in force, as a date.
    pub effective: Option<String>,
    /// Record: when it last changed, as a date and time with offset.
    pub as_of: Option<String>,
    /// Belongs to another patient: supports nothing, and none of its values may be told.
    pub foreign: bool,
}

/// Finds the drug names of the formulary in a text: name as it stands there, byte range.
pub type Finder<'a> = dyn Fn(&str) -> Vec<(String, Range<usize>)> + Sync + 'a;

/// All that the rules may know besides the draft.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The customer's message.
    pub question: &'a str,
    /// The vetted context.
    pub sources: &'a [Source],
    /// The language in which the answer must be.
    pub lang: Lang,
    /// How well the customer is known.
    pub level: Level,
    /// A helper asks, not the patient.
    pub caregiver: bool,
    /// Two-letter state.
    pub region: Option<&'a str>,
    /// Payer class, if known.
    pub payer: Option<Payer>,
    /// The present.
    pub now: jiff::Timestamp,
    /// The customer's zone.
    pub zone: &'a jiff::tz::TimeZone,
    /// Finds formulary names.
    pub drugs: &'a Finder<'a>,
    /// The session person's own names.
    pub patient_names: &'a [String],
    /// Strings that must never appear: other people's values, canaries.
    pub private: &'a [String],
    /// Earlier released answers, oldest first.
    pub history: &'a [String],
    /// Allowed URL prefixes; empty where the case names none.
    pub links: &'a [String],
    /// Spanish sources are reviewed, or unreviewed ones are marked as such.
    pub human_reviewed: bool,
    /// Species of an animal patient.
    pub species: Option<&'a str>,
}

/// One broken rule at one place of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `OR-01` to `OR-35`.
    pub rule: &'static str,
    /// Byte range in the draft.
    pub span: Range<usize>,
    /// For staff: what is wrong, without values of a person.
    pub what: String,
}

/// One rule.
pub struct Rule {
    /// `OR-01` to `OR-35`.
    pub id: &'static str,
    /// Short name.
    pub name: &'static str,
    /// What it forbids, in one line.
    pub about: &'static str,
    check: fn(&Scene<'_>) -> Vec<Finding>,
}

macro_rules! rules {
    ($($id:literal $name:literal $check:path, $about:literal;)*) => {
        &[$(Rule { id: $id, name: $name, about: $about, check: $check }),*]
    };
}

/// Every rule that this module decides, in order of its id.
pub const RULES: &[Rule] = rules! {
    "OR-01" "numbers" numbers::check, "a number, date, time, price, phone, link or id that no source holds with the same unit and role";
    "OR-02" "drugs" drugs::check, "a drug name, strength or form that no source holds";
    "OR-04" "polarity" polarity::check, "a source's sentence repeated without its negation, condition or limit";
    "OR-05" "clinical" phrases::clinical, "dosing, timing, stopping, safety, interaction or storage statements";
    "OR-06" "label" label::check, "label directions that are not quoted word for word from a verified label";
    "OR-07" "diagnosis" phrases::diagnosis, "diagnosis, symptom reading, or comment on a prescriber";
    "OR-08" "as-of" asof::check, "a wrong as-of time";
    "OR-09" "citations" cites::check, "a wrong page id, effective date or link";
    "OR-10" "person" person::others, "values of another person";
    "OR-11" "level" person::level, "a person's data before verification";
    "OR-12" "delivery" delivery::check, "a promised delivery, or a date that is not marked as estimated";
    "OR-13" "price" price::check, "an estimate told as exact, a cash price told as the plan's, a savings promise";
    "OR-14" "coupons" coupon::check, "a coupon offered without the federal-payer check";
    "OR-15" "stock" stock::check, "a stock quantity, a reservation, or another stock word than the record's";
    "OR-16" "decision" phrases::decision, "a refusal, eligibility, liability, legal or compensation decision";
    "OR-17" "secrets" phrases::secrets, "internal reviews, flags, notes, prompts or rules";
    "OR-18" "identity" identity::check, "posing as a person or a professional";
    "OR-22" "guessing" phrases::guessing, "hedges that the sources do not hold";
    "OR-23" "varies" varies::check, "one state's or plan's rule told for all, or another state's";
    "OR-24" "plain" plain::check, "too long, too hard, or jargon without a gloss";
    "OR-25" "language" language::check, "another language than the customer's";
    "OR-26" "tone" phrases::tone, "blame, or talk about being a language model";
    "OR-27" "marketing" phrases::marketing, "marketing or nudges";
    "OR-28" "collecting" phrases::collecting, "asking for card numbers, passwords, codes or photos of identity papers";
    "OR-29" "actions" phrases::actions, "an action claimed that no tool confirmed";
    "OR-30" "hidden" hidden::check, "HTML, images, foreign links or invisible characters";
    "OR-31" "consistency" consistency::check, "contradicts an earlier answer without saying so";
    "OR-33" "reopening" phrases::reopening, "ends with a clinical question";
    "OR-35" "pets" pets::check, "human insurance rules told for an animal";
};

/// Runs every rule; findings in order of rule and place. An empty list is no proof that the draft is right.
#[must_use]
pub fn judge(text: &str, ctx: &Context<'_>) -> Vec<Finding> {
    if let Some(reason) = phrases::broken_data() {
        return vec![Finding {
            rule: "OR-05",
            span: 0..text.len(),
            what: format!("the rule data do not parse: {reason}"),
        }];
    }
    let scene = Scene::new(text, ctx);
    let mut found: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.check)(&scene)).collect();
    found.sort_by(|a, b| (a.rule, a.span.start, a.span.end).cmp(&(b.rule, b.span.start, b.span.end)));
    found.dedup_by(|a, b| a.rule == b.rule && a.span == b.span);
    found
}

/// What is left of a text without the sentences that findings meet. `None` when nothing failed, when a finding has no place, or when the
/// first sentence goes, too: that is the one which answers.
#[must_use]
pub fn repaired(text: &str, findings: &[Finding]) -> Option<String> {
    let meets = |s: &Range<usize>| findings.iter().any(|f| f.span.start < s.end && s.start < f.span.end);
    let placeless = findings.iter().any(|f| f.span.is_empty());
    let all = sentences(text);
    if findings.is_empty() || placeless || all.first().is_none_or(&meets) {
        return None;
    }
    let kept = all.into_iter().filter(|s| !meets(s)).filter_map(|s| text.get(s));
    Some(kept.map(str::trim).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_keeps_its_first_sentence_is_repaired() {
        let text = "It is on its way. It cost $3. Call us.";
        let at = |words: &str| {
            let start = text.find(words).unwrap();
            Finding { rule: "OR-01", span: start..start + words.len(), what: String::new() }
        };
        assert_eq!(repaired(text, &[at("$3")]).as_deref(), Some("It is on its way. Call us."));
        assert_eq!(repaired(text, &[at("on its way"), at("$3")]), None);
        assert_eq!(repaired(text, &[]), None);
        assert_eq!(repaired(text, &[at("$3"), Finding { span: 0..0, ..at("$3") }]), None);
    }
}
