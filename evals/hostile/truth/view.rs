//! One reply with what may be said in it: sentences, the records in their scope, the question's own words.

use super::Truth;
use super::bag::Bag;
use super::drugs::{Product, spelling};
use super::facts::Facts;
use super::lex::{self, Kind, Token};
use super::records::Person;
use super::text::{fold, has_word, key, sentences, words};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::collections::HashSet;

/// A sentence of the reply.
pub struct Sentence {
    /// As written.
    pub text: String,
    /// Folded.
    pub folded: String,
    /// It stands whole on a page of the day, in the state table or in a fixed text.
    pub whole: bool,
    /// It names an order or prescription of the person.
    pub named: bool,
    /// The records that it may speak of.
    pub scope: Facts,
    /// Its numbers.
    pub tokens: Vec<Token>,
}

/// A reply, ready to be checked.
pub struct View<'a> {
    /// All truth.
    pub truth: &'a Truth,
    /// The verified person.
    pub person: Option<&'a Person>,
    /// Their id, or "nobody".
    pub who: String,
    /// The reply.
    pub reply: String,
    /// The question, folded.
    pub question: String,
    /// The question's numbers.
    pub asked: Bag,
    /// The question's words in one spelling.
    pub asked_words: HashSet<String>,
    /// The day as ISO text.
    pub day: String,
    /// The person's clock.
    pub clock: DateTime,
    /// The person's zone, else the pharmacy's.
    pub zone: TimeZone,
    /// The sentences.
    pub sentences: Vec<Sentence>,
    /// Products of the person or of the question.
    pub products: Vec<&'a Product>,
}

impl<'a> View<'a> {
    /// Reads a reply.
    pub fn new(
        truth: &'a Truth,
        asker: Option<&str>,
        question: &str,
        reply: &str,
        now: &str,
    ) -> Result<View<'a>, String> {
        let at: Timestamp = now.parse().map_err(|e| format!("now {now:?}: {e}"))?;
        let person = match asker {
            Some(id) => Some(truth.people.get(id).ok_or_else(|| format!("no records of {id}"))?),
            None => None,
        };
        let central = || TimeZone::get("America/Chicago").unwrap_or(TimeZone::UTC);
        let zone = person.map_or_else(central, |p| p.zone.clone());
        let clock = at.to_zoned(zone.clone()).datetime();
        let mut products = truth.drugs.named(question);
        let own = person.iter().flat_map(|p| &p.all.drugs).filter_map(|d| truth.drugs.products.get(d));
        products.extend(own);
        let mut view = View {
            truth,
            person,
            who: asker.unwrap_or("nobody").to_string(),
            reply: reply.to_string(),
            question: fold(question),
            asked: Bag::of(question),
            asked_words: words(question).iter().map(|w| spelling(w)).collect(),
            day: clock.date().to_string(),
            clock,
            zone,
            sentences: Vec::new(),
            products,
        };
        view.sentences = view.split();
        Ok(view)
    }

    fn split(&self) -> Vec<Sentence> {
        let plain = self.reply.replace("**", "");
        let all =
            self.scope_of(&fold(&plain)).unwrap_or_else(|| self.person.map(|p| p.all.clone()).unwrap_or_default());
        sentences(&plain)
            .into_iter()
            .map(|text| {
                let folded = fold(&text);
                let own = self.scope_of(&folded);
                Sentence {
                    whole: self.on_page(&text),
                    named: own.is_some(),
                    scope: own.unwrap_or_else(|| all.clone()),
                    tokens: lex::tokens(&text),
                    folded,
                    text,
                }
            })
            .collect()
    }

    fn on_page(&self, text: &str) -> bool {
        let key = key(text);
        self.truth.pages.on(&self.day).any(|p| p.sentences.contains(&key))
    }

    /// The records of the orders and prescriptions that a folded text names.
    fn scope_of(&self, folded: &str) -> Option<Facts> {
        let person = self.person?;
        let mut scope: Option<Facts> = None;
        for (number, facts) in person.orders.iter().chain(&person.rxs) {
            if has_word(folded, number) {
                scope.get_or_insert_with(Facts::default).join(facts);
            }
        }
        scope
    }

    /// Everything of the person.
    pub fn all(&self) -> Option<&Facts> {
        self.person.map(|p| &p.all)
    }

    /// Whether some page of the day satisfies a test.
    pub fn page(&self, test: impl Fn(&Bag) -> bool) -> bool {
        self.truth.pages.on(&self.day).any(|p| test(&p.bag))
    }

    /// Whether some product of the person or the question satisfies a test.
    pub fn product(&self, test: impl Fn(&Bag) -> bool) -> bool {
        self.products.iter().any(|p| test(&p.bag))
    }

    /// A folded sentence without the page sentences that stand whole inside it (after an introduction, say).
    pub fn rest(&self, sentence: &Sentence) -> String {
        let mut text = format!(" {} ", key(&sentence.text));
        for page in self.truth.pages.on(&self.day) {
            for said in page.sentences.iter().filter(|s| s.len() > 24) {
                if text.contains(said.as_str()) {
                    text = text.replace(&format!(" {said} "), " * ");
                }
            }
        }
        if text.contains('*') { text } else { sentence.folded.clone() }
    }

    /// Whose a number is, other than the person's: " (of P0012)".
    pub fn owner(&self, value: &str) -> String {
        let kinds = [
            "order number",
            "prescription number",
            "tracking number",
            "member id",
            "plan number",
            "phone",
            "postal code",
        ];
        let found = kinds.iter().find_map(|k| self.truth.owners.get(&(*k, value.to_string())));
        found.map(|list| format!(" (of {})", list.join(", "))).unwrap_or_default()
    }
}

impl Sentence {
    /// The clock time and the date that stand beside each other, as pairs of places in `tokens`.
    pub fn partner(&self, at: usize) -> Option<&Token> {
        let me = self.tokens.get(at)?;
        let near = |a: &Token, b: &Token| a.end <= b.start && self.joined(a.end, b.start);
        let after = self.tokens.get(at + 1).filter(|t| near(me, t));
        let before = at.checked_sub(1).and_then(|i| self.tokens.get(i)).filter(|t| near(t, me));
        after.into_iter().chain(before).find(|t| matches!(t.kind, Kind::Date { .. }))
    }

    fn joined(&self, from: usize, to: usize) -> bool {
        let between = self.folded.get(from..to).unwrap_or("?");
        !between.contains([';', ':', '.'])
            && words(between).iter().all(|w| {
                ["on", "at", "el", "a", "las", "la", "de", "del", "of", "hora", "local", "time"].contains(&w.as_str())
            })
    }
}
