//! Orders and their parcels in words: the slowest blocking state decides what is told first.

use super::{FactWords, Line, Telling, Wording, dates};
use crate::domain::facts::{Order, Prescription, Shipment};
use crate::domain::lang::Lang;
use crate::domain::leading::{blocking_item, ending_item, leading_parcel, reviewed_item};
use crate::domain::states::StateCode;

impl Wording {
    pub(super) fn order(
        &self,
        order: &Order,
        shipments: &[Shipment],
        items: &[Prescription],
        t: Telling<'_>,
    ) -> FactWords {
        let mut w = FactWords::default();
        let parcel = leading_parcel(order, shipments);
        let state = deciding_state(order, shipments);
        let items_words = self.counted(item_count(order, items), t.lang);
        let sentence = match t.told(&order.details.reason, &order.details.reason_es) {
            Some(reason) if order.state.among(&["O11"]) => self.say("cancelled_why", t.lang, &[("reason", reason)]),
            _ => self.sentence(state, t),
        };
        let lead = if split(order.state) { format!("{} {sentence}", self.sentence(order.state, t)) } else { sentence };
        let slots = [("sentence", lead.as_str()), ("number", &order.number), ("items", &items_words)];
        w.push(Line::State, self.say("order_is", t.lang, &slots));
        w.push(Line::More, self.say("order_more", t.lang, &slots));
        if let Some(id) = changeable(order.state) {
            w.push(Line::Change, self.say(id, t.lang, &[("number", &order.number)]));
        }
        if let Some(item) = blocking_item(order, items) {
            self.waiting(&mut w, item, t);
        } else if let Some(item) = reviewed_item(order, items) {
            self.waiting_on(&mut w, item, t);
        }
        self.refund(&mut w, order, t);
        if order.refund.is_none() && order.state.among(&["O10", "O11"]) {
            w.push(Line::NoRefund, self.say("refund_none", t.lang, &[("number", &order.number)]));
        }
        self.items(&mut w, items, parcel, t);
        match parcel {
            Some(s) => self.parcel(&mut w, order, s, t),
            None if order.state.among(&["O05", "O06", "O07"]) => {
                w.push(Line::Window, self.say("no_window", t.lang, &[("number", &order.number)]));
            }
            None => {}
        }
        self.beside(&mut w, order, shipments, parcel, t);
        if parcel.and_then(|s| s.tracking.as_ref()).is_none() {
            w.push(Line::Tracking, self.say("no_tracking", t.lang, &[("number", &order.number)]));
        }
        w.next_step = self.order_next_step(order, items, state, t);
        w.source = self.say("source_record", t.lang, &[]);
        w
    }

