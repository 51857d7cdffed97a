//! Typed records of one person: prescriptions, orders, shipments, prices, stock, label words, caregivers.
//! `ingest` builds them from the feed, `store` keeps them as JSON, `draft::facts` words them.

pub use super::details::{OrderDetails, RxDetails, ShipmentDetails};
use super::ids::{MedicationId, OrderId, PatientId, RxId, ShipmentId};
use super::lang::Lang;
use super::states::StateCode;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in US cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}${}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

/// Payer classes that change policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payer {
    /// Employer or marketplace plan.
    Commercial,
    /// Medicare Part D.
    MedicareD,
    /// Medicaid.
    Medicaid,
    /// TRICARE.
    Tricare,
    /// Veterans Affairs.
    Va,
}

impl Payer {
    /// The code in front matter, tokens and scenarios.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Payer::Commercial => "commercial",
            Payer::MedicareD => "medicare-d",
            Payer::Medicaid => "medicaid",
            Payer::Tricare => "tricare",
            Payer::Va => "va",
        }
    }
    /// Federal programmes, for which copay cards are barred (42 USC 1320a-7b(b)).
    #[must_use]
    pub fn federal(self) -> bool {
        self != Payer::Commercial
    }
}

impl std::str::FromStr for Payer {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        [Payer::Commercial, Payer::MedicareD, Payer::Medicaid, Payer::Tricare, Payer::Va]
            .into_iter()
            .find(|p| p.code() == s)
            .ok_or_else(|| format!("unknown payer `{s}`: expected commercial, medicare-d, medicaid, tricare or va"))
    }
}

/// When a fact last changed at its source, and which version that was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// `meta.lastUpdated` or `Task.lastModified`: shown as "as of".
    pub as_of: Timestamp,
    /// The moment of the latest change in microseconds; higher replaces lower, equal or lower changes nothing.
    pub version: u64,
}

impl Stamp {
    /// The version of what changed then.
    #[must_use]
    pub fn version_at(changed: Timestamp) -> u64 {
        u64::try_from(changed.as_microsecond()).unwrap_or_default()
    }
}

/// A customer, or a customer's animal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Key everywhere; names never are.
    pub id: PatientId,
    /// Given and family name as displayed.
    pub name: String,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Two-letter jurisdiction of the address.
    pub region: Option<String>,
    /// IANA zone, if recorded.
    pub zone: Option<String>,
    /// Payer class of the active coverage.
    pub payer: Option<Payer>,
    /// Preferred language.
    pub lang: Option<Lang>,
    /// Species when the patient is an animal.
    pub species: Option<String>,
    /// The telephone number on file: for staff who call, never in an answer.
    #[serde(default)]
    pub phone: Option<String>,
    /// Phones, e-mails, street lines, member ids: matched and masked, never shown.
    pub private: Vec<String>,
}

/// A product of the formulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medication {
    /// Key.
    pub id: MedicationId,
    /// Display name with strength and form, such as `lisinopril 10 mg tablet`.
    pub name: String,
    /// DEA schedule 2 to 5, if controlled.
    pub schedule: Option<u8>,
    /// A gap is dangerous (R14 list).
    pub critical: bool,
    /// Refrigerated.
    pub cold: bool,
    /// Further names by which customers ask for it (brand, generic, ingredients), lower case.
    pub aliases: Vec<String>,
    /// Display name of the generic product, on a brand.
    #[serde(default)]
    pub generic: Option<String>,
    /// Of a category that is masked by default and denied to most caregivers.
    #[serde(default)]
    pub sensitive: bool,
}

