//! Records at a glance: an order's way with its items and carrier, a price with what it is worth, and what a next step offers.
//! A card says nothing that the lines of its record do not say; which records get one is the drafter's, what is wrong with one the guard's.

use super::orders::{deciding_state, item_count, item_name, split, told_by_parcel};
use super::{FactWords, Wording, dates, money};
use crate::domain::blocks::{Block, BlockKind};
use crate::domain::card::{Act, Card, Items, Way, Worth};
use crate::domain::evidence::Fact;
use crate::domain::facts::{Amount, Order, Prescription, Price, Shipment};
use crate::domain::lang::Lang;
use crate::domain::leading::leading_parcel;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Parcels of which the carrier's estimate is old news.
const NOT_COMING: [&str; 6] = ["T07", "T09", "T10", "T11", "T12", "T13"];

impl FactWords {
    /// The as-of line as an answer ends with it.
    #[must_use]
    pub fn told_as_of(&self) -> String {
        let parts = [Some(self.as_of.as_str()), self.old.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl Wording {
    /// How an order stands: its state in few words, the steps around it, and a mark where it is held up or takes too long.
    #[must_use]
    pub fn way(&self, fact: &Fact, lang: Lang, now: Timestamp) -> Option<Way> {
        let Fact::Order { order, shipments, .. } = fact else { return None };
        let state = deciding_state(order, shipments);
        let words = |code| self.pharmacy.states.get(code).words.pick(lang).to_owned();
        let both = split(order.state) && state != order.state;
        let standing = if both { format!("{} · {}", words(order.state), words(state)) } else { words(state) };
        // Of an order in parts the parcel is one part only.
        let steps = self.pharmacy.steps.around(if split(order.state) { order.state } else { state }, lang);
        let late =
            (self.pharmacy.states.overdue(fact, now) && !steps.is_empty()).then(|| self.say("card_overdue", lang, &[]));
        let mark = self.pharmacy.steps.mark(state, lang).map(ToOwned::to_owned).or(late);
        Some(Way { standing, mark, steps })
    }

    /// The card of an order. `ask`: the names of its items may be asked for.
    #[must_use]
    pub fn order_card(
        &self,
        fact: &Fact,
        words: &FactWords,
        ask: bool,
        lang: Lang,
        (now, zone): (Timestamp, &TimeZone),
    ) -> Option<Block> {
        let Fact::Order { order, shipments, items } = fact else { return None };
        let today = now.to_zoned(zone.clone()).date();
        let title = self.say("card_order", lang, &[("number", &order.number)]);
        let mut block = Block::new(BlockKind::Card, title, vec![fact.source()]);
        if let Some(parcel) = leading_parcel(order, shipments) {
            let under_way = told_by_parcel(order.state);
            block.rows = self.parcel_rows((parcel, under_way), words, lang, (today, zone));
        }
        let (way, items) = (self.way(fact, lang, now)?, self.card_items(order, items, ask, lang));
        block.card = Some(Card::Order { way, items, as_of: words.told_as_of() });
        Some(block)
    }

    fn card_items(&self, order: &Order, items: &[Prescription], ask: bool, lang: Lang) -> Items {
        let names: Vec<String> = items.iter().filter_map(item_name).collect();
        let count = item_count(order, items);
        let rest = count.saturating_sub(names.len());
        let more = (rest > 0 && !names.is_empty()).then(|| self.say("card_more", lang, &[("n", &rest.to_string())]));
        let ask = (ask && names.is_empty()).then(|| Act::Ask {
            label: self.say("card_ask_items", lang, &[]),
            say: self.say("card_say_items", lang, &[("number", &order.number)]),
        });
        Items { words: self.counted(count, lang), names, more, ask }
    }

    /// Carrier, its estimate or the delivery, and tracking; the carrier's name only where the record's lines hold it, too.
    fn parcel_rows(
        &self,
        (parcel, under_way): (&Shipment, bool),
        words: &FactWords,
        lang: Lang,
        (today, zone): (Date, &TimeZone),
    ) -> Vec<(String, String)> {
        let told = |c: &&String| words.lines.iter().any(|(_, line)| line.contains(c.as_str()));
        let coming = under_way && parcel.delivered.is_none() && !parcel.state.among(&NOT_COMING);
        let window = parcel.window.filter(|(_, to)| coming && *to >= today).map(|(from, to)| {
            let (a, b) = (dates::day(from, lang), dates::day(to, lang));
            if from == to { a } else { self.say("card_span", lang, &[("from", &a), ("to", &b)]) }
        });
        let rows = [
            ("card_window", window),
            ("card_delivered", parcel.delivered.map(|at| dates::moment(at, zone, lang))),
            ("card_carrier", parcel.carrier.as_ref().filter(told).cloned()),
            ("card_tracking", parcel.tracking.clone()),
        ];
        rows.into_iter().filter_map(|(id, value)| Some((self.say(id, lang, &[]), value?))).collect()
    }

    /// The card of one medicine's prices: the person's own leads, the cash price stands beside it.
    #[must_use]
    pub fn price_card(&self, prices: &[(&Price, &FactWords)], lang: Lang) -> Option<Block> {
        let cash = |p: &Price| matches!(p.amount, Amount::Cash(_));
        let (lead, words) = prices.iter().find(|(p, _)| !cash(p)).or(prices.first())?;
        let beside = prices.iter().find(|(p, _)| cash(p) && p != lead).map(|(p, _)| *p);
        let mut block = Block::new(BlockKind::Card, money::priced(lead), vec![format!("price:{}", lead.medication)]);
        block.rows = [Some(*lead), beside].into_iter().flatten().map(|p| self.price_row(p, lang)).collect();
        let (worth, id) = match lead.amount {
            Amount::Exact(_) => (Worth::Exact, "card_exact"),
            Amount::Estimate(..) => (Worth::Estimate, "card_estimate"),
            Amount::Cash(_) => (Worth::Cash, "card_cash"),
        };
        let (standing, as_of) = (self.say(id, lang, &[]), words.told_as_of());
        block.card = Some(Card::Price { worth, standing, as_of });
        Some(block)
    }

    fn price_row(&self, p: &Price, lang: Lang) -> (String, String) {
        let (id, amount) = match p.amount {
            Amount::Exact(m) => ("card_exact_price", m.to_string()),
            Amount::Cash(m) => ("card_cash_price", m.to_string()),
            Amount::Estimate(low, high) => {
                let (low, high) = (low.to_string(), high.to_string());
                ("card_estimate_price", self.say("card_span", lang, &[("from", &low), ("to", &high)]))
            }
        };
        (self.say(id, lang, &[]), amount)
    }

    /// What the next step of a prescription lets the customer ask right here; nothing where its name was left out.
    pub(super) fn offers(&self, fact: &Fact, lang: Lang) -> Vec<Act> {
        let Fact::Prescription(p) = fact else { return Vec::new() };
        let Some((ask, drug)) = self.pharmacy.steps.offer(p.state, lang).zip(item_name(p)) else { return Vec::new() };
        let say = ask.replace("{drug}", &drug);
        vec![Act::Ask { label: say.clone(), say }]
    }
}
