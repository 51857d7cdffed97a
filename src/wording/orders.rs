//! Orders and their parcels in words: the slowest blocking state decides what is told first.

use super::{FactWords, Line, Telling, Wording, dates};
use crate::domain::facts::{Order, Prescription, Shipment};
use crate::domain::lang::Lang;
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
        let state = parcel.filter(|_| told_by_parcel(order.state)).map_or(order.state, |s| s.state);
        let count = order.items.len().max(items.len());
        let n = count.to_string();
        let items_words = self.say(if count == 1 { "items_one" } else { "items_many" }, t.lang, &[("n", &n)]);
        let sentence = self.sentence(state, t);
        let lead = if split(order.state) { format!("{} {sentence}", self.sentence(order.state, t)) } else { sentence };
        let slots = [("sentence", lead.as_str()), ("number", &order.number), ("items", &items_words)];
        w.push(Line::State, self.say("order_is", t.lang, &slots));
        w.push(Line::More, self.say("order_more", t.lang, &slots));
        if let Some(id) = changeable(order.state) {
            w.push(Line::Change, self.say(id, t.lang, &[("number", &order.number)]));
        }
        if order.state.to_string() == "O04" {
            self.waiting(&mut w, items, t);
        }
        self.refund(&mut w, order, t);
        if let Some(reason) = t.told(&order.details.reason, &order.details.reason_es) {
            w.push(Line::Detail, self.say("reason_ours", t.lang, &[("reason", reason)]));
        }
        self.items(&mut w, items, parcel, t);
        match parcel {
            Some(s) => self.parcel(&mut w, order, s, t),
            None => w.push(Line::Window, self.say("no_window", t.lang, &[("number", &order.number)])),
        }
        for other in beside(order, shipments, parcel) {
            self.other_parcel(&mut w, order, other, t);
        }
        if parcel.and_then(|s| s.tracking.as_ref()).is_none() {
            w.push(Line::Tracking, self.say("no_tracking", t.lang, &[("number", &order.number)]));
        }
        let blocking =
            if order.state.to_string() == "O04" { blocking_item(items).map_or(state, |p| p.state) } else { state };
        w.next_step = self.next_step(blocking, t);
        w.source = self.say("source_record", t.lang, &[]);
        w
    }

    fn parcel(&self, w: &mut FactWords, order: &Order, s: &Shipment, t: Telling<'_>) {
        let unnamed = t.lang.pick("the carrier", "el transportista");
        let carrier = s.carrier.as_deref().unwrap_or(unnamed);
        let open = s.delivered.is_none();
        match s.window {
            Some((from, to)) if open => {
                let (a, b) = (dates::day(from, t.lang), dates::day(to, t.lang));
                let id = if from == to { "window_day" } else { "window" };
                w.push(
                    Line::Window,
                    self.say(id, t.lang, &[("carrier", carrier), ("number", &order.number), ("from", &a), ("to", &b)]),
                );
            }
            None if open => w.push(Line::Window, self.say("no_window", t.lang, &[("number", &order.number)])),
            _ => {}
        }
        if let Some(tracking) = &s.tracking {
            w.push(Line::Tracking, self.say("tracking", t.lang, &[("carrier", carrier), ("tracking", tracking)]));
        }
        if let Some(scan) = &s.scan {
            let at = s.details.scanned_at.map(|at| dates::moment(at, t.zone, t.lang));
            let scan = at.map_or(scan.clone(), |at| format!("{scan}, {at}"));
            w.push(Line::Scan, self.say("scan", t.lang, &[("number", &order.number), ("scan", &scan)]));
        }
        if let Some(at) = s.delivered {
            w.push(
                Line::Delivered,
                self.say(
                    "delivered",
                    t.lang,
                    &[("number", &order.number), ("time", &dates::moment(at, t.zone, t.lang))],
                ),
            );
        }
        if let (Some(place), Some(until)) = (&s.details.hold_place, s.details.hold_until) {
            w.push(Line::Where, self.say("hold", t.lang, &[("place", place), ("until", &dates::day(until, t.lang))]));
        } else if let Some(reason) = t.told(&s.details.reason, &s.details.reason_es) {
            w.push(Line::Where, self.say("reason", t.lang, &[("reason", reason)]));
        }
    }

    /// The names of what is in it, as far as vetting left them; of a split order also what the parcel holds.
    fn items(&self, w: &mut FactWords, items: &[Prescription], parcel: Option<&Shipment>, t: Telling<'_>) {
        let names = |of: &dyn Fn(&Prescription) -> bool| {
            let named = items.iter().filter(|p| of(p) && !p.medication.name.is_empty());
            named.map(|p| p.dispensed.clone().unwrap_or_else(|| p.medication.name.clone())).collect::<Vec<_>>()
        };
        let all = names(&|_| true);
        let rest = items.len().saturating_sub(all.len()).to_string();
        if !all.is_empty() {
            let id = if all.len() == items.len() { "holds" } else { "holds_more" };
            w.push(Line::Items, self.say(id, t.lang, &[("items", &joined(&all, t.lang)), ("n", &rest)]));
        }
        let Some(inside) = parcel.map(|s| &s.details.items).filter(|i| !i.is_empty() && i.len() < items.len()) else {
            return;
        };
        let inside = names(&|p| inside.contains(&p.id));
        if !inside.is_empty() {
            w.push(Line::Items, self.say("parcel_holds", t.lang, &[("items", &joined(&inside, t.lang))]));
        }
    }

    /// A further parcel of a split order: each of its lines says that it is the other one's.
    fn other_parcel(&self, w: &mut FactWords, order: &Order, s: &Shipment, t: Telling<'_>) {
        let mut own = FactWords::default();
        own.push(Line::State, self.sentence(s.state, t));
        self.parcel(&mut own, order, s, t);
        for (kind, line) in own.lines {
            w.push(kind, self.say("other_parcel", t.lang, &[("line", &line)]));
        }
    }

    fn waiting(&self, w: &mut FactWords, items: &[Prescription], t: Telling<'_>) {
        if let Some(p) = blocking_item(items) {
            let sentence = self.sentence(p.state, t);
            w.push(
                Line::Waiting,
                self.say("waiting_on", t.lang, &[("number", &self.rx_name(p, t)), ("sentence", &sentence)]),
            );
            let detail = self.prescription(p, t);
            for kind in [Line::Detail, Line::Plan, Line::Again] {
                if let Some(text) = detail.line(kind) {
                    w.push(kind, text.to_owned());
                }
            }
        }
    }

    fn refund(&self, w: &mut FactWords, order: &Order, t: Telling<'_>) {
        if let Some((amount, on)) = order.refund {
            let (amount, day) = (amount.to_string(), on.map(|d| dates::day(d, t.lang)));
            let text = match &day {
                Some(day) => self.say("refund", t.lang, &[("amount", &amount), ("date", day)]),
                None => self.say("refund_undated", t.lang, &[("amount", &amount)]),
            };
            w.push(Line::Refund, text);
        }
    }

    pub(super) fn sentence(&self, state: StateCode, t: Telling<'_>) -> String {
        self.pharmacy.states.get(state).sentence.pick(t.lang).to_owned()
    }

    pub(super) fn next_step(&self, state: StateCode, t: Telling<'_>) -> Option<String> {
        Some(self.pharmacy.states.get(state).next_step.pick(t.lang).to_owned()).filter(|s| !s.is_empty())
    }
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
fn told_by_parcel(state: StateCode) -> bool {
    matches!(state.to_string().as_str(), "O07" | "O08" | "O09" | "O12" | "O14")
}