/// One prescription with the state of its present fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prescription {
    /// Key.
    pub id: RxId,
    /// Owner.
    pub patient: PatientId,
    /// The number that the customer knows, `RX-4000123`.
    pub number: String,
    /// What is prescribed (copied from the formulary).
    pub medication: Medication,
    /// P01 to P20.
    pub state: StateCode,
    /// Age of the state.
    pub stamp: Stamp,
    /// Refills left.
    pub refills_left: Option<u32>,
    /// Last day on which it may be filled.
    pub valid_until: Option<Date>,
    /// P04: what is missing, in customer words.
    pub missing: Option<String>,
    /// P18, P19: the other pharmacy.
    pub other_pharmacy: Option<String>,
    /// P16: who cancelled.
    pub cancelled_by: Option<String>,
    /// P06: NCPDP reject code; never shown raw.
    pub reject: Option<String>,
    /// P06 with code 79: first day on which the plan pays again.
    pub pays_again_on: Option<Date>,
    /// Verified directions, read back verbatim only.
    pub label: Option<String>,
    /// The product in fact dispensed when its name differs (generic for brand).
    pub dispensed: Option<String>,
    /// Prescriber's display name.
    pub prescriber: Option<String>,
    /// What only some states carry.
    #[serde(default)]
    pub details: RxDetails,
}

impl Prescription {
    /// What it is for is taken off: that there is one is all that may be known.
    pub fn hide_name(&mut self) {
        self.medication.name.clear();
        self.medication.aliases.clear();
        self.medication.generic = None;
        self.dispensed = None;
    }
    /// What the plan answered is taken off.
    pub fn hide_plan(&mut self) {
        self.reject = None;
        self.details.approval = None;
    }
    /// What others wrote into it in words of their own.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        let d = &self.details;
        let own = [&self.missing, &self.other_pharmacy, &self.cancelled_by, &self.prescriber, &d.missing_es];
        let told = [&d.reason, &d.reason_es, &d.contact_method, &d.contact_method_es, &d.transfer_status];
        let plan = d.approval.as_ref().map(|(words, _)| words.as_str());
        own.into_iter().chain(told).filter_map(|words| words.as_deref()).chain(plan)
    }
    /// Its last day is over.
    #[must_use]
    pub fn has_expired(&self, today: Date) -> bool {
        self.valid_until.is_some_and(|last| last < today)
    }
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Key.
    pub id: OrderId,
    /// Owner.
    pub patient: PatientId,
    /// The number that the customer knows, `70-00123`.
    pub number: String,
    /// O01 to O14.
    pub state: StateCode,
    /// Age of the state.
    pub stamp: Stamp,
    /// The fills in it.
    pub items: Vec<RxId>,
    /// O13: amount and day of the refund.
    pub refund: Option<(Money, Option<Date>)>,
    /// What only some states carry.
    #[serde(default)]
    pub details: OrderDetails,
}

impl Order {
    /// As [`Prescription::remarks`].
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        [&self.details.reason, &self.details.reason_es].into_iter().filter_map(|words| words.as_deref())
    }
}

/// One parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Key.
    pub id: ShipmentId,
    /// Owner.
    pub patient: PatientId,
    /// The order that it belongs to.
    pub order: OrderId,
    /// T01 to T14.
    pub state: StateCode,
    /// Age of the state.
    pub stamp: Stamp,
    /// Carrier's name.
    pub carrier: Option<String>,
    /// Tracking number.
    pub tracking: Option<String>,
    /// The carrier's own delivery window.
    pub window: Option<(Date, Date)>,
    /// When it was delivered.
    pub delivered: Option<Timestamp>,
    /// The last scan, in the carrier's words.
    pub scan: Option<String>,
    /// What only some states carry.
    #[serde(default)]
    pub details: ShipmentDetails,
}

impl Shipment {
    /// As [`Prescription::remarks`].
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        let d = &self.details;
        let words = [&self.carrier, &self.scan, &d.reason, &d.reason_es, &d.hold_place];
        words.into_iter().filter_map(|words| words.as_deref())
    }
}

/// What a price is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Amount {
    /// From the plan, for this claim.
    Exact(Money),
    /// A range that may change.
    Estimate(Money, Money),
    /// Without insurance.
    Cash(Money),
}

/// One price of one medication; `patient` is absent for cash prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Owner, absent for the cash price list.
    pub patient: Option<PatientId>,
    /// The medication.
    pub medication: MedicationId,
    /// Its display name.
    pub name: String,
    /// Exact, estimate or cash.
    pub amount: Amount,
    /// Age of the price.
    pub stamp: Stamp,
    /// What the amount is for, such as `60 tablets`.
    #[serde(default)]
    pub quantity: Option<String>,
}

