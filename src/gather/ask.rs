//! One question about records, and how far the asker may read: a caregiver within an active grant only. Finds and tells nothing.

use super::{GatherError, Gatherer};
use crate::domain::labels::Intent;
use crate::domain::session::Session;
use crate::guard::context::Frame;
use crate::identity::VerifiedCustomer;
use crate::policy::asks::{self as policy, Kind};
use crate::policy::guards::IntentRule;
use jiff::Timestamp;
use jiff::civil::Date;

/// One question about records.
pub(super) struct Ask<'a> {
    pub(super) text: &'a str,
    /// The text and the medicines that its everyday words stand for.
    pub(super) words: &'a str,
    pub(super) intent: Intent,
    pub(super) asks: Vec<&'static policy::Ask>,
    pub(super) kinds: Vec<Kind>,
    /// Kinds that a caregiver's grant withholds, whatever else is asked.
    withheld: Vec<Kind>,
    pub(super) session: &'a Session,
    pub(super) customer: &'a VerifiedCustomer,
    pub(super) frame: &'a Frame,
    /// A caregiver to whom sensitive categories are denied: such prescriptions do not exist for them.
    pub(super) hide_sensitive: bool,
    /// A caregiver who may know of orders but not of prescriptions: what is in a parcel has no name.
    pub(super) hide_names: bool,
}

impl<'a> Ask<'a> {
    /// What is asked in words decides the kinds of records; else the intent does.
    pub(super) fn new(
        (text, words): (&'a str, &'a str),
        (intent, rule): (Intent, &IntentRule),
        asks: Vec<&'static policy::Ask>,
        session: &'a Session,
        customer: &'a VerifiedCustomer,
        frame: &'a Frame,
    ) -> Self {
        let mut kinds: Vec<Kind> = Vec::new();
        let told = asks.iter().flat_map(|a| a.records.iter().copied());
        let by_intent = rule.records.iter().filter_map(|r| kind(r)).filter(|_| asks.is_empty());
        for kind in told.chain(by_intent) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        if kinds.is_empty() {
            kinds.extend([Kind::Order, Kind::Prescription]);
        }
        Self {
            text,
            words,
            intent,
            asks,
            kinds,
            session,
            customer,
            frame,
            withheld: Vec::new(),
            hide_sensitive: true,
            hide_names: true,
        }
    }

    /// The day of an instant for the person.
    pub(super) fn date_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.frame.zone.clone()).date()
    }

    pub(super) fn today(&self) -> Date {
        self.date_of(self.frame.now)
    }

    /// The asker may read this kind.
    pub(super) fn may(&self, kind: Kind) -> bool {
        !self.withheld.contains(&kind)
    }

    /// One kind tells as well as the other.
    pub(super) fn either(&self) -> bool {
        let both = |a: &policy::Ask| a.records.contains(&Kind::Order) && a.records.contains(&Kind::Prescription);
        self.asks.iter().any(|a| both(a)) || self.asks.is_empty()
    }

    /// Asks to fill again or to renew, whatever word is used for it.
    pub(super) fn wants_refill(&self) -> bool {
        matches!(self.intent.to_string().as_str(), "I10" | "I11" | "I13")
    }

    /// Asks about what is delivered or closed, too.
    pub(super) fn of_the_past(&self) -> bool {
        self.asks.iter().any(|a| a.past) || matches!(self.intent.to_string().as_str(), "I17" | "I21")
    }

    /// Asks about nothing but what is delivered or closed.
    pub(super) fn only_of_the_past(&self) -> bool {
        if self.asks.is_empty() { self.of_the_past() } else { self.asks.iter().all(|a| a.past) }
    }

    /// The states that are asked about, and whether no other will do.
    pub(super) fn states(&self) -> (Vec<&'static str>, bool) {
        let states = self.asks.iter().flat_map(|a| a.states.iter().map(String::as_str)).collect();
        (states, !self.asks.is_empty() && self.asks.iter().all(|a| a.only))
    }
}

/// A kind by its name in `guards.toml`.
fn kind(name: &str) -> Option<Kind> {
    match name {
        "order" => Some(Kind::Order),
        "prescription" => Some(Kind::Prescription),
        "price" => Some(Kind::Price),
        "stock" => Some(Kind::Stock),
        _ => None,
    }
}

/// Whether the asker may read these kinds at all.
pub(super) enum Scope {
    Open,
    Closed { minor: bool },
}

impl Gatherer {
    /// A caregiver needs an active grant that names the kind; records of 12 to 17 year olds are for a person to handle.
    pub(super) async fn read_scope(&self, ask: &mut Ask<'_>) -> Result<Scope, GatherError> {
        let Some(helper) = ask.customer.caregiver() else {
            (ask.hide_sensitive, ask.hide_names) = (false, false);
            return Ok(Scope::Open);
        };
        let patient = ask.customer.patient();
        let today = ask.today();
        // An animal has no age of consent.
        let person = self.store.patient(patient).await?.filter(|p| p.species.is_none());
        let born = person.and_then(|p| p.birth_date);
        let years = born.and_then(|b| today.since((jiff::Unit::Year, b)).ok()).map_or(0, |s| s.get_years());
        if (0..18).contains(&years) && born.is_some() {
            return Ok(Scope::Closed { minor: years >= 12 });
        }
        let grant = self.store.grant(patient, helper).await?;
        let grant = grant.filter(|g| g.value.covers(today)).map(|g| g.value);
        ask.hide_sensitive = grant.as_ref().is_none_or(|g| g.sensitive_denied);
        let scopes = grant.map(|g| g.scopes).unwrap_or_default();
        let scope = |k: &Kind| match k {
            Kind::Order => "orders",
            Kind::Price => "prices",
            Kind::Prescription if ask.intent.to_string() == "I10" => "refills",
            Kind::Prescription | Kind::Stock => "prescriptions",
        };
        let stock_only = ask.kinds.iter().all(|k| *k == Kind::Stock);
        let may = |k: &Kind| stock_only || scopes.iter().any(|s| s == scope(k));
        let allowed: Vec<Kind> = ask.kinds.iter().filter(|k| may(k)).copied().collect();
        // Where one kind tells as well as the other, the one that is granted tells it.
        let open = allowed.len() == ask.kinds.len() || (ask.either() && !allowed.is_empty());
        let all = [Kind::Order, Kind::Prescription, Kind::Price, Kind::Stock];
        ask.withheld = all.into_iter().filter(|k| !scopes.iter().any(|s| s == scope(k))).collect();
        ask.hide_names = !scopes.iter().any(|s| s == "prescriptions");
        ask.kinds = allowed;
        Ok(if open { Scope::Open } else { Scope::Closed { minor: false } })
    }
}
