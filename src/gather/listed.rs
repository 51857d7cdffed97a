//! Prices and stock words: of the person's own medicines before others of the kind, of the medicine that is named before the rest.

use super::ask::Ask;
use super::choose::MOST;
use super::pages::Sought;
use super::{GatherError, Gathered, Gatherer, subject};
use crate::domain::evidence::{Evidence, Fact};
use crate::domain::facts::{Amount, Prescription, Price, Stock};
use crate::domain::ids::MedicationId;
use crate::guard::context::Frame;
use crate::policy::asks::Kind;
use crate::store::records::Confirmed;

impl Gatherer {
    pub(super) async fn prices(&self, ask: &Ask<'_>) -> Result<Vec<Evidence>, GatherError> {
        let mut own = self.store.prices_of(ask.customer.patient()).await?;
        if ask.hide_sensitive {
            let hidden: Vec<MedicationId> =
                self.store.medications().await?.into_iter().filter(|m| m.sensitive).map(|m| m.id).collect();
            own.retain(|p| !hidden.contains(&p.value.medication));
        }
        own.sort_by_key(|p| (std::cmp::Reverse(p.value.stamp.as_of), !matches!(p.value.amount, Amount::Exact(_))));
        let mut wanted = self.medications(ask.words, &own)?;
        if wanted.is_empty() && subject::is_about_order(ask.text) && ask.may(Kind::Order) {
            wanted = self.ordered(ask).await?;
        }
        let mut out: Vec<Evidence> = Vec::new();
        for id in &wanted {
            out.extend(own.iter().find(|p| p.value.medication == *id).map(price));
            let cash = self.store.cash_price(id).await?;
            out.extend(cash.filter(|_| out.is_empty() || subject_cash(ask.text)).as_ref().map(price));
        }
        if wanted.is_empty() {
            out.extend(own.iter().take(MOST).map(price));
        }
        out.truncate(MOST + 1);
        Ok(out)
    }

    /// The medications of the order that the text names by number, else of the latest open one.
    async fn ordered(&self, ask: &Ask<'_>) -> Result<Vec<MedicationId>, GatherError> {
        let orders = self.orders(ask, &[]).await?;
        let first = orders.into_iter().find_map(|e| match e {
            Evidence::Fact(Fact::Order { items, .. }, _) => Some(items),
            _ => None,
        });
        Ok(first.into_iter().flatten().map(|p| p.medication.id).collect())
    }

    /// When a medicine that a fill waits for is expected: the stock word of what is out of stock.
    pub(super) async fn awaited_stock(
        &self,
        waiting: Vec<Prescription>,
        found: &[Evidence],
    ) -> Result<Vec<Evidence>, GatherError> {
        let mut out: Vec<Evidence> = Vec::new();
        for id in waiting.into_iter().map(|p| p.medication.id) {
            let told = |e: &Evidence| matches!(e, Evidence::Fact(Fact::Stock(s), _) if s.medication == id);
            if !found.iter().chain(&out).any(told) {
                out.extend(self.store.stock(&id).await?.map(|s| Evidence::Fact(Fact::Stock(s.value), s.confirmed_at)));
            }
        }
        Ok(out)
    }

    /// Stock of the medicines that are named, those of the person's own prescriptions before others of the kind.
    pub(super) async fn own_stock(&self, ask: &Ask<'_>) -> Result<Vec<Evidence>, GatherError> {
        let own: Vec<MedicationId> =
            self.own_prescriptions(ask).await?.into_iter().map(|p| p.value.medication.id).collect();
        let named = self.records.find_medication(ask.words, 12)?.into_iter().map(|(id, _)| id);
        let mut out = Vec::new();
        for id in named.filter(|id| own.contains(id)).take(MOST) {
            out.extend(self.store.stock(&id).await?.map(|s| Evidence::Fact(Fact::Stock(s.value), s.confirmed_at)));
        }
        if out.is_empty() { self.stock(ask.text).await } else { Ok(out) }
    }

    /// Whether the shelf holds what the text names: of medicines with like names only the one whose whole name is written out.
    pub(super) async fn stock(&self, text: &str) -> Result<Vec<Evidence>, GatherError> {
        let mut found = Vec::new();
        for id in self.medications(text, &[])? {
            found.extend(self.store.stock(&id).await?);
        }
        let lower = text.to_lowercase();
        let written = |s: &Confirmed<Stock>| lower.contains(&s.value.name.to_lowercase());
        if found.iter().any(written) {
            found.retain(written);
        }
        Ok(found.into_iter().map(|s| Evidence::Fact(Fact::Stock(s.value), s.confirmed_at)).collect())
    }

    /// Stock and pages for somebody unknown: no person's record is read.
    pub(super) async fn open_stock(
        &self,
        text: &str,
        sought: &Sought<'_>,
        frame: &Frame,
    ) -> Result<Gathered, GatherError> {
        let mut evidence = self.stock(text).await?;
        if evidence.is_empty() {
            evidence = self.pages(sought, frame).await?;
        }
        Ok(Gathered::Found { evidence, sign_in_hint: false })
    }

    /// Medications that the text names; those with a price of the person's own before other strengths and forms.
    fn medications(&self, text: &str, own: &[Confirmed<Price>]) -> Result<Vec<MedicationId>, GatherError> {
        let mut named: Vec<MedicationId> =
            self.records.find_medication(text, 8)?.into_iter().map(|(id, _)| id).collect();
        if named.iter().any(|id| own.iter().any(|p| p.value.medication == *id)) {
            named.retain(|id| own.iter().any(|p| p.value.medication == *id));
        }
        named.truncate(MOST);
        Ok(named)
    }
}

fn price(p: &Confirmed<Price>) -> Evidence {
    Evidence::Fact(Fact::Price(p.value.clone()), p.confirmed_at)
}

fn subject_cash(text: &str) -> bool {
    let t = text.to_lowercase();
    ["cash", "without insurance", "sin seguro", "contado", "efectivo"].iter().any(|w| t.contains(w))
}
