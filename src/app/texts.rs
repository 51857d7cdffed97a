//! What answers: the engine in force, and its exchange, between turns, for one that is built by the version published last or by the release
//! put in force last. What does not verify or build is refused, and the old one goes on. How they lie on the disk is `pharmacy::versions`'
//! and `release`'s.

use super::App;
use crate::domain::lang::Lang;
use crate::engine::Engine;
use crate::pharmacy::Pharmacy;
use crate::release::{Stamp, UNSIGNED};
use serde_json::json;
use std::sync::{Arc, PoisonError};

/// A refused version is tried again after so many looks, for the disk may have been full or a file been put back.
const AGAIN: u32 = 60;

/// What was refused last, so that it is neither read nor told every second.
pub(super) struct Refused {
    /// The version, or why none could be read.
    what: String,
    looks: u32,
}

impl App {
    /// The parts of a turn, by the texts in force. Whoever begins a turn with them ends it with them.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.engine.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a signed release answers; where none does, every page says so.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.engine().release().is_some()
    }

    /// The texts in force.
    pub(super) fn texts(&self) -> Arc<Pharmacy> {
        Arc::clone(&self.engine().pharmacy)
    }

    /// The words of a constant such as `RX_PHONE`; empty where the pharmacy has none.
    #[must_use]
    pub fn phone(&self, id: &str) -> String {
        self.engine().wording.constants(Lang::En).remove(id).unwrap_or_default()
    }

    /// Looks once whether other texts are published, or another release is in force, and if so answers by it from the next turn on.
    pub async fn follow_texts(&self) {
        let mut refused = self.refused.lock().await;
        let engine = self.engine();
        tell(&engine, 1.0);
        let what = match engine.latest() {
            None => return,
            Some(Ok(mark)) if Some(mark.as_str()) == engine.mark() => {
                *refused = None;
                return;
            }
            Some(Ok(mark)) => mark,
            Some(Err(e)) => e.to_string(),
        };
        match refused.as_mut().filter(|r| r.what == what && r.looks < AGAIN) {
            Some(known) => known.looks += 1,
            None => *refused = self.rebuilt(engine, what).await,
        }
    }

    async fn rebuilt(&self, engine: Arc<Engine>, what: String) -> Option<Refused> {
        let old = Arc::clone(&engine);
        let built = tokio::task::spawn_blocking(move || old.renewed()).await;
        match built {
            Ok(Ok(new)) => {
                self.exchange(&engine, new).await;
                None
            }
            Ok(Err(e)) => Some(refuse(&engine, what, &e.to_string())),
            Err(e) => Some(refuse(&engine, what, &e.to_string())),
        }
    }

    async fn exchange(&self, old: &Engine, new: Engine) {
        tell(old, 0.0);
        tell(&new, 1.0);
        let stamp = new.stamp();
        let version = new.version().map(ToString::to_string);
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        tracing::info!(version, release = %stamp, "other texts or another release are in force");
        if let Err(e) = self.store().set_release(&json!(stamp)).await {
            tracing::error!("audit records of staff go on naming the release before: {e}");
        }
        // Modes may be others now.
        self.ring();
    }
}

fn refuse(engine: &Engine, what: String, why: &str) -> Refused {
    if engine.release().is_some() {
        tracing::error!("another release is refused, the old one goes on: {why}");
        metrics::counter!("apothecary_release_refused_total").increment(1);
    } else {
        tracing::error!("published texts refused, the old ones go on: {why}");
        metrics::counter!("apothecary_policy_version_refused_total").increment(1);
    }
    Refused { what, looks: 0 }
}

/// 1 for what is in force, 0 for what was.
fn tell(engine: &Engine, value: f64) {
    let (id, signers) = match engine.stamp() {
        Stamp::Unsigned => (UNSIGNED.to_owned(), String::new()),
        Stamp::Signed { id, signers, .. } => (id, signers.join("+")),
    };
    metrics::gauge!("apothecary_release_info", "release" => id, "signers" => signers).set(value);
    let Some(v) = engine.version() else { return };
    metrics::gauge!("apothecary_policy_version_info", "number" => v.number().to_string(), "digest" => v.digest().to_owned())
        .set(value);
}
