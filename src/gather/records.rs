//! Records of the verified person for a question: found by number or drug, else by what the intent is about; always re-read from the
//! store. A caregiver reads within an active grant only.

use super::{GatherError, Gathered, Gatherer, subject};
use crate::classify::phi::{self, PhiKind};
use crate::domain::evidence::{Evidence, Fact};
use crate::domain::facts::{Amount, Order, Prescription, Price, Shipment};
use crate::domain::ids::{MedicationId, PatientId, RxId};
use crate::domain::labels::Intent;
use crate::domain::line::Line;
use crate::domain::session::Session;
use crate::guard::context::Frame;
use crate::identity::VerifiedCustomer;
use crate::policy::asks::{self as policy, Kind};
use crate::policy::guards::IntentRule;
use crate::retrieval::{Prior, RecordHit};
use crate::store::records::Confirmed;
use jiff::Timestamp;

/// Facts of one kind that an answer holds at most.
const MOST: usize = 2;
/// Records of a person that a message may name.
const FOUND: usize = 24;
/// Share of the best score from which on another prescription is meant, too: two strengths of one drug, not two salts of it.
const NEAR_BEST: f32 = 0.8;

/// One question about records.
pub(super) struct Ask<'a> {
    pub(super) text: &'a str,
    /// The text and the medicines that its everyday words stand for.
    words: &'a str,
    pub(super) intent: Intent,
    pub(super) asks: Vec<&'static policy::Ask>,
    kinds: Vec<Kind>,
    /// Kinds that a caregiver's grant withholds, whatever else is asked.
    withheld: Vec<Kind>,
    session: &'a Session,
    customer: &'a VerifiedCustomer,
    pub(super) frame: &'a Frame,
    /// A caregiver to whom sensitive categories are denied: such prescriptions do not exist for them.
    pub(super) hide_sensitive: bool,
    /// A caregiver who may know of orders but not of prescriptions: what is in a parcel has no name.
    pub(super) hide_names: bool,
}

