//! Orders with their parcels and prescriptions for a question.

use super::ask::Ask;
use super::choose::{Choice, MOST};
use super::named::{digits, is_hit, typed_numbers};
use super::{GatherError, Gatherer, subject, when};
use crate::domain::evidence::{Evidence, Fact};
use crate::domain::facts::{Order, Prescription, Shipment};
use crate::domain::ids::PatientId;
use crate::policy::asks::Kind;
use crate::retrieval::RecordHit;
use crate::store::records::Confirmed;
use jiff::Timestamp;
use jiff::civil::Date;
use std::ops::RangeInclusive;

/// A person's orders, latest first, with what belongs to them, as far as the asker may know.
struct Orders {
    orders: Vec<Confirmed<Order>>,
    shipments: Vec<Confirmed<Shipment>>,
    items: Vec<Confirmed<Prescription>>,
}

impl Gatherer {
    pub(super) async fn orders(&self, ask: &Ask<'_>, hits: &[RecordHit]) -> Result<Vec<Evidence>, GatherError> {
        let own = self.own_orders(ask).await?;
        let told = own.meant(ask, hits);
        if !told.is_empty() || hits.is_empty() || ask.states().1 {
            return Ok(told);
        }
        // A medicine that is in no open order: its last order, when what is over is asked about; else its prescription tells how things
        // stand.
        let last = own.orders.iter().find(|o| is_of_drug(&o.value, hits));
        match last.filter(|_| ask.of_the_past() && subject::is_about_order(ask.text) && !ask.wants_refill()) {
            Some(last) => Ok(vec![own.whole(last)]),
            None if ask.may(Kind::Prescription) => self.prescriptions(ask, hits).await,
            None => Ok(told),
        }
    }

    /// Every order of the medicine is over, and was so before the time.
    pub(super) async fn last_ordered_before(
        &self,
        ask: &Ask<'_>,
        hits: &[RecordHit],
        at: Timestamp,
    ) -> Result<bool, GatherError> {
        let own = self.own_orders(ask).await?;
        let of_drug = own.orders.iter().filter(|o| is_of_drug(&o.value, hits));
        Ok(of_drug.into_iter().all(|o| !own.is_open(&o.value, false) && latest(&o.value, &own.shipments) < at))
    }

    async fn own_orders(&self, ask: &Ask<'_>) -> Result<Orders, GatherError> {
        let mut own = self.orders_of(ask.customer.patient(), self.own_prescriptions(ask).await?).await?;
        if ask.hide_names {
            own.items.iter_mut().for_each(|p| p.value.hide_name());
        }
        if ask.hide_sensitive {
            // A parcel may hold what must not be told of: it counts only what may.
            let known = &own.items;
            own.orders.iter_mut().for_each(|o| o.value.items.retain(|rx| known.iter().any(|p| p.value.id == *rx)));
        }
        Ok(own)
    }

    async fn orders_of(&self, patient: &PatientId, items: Vec<Confirmed<Prescription>>) -> Result<Orders, GatherError> {
        let (mut orders, shipments) = (self.store.orders_of(patient).await?, self.store.shipments_of(patient).await?);
        orders.sort_by_key(|o| std::cmp::Reverse(latest(&o.value, &shipments)));
        Ok(Orders { orders, shipments, items })
    }

    /// The person's latest orders and prescriptions, for staff who take the case: not minimised, never shown to a customer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn overview(&self, patient: &PatientId) -> Result<Vec<Fact>, GatherError> {
        let own = self.orders_of(patient, self.store.prescriptions_of(patient).await?).await?;
        let orders = own.orders.iter().take(MOST).map(|o| own.whole(o));
        let orders = orders.filter_map(|e| if let Evidence::Fact(fact, _) = e { Some(fact) } else { None });
        let mut latest: Vec<&Prescription> = own.items.iter().map(|p| &p.value).collect();
        latest.sort_by_key(|p| std::cmp::Reverse(p.stamp.as_of));
        let prescriptions = latest.into_iter().take(MOST).map(|p| Fact::Prescription(p.clone()));
        Ok(orders.chain(prescriptions).collect())
    }
}

