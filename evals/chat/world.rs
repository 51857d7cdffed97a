//! The pharmacy in which scenarios are played: one store, one scripted clock, one application with the configured drafter and one
//! whose language model says what a scenario wrote. Tokens are signed here and verified as HTTP does.

use super::llm::Script;
use super::scenario::{Identity, Level, Scenario};
use crate::args::Common;
use crate::failure::Failure;
use crate::setup::{self, Folder};
use apothecary::app::{App, Config, DayLimits, FeedSettings, SiteKeys};
use apothecary::boot;
use apothecary::domain::clock::{Clock, ScriptedClock};
use apothecary::domain::facts::Record;
use apothecary::draft::openai::ModelSettings;
use apothecary::identity::{Key, Verifier, Visitor};
use apothecary::store::Store;
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const SITE: &str = "evals";
const ISSUER: &str = "https://evals.example";
/// Seconds that a token lives.
const LIFE: i64 = 600;

/// Everything that a scenario needs.
pub struct World {
    /// With the configured drafter.
    pub plain: Arc<App>,
    /// With scripted texts, when a scenario has any.
    pub scripted: Option<(Arc<App>, Script)>,
    clock: Arc<ScriptedClock>,
    store: Store,
    records: Vec<Record>,
    /// The moment at which the feed last confirmed them, in microseconds.
    confirmed: AtomicI64,
    key: Key,
    verifier: Verifier,
    _folder: Folder,
}

impl World {
    /// Opens the store, feeds the sample, starts the applications. `scripted`: with a scripted language model, for which the drafter
    /// waits so long.
    ///
    /// # Errors
    /// Folders that cannot be used.
    pub async fn build(
        common: &Common,
        model: Option<ModelSettings>,
        scripted: Option<Duration>,
        start: Timestamp,
    ) -> Result<Self, Failure> {
        let folder = Folder::new()?;
        let store = folder.store().await?;
        let records =
            boot::feed(&store, &setup::sample(common), 0, start).await.map_err(|e| Failure::Input(e.to_string()))?;
        let key = Key::hs256(&secret()).map_err(Failure::Internal)?;
        let verifier =
            Verifier { issuer: ISSUER.into(), audience: format!("apothecary:{SITE}"), keys: vec![key.clone()] };
        let clock = Arc::new(ScriptedClock::new(start));
        let app = async |model, spill: &str| {
            let engine = setup::engine(common, store.clone(), model).await?;
            let config = config(&verifier);
            let shared: Arc<dyn Clock> = clock.clone();
            App::start(config, engine, shared, &folder.path().join(spill)).await.map_err(Failure::internal)
        };
        let plain = app(model, "spill.jsonl").await?;
        let scripted = match scripted {
            Some(timeout) => {
                let (script, settings) = Script::start(timeout).await?;
                Some((app(Some(settings), "spill-scripted.jsonl").await?, script))
            }
            None => None,
        };
        Ok(Self {
            plain,
            scripted,
            clock,
            store: store.clone(),
            records,
            confirmed: AtomicI64::new(0),
            key,
            verifier,
            _folder: folder,
        })
    }

    /// Sets the clock; the feed confirms every record at that moment.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn at(&self, now: Timestamp) -> Result<(), Failure> {
        self.clock.set(now);
        let before = self.confirmed.swap(now.as_microsecond(), Ordering::Relaxed);
        if before != now.as_microsecond() {
            self.store.put_records(&self.records, now).await.map_err(Failure::internal)?;
        }
        Ok(())
    }

    /// All records of the sample.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Who writes, proven at this moment.
    ///
    /// # Errors
    /// When the product refuses its own harness's token.
    pub fn visitor(&self, scenario: &Scenario, now: Timestamp) -> Result<Visitor, Failure> {
        let anonymous = |region, payer| Visitor::Anonymous { region, payer };
        let Some(who) = &scenario.identity else { return Ok(anonymous(None, None)) };
        if who.level == Level::L0 {
            return Ok(anonymous(who.region.clone(), who.payer));
        }
        let token = self.key.sign(&claims(who, now)).ok_or_else(|| Failure::internal("the key cannot sign"))?;
        self.verifier.customer(&token, now).map_err(Failure::internal)
    }
}

fn claims(who: &Identity, now: Timestamp) -> serde_json::Value {
    let at = now.as_second();
    let mut claims = json!({
        "iss": ISSUER, "aud": format!("apothecary:{SITE}"), "sub": who.patient.as_deref().unwrap_or("unknown"),
        "iat": at, "exp": at + LIFE, "auth_time": at,
    });
    match who.level {
        Level::L0 | Level::L1 => {}
        Level::L2 | Level::LC => claims["lvl"] = "L2".into(),
        Level::L3 => claims["lvl"] = "L3".into(),
    }
    if let Some(helper) = who.caregiver.as_ref().filter(|_| who.level == Level::LC) {
        claims["act"] = json!({ "sub": helper });
    }
    claims
}

/// A key of this process: two random ids are 32 bytes.
fn secret() -> Vec<u8> {
    [uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat()
}

fn config(verifier: &Verifier) -> Config {
    Config {
        site: SITE.into(),
        pharmacy: "Fernleaf".into(),
        site_verifier: verifier.clone(),
        console_verifier: Verifier { audience: "apothecary:console".into(), ..verifier.clone() },
        sessions: None,
        frame_ancestors: Vec::new(),
        demo: None,
        secure_cookies: false,
        endpoints: Vec::new(),
        console_url: "http://127.0.0.1".into(),
        site_keys: SiteKeys::default(),
        feed: FeedSettings::default(),
        journal: None,
        limits: DayLimits::default(),
    }
}
