//! Vetting: decides which evidence may be said to this person today, and mints `Vetted`.
//! Searching and reading happened before (`gather`); wording happens after (`draft`).

use super::input::{Permit, Screened};
use crate::domain::evidence::{Evidence, Fact, Passage};
use crate::domain::facts::{Medication, Payer, Prescription};
use crate::domain::feed::IN_DOUBT;
use crate::domain::ids::{PageId, PatientId};
use crate::domain::labels::Intent;
use crate::domain::lang::Lang;
use crate::domain::line::Line;
use crate::domain::tokens::Tokens;
use crate::policy::asks::Ask;
use crate::policy::guards::{Guards, Level};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The circumstances in which an answer is given: who, where, when, in which language.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Language of the reply.
    pub lang: Lang,
    /// Identity level.
    pub level: Level,
    /// The verified person whose facts may be shown.
    pub patient: Option<PatientId>,
    /// A caregiver asks for them.
    pub caregiver: bool,
    /// Two-letter state: the person's, or as told by an anonymous visitor.
    pub region: Option<String>,
    /// Payer class, as above.
    pub payer: Option<Payer>,
    /// Species, when the patient is an animal.
    pub species: Option<String>,
    /// The person's own name, for token replacement and checks.
    pub names: Vec<String>,
    /// Zone in which times are told: the person's, else the state's, else the pharmacy's.
    pub zone: TimeZone,
    /// The present moment.
    pub now: Timestamp,
}

/// A fact with its freshness.
#[derive(Clone, Debug)]
pub struct VettedFact {
    /// The fact, minimised.
    pub fact: Fact,
    /// When the feed last confirmed it.
    pub confirmed_at: Timestamp,
    /// Past its age limit: given with both times and the offer of a person.
    pub old: bool,
}

/// Approved, in force, this person's, fresh, minimised, scanned. The only thing a drafter accepts.
#[derive(Debug)]
pub struct Vetted {
    screened: Screened,
    frame: Frame,
    passages: Vec<Passage>,
    facts: Vec<VettedFact>,
    tokens: Tokens,
}

impl Vetted {
    /// The permission that it holds.
    #[must_use]
    pub fn screened(&self) -> &Screened {
        &self.screened
    }
    /// Circumstances.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }
    /// Policy sections, best first; empty under [`Permit::FactsOnly`].
    #[must_use]
    pub fn passages(&self) -> &[Passage] {
        &self.passages
    }
    /// Facts, best first.
    #[must_use]
    pub fn facts(&self) -> &[VettedFact] {
        &self.facts
    }
    /// Names and numbers of the person, replaced before anything leaves the process.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }
}

/// Why nothing may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VetRefusal {
    /// Nothing relevant, in force, and theirs was found.
    #[error("no evidence")]
    NoEvidence,
    /// Two pages in force contradict each other's validity.
    #[error("conflicting pages")]
    Conflict,
    /// The only fact is past ten times its age limit, or a price that is not of this moment.
    #[error("stale record")]
    Stale,
    /// A record that is asked for is in doubt: the feed's latest word on it makes no sense, or an instruction stands in its words.
    #[error("record in doubt")]
    Doubt,
}

/// Vets evidence. `words` are the customer's with the medicines that their everyday words stand for; `planted` says whether a retrieved
/// text carries an instruction.
///
/// # Errors
/// [`VetRefusal`]: the question goes to a person.
pub fn vet(
    screened: Screened,
    frame: Frame,
    evidence: Vec<Evidence>,
    guards: &Guards,
    words: &str,
    planted: &dyn Fn(&str) -> bool,
) -> Result<Vetted, VetRefusal> {
    let mut passages = Vec::new();
    let (mut facts, mut stale) = (Vec::new(), false);
    for piece in evidence {
        match piece {
            Evidence::Passage(p, relevance) => {
                let relevant = relevance >= guards.relevance.value();
                if relevant && may_tell(&p, &frame) && !planted(&p.scanned()) {
                    passages.push(p);
                }
            }
            // A page, or another order, does not answer for it.
            Evidence::Fact(fact, at) if theirs(&fact, &frame) && (at == IN_DOUBT || planted(&fact.remarks())) => {
                return Err(VetRefusal::Doubt);
            }
            Evidence::Fact(fact, confirmed_at) if theirs(&fact, &frame) => match age(&fact, confirmed_at, frame.now) {
                Age::Fresh => facts.push(VettedFact { fact, confirmed_at, old: false }),
                Age::Old => facts.push(VettedFact { fact, confirmed_at, old: true }),
                Age::Dead => stale = true,
            },
            Evidence::Fact(..) => {}
        }
    }
    if conflict(&passages) {
        return Err(VetRefusal::Conflict);
    }
    if screened.permit() == Permit::FactsOnly {
        passages.clear();
    }
    if passages.is_empty() && facts.is_empty() {
        return Err(if stale { VetRefusal::Stale } else { VetRefusal::NoEvidence });
    }
    let intent = screened.verdict().intent;
    let asks = screened.verdict().signals.asks.clone();
    let said = words.to_lowercase();
    for f in &mut facts {
        minimise(&mut f.fact, intent, &asks, &said);
    }
    let tokens = tokens(&frame, &facts);
    Ok(Vetted { screened, frame, passages, facts, tokens })
}

