//! Sections of policy pages in any number: of words of the trade in no sense, each with some that few others have.

use super::Plan;
use crate::domain::evidence::{PageMeta, Passage};
use crate::domain::ids::PageId;
use crate::domain::lang::Lang;

/// Sections of one page.
const SECTIONS: usize = 8;
/// Sentences of one section, words of one sentence.
const SENTENCES: u32 = 4;
const LENGTH: u32 = 12;
/// Words that stand in many sections.
const WORDS: [&str; 64] = [
    "the",
    "your",
    "order",
    "refill",
    "plan",
    "pays",
    "pharmacy",
    "days",
    "after",
    "before",
    "parcel",
    "carrier",
    "delivery",
    "price",
    "prescription",
    "doctor",
    "approval",
    "prior",
    "claim",
    "coverage",
    "deductible",
    "copay",
    "when",
    "if",
    "not",
    "we",
    "ship",
    "cold",
    "signature",
    "address",
    "change",
    "cancel",
    "return",
    "damaged",
    "lost",
    "late",
    "transfer",
    "state",
    "law",
    "controlled",
    "limit",
    "quantity",
    "supply",
    "month",
    "week",
    "account",
    "payment",
    "card",
    "insurance",
    "member",
    "label",
    "bottle",
    "tablet",
    "capsule",
    "generic",
    "brand",
    "stock",
    "available",
    "weather",
    "holiday",
    "weekend",
    "caregiver",
    "consent",
    "review",
];

impl Plan {
    /// So many sections, eight to a page, all in force and for everybody.
    #[must_use]
    pub fn passages(&self, count: usize) -> Vec<Passage> {
        (0..count).map(|n| self.passage(n)).collect()
    }

    fn passage(&self, n: usize) -> Passage {
        let page = n / SECTIONS;
        let seed = u32::try_from(n).unwrap_or_default() * (SENTENCES + 1) * LENGTH;
        let rare = self.product(seed, 0).map_or("", |m| m.name.as_str());
        let heading = format!("{} {rare}?", self.words(seed, 5));
        let sentence = |s: u32| format!("{} {}.", self.words(seed + s * LENGTH, LENGTH), 1000 + page % 9000);
        Passage {
            meta: meta(page),
            section: n % SECTIONS,
            heading,
            sentences: (1..=SENTENCES).map(sentence).collect(),
            asked: Vec::new(),
            lead: 0,
        }
    }

    fn words(&self, seed: u32, count: u32) -> String {
        let word = |n: u32| {
            let drawn = self.draw("word", seed + n);
            // One in four is a product's name, which few sections share.
            if drawn.is_multiple_of(4) {
                let name = self.product(seed + n, 1).map_or("", |m| m.name.as_str());
                name.split(' ').next().unwrap_or_default().to_owned()
            } else {
                WORDS.get(drawn as usize / 4 % WORDS.len()).map_or_else(String::new, |w| (*w).to_owned())
            }
        };
        (0..count).map(word).collect::<Vec<_>>().join(" ")
    }
}

fn meta(page: usize) -> PageMeta {
    PageMeta {
        id: PageId(format!("SY{page}")),
        title: format!("Page {page}"),
        version: 1,
        effective_from: "2026-01-01".into(),
        effective_to: String::new(),
        jurisdictions: vec!["*".into()],
        payers: vec!["*".into()],
        audience: "customer".into(),
        owner: "synth".into(),
        approved_by: "synth".into(),
        approved_on: "2026-01-01".into(),
        next_review: String::new(),
        supersedes: String::new(),
        language: Lang::En,
        translation_reviewed_by: String::new(),
        risk_class: "service".into(),
        constants: Vec::new(),
    }
}
