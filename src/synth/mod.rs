//! A pharmacy of any size for measuring: people, prescriptions, orders and parcels, what a feed tells of them next, and pages, all from a
//! seed.
//! The people are numbers, the products those of a drug lexicon. It is no sample for showing: every delivered order looks alike and
//! the pages make no sense.

mod events;
mod pages;
mod people;

use crate::domain::facts::{Medication, Record, Stamp};
use crate::domain::states::{StateCode, UnknownState};
use crate::pharmacy::Drugs;
use jiff::{SignedDuration, Timestamp};

/// How large, and by which seed. The same plan makes the same bytes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// People; each has a prescription for every order of theirs, at most [`Plan::MOST_RX`].
    pub people: u32,
    /// Orders, spread evenly.
    pub orders: u32,
    /// Of the choice of products and days.
    pub seed: u64,
    /// The latest instant that a record speaks of.
    pub now: Timestamp,
    products: Vec<Medication>,
    states: States,
}

/// The states that its records are in.
#[derive(Clone, Copy, Debug)]
struct States {
    shipped_rx: StateCode,
    shipped: StateCode,
    labelled: StateCode,
    delivered: StateCode,
}

impl Plan {
    /// Prescriptions of one person.
    pub const MOST_RX: u32 = 3;
    /// One in so many people has a parcel on its way: their last order.
    pub const ON_ITS_WAY: u32 = 5;

    /// A plan over the products of a lexicon.
    ///
    /// # Errors
    /// None in fact: the states that it uses are among the 48.
    pub fn new(drugs: &Drugs, people: u32, orders: u32, seed: u64, now: Timestamp) -> Result<Self, UnknownState> {
        let products = drugs.list().iter().flat_map(|drug| {
            let doses = drug.strengths.iter().zip(drug.forms.iter().cycle());
            doses.map(|(strength, form)| Medication {
                id: format!("{}-{}", drug.name, strength).replace([' ', '/', '.', '%'], "-").as_str().into(),
                name: format!("{} {strength} {form}", drug.name),
                schedule: Some(drug.schedule).filter(|s| *s > 0),
                critical: false,
                cold: drug.refrigerated,
                aliases: drug.brands.iter().map(|b| b.to_lowercase()).collect(),
                generic: None,
                sensitive: false,
            })
        });
        let [shipped_rx, shipped, labelled, delivered] = ["P14", "O08", "T03", "T08"].map(str::parse);
        let states = States { shipped_rx: shipped_rx?, shipped: shipped?, labelled: labelled?, delivered: delivered? };
        Ok(Self { people, orders, seed, now, products: products.collect(), states })
    }

    /// Everything but the events, the products first, then person by person.
    pub fn records(&self) -> impl Iterator<Item = Vec<Record>> + '_ {
        let stamp = self.stamp(0);
        let products = self.products.iter().map(move |m| {
            let (medication, stamp) = (m.clone(), stamp.clone());
            vec![Record::Medication { medication, stamp }]
        });
        products.chain((0..self.people).map(|person| self.person(person)))
    }

    /// How many items [`Plan::records`] has.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.products.len() as u64 + u64::from(self.people)
    }

    /// The first order of a person; the next person's is one behind their last.
    fn first_order(&self, person: u32) -> u32 {
        let all = u64::from(self.orders) * u64::from(person) / u64::from(self.people.max(1));
        u32::try_from(all).unwrap_or(self.orders)
    }

    /// A number for one thing of the plan, the same each time (SplitMix64, Steele, Lea & Flood 2014).
    fn draw(&self, what: &str, n: u32) -> u64 {
        let mut z = what
            .bytes()
            .fold(self.seed, |h, b| h.rotate_left(8) ^ u64::from(b))
            .wrapping_add(u64::from(n).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// So many minutes before the latest instant, with a version of that time.
    fn stamp(&self, minutes: i64) -> Stamp {
        let as_of = self.now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(self.now);
        Stamp { as_of, version: Stamp::version_at(as_of) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pharmacy::Pharmacy;
    use std::collections::HashSet;
    use std::path::Path;

    fn plan() -> Plan {
        let pharmacy = Pharmacy::load(Path::new("index"), None).unwrap();
        let now = "2026-11-20T18:00:00Z".parse().unwrap();
        Plan::new(&pharmacy.drugs, 100, 400, 7, now).unwrap()
    }

    #[test]
    fn it_is_as_large_as_it_says_and_the_same_each_time() {
        let (a, b): (Vec<_>, Vec<_>) = (plan().records().flatten().collect(), plan().records().flatten().collect());
        assert_eq!(a, b);
        let of = |kind: &str| a.iter().filter(|r| r.key().0 == kind).count();
        assert_eq!((of("patient"), of("order"), of("shipment"), of("prescription")), (100, 400, 400, 300));
        let keys: HashSet<_> = a.iter().map(|r| (r.key().0, r.key().1)).collect();
        assert_eq!(keys.len(), a.len(), "every record is one of its own");
        let other = Plan { seed: 8, ..plan() };
        assert_ne!(a, other.records().flatten().collect::<Vec<_>>());
    }

    #[test]
    fn its_pages_are_in_force_and_differ() {
        let all = plan().passages(100);
        let day = "2026-11-20".parse().unwrap();
        assert!(all.iter().all(|p| p.in_force(day) && p.sentences.len() == 4));
        assert_eq!(all.iter().map(|p| &p.heading).collect::<HashSet<_>>().len(), 100);
        assert_eq!(all.iter().map(|p| p.page()).collect::<HashSet<_>>().len(), 13);
        assert_eq!(all, plan().passages(100));
    }

    #[test]
    fn its_events_are_allowed_steps_of_parcels_that_are_on_their_way() {
        let pharmacy = Pharmacy::load(Path::new("index"), None).unwrap();
        let events: Vec<String> = plan().events().collect();
        assert_eq!(events.len(), 20 * 3);
        assert!(events.iter().all(|e| crate::ingest::event::read(e, &pharmacy.states).is_ok()), "{events:?}");
    }
}
