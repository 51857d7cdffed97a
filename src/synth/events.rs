//! What a feed tells next of the parcels that are on their way: each is scanned, goes out for delivery and is delivered.

use super::Plan;
use jiff::SignedDuration;
use serde_json::json;

/// The steps that are left to a parcel, and how many minutes before the plan's instant each was.
const STEPS: [(&str, i64); 3] = [("T04", 500), ("T05", 300), ("T08", 100)];

impl Plan {
    /// One event a line, in the compact form, in the order of their times.
    pub fn events(&self) -> impl Iterator<Item = String> + '_ {
        STEPS.into_iter().flat_map(move |(state, minutes)| {
            let on_their_way = (0..self.people).step_by(Self::ON_ITS_WAY as usize);
            let last = on_their_way.filter_map(|person| {
                let (first, next) = (self.first_order(person), self.first_order(person + 1));
                (next > first).then(|| next - 1)
            });
            last.map(move |order| self.event(order, state, minutes))
        })
    }

    fn event(&self, order: u32, state: &str, minutes: i64) -> String {
        let at = self.now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(self.now);
        let id = format!("synth-{order}-{state}");
        json!({"id": id, "shipment": Self::shipment_id(order), "state": state, "at": at}).to_string()
    }
}