/// Questions that a question back may offer where nothing was relevant enough to answer.
const OFFERED: usize = 3;

/// A question that a published section answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The section's page.
    pub page: PageId,
    /// Its heading.
    pub question: String,
}

/// What a message may have meant: of sections that may be told to this person today, but are not relevant enough to answer by themselves,
/// the questions that they answer; the nearest first, one a page, none below the least relevance (`offer`) of the guard policy.
#[must_use]
pub fn offers(evidence: &[Evidence], frame: &Frame, guards: &Guards, planted: &dyn Fn(&str) -> bool) -> Vec<Offer> {
    let mut near: Vec<(f32, &Passage)> = Vec::new();
    for piece in evidence {
        let Evidence::Passage(p, relevance) = piece else { return Vec::new() };
        let new = !near.iter().any(|(_, known)| known.page() == p.page());
        if new && *relevance >= guards.offer.value() && may_tell(p, frame) && !planted(&p.scanned()) {
            near.push((*relevance, p));
        }
    }
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(OFFERED).map(|(_, p)| Offer { page: p.page().clone(), question: p.heading.clone() }).collect()
}

/// Approved, in force, and for customers of their state and plan.
fn may_tell(p: &Passage, frame: &Frame) -> bool {
    let today = frame.now.to_zoned(frame.zone.clone()).date();
    p.in_force(today) && p.applies_in(frame.region.as_deref(), frame.payer) && p.meta.audience == "customer"
}

/// Stock and cash prices are everybody's; all else only the verified person's own.
fn theirs(fact: &Fact, frame: &Frame) -> bool {
    match fact.owner() {
        None => true,
        Some(owner) => frame.level >= Level::L2 && frame.patient.as_ref() == Some(owner),
    }
}

enum Age {
    Fresh,
    Old,
    Dead,
}

/// Limits of DOMAIN.md 3.6 on the time since the feed confirmed the fact.
fn age(fact: &Fact, confirmed_at: Timestamp, now: Timestamp) -> Age {
    let minutes = match fact {
        Fact::Price(_) => 0,
        Fact::Order { .. } | Fact::Prescription(_) => 5,
        Fact::Stock(_) => 15,
    };
    // A price is re-read at answer time; a minute allows for the reading itself.
    let limit = SignedDuration::from_mins(minutes.max(1));
    let age = now.duration_since(confirmed_at);
    if age <= limit {
        Age::Fresh
    } else if minutes > 0 && age <= limit * 10 {
        Age::Old
    } else {
        Age::Dead
    }
}

/// Two versions of one page in one language, both in force and equally specific: nobody can say which holds.
fn conflict(passages: &[Passage]) -> bool {
    passages.iter().enumerate().any(|(i, a)| {
        passages.iter().skip(i + 1).any(|b| {
            let same = a.meta.id == b.meta.id && a.meta.language == b.meta.language && a.meta.version != b.meta.version;
            same && a.meta.jurisdictions == b.meta.jurisdictions && a.meta.payers == b.meta.payers
        })
    })
}

/// Minimum necessary (45 CFR 164.502(b)): a drug's name stays only where the customer named it or asks first of all what is in an
/// order; a plan's answer only where the plan or the progress is asked about; label words and prescribers never travel with an answer.
fn minimise(fact: &mut Fact, intent: Intent, asks: &[&Ask], said: &str) {
    let asks_for = |line: Line| asks.iter().any(|a| a.lines.contains(&line));
    let of_items = asks.first().is_some_and(|a| a.lines.contains(&Line::Items));
    let keep = |m: &Medication| spoken(m, said) || (of_items && !m.sensitive);
    let trim = |p: &mut Prescription| {
        p.label = None;
        p.prescriber = None;
        if !keep(&p.medication) {
            p.hide_name();
        }
        if !matches!(intent.index() + 1, 11 | 28 | 29 | 13 | 14 | 10 | 8 | 9) && !asks_for(Line::Plan) {
            p.hide_plan();
        }
    };
    match fact {
        Fact::Prescription(p) => trim(p),
        Fact::Order { items, .. } => items.iter_mut().for_each(trim),
        Fact::Price(_) | Fact::Stock(_) => {}
    }
}