/// The four stock words; no counts exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StockWord {
    /// Available.
    Available,
    /// Limited.
    Limited,
    /// Back-ordered.
    BackOrdered,
    /// Not carried.
    NotCarried,
}

/// Whether a medication can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// The medication.
    pub medication: MedicationId,
    /// Its display name.
    pub name: String,
    /// One of four words.
    pub word: StockWord,
    /// Age of the word.
    pub stamp: Stamp,
    /// Back-ordered: the day on which it is expected and who says so.
    #[serde(default)]
    pub expected: Option<(Date, Option<String>)>,
}

/// What a caregiver may see of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who helps (a Patient.id).
    pub helper: PatientId,
    /// Who is helped.
    pub patient: PatientId,
    /// False when revoked; the period is judged apart, by [`Grant::covers`].
    pub active: bool,
    /// `orders`, `prescriptions`, `prices`, `refills`.
    pub scopes: Vec<String>,
    /// Sensitive categories are denied.
    pub sensitive_denied: bool,
    /// First and last day of the authorisation.
    #[serde(default)]
    pub period: (Option<Date>, Option<Date>),
    /// Version at the source.
    pub stamp: Stamp,
}

impl Grant {
    /// Not revoked, and the day lies in the period.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.active && self.period.0.is_none_or(|from| from <= day) && self.period.1.is_none_or(|to| day <= to)
    }
}

/// Any record of the feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "short-lived values, a handful a turn; boxes would only clutter every match"
)]
pub enum Record {
    /// A person or animal.
    Patient {
        /// The person.
        patient: Patient,
        /// Version at the source.
        stamp: Stamp,
    },
    /// A formulary product.
    Medication {
        /// The product.
        medication: Medication,
        /// Version at the source.
        stamp: Stamp,
    },
    /// A prescription.
    Prescription(Prescription),
    /// An order.
    Order(Order),
    /// A parcel.
    Shipment(Shipment),
    /// A price.
    Price(Price),
    /// A stock word.
    Stock(Stock),
    /// A caregiver's grant.
    Grant(Grant),
}

impl Record {
    /// Where it stands, of the kinds that have a state.
    #[must_use]
    pub fn state(&self) -> Option<StateCode> {
        match self {
            Record::Prescription(r) => Some(r.state),
            Record::Order(r) => Some(r.state),
            Record::Shipment(r) => Some(r.state),
            _ => None,
        }
    }
    /// `(kind, id, owner, stamp)` as the store keys it. Prices of one kind of one person for one medication replace each other.
    #[must_use]
    pub fn key(&self) -> (&'static str, String, Option<&PatientId>, &Stamp) {
        match self {
            Record::Patient { patient, stamp } => ("patient", patient.id.0.clone(), Some(&patient.id), stamp),
            Record::Medication { medication, stamp } => ("medication", medication.id.0.clone(), None, stamp),
            Record::Prescription(r) => ("prescription", r.id.0.clone(), Some(&r.patient), &r.stamp),
            Record::Order(r) => ("order", r.id.0.clone(), Some(&r.patient), &r.stamp),
            Record::Shipment(r) => ("shipment", r.id.0.clone(), Some(&r.patient), &r.stamp),
            Record::Price(r) => ("price", price_key(r), r.patient.as_ref(), &r.stamp),
            Record::Stock(r) => ("stock", r.medication.0.clone(), None, &r.stamp),
            Record::Grant(r) => ("grant", format!("{}/{}", r.patient, r.helper), Some(&r.patient), &r.stamp),
        }
    }
}

fn price_key(p: &Price) -> String {
    let kind = match p.amount {
        Amount::Exact(_) => "exact",
        Amount::Estimate(..) => "estimate",
        Amount::Cash(_) => "cash",
    };
    format!("{}/{}/{kind}", p.patient.as_ref().map_or("-", PatientId::as_str), p.medication)
}
