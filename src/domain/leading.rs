//! Which part of an order decides how it stands: the slowest blocking one (DOMAIN.md 3). Says nothing in words.

use super::evidence::Fact;
use super::facts::{Order, Prescription, Shipment};
use jiff::Timestamp;

/// The parcel that decides: a replacement's newest, else the one not yet delivered, else the latest.
#[must_use]
pub fn leading_parcel<'a>(order: &Order, shipments: &'a [Shipment]) -> Option<&'a Shipment> {
    let newest = |it: &mut dyn Iterator<Item = &'a Shipment>| it.max_by_key(|s| s.stamp.as_of);
    if order.state.among(&["O12"]) {
        return newest(&mut shipments.iter().filter(|s| !is_replaced(order, s)))
            .or_else(|| newest(&mut shipments.iter()));
    }
    let open = newest(&mut shipments.iter().filter(|s| !s.state.among(&["T08"])));
    open.or_else(|| newest(&mut shipments.iter()))
}

/// A parcel for which another one was sent.
#[must_use]
pub fn is_replaced(order: &Order, parcel: &Shipment) -> bool {
    order.state.among(&["O12"]) && parcel.state.among(&["T10", "T11", "T12"])
}

/// The slowest item of a waiting order: the one that is furthest from being filled.
#[must_use]
pub fn blocking_item<'a>(order: &Order, items: &'a [Prescription]) -> Option<&'a Prescription> {
    let open = items.iter().filter(|p| order.state.among(&["O04"]) && !p.state.among(&["P13", "P14", "P20"]));
    open.min_by_key(|p| p.state)
}

/// The item of an order being filled that a pharmacist is still reviewing.
#[must_use]
pub fn reviewed_item<'a>(order: &Order, items: &'a [Prescription]) -> Option<&'a Prescription> {
    items.iter().find(|p| order.state.among(&["O05"]) && p.state.among(&["P10"]))
}

/// The item for which the pharmacy cancelled the order: a pharmacist needs to speak about it, or it was cancelled itself.
#[must_use]
pub fn ending_item<'a>(order: &Order, items: &'a [Prescription]) -> Option<&'a Prescription> {
    items.iter().filter(|p| order.state.among(&["O11"]) && p.state.among(&["P15", "P16"])).min_by_key(|p| p.state)
}

/// Cancelled, refunded or delivered: nothing runs out any more.
#[must_use]
pub fn is_closed(order: &Order) -> bool {
    order.state.among(&["O10", "O11", "O13", "O14"])
}

impl Fact {
    /// The end of the clock of the state that decides, as the feed tells it; `None` where nothing can run out.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match self {
            Fact::Prescription(p) => p.details.due,
            Fact::Order { order, .. } if is_closed(order) => None,
            Fact::Order { order, shipments, items } => match blocking_item(order, items) {
                Some(item) => item.details.due,
                None => leading_parcel(order, shipments).map_or(order.details.due, |s| s.details.due),
            },
            Fact::Price(_) | Fact::Stock(_) => None,
        }
    }
}
