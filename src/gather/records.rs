//! Records of the verified person for a question: of each kind that is asked for, those that are meant; always re-read from the store.

use super::ask::Ask;
use super::named::{is_hit, typed_numbers};
use super::{GatherError, Gatherer, subject};
use crate::domain::evidence::{Evidence, Fact};
use crate::domain::facts::Prescription;
use crate::domain::line::Line;
use crate::policy::asks::Kind;
use crate::retrieval::RecordHit;

impl Gatherer {
    /// Facts of each kind that is asked for; of kinds that tell the same, the first that has one.
    pub(super) async fn facts(&self, ask: &Ask<'_>) -> Result<Vec<Evidence>, GatherError> {
        let hits = self.find(ask).await?;
        // A drug that is none of theirs: their other records do not answer it.
        let strange = hits.is_empty() && !self.records.find_medication(ask.words, 1)?.is_empty();
        let mut out: Vec<Evidence> = Vec::new();
        for kind in &self.order_of_kinds(ask, &hits).await? {
            if matches!(kind, Kind::Order | Kind::Prescription) && ask.either() && !out.is_empty() {
                continue;
            }
            let found = match kind {
                Kind::Order | Kind::Prescription if strange && typed_numbers(ask.text).is_empty() => Vec::new(),
                Kind::Order => self.orders(ask, &hits).await?,
                Kind::Prescription => self.prescriptions(ask, &hits).await?,
                Kind::Price => self.prices(ask).await?,
                Kind::Stock => self.own_stock(ask).await?,
            };
            let new = found.into_iter().filter(|e| !out.iter().any(|known| same(known, e)));
            out.extend(new.collect::<Vec<_>>());
        }
        // A stock word has a name in it: told for a medicine that was named, or for the rest of an order that is asked about.
        let of_the_rest = ask.asks.iter().any(|a| a.lines.contains(&Line::Items)) && !ask.hide_names;
        let mut waiting: Vec<Prescription> =
            out.iter().flat_map(prescriptions_in).filter(|p| p.state.among(&["P12"])).collect();
        waiting.retain(|p| is_hit(&hits, &p.id) || (of_the_rest && !p.medication.sensitive));
        let awaited = self.awaited_stock(waiting, &out).await?;
        out.extend(awaited);
        Ok(out)
    }

    /// The kinds to look in, first those that tell most of what is named: a prescription that is still being worked on tells more
    /// than the order that waits for it when "my prescription" is asked for, and more than whether the shelf holds the medicine.
    async fn order_of_kinds(&self, ask: &Ask<'_>, hits: &[RecordHit]) -> Result<Vec<Kind>, GatherError> {
        let mut kinds = ask.kinds.clone();
        if hits.is_empty() || !ask.may(Kind::Prescription) {
            return Ok(kinds);
        }
        let all = self.own_prescriptions(ask).await?;
        let at_work = all.iter().filter(|p| is_hit(hits, &p.value.id) && !p.value.state.among(&RESTING));
        let at_work: Vec<_> = at_work.collect();
        let newest = at_work.iter().map(|p| p.value.stamp.as_of).max();
        // What was delivered long ago does not tell what stops it now.
        let stopped = at_work.iter().any(|p| p.value.state.among(&STOPPED));
        let by_name = kinds.contains(&Kind::Order) && typed_numbers(ask.text).is_empty();
        if let (Some(at), true) = (newest, stopped && by_name)
            && self.last_ordered_before(ask, hits, at).await?
        {
            let place = kinds.iter().position(|k| matches!(k, Kind::Order | Kind::Prescription)).unwrap_or(0);
            kinds.retain(|k| !matches!(k, Kind::Order | Kind::Prescription));
            kinds.insert(place, Kind::Prescription);
            return Ok(kinds);
        }
        let worked_on = newest.is_some();
        let either = kinds.iter().all(|k| matches!(k, Kind::Order | Kind::Prescription)) && ask.either();
        let of_prescription = either && subject::is_about_prescription(ask.text);
        if worked_on && (of_prescription || kinds.contains(&Kind::Stock)) {
            kinds.retain(|k| *k != Kind::Prescription);
            // "Is it in stock?" is answered by the shelf first.
            let asks_stock = ask.asks.iter().any(|a| a.records.contains(&Kind::Stock));
            kinds.insert(usize::from(asks_stock), Kind::Prescription);
        }
        Ok(kinds)
    }
}

/// States in which nothing is being done about a prescription: an order or nothing tells the rest.
const RESTING: [&str; 6] = ["P11", "P13", "P14", "P16", "P17", "P20"];

/// States in which a prescription waits for somebody else: what is missing, the plan, its approval, the prescriber.
const STOPPED: [&str; 6] = ["P04", "P05", "P06", "P07", "P08", "P09"];

/// Two facts from the same record.
fn same(a: &Evidence, b: &Evidence) -> bool {
    matches!((a, b), (Evidence::Fact(a, _), Evidence::Fact(b, _)) if a.source() == b.source())
}

/// The prescriptions that a fact holds.
fn prescriptions_in(e: &Evidence) -> Vec<Prescription> {
    match e {
        Evidence::Fact(Fact::Prescription(p), _) => vec![p.clone()],
        Evidence::Fact(Fact::Order { items, .. }, _) => items.clone(),
        _ => Vec::new(),
    }
}
