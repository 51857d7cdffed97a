//! Which texts answer: the engine in force, and its exchange, between turns, for one that is built by the version published last. What
//! does not verify or build is refused, and the old one goes on. How versions lie on the disk is `pharmacy::versions`.

use super::App;
use crate::domain::lang::Lang;
use crate::engine::Engine;
use crate::pharmacy::Pharmacy;
use crate::pharmacy::versions::{VersionName, Versions};
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

    /// The texts in force.
    pub(super) fn texts(&self) -> Arc<Pharmacy> {
        Arc::clone(&self.engine().pharmacy)
    }

    /// The words of a constant such as `RX_PHONE`; empty where the pharmacy has none.
    #[must_use]
    pub fn phone(&self, id: &str) -> String {
        self.engine().wording.constants(Lang::En).remove(id).unwrap_or_default()
    }

    /// Looks once whether other texts are published, and if so answers by them from the next turn on.
    pub async fn follow_texts(&self) {
        let mut refused = self.refused.lock().await;
        let engine = self.engine();
        let Some(versions) = engine.versions() else { return };
        let what = match versions.current() {
            Ok(name) if Some(&name) == engine.version() => {
                *refused = None;
                return tell(engine.version(), 1.0);
            }
            Ok(name) => name.to_string(),
            Err(e) => e.to_string(),
        };
        tell(engine.version(), 1.0);
        match refused.as_mut().filter(|r| r.what == what && r.looks < AGAIN) {
            Some(known) => known.looks += 1,
            None => *refused = self.rebuilt(engine, what, &versions).await,
        }
    }

    async fn rebuilt(&self, engine: Arc<Engine>, what: String, versions: &Versions) -> Option<Refused> {
        let old = Arc::clone(&engine);
        let built = tokio::task::spawn_blocking(move || old.renewed()).await;
        match built {
            Ok(Ok(new)) => {
                self.exchange(&engine, new);
                None
            }
            Ok(Err(e)) => Some(refuse(what, versions, &e.to_string())),
            Err(e) => Some(refuse(what, versions, &e.to_string())),
        }
    }

    fn exchange(&self, old: &Engine, new: Engine) {
        tell(old.version(), 0.0);
        tell(new.version(), 1.0);
        tracing::info!(version = new.version().map(ToString::to_string), "other texts are in force");
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
    }
}

fn refuse(what: String, versions: &Versions, why: &str) -> Refused {
    tracing::error!(dir = %versions.dir().display(), "published texts refused, the old ones go on: {why}");
    metrics::counter!("apothecary_policy_version_refused_total").increment(1);
    Refused { what, looks: 0 }
}

/// 1 for the version in force, 0 for one that was.
fn tell(version: Option<&VersionName>, value: f64) {
    let Some(v) = version else { return };
    metrics::gauge!("apothecary_policy_version_info", "number" => v.number().to_string(), "digest" => v.digest().to_owned())
        .set(value);
}
