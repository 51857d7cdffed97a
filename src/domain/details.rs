//! What prescriptions, orders and parcels carry in some states only: every field may be absent.
//! Apart from [`super::facts`], so that the records there stay readable.

use super::ids::{OrderId, RxId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Further facts of a prescription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RxDetails {
    /// The order of the present fill; older orders may hold older fills of the same prescription.
    pub order: Option<OrderId>,
    /// When the state began.
    pub since: Option<Timestamp>,
    /// End of the state's clock: from then on a person must look.
    pub due: Option<Timestamp>,
    /// P09: when the prescriber was contacted.
    pub contacted_at: Option<Timestamp>,
    /// P09: how (`fax`, `phone`, …).
    pub contact_method: Option<String>,
    /// The same in Spanish, where the feed has it.
    pub contact_method_es: Option<String>,
    /// What is missing, in Spanish.
    pub missing_es: Option<String>,
    /// P09: why; otherwise the reason of the state, in words for the customer.
    pub reason: Option<String>,
    /// The same in Spanish, where the feed has it.
    pub reason_es: Option<String>,
    /// The feed's words for how far the plan's prior approval is, and since when.
    pub approval: Option<(String, Timestamp)>,
    /// P18, P19: the words for how far the transfer is.
    pub transfer_status: Option<String>,
    /// P19: day on which it was sent.
    pub sent_on: Option<Date>,
    /// Day on which it was written.
    pub written_on: Option<Date>,
    /// Quantity of one fill with its unit, `180 tablets`.
    pub quantity: Option<String>,
    /// Days that one fill lasts.
    pub days_supply: Option<u32>,
    /// When the last fill was handed over.
    pub handed_over: Option<Timestamp>,
}

/// Further facts of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderDetails {
    /// When it was placed.
    pub placed: Option<Timestamp>,
    /// When the state began.
    pub since: Option<Timestamp>,
    /// End of the state's clock.
    pub due: Option<Timestamp>,
    /// O10, O11: why it was cancelled.
    pub reason: Option<String>,
    /// The same in Spanish, where the feed has it.
    pub reason_es: Option<String>,
}

/// Further facts of a parcel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShipmentDetails {
    /// When the state began.
    pub since: Option<Timestamp>,
    /// End of the state's clock.
    pub due: Option<Timestamp>,
    /// T04, T06, T10, T12: the carrier's or our reason.
    pub reason: Option<String>,
    /// The same in Spanish, where the feed has it.
    pub reason_es: Option<String>,
    /// T07: where it waits.
    pub hold_place: Option<String>,
    /// T07: last day on which it waits.
    pub hold_until: Option<Date>,
    /// T06: delivery attempts so far.
    pub attempts: Option<u32>,
    /// When the last scan was made.
    pub scanned_at: Option<Timestamp>,
    /// The fills in the parcel.
    pub items: Vec<RxId>,
}
