//! Facts into words: the lines in which a typed record may be told, and the frame around an answer (as-of, next step, source, person).
//! Pure functions over records, the state table and the phrase table. The facts drafter picks lines from here, a language model is
//! given them as its context, and the output guard checks drafts against all of them.

mod cards;
#[cfg(test)]
pub(crate) mod cards_tests;
pub mod dates;
pub mod frame;
mod money;
mod orders;
mod parcels;
mod prescriptions;

use crate::domain::card::Act;
use crate::domain::evidence::Fact;
use crate::domain::lang::Lang;
use crate::domain::leading::leading_parcel;
pub use crate::domain::line::Line;
use crate::pharmacy::Pharmacy;
use crate::policy::GuardPolicy;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One fact in words.
#[derive(Clone, Debug, Default)]
pub struct FactWords {
    /// Lines in order of weight.
    pub lines: Vec<(Line, String)>,
    /// "As of …".
    pub as_of: String,
    /// "Last confirmed …", when past its age limit.
    pub old: Option<String>,
    /// The state's next step.
    pub next_step: Option<String>,
    /// The source line.
    pub source: String,
    /// Something went wrong with it, or it takes too long.
    pub troubled: bool,
    /// What its next step lets the customer ask right here.
    pub offers: Vec<Act>,
}

impl FactWords {
    /// Every line, for checking a draft against.
    #[must_use]
    pub fn all(&self) -> String {
        let lines = self.lines.iter().map(|(_, t)| t.as_str());
        let tail = [Some(self.as_of.as_str()), self.old.as_deref(), self.next_step.as_deref()];
        lines.chain(tail.into_iter().flatten()).collect::<Vec<_>>().join(" ")
    }
    /// The first line of a kind.
    #[must_use]
    pub fn line(&self, kind: Line) -> Option<&str> {
        self.lines.iter().find(|(k, _)| *k == kind).map(|(_, t)| t.as_str())
    }
    fn push(&mut self, kind: Line, text: String) {
        if !text.is_empty() {
            self.lines.push((kind, text));
        }
    }
}

/// The phrase table, the pharmacy's states and constants, and how unreviewed translations are treated.
#[derive(Debug)]
pub struct Wording {
    policy: Arc<GuardPolicy>,
    pharmacy: Arc<Pharmacy>,
    mark_unreviewed: bool,
}

/// Where and when something is told.
#[derive(Clone, Copy)]
struct Telling<'a> {
    lang: Lang,
    zone: &'a TimeZone,
    /// The record has been in its state for longer than the clock allows.
    overdue: bool,
    /// The day in the reader's zone.
    today: Date,
}

impl Telling<'_> {
    /// A text of the feed in the reader's language; English where the feed has no other.
    fn told<'f>(&self, en: &'f Option<String>, es: &'f Option<String>) -> Option<&'f str> {
        let spanish = es.as_deref().filter(|_| self.lang == Lang::Es);
        spanish.or(en.as_deref())
    }
}

impl Wording {
    /// `mark_unreviewed`: release unreviewed Spanish with a mark (demo, suites) instead of refusing.
    #[must_use]
    pub fn new(policy: Arc<GuardPolicy>, pharmacy: Arc<Pharmacy>, mark_unreviewed: bool) -> Self {
        Self { policy, pharmacy, mark_unreviewed }
    }
    /// Allowed URL prefixes.
    #[must_use]
    pub fn links(&self) -> &[String] {
        self.pharmacy.constants.links()
    }
    /// Unreviewed translations are released with a mark.
    #[must_use]
    pub fn may_mark_unreviewed(&self) -> bool {
        self.mark_unreviewed
    }
    /// A phrase with its slots.
    #[must_use]
    pub fn say(&self, id: &str, lang: Lang, slots: &[(&str, &str)]) -> String {
        self.policy.phrases.say(id, lang, slots)
    }
    /// The constants that fixed texts may hold.
    #[must_use]
    pub fn constants(&self, lang: Lang) -> BTreeMap<String, String> {
        self.pharmacy.constants.list().iter().map(|c| (c.id.clone(), c.words(lang).to_owned())).collect()
    }
    /// Tells a fact as it stands at `now`. `confirmed_at` is given only when the fact is past its age limit.
    #[must_use]
    pub fn tell(
        &self,
        fact: &Fact,
        confirmed_at: Option<Timestamp>,
        lang: Lang,
        (now, zone): (Timestamp, &TimeZone),
    ) -> FactWords {
        let today = now.to_zoned(zone.clone()).date();
        let t = Telling { lang, zone, overdue: self.pharmacy.states.overdue(fact, now), today };
        let mut words = match fact {
            Fact::Order { order, shipments, items } => self.order(order, shipments, items, t),
            Fact::Prescription(p) => self.prescription(p, t),
            Fact::Price(p) => self.price(p, t),
            Fact::Stock(s) => self.stock(s, t),
        };
        words.troubled = t.overdue || is_troubled(fact);
        words.offers = self.offers(fact, lang);
        if let Some(next) = words.next_step.clone() {
            words.push(Line::Next, next);
        }
        words.as_of = self.say("as_of", lang, &[("time", &dates::moment(fact.as_of(), zone, lang))]);
        words.old = confirmed_at.map(|at| self.say("old_fact", lang, &[("time", &dates::moment(at, zone, lang))]));
        words
    }
}

/// The parcel that decides is late, lost, damaged, coming back or being looked at.
fn is_troubled(fact: &Fact) -> bool {
    let Fact::Order { order, shipments, .. } = fact else { return false };
    let parcel = leading_parcel(order, shipments);
    parcel.is_some_and(|s| s.state.among(&["T04", "T06", "T09", "T10", "T11", "T12", "T13", "T14"]))
}
