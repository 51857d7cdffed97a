//! What a record asks of the turn beside the answer: a person at once, or the label words for a question that a pharmacist gets.

use super::Desk;
use crate::domain::blocks::BlockKind;
use crate::domain::evidence::Fact;
use crate::domain::leading::{blocking_item, ending_item, is_closed, leading_parcel};
use crate::domain::route::{Priority, Queue};
use crate::domain::states::StateCode;
use crate::guard::output::Released;
use crate::pharmacy::Handover;
use jiff::Timestamp;

impl Desk<'_, '_> {
    /// Queue and priority when a record's state demands a person beside the answer.
    pub(super) fn needs_person(&self, fact: &Fact, now: Timestamp) -> Option<(Queue, Priority)> {
        let states = &self.engine.pharmacy.states;
        let (codes, conditions) = deciding(fact);
        let at_once = codes.iter().map(|s| states.get(*s)).find(|entry| {
            entry.handover == Handover::Always || entry.also.iter().any(|a| conditions.contains(&a.as_str()))
        });
        if let Some(entry) = at_once {
            let clinical = entry.queue == Queue::Clinical || entry.also.iter().any(|a| a == "critical");
            return Some(if clinical { (Queue::Clinical, Priority::P1) } else { (entry.queue, Priority::P3) });
        }
        states.overdue(fact, now).then_some((Queue::Service, Priority::P3))
    }
    /// The verified label words for a clinical question, when the person is verified and one labelled prescription is meant.
    pub(super) async fn label(&self) -> Option<Released> {
        let customer = self.request.visitor.verified().filter(|c| c.caregiver().is_none())?;
        let all = self.engine.store().prescriptions_of(customer.patient()).await.ok()?;
        let hits = self.engine.gatherer.records.find(customer, self.request.text.as_str(), 8).ok()?;
        let meant = |id: &str, med: &str| hits.iter().any(|h| h.id == id || h.id == med);
        let meant = all.iter().filter(|c| meant(c.value.id.as_str(), c.value.medication.id.as_str()));
        // One in doubt may be the one that is meant: the other must not become the only one.
        let meant: Vec<_> = meant.map(|c| (!c.in_doubt()).then_some(&c.value)).collect::<Option<_>>()?;
        let mut labels = meant.into_iter().filter_map(|p| p.label.as_deref());
        let label = labels.next().filter(|_| labels.next().is_none())?;
        let leaflet = self.engine.output.phrase(
            "leaflet",
            BlockKind::Source,
            self.request.frame.lang,
            &[("link", "https://fernleaf.example/leaflets")],
        );
        Some(self.engine.output.label(label, self.request.frame.lang).followed_by(leaflet))
    }
}

/// The states that count, and the conditions (`also` in `states.toml`) that a record meets.
fn deciding(fact: &Fact) -> (Vec<StateCode>, Vec<&'static str>) {
    let met = |conditions: &[(bool, &'static str)]| conditions.iter().filter(|(is, _)| *is).map(|(_, c)| *c).collect();
    match fact {
        Fact::Prescription(p) => (vec![p.state], met(&[(p.medication.critical, "critical")])),
        Fact::Order { order, shipments, items } => {
            // A replaced or closed order's first parcel is history: only the one that leads counts.
            let leading = leading_parcel(order, shipments).filter(|_| !is_closed(order));
            let attempts = leading.and_then(|s| s.details.attempts).unwrap_or_default();
            let cold = items.iter().any(|p| p.medication.cold);
            let blocking = blocking_item(order, items);
            let critical = blocking.is_some_and(|p| p.medication.critical);
            let decides = blocking.or(ending_item(order, items)).map(|p| p.state);
            let codes = leading.map(|s| s.state).into_iter().chain([order.state]).chain(decides);
            (codes.collect(), met(&[(cold, "cold"), (attempts > 1, "second_attempt"), (critical, "critical")]))
        }
        Fact::Price(_) | Fact::Stock(_) => (Vec::new(), Vec::new()),
    }
}
