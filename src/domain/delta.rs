//! What changes with a state when a feed tells of it in one event: every field may be absent. How a feed writes it is `ingest`'s matter.

use super::facts::{Money, Order, Prescription, Record, Shipment, Stamp};
use super::states::StateCode;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Facts beside a new state. What only belongs to a state goes with it: an event that does not repeat a reason has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Delta {
    /// Why, in words for the customer.
    pub reason: Option<String>,
    /// The same in Spanish.
    pub reason_es: Option<String>,
    /// End of the state's clock, as the event says it.
    pub due: Option<Timestamp>,
    /// End of the clock of a state that begins with the event, where it says none; a state that is repeated keeps its clock.
    pub clock: Option<Timestamp>,
    /// Parcel: the last scan in words.
    pub scan: Option<String>,
    /// Parcel: when it was made; else the time of the event.
    pub scanned_at: Option<Timestamp>,
    /// Parcel: first and last day of the carrier's window.
    pub window: Option<(Date, Date)>,
    /// Parcel: the carrier's name.
    pub carrier: Option<String>,
    /// Parcel: tracking number.
    pub tracking: Option<String>,
    /// T08: when; else the time of the event.
    pub delivered: Option<Timestamp>,
    /// T07: where it waits.
    pub hold_place: Option<String>,
    /// T07: the last day.
    pub hold_until: Option<Date>,
    /// T06: attempts so far.
    pub attempts: Option<u32>,
    /// O13: amount in US cents.
    pub refund_cents: Option<i64>,
    /// O13: the day on which it was sent.
    pub refund_sent_on: Option<Date>,
    /// P04: what is missing.
    pub missing: Option<String>,
    /// P06: the plan's reject code.
    pub reject: Option<String>,
    /// P06: first day on which the plan pays again.
    pub pays_again_on: Option<Date>,
    /// P09: when the prescriber was contacted.
    pub contacted_at: Option<Timestamp>,
    /// P09: how.
    pub contact_method: Option<String>,
    /// P16: who cancelled.
    pub cancelled_by: Option<String>,
    /// P18, P19: the other pharmacy.
    pub other_pharmacy: Option<String>,
    /// P18, P19: how far it is, in words.
    pub transfer_status: Option<String>,
    /// P19: the day on which it was sent.
    pub sent_on: Option<Date>,
    /// Refills left.
    pub refills_left: Option<u32>,
    /// Last day on which it may be filled.
    pub valid_until: Option<Date>,
}

/// Keeps what stands there when nothing new is told.
fn keep<T: Clone>(old: &mut Option<T>, new: Option<&T>) {
    if let Some(new) = new {
        *old = Some(new.clone());
    }
}

impl Delta {
    /// The record in its new state; records without a state stay as they are.
    #[must_use]
    pub fn applied(&self, mut record: Record, to: StateCode, stamp: Stamp) -> Record {
        match &mut record {
            Record::Order(o) => self.order(o, to, stamp),
            Record::Shipment(s) => self.shipment(s, to, stamp),
            Record::Prescription(p) => self.prescription(p, to, stamp),
            _ => {}
        }
        record
    }

    /// When the state began and when its clock ends; a state that is told again keeps both.
    fn times(&self, begins: bool, at: Timestamp, since: &mut Option<Timestamp>, due: &mut Option<Timestamp>) {
        if begins {
            *since = Some(at);
        }
        *due = self.due.or(if begins { self.clock } else { *due });
    }

    fn order(&self, o: &mut Order, to: StateCode, stamp: Stamp) {
        let d = &mut o.details;
        self.times(o.state != to, stamp.as_of, &mut d.since, &mut d.due);
        (d.reason, d.reason_es) = (self.reason.clone(), self.reason_es.clone());
        if let Some(cents) = self.refund_cents {
            o.refund = Some((Money(cents), self.refund_sent_on));
        }
        (o.state, o.stamp) = (to, stamp);
    }

    fn shipment(&self, s: &mut Shipment, to: StateCode, stamp: Stamp) {
        let (begins, d) = (s.state != to, &mut s.details);
        self.times(begins, stamp.as_of, &mut d.since, &mut d.due);
        (d.reason, d.reason_es) = (self.reason.clone(), self.reason_es.clone());
        (d.hold_place, d.hold_until) = (self.hold_place.clone(), self.hold_until);
        keep(&mut d.attempts, self.attempts.as_ref());
        if self.scan.is_some() {
            s.scan.clone_from(&self.scan);
            d.scanned_at = self.scanned_at.or(Some(stamp.as_of));
        }
        keep(&mut s.carrier, self.carrier.as_ref());
        keep(&mut s.tracking, self.tracking.as_ref());
        // A delay ends the old estimate: only a new one of the carrier's is told.
        if self.window.is_some() || to.among(&["T04"]) {
            s.window = self.window;
        }
        if to.among(&["T08"]) {
            // A delivery that is told again was not made again.
            let known = s.delivered.filter(|_| !begins);
            s.delivered = self.delivered.or(known).or(Some(stamp.as_of));
        }
        (s.state, s.stamp) = (to, stamp);
    }

    fn prescription(&self, p: &mut Prescription, to: StateCode, stamp: Stamp) {
        let d = &mut p.details;
        self.times(p.state != to, stamp.as_of, &mut d.since, &mut d.due);
        (d.reason, d.reason_es) = (self.reason.clone(), self.reason_es.clone());
        (d.contacted_at, d.contact_method, d.contact_method_es) =
            (self.contacted_at, self.contact_method.clone(), None);
        (d.transfer_status, d.sent_on) = (self.transfer_status.clone(), self.sent_on);
        d.missing_es = None;
        // Where the plan stood on its approval is told of the states of that approval only.
        d.approval = d.approval.take().filter(|_| to.among(&["P07", "P08"]));
        p.missing.clone_from(&self.missing);
        p.reject.clone_from(&self.reject);
        p.pays_again_on = self.pays_again_on;
        keep(&mut p.cancelled_by, self.cancelled_by.as_ref());
        keep(&mut p.other_pharmacy, self.other_pharmacy.as_ref());
        keep(&mut p.refills_left, self.refills_left.as_ref());
        keep(&mut p.valid_until, self.valid_until.as_ref());
        (p.state, p.stamp) = (to, stamp);
    }
}
