//! One person of a plan with what is theirs.

use super::Plan;
use crate::domain::facts::{Medication, Order, Patient, Payer, Prescription, Record, Shipment};
use crate::domain::ids::{PatientId, RxId};
use jiff::civil::{Date, date};

/// States in which people live and payers who pay.
const REGIONS: [&str; 6] = ["TX", "CA", "NY", "FL", "WA", "OH"];
const PAYERS: [Payer; 5] = [Payer::Commercial, Payer::MedicareD, Payer::Medicaid, Payer::Tricare, Payer::Va];
const BORN: Date = date(1940, 1, 1);

impl Plan {
    /// A person's id.
    #[must_use]
    pub fn patient(person: u32) -> PatientId {
        PatientId(format!("S{person:07}"))
    }

    /// The number of an order, as its owner knows it.
    #[must_use]
    pub fn order_number(order: u32) -> String {
        format!("71-{order:07}")
    }

    pub(super) fn person(&self, person: u32) -> Vec<Record> {
        let (first, next) = (self.first_order(person), self.first_order(person + 1));
        let rx = Self::MOST_RX.min(next - first);
        let mut out = vec![self.patient_of(person)];
        out.extend((0..rx).filter_map(|n| self.prescription(person, n)).map(Record::Prescription));
        for order in first..next {
            let last = order + 1 == next && person.is_multiple_of(Self::ON_ITS_WAY);
            let item = rx_id(person, (order - first) % rx.max(1));
            out.push(Record::Order(self.order(person, order, item.clone(), last)));
            out.push(Record::Shipment(self.shipment(person, order, item, last)));
        }
        out
    }

    /// The product of a person's prescription.
    #[must_use]
    pub fn product(&self, person: u32, rx: u32) -> Option<&Medication> {
        let n = self.draw("product", person * Self::MOST_RX + rx) % (self.products.len().max(1) as u64);
        self.products.get(usize::try_from(n).ok()?)
    }

    fn patient_of(&self, person: u32) -> Record {
        let drawn = self.draw("patient", person);
        let born = BORN.checked_add(jiff::Span::new().days(i64::try_from(drawn % 24_000).unwrap_or_default()));
        let patient = Patient {
            id: Self::patient(person),
            name: format!("Person {person}"),
            birth_date: born.ok(),
            region: REGIONS.get(drawn as usize % REGIONS.len()).map(|r| (*r).to_owned()),
            zone: Some("America/Chicago".into()),
            payer: PAYERS.get(drawn as usize / 7 % PAYERS.len()).copied(),
            lang: None,
            species: None,
            phone: None,
            private: Vec::new(),
        };
        Record::Patient { patient, stamp: self.stamp(60 * 24 * 30) }
    }

    fn prescription(&self, person: u32, n: u32) -> Option<Prescription> {
        Some(Prescription {
            id: rx_id(person, n),
            patient: Self::patient(person),
            number: format!("RX-{}", 5_000_000 + person * Self::MOST_RX + n),
            medication: self.product(person, n)?.clone(),
            state: self.states.shipped_rx,
            stamp: self.stamp(60 * 24 * 20),
            refills_left: Some(n),
            valid_until: None,
            missing: None,
            other_pharmacy: None,
            cancelled_by: None,
            reject: None,
            pays_again_on: None,
            label: None,
            dispensed: None,
            prescriber: None,
            details: Default::default(),
        })
    }

    fn order(&self, person: u32, order: u32, item: RxId, last: bool) -> Order {
        Order {
            id: format!("order-{}", Self::order_number(order)).as_str().into(),
            patient: Self::patient(person),
            number: Self::order_number(order),
            state: self.states.shipped,
            stamp: self.stamp(self.age(order, last)),
            items: vec![item],
            refund: None,
            details: Default::default(),
        }
    }

    fn shipment(&self, person: u32, order: u32, item: RxId, last: bool) -> Shipment {
        let mut parcel = Shipment {
            id: Self::shipment_id(order).as_str().into(),
            patient: Self::patient(person),
            order: format!("order-{}", Self::order_number(order)).as_str().into(),
            state: if last { self.states.labelled } else { self.states.delivered },
            stamp: self.stamp(self.age(order, last)),
            carrier: Some("Northline Parcel".into()),
            tracking: Some(format!("FX{:012}", 400_000_000 + u64::from(order))),
            window: None,
            delivered: None,
            scan: None,
            details: Default::default(),
        };
        parcel.details.items = vec![item];
        parcel.delivered = (!last).then_some(parcel.stamp.as_of);
        parcel
    }

    pub(super) fn shipment_id(order: u32) -> String {
        format!("shipment-{}", Self::order_number(order))
    }

    /// Minutes: what is on its way was scanned within a day, the rest lies a month to a year back.
    fn age(&self, order: u32, last: bool) -> i64 {
        let drawn = i64::try_from(self.draw("age", order) % 480_000).unwrap_or_default();
        if last { 600 + drawn % 800 } else { 43_200 + drawn }
    }
}

fn rx_id(person: u32, n: u32) -> RxId {
    RxId(format!("rx-S{person:07}-{n}"))
}
