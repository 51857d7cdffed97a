//! Evidence: what retrieval and the store found, each piece with its source, version, owner and age.
//! Never free text: a passage belongs to a page version, a fact to a record version.

use super::facts::{Order, Payer, Prescription, Price, Shipment, Stock};
use super::ids::{PageId, PatientId};
use super::lang::Lang;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The front matter of a policy page (formats: `EVAL_FORMATS`, "A pharmacy folder").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageMeta {
    /// Topic id, such as `DL1`.
    pub id: PageId,
    /// Title shown in the source line.
    pub title: String,
    /// Version, rising.
    pub version: u32,
    /// First day in force.
    pub effective_from: String,
    /// Last day in force, `""` for none.
    pub effective_to: String,
    /// Two-letter codes or `*`.
    pub jurisdictions: Vec<String>,
    /// Payer codes or `*`.
    pub payers: Vec<String>,
    /// `customer` or `staff`.
    pub audience: String,
    /// Who owns the page.
    pub owner: String,
    /// Who approved it; `""` means not approved and never shown.
    pub approved_by: String,
    /// Day of approval.
    pub approved_on: String,
    /// Day after which the page is no longer retrievable.
    pub next_review: String,
    /// `DL1@1` or `""`.
    pub supersedes: String,
    /// `en` or `es`.
    pub language: Lang,
    /// Qualified reviewer of the translation or `""`.
    pub translation_reviewed_by: String,
    /// `service`, `money`, `clinical`, `controlled`, `privacy`, `safety`.
    pub risk_class: String,
    /// Constants whose numbers stand in the page.
    pub constants: Vec<String>,
}

/// One section of a policy page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// The page.
    pub meta: PageMeta,
    /// Position of the section in the page, from 0.
    pub section: usize,
    /// The section's heading: the question that it answers.
    pub heading: String,
    /// Its sentences in order; the first answers the heading.
    pub sentences: Vec<String>,
    /// Questions in customers' words that it answers, those by which it is found first; they are no evidence.
    #[serde(default, skip_serializing)]
    pub asked: Vec<Known>,
    /// Position of the sentence that answers the question for which the section was found.
    #[serde(default, skip_serializing)]
    pub lead: usize,
}

/// A question that a section answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// As a customer types it.
    pub text: String,
    /// Position of the sentence that answers it.
    pub sentence: usize,
    /// Whether the section is found by it.
    pub finds: bool,
}

impl Passage {
    /// For customers, approved, and about nothing that may hurt somebody: its heading says nothing about whoever asks it.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let risky = matches!(self.meta.risk_class.as_str(), "clinical" | "safety");
        self.meta.audience == "customer" && !self.meta.approved_by.is_empty() && !risky
    }
}

impl PageMeta {
    /// How many of state and payer the page names: 0 for a page for all, 2 at most. The more specific page wins.
    #[must_use]
    pub fn specificity(&self) -> usize {
        let named = |list: &[String]| usize::from(!list.iter().any(|x| x == "*"));
        named(&self.jurisdictions) + named(&self.payers)
    }
    /// The days on which it may be told; none of a page that is not approved or has a date that is none.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        let date = |s: &str| if s.is_empty() { Some(None) } else { s.parse::<Date>().ok().map(Some) };
        let ends = [date(&self.effective_to)?, date(&self.next_review)?];
        let from = self.effective_from.parse().ok()?;
        (!self.approved_by.is_empty()).then(|| Window { from, to: ends.into_iter().flatten().min() })
    }
}

/// Days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: Date,
    to: Option<Date>,
}

impl Window {
    /// The day is one of them.
    #[must_use]
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

impl Passage {
    /// The citation id, `DL1`.
    #[must_use]
    pub fn page(&self) -> &PageId {
        &self.meta.id
    }
    /// All sentences as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.sentences.join(" ")
    }
    /// Sixteen hex digits over what the section says and for whom: pages have variants by state and payer under one id and version.
    #[must_use]
    pub fn digest(&self) -> String {
        let m = &self.meta;
        let parts =
            [&m.title, &self.heading].into_iter().chain(&m.jurisdictions).chain(&m.payers).chain(&self.sentences);
        let mut hash = Sha256::new();
        parts.for_each(|part| hash.update([part.as_bytes(), b"\n"].concat()));
        hex::encode(hash.finalize()).chars().take(16).collect()
    }
    /// What of the section is scanned for planted instructions: all of it that a drafter reads.
    #[must_use]
    pub fn scanned(&self) -> String {
        format!("{} {}", self.heading, self.text())
    }
    /// What of the section is embedded: itself and the questions that it answers.
    pub fn embedded(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::once(self.embedded_text()).chain(self.asked.iter().map(|q| q.text.clone()))
    }
    /// The questions by which it is found.
    pub fn found_by(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().filter(|q| q.finds).map(|q| q.text.as_str())
    }
    /// The section without what it is found by.
    #[must_use]
    pub fn without_questions(&self) -> Self {
        let Self { meta, section, heading, sentences, lead, .. } = self;
        let (meta, heading, sentences) = (meta.clone(), heading.clone(), sentences.clone());
        Self { meta, section: *section, heading, sentences, asked: Vec::new(), lead: *lead }
    }
    /// Its sentences with the one that answers in front.
    pub fn lead_first(&self) -> impl Iterator<Item = &str> {
        let rest = self.sentences.iter().enumerate().filter(|(n, _)| *n != self.lead).map(|(_, s)| s);
        self.sentences.get(self.lead).into_iter().chain(rest).map(String::as_str)
    }
    /// What the section itself is embedded by: its question and the sentence that answers it.
    #[must_use]
    pub fn embedded_text(&self) -> String {
        format!("{} {}", self.heading, self.sentences.first().map_or("", String::as_str))
    }
    /// In force on a day, approved and not past review.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        self.meta.window().is_some_and(|w| w.holds(day))
    }
    /// Applies in a state (unknown state: only pages for all states).
    #[must_use]
    pub fn applies_in(&self, region: Option<&str>, payer: Option<Payer>) -> bool {
        let any = |list: &[String], one: Option<&str>| list.iter().any(|x| x == "*" || Some(x.as_str()) == one);
        any(&self.meta.jurisdictions, region) && any(&self.meta.payers, payer.map(Payer::code))
    }
}