impl<'a> Ask<'a> {
    /// What is asked in words decides the kinds of records; else the intent does.
    pub(super) fn new(
        text: &'a str,
        words: &'a str,
        intent: Intent,
        rule: &IntentRule,
        session: &'a Session,
        customer: &'a VerifiedCustomer,
        frame: &'a Frame,
    ) -> Self {
        let asks = policy::asked(text);
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

    /// The asker may read this kind.
    fn may(&self, kind: Kind) -> bool {
        !self.withheld.contains(&kind)
    }

    /// One kind tells as well as the other.
    fn either(&self) -> bool {
        let both = |a: &policy::Ask| a.records.contains(&Kind::Order) && a.records.contains(&Kind::Prescription);
        self.asks.iter().any(|a| both(a)) || self.asks.is_empty()
    }

    /// Asks about what is delivered or closed, too.
    fn of_the_past(&self) -> bool {
        self.asks.iter().any(|a| a.past) || matches!(self.intent.to_string().as_str(), "I17" | "I21")
    }

    /// The states that are asked about, and whether no other will do.
    fn states(&self) -> (Vec<&'static str>, bool) {
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
        let today = ask.frame.now.to_zoned(ask.frame.zone.clone()).date();
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

    /// Facts of each kind that is asked for; of kinds that tell the same, the first that has one.
    pub(super) async fn facts(&self, ask: &Ask<'_>) -> Result<Vec<Evidence>, GatherError> {
        let hits = self.find(ask).await?;
        // A drug that is none of theirs: their other records do not answer it.
        let strange = hits.is_empty() && !self.records.find_medication(ask.words, 1)?.is_empty();
        let mut out: Vec<Evidence> = Vec::new();
        for kind in &ask.kinds {
            if matches!(kind, Kind::Order | Kind::Prescription) && ask.either() && !out.is_empty() {
                continue;
            }
            out.extend(match kind {
                Kind::Order | Kind::Prescription if strange => Vec::new(),
                Kind::Order => self.orders(ask, &hits).await?,
                Kind::Prescription => self.prescriptions(ask, &hits).await?,
                Kind::Price => self.prices(ask).await?,
                Kind::Stock => self.own_stock(ask).await?,
            });
        }
        // A stock word has a name in it: told for a medicine that was named, or for the rest of an order that is asked about.
        let of_the_rest = ask.asks.iter().any(|a| a.lines.contains(&Line::Items)) && !ask.hide_names;
        let mut waiting =
            out.iter().flat_map(prescriptions_in).filter(|p| p.state.to_string() == "P12").collect::<Vec<_>>();
        waiting.retain(|p| is_hit(&hits, &p.id) || (of_the_rest && !p.medication.sensitive));
        let awaited = self.awaited_stock(waiting, &out).await?;
        out.extend(awaited);
        Ok(out)
    }

    /// The message names a medicine of theirs.
    pub(super) async fn names_something(&self, ask: &Ask<'_>) -> Result<bool, GatherError> {
        Ok(!self.find(ask).await?.is_empty())
    }

    /// The prescriptions that the text names, as far as the asker may know of them: what is hidden must look like what is not there.
    async fn find(&self, ask: &Ask<'_>) -> Result<Vec<RecordHit>, GatherError> {
        if ask.hide_names {
            return Ok(Vec::new());
        }
        let known = self.own_prescriptions(ask).await?;
        let person = ask.customer.patient();
        // A name says more than the kind that it belongs to: Lipitor is not the other cholesterol pill.
        let is_known = |h: &RecordHit| h.kind == "prescription" && known.iter().any(|p| p.value.id.as_str() == h.id);
        let mut hits = self.records.find(person, ask.text, FOUND)?;
        hits.retain(is_known);
        if hits.is_empty() {
            hits = self.records.find(person, ask.words, FOUND)?;
            hits.retain(is_known);
        }
        let best = hits.iter().map(|h| h.score).fold(0.0, f32::max);
        hits.retain(|h| h.score >= NEAR_BEST * best);
        Ok(hits)
    }

    /// The person's prescriptions as far as the asker may know of them.
    async fn own_prescriptions(&self, ask: &Ask<'_>) -> Result<Vec<Confirmed<Prescription>>, GatherError> {
        let mut all = self.store.prescriptions_of(ask.customer.patient()).await?;
        all.retain(|p| !(ask.hide_sensitive && p.value.medication.sensitive));
        Ok(all)
    }

    async fn orders(&self, ask: &Ask<'_>, hits: &[RecordHit]) -> Result<Vec<Evidence>, GatherError> {
        let patient = ask.customer.patient();
        let mut orders = self.store.orders_of(patient).await?;
        let shipments = self.store.shipments_of(patient).await?;
        let mut items = self.own_prescriptions(ask).await?;
        if ask.hide_names {
            items.iter_mut().for_each(|p| nameless(&mut p.value));
        }
        if ask.hide_sensitive {
            // A parcel may hold what must not be told of: it counts only what may.
            orders.iter_mut().for_each(|o| o.value.items.retain(|rx| items.iter().any(|p| p.value.id == *rx)));
        }
        orders.sort_by_key(|o| std::cmp::Reverse(latest(&o.value, &shipments)));
        let typed = typed_numbers(ask.text);
        let by_number = |o: &Order| is_numbered(o, &shipments, &typed);
        let numbered = orders.iter().any(|o| by_number(&o.value));
        let (states, only) = ask.states();
        let in_state = |o: &Order| states.iter().any(|s| is_in(o, &shipments, s));
        let asked_state = orders.iter().any(|o| in_state(&o.value));
        let open = |o: &Order| is_open(o, ask, &shipments);
        let by_drug = |o: &Order| is_of_drug(o, hits) && (ask.of_the_past() || open(o) || is_filled_for(o, &items));
        let names_drug = !hits.is_empty();
        if let Some(same) = self.other_parcel_of(ask, &orders, &shipments).filter(|_| !numbered && !names_drug) {
            return Ok(vec![with_parts(same, &shipments, &items)]);
        }
        let chosen = choose(
            &orders,
            ask,
            |o| if numbered { by_number(o) } else { by_drug(o) },
            |o| format!("order:{}", o.number),
            |o| {
                if names_drug {
                    false
                } else if asked_state || only {
                    in_state(o)
                } else {
                    open(o)
                }
            },
            names_drug || only,
            names_drug,
        );
        let told: Vec<Evidence> = chosen.into_iter().map(|o| with_parts(o, &shipments, &items)).collect();
        // A medicine that is in no open order: its prescription tells how things stand.
        if told.is_empty() && !only && names_drug && ask.may(Kind::Prescription) {
            return self.prescriptions(ask, hits).await;
        }
        Ok(told)
    }

    /// "And the other one?" after an order of several parcels means its other parcel.
    fn other_parcel_of<'o>(
        &self,
        ask: &Ask<'_>,
        orders: &'o [Confirmed<Order>],
        shipments: &[Confirmed<Shipment>],
    ) -> Option<&'o Confirmed<Order>> {
        let asks = subject::points_back(ask.text) && subject::wants_other(ask.text);
        let spoken = |o: &&Confirmed<Order>| ask.session.subjects.contains(&format!("order:{}", o.value.number));
        let several = |o: &&Confirmed<Order>| shipments.iter().filter(|s| s.value.order == o.value.id).count() > 1;
        orders.iter().filter(|_| asks).find(spoken).filter(several)
    }

