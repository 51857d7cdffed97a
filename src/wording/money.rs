//! Prices and stock in words: exact, estimate or cash; four stock words and no count.

use super::{FactWords, Line, Telling, Wording, dates};
use crate::domain::facts::{Amount, Price, Stock, StockWord};

impl Wording {
    pub(super) fn price(&self, p: &Price, t: Telling<'_>) -> FactWords {
        let mut w = FactWords::default();
        let name = p.quantity.as_ref().map_or(p.name.clone(), |q| format!("{} ({q})", p.name));
        let text = match p.amount {
            Amount::Exact(m) => self.say("price_exact", t.lang, &[("name", &name), ("amount", &m.to_string())]),
            Amount::Cash(m) => self.say("price_cash", t.lang, &[("name", &name), ("amount", &m.to_string())]),
            Amount::Estimate(low, high) => {
                let (low, high) = (low.to_string(), high.to_string());
                self.say("price_estimate", t.lang, &[("name", &name), ("low", &low), ("high", &high)])
            }
        };
        w.push(Line::Price, text);
        let source = if p.patient.is_some() { "source_record" } else { "source_stock" };
        w.source = self.say(source, t.lang, &[]);
        w
    }

    pub(super) fn stock(&self, s: &Stock, t: Telling<'_>) -> FactWords {
        let mut w = FactWords::default();
        let id = match s.word {
            StockWord::Available => "stock_available",
            StockWord::Limited => "stock_limited",
            StockWord::BackOrdered => "stock_back_ordered",
            StockWord::NotCarried => "stock_not_carried",
        };
        w.push(Line::Stock, self.say(id, t.lang, &[("name", &s.name)]));
        if s.word == StockWord::BackOrdered {
            w.push(Line::Expected, self.expected(s, t));
        }
        w.source = self.say("source_stock", t.lang, &[]);
        w
    }

    fn expected(&self, s: &Stock, t: Telling<'_>) -> String {
        match &s.expected {
            Some((day, who)) => {
                let day = dates::day(*day, t.lang);
                match who {
                    Some(who) => self.say("expected_by", t.lang, &[("date", &day), ("who", who)]),
                    None => self.say("expected", t.lang, &[("date", &day)]),
                }
            }
            None => self.say("expected_unknown", t.lang, &[]),
        }
    }
}