/// States of which both halves are told.
fn split(state: StateCode) -> bool {
    matches!(state.to_string().as_str(), "O09" | "O12")
}

/// The parcel that decides: a replacement's newest, else the one not yet delivered, else the latest.
pub fn leading_parcel<'a>(order: &Order, shipments: &'a [Shipment]) -> Option<&'a Shipment> {
    let newest = |it: &mut dyn Iterator<Item = &'a Shipment>| it.max_by_key(|s| s.stamp.as_of);
    if order.state.to_string() == "O12" {
        let replaced = |s: &&Shipment| !matches!(s.state.to_string().as_str(), "T11" | "T12" | "T10");
        return newest(&mut shipments.iter().filter(replaced)).or_else(|| newest(&mut shipments.iter()));
    }
    let open = newest(&mut shipments.iter().filter(|s| s.state.to_string() != "T08"));
    open.or_else(|| newest(&mut shipments.iter()))
}

/// Parcels beside the leading one that still tell something: not those that a replacement stands for.
fn beside<'a>(
    order: &Order,
    shipments: &'a [Shipment],
    leading: Option<&'a Shipment>,
) -> impl Iterator<Item = &'a Shipment> {
    let replaced = order.state.to_string() == "O12";
    shipments.iter().filter(move |s| !replaced && leading.is_some_and(|l| l.id != s.id))
}

/// The slowest item of a waiting order: the one that is furthest from being filled.
fn blocking_item(items: &[Prescription]) -> Option<&Prescription> {
    const DONE: [&str; 3] = ["P14", "P13", "P20"];
    items.iter().filter(|p| !DONE.contains(&p.state.to_string().as_str())).min_by_key(|p| p.state)
}