/// One typed fact, re-read from the store at answer time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "short-lived values, a handful a turn; boxes would only clutter every match"
)]
pub enum Fact {
    /// A prescription.
    Prescription(Prescription),
    /// An order with its parcels.
    Order {
        /// The order.
        order: Order,
        /// Its parcels.
        shipments: Vec<Shipment>,
        /// Its prescriptions.
        items: Vec<Prescription>,
    },
    /// A price.
    Price(Price),
    /// A stock word.
    Stock(Stock),
}

impl Fact {
    /// The source id in citations and audit: `order:70-00123`, `rx:RX-4000123`, `price:…`, `stock:…`.
    #[must_use]
    pub fn source(&self) -> String {
        match self {
            Fact::Prescription(p) => format!("rx:{}", p.number),
            Fact::Order { order, .. } => format!("order:{}", order.number),
            Fact::Price(p) => format!("price:{}", p.medication),
            Fact::Stock(s) => format!("stock:{}", s.medication),
        }
    }
    /// What others wrote into it in words of their own, a line each: carriers, prescribers and plans are no more trusted than a page.
    #[must_use]
    pub fn remarks(&self) -> String {
        let lines: Vec<&str> = match self {
            Fact::Prescription(p) => p.remarks().collect(),
            Fact::Order { order, shipments, items } => {
                let parcels = shipments.iter().flat_map(Shipment::remarks);
                order.remarks().chain(parcels).chain(items.iter().flat_map(Prescription::remarks)).collect()
            }
            Fact::Price(_) => Vec::new(),
            Fact::Stock(s) => s.expected.iter().filter_map(|(_, who)| who.as_deref()).collect(),
        };
        lines.join("\n")
    }
    /// Owner; absent for stock and cash prices.
    #[must_use]
    pub fn owner(&self) -> Option<&PatientId> {
        match self {
            Fact::Prescription(p) => Some(&p.patient),
            Fact::Order { order, .. } => Some(&order.patient),
            Fact::Price(p) => p.patient.as_ref(),
            Fact::Stock(_) => None,
        }
    }
    /// The most recent change among its parts.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        match self {
            Fact::Prescription(p) => p.stamp.as_of,
            Fact::Order { order, shipments, .. } => {
                shipments.iter().map(|s| s.stamp.as_of).chain([order.stamp.as_of]).max().unwrap_or(order.stamp.as_of)
            }
            Fact::Price(p) => p.stamp.as_of,
            Fact::Stock(s) => s.stamp.as_of,
        }
    }
    /// Version of the leading record.
    #[must_use]
    pub fn version(&self) -> u64 {
        match self {
            Fact::Prescription(p) => p.stamp.version,
            Fact::Order { order, .. } => order.stamp.version,
            Fact::Price(p) => p.stamp.version,
            Fact::Stock(s) => s.stamp.version,
        }
    }
}

/// One piece of evidence with its relevance.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "short-lived values, a handful a turn; boxes would only clutter every match"
)]
pub enum Evidence {
    /// A policy section; relevance in 0 to 1.
    Passage(Passage, f32),
    /// A record with the time at which the feed last confirmed it.
    Fact(Fact, Timestamp),
}

impl Evidence {
    /// What of it is scanned for planted instructions; nothing of a section below the least relevance at which it is of use.
    #[must_use]
    pub fn scanned(&self, least: f32) -> Option<String> {
        match self {
            Evidence::Passage(p, relevance) => (*relevance >= least).then(|| p.scanned()),
            Evidence::Fact(fact, _) => Some(fact.remarks()),
        }
    }
}