impl Orders {
    /// The orders that a question means, whole.
    fn meant(&self, ask: &Ask<'_>, hits: &[RecordHit]) -> Vec<Evidence> {
        let typed = typed_numbers(ask.text);
        let numbered = self.orders.iter().any(|o| self.is_numbered(&o.value, &typed));
        let names_drug = !hits.is_empty();
        if let Some(same) = self.other_parcel(ask).filter(|_| !numbered && !names_drug) {
            return vec![self.whole(same)];
        }
        let days = when::picked(ask.text, ask.today()).filter(|_| !numbered && !names_drug);
        let (states, only) = ask.states();
        let in_state = |o: &Order| states.iter().any(|s| self.is_in(o, s));
        let asked_state = self.orders.iter().any(|o| in_state(&o.value));
        let open = |o: &Order| self.is_open(o, ask.of_the_past());
        let under_way = self.orders.iter().any(|o| self.is_open(&o.value, false) && is_of_drug(&o.value, hits));
        let by_drug = |o: &Order| {
            let present = if under_way { self.is_open(o, false) } else { open(o) } || self.is_filled_for(o);
            is_of_drug(o, hits) && (present || (ask.only_of_the_past() && in_state(o)))
        };
        let meant = |o: &Order| if asked_state || only { in_state(o) } else { open(o) };
        let choice = Choice {
            named: &|o: &Order| match &days {
                Some(days) => self.is_of(o, days, ask),
                None if numbered => self.is_numbered(o, &typed),
                None => by_drug(o),
            },
            asked: &in_state,
            fits: &|o| !names_drug && days.is_none() && meant(o),
            source: &|o| format!("order:{}", o.number),
            may_point_back: !names_drug,
            strict: names_drug || only || days.is_some(),
        };
        choice.of(&self.orders, ask).into_iter().map(|o| self.whole(o)).collect()
    }

    fn parcels<'o>(&'o self, order: &'o Order) -> impl Iterator<Item = &'o Confirmed<Shipment>> {
        self.shipments.iter().filter(|s| s.value.order == order.id)
    }

    /// An order with its parcels and prescriptions; confirmed when the least confirmed of order and parcels was, in
    /// doubt when any part of it is.
    fn whole(&self, o: &Confirmed<Order>) -> Evidence {
        let confirmed = self.parcels(&o.value).map(|s| s.confirmed_at).min().unwrap_or(o.confirmed_at);
        let items: Vec<_> = self.items.iter().filter(|p| o.value.items.contains(&p.value.id)).collect();
        let doubt = items.iter().find(|p| p.in_doubt()).map(|p| p.confirmed_at);
        let shipments = self.parcels(&o.value).map(|s| s.value.clone()).collect();
        let items = items.into_iter().map(|p| p.value.clone()).collect();
        let fact = Fact::Order { order: o.value.clone(), shipments, items };
        Evidence::Fact(fact, doubt.unwrap_or(confirmed).min(o.confirmed_at))
    }

    /// "And the other one?" after an order of several parcels means its other parcel.
    fn other_parcel(&self, ask: &Ask<'_>) -> Option<&Confirmed<Order>> {
        let asks = subject::points_back(ask.text) && subject::wants_other(ask.text);
        let spoken = |o: &&Confirmed<Order>| ask.session.subjects.contains(&format!("order:{}", o.value.number));
        self.orders.iter().filter(|_| asks).find(spoken).filter(|o| self.parcels(&o.value).count() > 1)
    }

    /// The order's own number, or a tracking number of its parcels, was typed.
    fn is_numbered(&self, order: &Order, typed: &[String]) -> bool {
        let tracking = self.parcels(order).filter_map(|s| s.value.tracking.as_deref());
        tracking.chain([order.number.as_str()]).any(|n| typed.contains(&digits(n)))
    }

    /// Something happened to the order, or to a parcel of it, on one of the days.
    fn is_of(&self, order: &Order, days: &RangeInclusive<Date>, ask: &Ask<'_>) -> bool {
        let parcels = self.parcels(order).flat_map(|s| [Some(s.value.stamp.as_of), s.value.delivered]);
        let times = parcels.flatten().chain([order.stamp.as_of]);
        times.into_iter().any(|at| days.contains(&ask.date_of(at)))
    }

    /// The order, or a parcel of it, is in the state.
    fn is_in(&self, order: &Order, state: &str) -> bool {
        self.parcels(order).map(|s| s.value.state).chain([order.state]).any(|s| s.to_string() == state)
    }

    /// A filled prescription of this order belongs to its present fill: how it stands is told by the order, even a closed one.
    fn is_filled_for(&self, order: &Order) -> bool {
        let filled = |p: &Prescription| p.state.to_string() == "P14" && p.details.order.as_ref() == Some(&order.id);
        self.items.iter().any(|p| order.items.contains(&p.value.id) && filled(&p.value))
    }

    /// Orders that "my order" means: still under way; for problems also delivered ones.
    fn is_open(&self, order: &Order, problem: bool) -> bool {
        match order.state.to_string().as_str() {
            "O10" | "O11" => false,
            "O13" | "O14" => problem,
            "O08" => problem || !self.is_in(order, "T08"),
            _ => true,
        }
    }
}

/// One of its items was found.
fn is_of_drug(order: &Order, hits: &[RecordHit]) -> bool {
    order.items.iter().any(|rx| is_hit(hits, rx))
}

fn latest(order: &Order, shipments: &[Confirmed<Shipment>]) -> Timestamp {
    let ships = shipments.iter().filter(|s| s.value.order == order.id).map(|s| s.value.stamp.as_of);
    ships.chain([order.stamp.as_of]).max().unwrap_or(order.stamp.as_of)
}