    /// The person's latest orders, for staff who take the case: not minimised, never shown to a customer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn overview(&self, patient: &PatientId) -> Result<Vec<Fact>, GatherError> {
        let mut orders = self.store.orders_of(patient).await?;
        let (shipments, items) = (self.store.shipments_of(patient).await?, self.store.prescriptions_of(patient).await?);
        orders.sort_by_key(|o| std::cmp::Reverse(latest(&o.value, &shipments)));
        let facts = orders.iter().take(MOST).map(|o| with_parts(o, &shipments, &items));
        Ok(facts.filter_map(|e| if let Evidence::Fact(fact, _) = e { Some(fact) } else { None }).collect())
    }

    async fn prescriptions(&self, ask: &Ask<'_>, hits: &[RecordHit]) -> Result<Vec<Evidence>, GatherError> {
        let mut all = self.own_prescriptions(ask).await?;
        all.sort_by_key(|p| std::cmp::Reverse(p.value.stamp.as_of));
        let by_hit = |p: &Prescription| is_hit(hits, &p.id);
        let (states, only) = ask.states();
        let in_state = |p: &Prescription| states.contains(&p.state.to_string().as_str());
        let fitting = |p: &Prescription| if states.is_empty() { fits(ask.intent, p) } else { in_state(p) };
        let strict = if ask.asks.is_empty() { is_narrow(ask.intent) } else { only };
        let chosen = choose(&all, ask, by_hit, |p| format!("rx:{}", p.number), fitting, strict, false);
        Ok(chosen.into_iter().map(|p| Evidence::Fact(Fact::Prescription(p.value.clone()), p.confirmed_at)).collect())
    }

    async fn prices(&self, ask: &Ask<'_>) -> Result<Vec<Evidence>, GatherError> {
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
    async fn awaited_stock(
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
    async fn own_stock(&self, ask: &Ask<'_>) -> Result<Vec<Evidence>, GatherError> {
        let own: Vec<MedicationId> =
            self.own_prescriptions(ask).await?.into_iter().map(|p| p.value.medication.id).collect();
        let named = self.records.find_medication(ask.words, 12)?.into_iter().map(|(id, _)| id);
        let mut out = Vec::new();
        for id in named.filter(|id| own.contains(id)).take(MOST) {
            out.extend(self.store.stock(&id).await?.map(|s| Evidence::Fact(Fact::Stock(s.value), s.confirmed_at)));
        }
        if out.is_empty() { self.stock(ask.text).await } else { Ok(out) }
    }

    pub(super) async fn stock(&self, text: &str) -> Result<Vec<Evidence>, GatherError> {
        let mut out = Vec::new();
        for id in self.medications(text, &[])? {
            out.extend(self.store.stock(&id).await?.map(|s| Evidence::Fact(Fact::Stock(s.value), s.confirmed_at)));
        }
        Ok(out)
    }

    /// Stock and pages for somebody unknown: no person's record is read.
    pub(super) async fn open_stock(&self, text: &str, prior: &Prior, frame: &Frame) -> Result<Gathered, GatherError> {
        let mut evidence = self.stock(text).await?;
        if evidence.is_empty() {
            evidence = self.pages(text, prior, frame).await?;
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

/// An order with its parcels and prescriptions; confirmed when the least confirmed of order and parcels was.
fn with_parts(o: &Confirmed<Order>, shipments: &[Confirmed<Shipment>], items: &[Confirmed<Prescription>]) -> Evidence {
    let ships: Vec<&Confirmed<Shipment>> = shipments.iter().filter(|s| s.value.order == o.value.id).collect();
    let confirmed = ships.iter().map(|s| s.confirmed_at).chain([o.confirmed_at]).min().unwrap_or(o.confirmed_at);
    let items = items.iter().filter(|p| o.value.items.contains(&p.value.id)).map(|p| p.value.clone()).collect();
    let shipments = ships.into_iter().map(|s| s.value.clone()).collect();
    Evidence::Fact(Fact::Order { order: o.value.clone(), shipments, items }, confirmed)
}

fn price(p: &Confirmed<Price>) -> Evidence {
    Evidence::Fact(Fact::Price(p.value.clone()), p.confirmed_at)
}

fn subject_cash(text: &str) -> bool {
    let t = text.to_lowercase();
    ["cash", "without insurance", "sin seguro", "contado", "efectivo"].iter().any(|w| t.contains(w))
}

/// By number or drug; else what the conversation points back at; else what the intent is about; else the latest.
fn choose<'a, T>(
    all: &'a [Confirmed<T>],
    ask: &Ask<'_>,
    by_hit: impl Fn(&T) -> bool,
    source: impl Fn(&T) -> String,
    fits: impl Fn(&T) -> bool,
    strict: bool,
    names_drug: bool,
) -> Vec<&'a Confirmed<T>> {
    let pick = |keep: &dyn Fn(&T) -> bool| all.iter().filter(|c| keep(&c.value)).take(MOST).collect::<Vec<_>>();
    let named = pick(&by_hit);
    if !named.is_empty() {
        return named;
    }
    if subject::points_back(ask.text) && !names_drug && !ask.session.subjects.is_empty() {
        let spoken = |v: &T| ask.session.subjects.contains(&source(v));
        let back = if subject::wants_other(ask.text) { pick(&|v| !spoken(v) && fits(v)) } else { pick(&spoken) };
        if !back.is_empty() {
            return back.into_iter().take(1).collect();
        }
    }
    let fitting = pick(&fits);
    if fitting.is_empty() && !strict { all.iter().take(1).collect() } else { fitting }
}

/// Intents about particular states: where none of theirs is in such a state, no other record answers.
fn is_narrow(intent: Intent) -> bool {
    matches!(intent.to_string().as_str(), "I06" | "I07" | "I08" | "I11" | "I13" | "I28" | "I29")
}

/// The prescription is among those found.
fn is_hit(hits: &[RecordHit], id: &RxId) -> bool {
    hits.iter().any(|h| h.id == id.as_str())
}

/// The prescriptions that a fact holds.
fn prescriptions_in(e: &Evidence) -> Vec<Prescription> {
    match e {
        Evidence::Fact(Fact::Prescription(p), _) => vec![p.clone()],
        Evidence::Fact(Fact::Order { items, .. }, _) => items.clone(),
        _ => Vec::new(),
    }
}

/// The order's own number, or a tracking number of its parcels, was typed.
fn is_numbered(order: &Order, shipments: &[Confirmed<Shipment>], typed: &[String]) -> bool {
    let parcels = shipments.iter().filter(|s| s.value.order == order.id).filter_map(|s| s.value.tracking.as_deref());
    parcels.chain([order.number.as_str()]).any(|n| typed.contains(&digits(n)))
}

/// One of its items was found.
fn is_of_drug(order: &Order, hits: &[RecordHit]) -> bool {
    order.items.iter().any(|rx| is_hit(hits, rx))
}

/// A filled prescription of this order belongs to its present fill: how it stands is told by the order, even a closed one.
fn is_filled_for(order: &Order, items: &[Confirmed<Prescription>]) -> bool {
    let filled = |p: &Prescription| p.state.to_string() == "P14" && p.details.order.as_ref() == Some(&order.id);
    items.iter().any(|p| order.items.contains(&p.value.id) && filled(&p.value))
}

/// The order, or a parcel of it, is in the state.
fn is_in(order: &Order, shipments: &[Confirmed<Shipment>], state: &str) -> bool {
    let parcels = shipments.iter().filter(|s| s.value.order == order.id).map(|s| s.value.state);
    parcels.chain([order.state]).any(|s| s.to_string() == state)
}

/// What a helper without the scope may know of a prescription: that it is one.
fn nameless(p: &mut Prescription) {
    p.medication.name.clear();
    p.medication.aliases.clear();
    p.dispensed = None;
}

fn latest(order: &Order, shipments: &[Confirmed<Shipment>]) -> Timestamp {
    let ships = shipments.iter().filter(|s| s.value.order == order.id).map(|s| s.value.stamp.as_of);
    ships.chain([order.stamp.as_of]).max().unwrap_or(order.stamp.as_of)
}

/// Orders that "my order" means: still under way; for problems also delivered ones.
fn is_open(order: &Order, ask: &Ask<'_>, shipments: &[Confirmed<Shipment>]) -> bool {
    let state = order.state.to_string();
    let problem = ask.of_the_past();
    let delivered = shipments.iter().any(|s| s.value.order == order.id && s.value.state.to_string() == "T08");
    match state.as_str() {
        "O10" | "O11" => false,
        "O13" | "O14" => problem,
        _ => problem || !delivered || state != "O08",
    }
}

/// Prescription states that an intent is about.
fn fits(intent: Intent, p: &Prescription) -> bool {
    let state = p.state.to_string();
    let among = |list: &[&str]| list.contains(&state.as_str());
    match intent.to_string().as_str() {
        "I06" => among(&["P18"]),
        "I07" => among(&["P19"]),
        "I08" => among(&["P01", "P02", "P03", "P04", "P05", "P09", "P10"]),
        "I09" => among(&["P01", "P02", "P03", "P04", "P05", "P06", "P07", "P09", "P10", "P12", "P13"]),
        "I10" => p.refills_left.is_some_and(|n| n > 0) || among(&["P17"]),
        "I11" => p.pays_again_on.is_some(),
        "I13" => among(&["P17", "P09", "P20"]) || p.refills_left == Some(0),
        "I28" => among(&["P06", "P08"]),
        "I29" => among(&["P07", "P08"]),
        _ => true,
    }
}

/// Order and prescription numbers in a text, as digits.
fn typed_numbers(text: &str) -> Vec<String> {
    let numbers = phi::spans(text).into_iter().filter(|s| matches!(s.kind, PhiKind::Order | PhiKind::Rx));
    numbers.filter_map(|s| text.get(s.start..s.end)).map(digits).filter(|d| !d.is_empty()).collect()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
