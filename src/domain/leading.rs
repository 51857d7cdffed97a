//! Which part of an order decides how it stands: the slowest blocking one (DOMAIN.md 3). Says nothing in words.

use super::evidence::Fact;
use super::facts::{Order, Prescription, Shipment};
use super::states::StateCode;
use jiff::Timestamp;

/// The parcel that decides: a replacement's newest, else the one not yet delivered, else the latest.
#[must_use]
pub fn leading_parcel<'a>(order: &Order, shipments: &'a [Shipment]) -> Option<&'a Shipment> {
    let newest = |it: &mut dyn Iterator<Item = &'a Shipment>| it.max_by_key(|s| s.stamp.as_of);
    if is(order.state, &["O12"]) {
        return newest(&mut shipments.iter().filter(|s| !is_replaced(order, s)))
            .or_else(|| newest(&mut shipments.iter()));
    }
    let open = newest(&mut shipments.iter().filter(|s| !is(s.state, &["T08"])));
    open.or_else(|| newest(&mut shipments.iter()))
}

/// A parcel for which another one was sent.
#[must_use]
pub fn is_replaced(order: &Order, parcel: &Shipment) -> bool {
    is(order.state, &["O12"]) && is(parcel.state, &["T10", "T11", "T12"])
}

/// The slowest item of a waiting order: the one that is furthest from being filled.
#[must_use]
pub fn blocking_item<'a>(order: &Order, items: &'a [Prescription]) -> Option<&'a Prescription> {
    let open = items.iter().filter(|p| is(order.state, &["O04"]) && !is(p.state, &["P13", "P14", "P20"]));
    open.min_by_key(|p| p.state)
}

/// Cancelled, refunded or delivered: nothing runs out any more.
#[must_use]
pub fn is_closed(order: &Order) -> bool {
    is(order.state, &["O10", "O11", "O13", "O14"])
}

/// The state is one of these.
#[must_use]
pub fn is(state: StateCode, codes: &[&str]) -> bool {
    codes.contains(&state.to_string().as_str())
}

impl Fact {
    /// The state that decides and the end of its clock as the feed tells it; `None` where nothing can run out.
    #[must_use]
    pub fn clock(&self) -> Option<(StateCode, Option<Timestamp>)> {
        match self {
            Fact::Prescription(p) => Some((p.state, p.details.due)),
            Fact::Order { order, .. } if is_closed(order) => None,
            Fact::Order { order, shipments, items } => {
                let blocking = blocking_item(order, items).map(|p| (p.state, p.details.due));
                let parcel = leading_parcel(order, shipments).map(|s| (s.state, s.details.due));
                Some(blocking.or(parcel).unwrap_or((order.state, order.details.due)))
            }
            Fact::Price(_) | Fact::Stock(_) => None,
        }
    }
}