    /// What the customer can do: about the prescription that it waits for, who cancelled it, a refund, or the state that decides.
    fn order_next_step(
        &self,
        order: &Order,
        items: &[Prescription],
        deciding: StateCode,
        t: Telling<'_>,
    ) -> Option<String> {
        if let Some(item) = blocking_item(order, items) {
            return self.rx_next_step(item, t);
        }
        if let Some(item) = ending_item(order, items) {
            return self.rx_next_step(item, t);
        }
        let refunded = StateCode::all().find(|s| order.refund.is_some() && s.among(&["O13"]));
        let split = Some(order.state).filter(|s| s.among(&["O09"]));
        let step = self.next_step(refunded.or(split).unwrap_or(deciding), t);
        let short = items.iter().find(|p| split.is_some() && p.state.among(&["P12"]));
        let parts = [step, short.and_then(|p| self.next_step(p.state, Telling { overdue: false, ..t }))];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" ")).filter(|s| !s.is_empty())
    }

    /// The names of what is in it, as far as vetting left them; of a split order what the parcel holds, and what does not come with it.
    fn items(&self, w: &mut FactWords, items: &[Prescription], parcel: Option<&Shipment>, t: Telling<'_>) {
        let names = |of: &dyn Fn(&Prescription) -> bool| {
            items.iter().filter(|p| of(p)).filter_map(item_name).collect::<Vec<String>>()
        };
        let push = |w: &mut FactWords, id: &str, names: &[String], rest: usize| {
            if !names.is_empty() {
                let slots = [("items", joined(names, t.lang)), ("n", rest.to_string())];
                w.push(Line::Items, self.say(id, t.lang, &slots.each_ref().map(|(k, v)| (*k, v.as_str()))));
            }
        };
        let split = parcel.filter(|s| !s.details.items.is_empty() && s.details.items.len() < items.len());
        if let Some(parcel) = split {
            let inside = |p: &Prescription| parcel.details.items.contains(&p.id);
            let came = parcel.delivered.is_some();
            push(w, if came { "parcel_held" } else { "parcel_holds" }, &names(&inside), 0);
            push(w, "parcel_lacks", &names(&|p| !inside(p)), 0);
            return;
        }
        let all = names(&|_| true);
        let rest = items.len().saturating_sub(all.len());
        let id = match (rest, parcel) {
            (0, Some(_)) if all.len() > 1 => "one_parcel",
            (0, _) => "holds",
            _ => "holds_more",
        };
        push(w, id, &all, rest);
    }

    /// `2 items`.
    pub(super) fn counted(&self, count: usize, lang: Lang) -> String {
        self.say(if count == 1 { "items_one" } else { "items_many" }, lang, &[("n", &count.to_string())])
    }

    fn waiting_on(&self, w: &mut FactWords, p: &Prescription, t: Telling<'_>) {
        let slots = [("number", self.rx_name(p, t)), ("sentence", self.rx_sentence(p, t))];
        w.push(Line::Waiting, self.say("waiting_on", t.lang, &slots.each_ref().map(|(id, text)| (*id, text.as_str()))));
    }

    fn waiting(&self, w: &mut FactWords, p: &Prescription, t: Telling<'_>) {
        self.waiting_on(w, p, t);
        let detail = self.prescription(p, t);
        for kind in [Line::Detail, Line::Contacted, Line::Plan, Line::Again] {
            if let Some(text) = detail.line(kind) {
                w.push(kind, text.to_owned());
            }
        }
    }

    fn refund(&self, w: &mut FactWords, order: &Order, t: Telling<'_>) {
        let Some((amount, on)) = order.refund else { return };
        let (amount, day) = (amount.to_string(), on.map(|d| dates::day(d, t.lang)));
        let text = match &day {
            Some(day) => self.say("refund", t.lang, &[("amount", &amount), ("date", day)]),
            None if order.state.among(&["O13"]) => self.say("refund_undated", t.lang, &[("amount", &amount)]),
            None => self.say("refund_pending", t.lang, &[("amount", &amount)]),
        };
        w.push(Line::Refund, text);
    }

    pub(super) fn sentence(&self, state: StateCode, t: Telling<'_>) -> String {
        self.pharmacy.states.get(state).sentence.pick(t.lang).to_owned()
    }

    /// What the customer can do, and what holds while the clock runs; past it, that it takes too long.
    pub(super) fn next_step(&self, state: StateCode, t: Telling<'_>) -> Option<String> {
        let entry = self.pharmacy.states.get(state);
        let clock = entry.clock.pick(t.lang);
        let (first, last) = match t.overdue {
            true if !clock.is_empty() => (self.say("overdue", t.lang, &[("clock", clock)]), String::new()),
            true => (String::new(), String::new()),
            false => (String::new(), entry.meanwhile.pick(t.lang).to_owned()),
        };
        let parts = [first.as_str(), entry.next_step.pick(t.lang), last.as_str()];
        Some(parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")).filter(|s| !s.is_empty())
    }
}

/// How many fills are in an order.
pub(super) fn item_count(order: &Order, items: &[Prescription]) -> usize {
    order.items.len().max(items.len())
}

/// What a fill is, where vetting left its name: the product that was dispensed, else the one prescribed.
pub(super) fn item_name(p: &Prescription) -> Option<String> {
    let named = !p.medication.name.is_empty();
    named.then(|| p.dispensed.clone().unwrap_or_else(|| p.medication.name.clone()))
}

/// The state that is told: the leading parcel's, where the parcel tells more than the order.
pub(super) fn deciding_state(order: &Order, shipments: &[Shipment]) -> StateCode {
    leading_parcel(order, shipments).filter(|_| told_by_parcel(order.state)).map_or(order.state, |s| s.state)
}

fn joined(names: &[String], lang: Lang) -> String {
    match names {
        [all @ .., last] if !all.is_empty() => format!("{} {} {last}", all.join(", "), lang.pick("and", "y")),
        _ => names.concat(),
    }
}

/// Until "being filled" (`CANCEL_CUTOFF`) an order can be changed; a cancelled or refunded one is past the question.
fn changeable(state: StateCode) -> Option<&'static str> {
    match state.to_string().as_str() {
        "O01" | "O02" | "O03" | "O04" => Some("cancel_yes"),
        "O05" | "O06" | "O07" | "O08" | "O09" | "O12" | "O14" => Some("cancel_no"),
        _ => None,
    }
}

/// States in which the parcel tells more than the order.
pub(super) fn told_by_parcel(state: StateCode) -> bool {
    matches!(state.to_string().as_str(), "O07" | "O08" | "O09" | "O12" | "O14")
}

/// States of which both halves are told.
pub(super) fn split(state: StateCode) -> bool {
    matches!(state.to_string().as_str(), "O09" | "O12")
}
