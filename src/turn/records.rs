//! What a record asks of the turn beside the answer: a person at once, or the label words for a question that a pharmacist gets.

use super::Desk;
use crate::domain::blocks::BlockKind;
use crate::domain::evidence::Fact;
use crate::domain::route::{Priority, Queue};
use crate::guard::output::Released;
use crate::pharmacy::Handover;
use crate::wording::orders::leading_parcel;
use jiff::Timestamp;

impl Desk<'_, '_> {
    /// Queue and priority when a record's state demands a person beside the answer.
    pub(super) fn needs_person(&self, fact: &Fact, now: Timestamp) -> Option<(Queue, Priority)> {
        let (states, cold) = match fact {
            Fact::Prescription(p) => (vec![p.state], false),
            Fact::Order { order, shipments, items } => {
                // A replaced order's first parcel is history: only the one that leads counts.
                let leading = leading_parcel(order, shipments).map(|s| s.state).filter(|_| !closed(fact));
                (leading.into_iter().chain([order.state]).collect::<Vec<_>>(), items.iter().any(|p| p.medication.cold))
            }
            Fact::Price(_) | Fact::Stock(_) => return None,
        };
        let always = states.iter().find_map(|s| {
            let entry = self.engine.pharmacy.states.get(*s);
            let at_once = cold && entry.also.iter().any(|a| a == "cold");
            let must = entry.handover == Handover::Always || at_once;
            must.then_some((entry.queue, if entry.queue == Queue::Clinical { Priority::P1 } else { Priority::P3 }))
        });
        always.or_else(|| (!closed(fact) && overdue(fact, now)).then_some((Queue::Service, Priority::P3)))
    }
    /// The verified label words for a clinical question, when the person is verified and one labelled prescription is meant.
    pub(super) async fn label(&self) -> Option<Released> {
        let customer = self.request.visitor.verified().filter(|c| c.caregiver().is_none())?;
        let all = self.engine.store().prescriptions_of(customer.patient()).await.ok()?;
        let hits = self.engine.gatherer.records.find(customer.patient(), self.request.text.as_str(), 8).ok()?;
        let meant = |id: &str, med: &str| hits.iter().any(|h| h.id == id || h.id == med);
        let mut labels = all
            .iter()
            .map(|c| &c.value)
            .filter(|p| meant(p.id.as_str(), p.medication.id.as_str()))
            .filter_map(|p| p.label.as_deref());
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

/// Records whose fact is not an answer but a reason to act.
fn overdue(fact: &Fact, now: Timestamp) -> bool {
    let due = match fact {
        Fact::Prescription(p) => p.details.due,
        Fact::Order { order, shipments, .. } => {
            let parcel = leading_parcel(order, shipments);
            parcel.map_or(order.details.due, |s| s.details.due)
        }
        Fact::Price(_) | Fact::Stock(_) => None,
    };
    due.is_some_and(|d| d < now)
}

/// Cancelled, refunded or delivered: nothing runs out any more.
fn closed(fact: &Fact) -> bool {
    matches!(fact, Fact::Order { order, .. } if matches!(order.state.to_string().as_str(), "O10" | "O11" | "O13" | "O14"))
}
