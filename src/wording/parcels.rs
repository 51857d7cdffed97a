//! Parcels in words: where one is, when it comes, why it does not, and what became of the one that it replaces.

use super::{FactWords, Line, Telling, Wording, dates};
use crate::domain::facts::{Order, Shipment};
use crate::domain::leading::is_replaced;

impl Wording {
    pub(super) fn parcel(&self, w: &mut FactWords, order: &Order, s: &Shipment, t: Telling<'_>) {
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
        if let Some(tries) = s.details.attempts.filter(|n| *n > 1) {
            w.push(Line::Where, self.say("attempts", t.lang, &[("n", &tries.to_string())]));
        }
        if let (Some(place), Some(until)) = (&s.details.hold_place, s.details.hold_until) {
            w.push(Line::Where, self.say("hold", t.lang, &[("place", place), ("until", &dates::day(until, t.lang))]));
        } else if let Some(reason) = t.told(&s.details.reason, &s.details.reason_es) {
            // What was reported to us, or found by us, is not the carrier's word.
            let whose = if s.state.among(&["T09", "T12", "T13"]) { "reason_ours" } else { "reason" };
            w.push(Line::Where, self.say(whose, t.lang, &[("reason", reason)]));
        }
    }

    /// The parcels beside the leading one: a further one of a split order, or the one that it replaces, of which only what became
    /// of it is told. Each line says whose it is.
    pub(super) fn beside(
        &self,
        w: &mut FactWords,
        order: &Order,
        shipments: &[Shipment],
        leading: Option<&Shipment>,
        t: Telling<'_>,
    ) {
        for s in shipments.iter().filter(|s| leading.is_some_and(|l| l.id != s.id)) {
            let mut own = FactWords::default();
            own.push(Line::State, self.sentence(s.state, t));
            self.parcel(&mut own, order, s, t);
            let replaced = is_replaced(order, s);
            own.lines.retain(|(kind, _)| !replaced || matches!(kind, Line::State | Line::Where));
            for (kind, line) in own.lines {
                let (kind, id) = if replaced { (Line::Replaced, "first_parcel") } else { (kind, "other_parcel") };
                w.push(kind, self.say(id, t.lang, &[("line", &line)]));
            }
        }
    }
}
