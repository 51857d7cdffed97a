//! Readers of the feed's records, typed: a person's own facts, prices, stock, formulary and grants.
//! Each read goes to the database, so that an answer rests on the last commit; what is in doubt says so.

use super::records::{Confirmed, Pick, read};
use super::{Store, StoreError};
use crate::domain::facts::{Grant, Medication, Order, Patient, Prescription, Price, Record, Shipment, Stock};
use crate::domain::ids::{MedicationId, PatientId};

impl Store {
    /// A person.
    ///
    /// # Errors
    /// The store failed or a row is damaged; so for all readers below.
    pub async fn patient(&self, id: &PatientId) -> Result<Option<Patient>, StoreError> {
        let pick: Pick<Patient> = |r| {
            if let Record::Patient { patient, .. } = r { Some(patient) } else { None }
        };
        Ok(self.owned("patient", id, pick).await?.pop().map(|c| c.value))
    }

    /// A person's prescriptions.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn prescriptions_of(&self, id: &PatientId) -> Result<Vec<Confirmed<Prescription>>, StoreError> {
        self.owned("prescription", id, |r| if let Record::Prescription(p) = r { Some(p) } else { None }).await
    }

    /// A person's orders.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn orders_of(&self, id: &PatientId) -> Result<Vec<Confirmed<Order>>, StoreError> {
        self.owned("order", id, |r| if let Record::Order(o) = r { Some(o) } else { None }).await
    }

    /// A person's parcels.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn shipments_of(&self, id: &PatientId) -> Result<Vec<Confirmed<Shipment>>, StoreError> {
        self.owned("shipment", id, |r| if let Record::Shipment(s) = r { Some(s) } else { None }).await
    }

    /// A person's own prices; cash prices are not among them.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn prices_of(&self, id: &PatientId) -> Result<Vec<Confirmed<Price>>, StoreError> {
        self.owned("price", id, price).await
    }

    /// The price without insurance, the same for everybody.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn cash_price(&self, id: &MedicationId) -> Result<Option<Confirmed<Price>>, StoreError> {
        let sql = "SELECT * FROM told WHERE kind = 'price' AND owner IS NULL AND link = ? ORDER BY id";
        let rows = sqlx::query(sql).bind(id.as_str()).fetch_all(&self.reader).await?;
        Ok(read(&rows, price)?.into_iter().next())
    }

    /// The stock word of a medication.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn stock(&self, id: &MedicationId) -> Result<Option<Confirmed<Stock>>, StoreError> {
        let rows = sqlx::query("SELECT * FROM told WHERE kind = 'stock' AND id = ?")
            .bind(id.as_str())
            .fetch_all(&self.reader)
            .await?;
        Ok(read(&rows, |r| if let Record::Stock(s) = r { Some(s) } else { None })?.pop())
    }

    /// The formulary.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn medications(&self) -> Result<Vec<Medication>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM told WHERE kind = 'medication' ORDER BY id").fetch_all(&self.reader).await?;
        let all = read(&rows, |r| if let Record::Medication { medication, .. } = r { Some(medication) } else { None })?;
        Ok(all.into_iter().map(|c| c.value).collect())
    }

    /// Whom this person helps; revoked grants are among them (`active` false).
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn grants_for_helper(&self, helper: &PatientId) -> Result<Vec<Confirmed<Grant>>, StoreError> {
        let sql = "SELECT * FROM told WHERE kind = 'grant' AND link = ? ORDER BY id";
        let rows = sqlx::query(sql).bind(helper.as_str()).fetch_all(&self.reader).await?;
        read(&rows, grant_of)
    }

    /// What `helper` may see of `patient`; a revoked grant is returned too (`active` false).
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn grant(&self, patient: &PatientId, helper: &PatientId) -> Result<Option<Confirmed<Grant>>, StoreError> {
        let sql = "SELECT * FROM told WHERE kind = 'grant' AND owner = ? AND link = ?";
        let rows = sqlx::query(sql).bind(patient.as_str()).bind(helper.as_str()).fetch_all(&self.reader).await?;
        Ok(read(&rows, grant_of)?.pop())
    }

    async fn owned<T>(
        &self,
        kind: &'static str,
        owner: &PatientId,
        pick: Pick<T>,
    ) -> Result<Vec<Confirmed<T>>, StoreError> {
        let sql = "SELECT * FROM told WHERE owner = ? AND kind = ? ORDER BY id";
        let rows = sqlx::query(sql).bind(owner.as_str()).bind(kind).fetch_all(&self.reader).await?;
        read(&rows, pick)
    }
}

fn price(record: Record) -> Option<Price> {
    if let Record::Price(p) = record { Some(p) } else { None }
}

fn grant_of(record: Record) -> Option<Grant> {
    if let Record::Grant(g) = record { Some(g) } else { None }
}