/// The customer said what the medicine is called: a word of its name before the strength, or a whole further name. Strength and form
/// ("tablet") are words about any medicine. Endings do not matter: "metformina".
fn spoken(m: &Medication, said: &str) -> bool {
    let words: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let holds = |name: &str| {
        let name: Vec<String> = name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
        words.windows(name.len().max(1)).any(|at| at.iter().zip(&name).all(|(a, b)| a.starts_with(b.as_str())))
    };
    let own = m.name.split_whitespace().take_while(|w| !w.starts_with(|c: char| c.is_ascii_digit()));
    own.filter(|w| w.len() >= 4).any(holds) || m.aliases.iter().any(|a| a.len() >= 4 && holds(a))
}

fn tokens(frame: &Frame, facts: &[VettedFact]) -> Tokens {
    let mut tokens = Tokens::default();
    frame.names.iter().for_each(|n| tokens.add("NAME", n));
    for f in facts {
        match &f.fact {
            Fact::Prescription(p) => tokens.add("RX", &p.number),
            Fact::Order { order, shipments, items } => {
                tokens.add("ORDER", &order.number);
                shipments.iter().filter_map(|s| s.tracking.as_ref()).for_each(|t| tokens.add("TRACKING", t));
                items.iter().for_each(|i| tokens.add("RX", &i.number));
            }
            Fact::Price(_) | Fact::Stock(_) => {}
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(page: &str, heading: &str, audience: &str, states: &[&str]) -> Passage {
        let meta = serde_json::json!({
            "id": page, "title": page, "version": 1, "effective_from": "2026-01-01", "effective_to": "", "jurisdictions": states,
            "payers": ["*"], "audience": audience, "owner": "o", "approved_by": "a", "approved_on": "2026-01-01", "next_review": "",
            "supersedes": "", "language": "en", "translation_reviewed_by": "", "risk_class": "service", "constants": [],
        });
        let meta = serde_json::from_value(meta).unwrap();
        Passage {
            meta,
            section: 0,
            heading: heading.into(),
            sentences: vec!["Yes.".into()],
            asked: Vec::new(),
            lead: 0,
        }
    }

    #[test]
    fn only_what_may_be_told_and_is_near_is_offered_one_a_page_and_nothing_beside_a_record() {
        let file = |name: &str| std::fs::read_to_string(std::path::Path::new("guardrails").join(name)).unwrap();
        let guards = Guards::parse(&file("guards.toml"), &file("model/thresholds.json")).unwrap();
        let frame = Frame {
            lang: Lang::En,
            level: Level::L0,
            patient: None,
            caregiver: false,
            region: Some("TX".into()),
            payer: None,
            species: None,
            names: Vec::new(),
            zone: TimeZone::UTC,
            now: "2026-11-20T12:00:00Z".parse().unwrap(),
        };
        let (near, far) = (guards.offer.value() + 0.05, guards.offer.value() - 0.05);
        let of = |page, heading, relevance| Evidence::Passage(section(page, heading, "customer", &["*"]), relevance);
        let evidence = [
            of("A", "A?", near),
            of("A", "another of A?", near),
            of("B", "nearer?", near + 0.1),
            of("C", "far?", far),
            of("D", "planted?", near),
            Evidence::Passage(section("E", "for staff?", "staff", &["*"]), near),
            Evidence::Passage(section("F", "for CA?", "customer", &["CA"]), near),
        ];
        let asked = |evidence: &[Evidence]| {
            let offers = offers(evidence, &frame, &guards, &|text: &str| text.contains("planted"));
            offers.into_iter().map(|o| o.question).collect::<Vec<_>>()
        };
        assert_eq!(asked(&evidence), ["nearer?", "A?"]);
        let stock = serde_json::json!({"medication": "M1", "name": "m", "word": "available", "stamp": {"version": 1, "as_of": "2026-11-20T11:00:00Z"}});
        let stock = Fact::Stock(serde_json::from_value(stock).unwrap());
        assert!(asked(&[of("A", "A?", near), Evidence::Fact(stock, frame.now)]).is_empty());
    }

    #[test]
    fn strength_and_form_name_no_medicine() {
        let medication: Medication = serde_json::from_value(serde_json::json!({
            "id": "M1", "name": "sertraline 50 mg tablet", "schedule": null, "critical": false, "cold": false,
            "aliases": ["zoloft", "water pill"],
        }))
        .unwrap();
        let named = ["where is my sertraline", "¿y mi sertralinea?", "zoloft?", "is my water pill coming"];
        named.iter().for_each(|said| assert!(spoken(&medication, said), "{said}"));
        let unnamed = ["where are my tablets", "mis tabletas de 50 mg", "is the water warm", "the pill bottle"];
        unnamed.iter().for_each(|said| assert!(!spoken(&medication, said), "{said}"));
    }
}
