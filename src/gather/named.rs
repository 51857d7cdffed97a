//! What a message names of the person's own: order, prescription and tracking numbers, and medicines. What is hidden from the asker
//! looks like what is not there.

use super::ask::Ask;
use super::{GatherError, Gatherer};
use crate::classify::phi::{self, PhiKind};
use crate::domain::facts::Prescription;
use crate::domain::ids::RxId;
use crate::identity::Visitor;
use crate::policy::guards::Level;
use crate::retrieval::{RecordHit, name_words};
use crate::store::records::Confirmed;

/// Records of a person that a message may name.
const FOUND: usize = 24;
/// Share of the best score from which on another prescription is meant, too: two strengths of one drug, not two salts of it.
const NEAR_BEST: f32 = 0.8;

impl Gatherer {
    /// A typed order or prescription number that is none of theirs.
    pub(super) async fn names_a_strangers_number(&self, ask: &Ask<'_>) -> Result<bool, GatherError> {
        let typed = typed_numbers(ask.text);
        if typed.is_empty() {
            return Ok(false);
        }
        let patient = ask.customer.patient();
        let orders = self.store.orders_of(patient).await?.into_iter().map(|o| digits(&o.value.number));
        let rx = self.own_prescriptions(ask).await?.into_iter().map(|p| digits(&p.value.number));
        let parcels = self
            .store
            .shipments_of(patient)
            .await?
            .into_iter()
            .filter_map(|s| Some(digits(s.value.tracking.as_deref()?)));
        let own: Vec<String> = orders.chain(rx).chain(parcels).collect();
        // Only what has the form of our numbers: a ZIP code or a quantity is nobody's order.
        let ours = |t: &&String| own.is_empty() || own.iter().any(|o| o.len() == t.len());
        Ok(typed.iter().filter(ours).any(|t| !own.contains(t)))
    }

    /// A verified person names a record or a medicine of their own. A helper's grant is not read here, so for helpers it is never said.
    #[must_use]
    pub fn names_own(&self, visitor: &Visitor, text: &str) -> bool {
        let own = visitor.verified().filter(|c| c.level() >= Level::L2 && c.caregiver().is_none());
        own.is_some_and(|c| self.records.find(c, text, 1).is_ok_and(|hits| !hits.is_empty()))
    }

    /// The message names a medicine of theirs.
    pub(super) async fn names_something(&self, ask: &Ask<'_>) -> Result<bool, GatherError> {
        Ok(!self.find(ask).await?.is_empty())
    }

    /// The prescriptions that the text names, as far as the asker may know of them: what is hidden must look like what is not there.
    pub(super) async fn find(&self, ask: &Ask<'_>) -> Result<Vec<RecordHit>, GatherError> {
        if ask.hide_names {
            return Ok(Vec::new());
        }
        let known = self.own_prescriptions(ask).await?;
        // A name says more than the kind that it belongs to: Lipitor is not the other cholesterol pill.
        let is_known = |h: &RecordHit| h.kind == "prescription" && known.iter().any(|p| p.value.id.as_str() == h.id);
        let mut hits = self.records.find(ask.customer, ask.text, FOUND)?;
        hits.retain(is_known);
        if hits.is_empty() {
            hits = self.records.find(ask.customer, ask.words, FOUND)?;
            hits.retain(is_known);
        }
        let best = hits.iter().map(|h| h.score).fold(0.0, f32::max);
        hits.retain(|h| h.score >= NEAR_BEST * best);
        add_equals(&mut hits, &known, ask.words);
        Ok(hits)
    }

    /// The person's prescriptions as far as the asker may know of them.
    pub(super) async fn own_prescriptions(&self, ask: &Ask<'_>) -> Result<Vec<Confirmed<Prescription>>, GatherError> {
        let mut all = self.store.prescriptions_of(ask.customer.patient()).await?;
        all.retain(|p| !(ask.hide_sensitive && p.value.medication.sensitive));
        Ok(all)
    }
}

/// The prescription is among those found.
pub(super) fn is_hit(hits: &[RecordHit], id: &RxId) -> bool {
    hits.iter().any(|h| h.id == id.as_str())
}

/// Order and prescription numbers in a text, as digits.
pub(super) fn typed_numbers(text: &str) -> Vec<String> {
    let numbers = phi::spans(text).into_iter().filter(|s| matches!(s.kind, PhiKind::Order | PhiKind::Rx));
    numbers.filter_map(|s| text.get(s.start..s.end)).map(digits).filter(|d| !d.is_empty()).collect()
}

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Adds the prescriptions whose names hold every word by which the best was found: another strength of the same drug, unless the
/// strength was named.
fn add_equals(hits: &mut Vec<RecordHit>, known: &[Confirmed<Prescription>], text: &str) {
    let said = name_words(text);
    let spoken = |p: &Prescription| {
        let m = &p.medication;
        let names = [m.generic.as_deref(), p.dispensed.as_deref()].into_iter().flatten();
        let names = names.chain([m.name.as_str()]).chain(m.aliases.iter().map(String::as_str));
        let own = name_words(&names.collect::<Vec<_>>().join(" "));
        said.iter().filter(|w| own.contains(w)).cloned().collect::<Vec<_>>()
    };
    let Some(best) = hits.first().cloned() else { return };
    let of_best = known.iter().find(|p| p.value.id.as_str() == best.id).map(|p| spoken(&p.value)).unwrap_or_default();
    if of_best.is_empty() {
        return;
    }
    for p in known.iter().filter(|p| !is_hit(hits, &p.value.id)).collect::<Vec<_>>() {
        let also = spoken(&p.value);
        if of_best.iter().all(|w| also.contains(w)) {
            hits.push(RecordHit { id: p.value.id.0.clone(), ..best.clone() });
        }
    }
}
