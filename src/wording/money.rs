//! Prices and stock in words: exact, estimate or cash; four stock words and no count.

use super::{FactWords, Line, Telling, Wording, dates};
use crate::domain::facts::{Amount, Price, Stock, StockWord};

/// What a price is for, with its quantity.
pub(super) fn priced(p: &Price) -> String {
    p.quantity.as_ref().map_or(p.name.clone(), |q| format!("{} ({q})", p.name))
}

impl Wording {
    pub(super) fn price(&self, p: &Price, t: Telling<'_>) -> FactWords {
        let mut w = FactWords::default();
        let name = priced(p);
        let text = match p.amount {
            Amount::Exact(m) => self.say("price_exact", t.lang, &[("name", &name), ("amount", &m.to_string())]),
            Amount::Cash(m) => self.say("price_cash", t.lang, &[("name", &name), ("amount", &m.to_string())]),
            Amount::Estimate(low, high) => {
                let (low, high) = (low.to_string(), high.to_string());
                self.say("price_estimate", t.lang, &[("name", &name), ("low", &low), ("high", &high)])
            }
        };
        w.push(Line::Price, text);
        if let Amount::Cash(m) = p.amount {
            let slots = [("name", name.as_str()), ("amount", &m.to_string())];
            w.push(Line::CashOnly, self.say("price_cash_only", t.lang, &slots));
        }
        let source = if p.patient.is_some() { "source_record" } else { "source_stock" };
        w.source = self.say(source, t.lang, &[]);
        w
    }

    pub(super) fn stock(&self, s: &Stock, t: Telling<'_>) -> FactWords {
        let mut w = FactWords::default();
        let id = match s.word {
            StockWord::Available => "stock_available",
            StockWord::Limited => "stock_limited",
            StockWord::BackOrdered | StockWord::NotCarried => "stock_not_carried",
        };
        let text = match (s.word, &s.expected) {
            (StockWord::BackOrdered, Some((day, who))) => {
                let day = dates::day(*day, t.lang);
                let id = if who.is_some() { "stock_expected_by" } else { "stock_expected" };
                let who = who.as_deref().unwrap_or_default();
                self.say(id, t.lang, &[("name", &s.name), ("date", &day), ("who", who)])
            }
            (StockWord::BackOrdered, None) => self.say("stock_no_date", t.lang, &[("name", &s.name)]),
            _ => self.say(id, t.lang, &[("name", &s.name)]),
        };
        w.push(Line::Stock, text);
        w.source = self.say("source_stock", t.lang, &[]);
        w
    }
}
