//! What the assistant may answer by itself, and how people stop it: from the console, and on the store of a data folder (command line).

use super::{App, AppError};
use crate::domain::modes::{Mode, Scope};
use crate::domain::roles::Right;
use crate::identity::Pharmacist;
use crate::pharmacy::Pharmacy;
use crate::release::Stamp;
use crate::store::Store;
use crate::store::pauses::Pause;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// What holds now.
#[derive(Clone, Debug, Serialize)]
pub struct InForce {
    /// What people have stopped, the oldest first.
    pub pauses: Vec<Pause>,
    /// What `modes.toml` says, the default first.
    pub written: Vec<(Scope, Mode)>,
    /// The release in force; of what its signatures do not name nothing is live.
    pub release: Stamp,
    /// What they name.
    pub signed: Vec<String>,
    /// The order feed was heard last then, and has been silent for too long.
    pub feed_quiet_since: Option<Timestamp>,
}

/// Stops, on a store: the console and the command line do the same.
pub struct Pauses<'a> {
    /// Where they are kept.
    pub store: &'a Store,
    /// The pages, to refuse a topic that there is none of.
    pub pharmacy: &'a Pharmacy,
    /// Now.
    pub now: Timestamp,
    /// Whose word it is, as colleagues read it.
    pub name: String,
    /// Who acts, for the audit.
    pub by: Value,
}

impl Pauses<'_> {
    /// Stops something, from the next reply on, in open conversations too.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a topic without a page, `live`, or no reason; when the store fails.
    pub async fn pause(&self, scope: Scope, mode: Mode, reason: &str) -> Result<Pause, AppError> {
        let reason = super::console::acts::worded("a reason", reason)?;
        if mode == Mode::Live {
            return Err(super::console::acts::invalid("mode: off or suggest; to go live again, resume"));
        }
        known(self.pharmacy, &scope)?;
        let pause = Pause { scope, mode, reason, name: self.name.clone(), at: self.now };
        self.store.pause(&pause, &self.record("pause", &pause.scope, Some(mode))).await?;
        Ok(pause)
    }

    /// Lets it answer again, as far as `modes.toml` allows.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it was not stopped; when the store fails.
    pub async fn resume(&self, scope: &Scope) -> Result<(), AppError> {
        let ended = self.store.resume(scope, self.now, &self.record("resume", scope, None)).await?;
        if ended { Ok(()) } else { Err(AppError::NotFound) }
    }

    fn record(&self, act: &str, scope: &Scope, mode: Option<Mode>) -> Value {
        json!({ "act": act, "scope": scope, "mode": mode, "by": self.by })
    }
}

/// A scope that no answer can have would stop nothing and look as if it did.
fn known(pharmacy: &Pharmacy, scope: &Scope) -> Result<(), AppError> {
    match scope {
        Scope::Topic(id) if !pharmacy.has_page(id) => Err(super::console::acts::invalid(&format!(
            "there is no page `{id}`; topics are the ids of pages, such as DL5"
        ))),
        Scope::Topic(_) | Scope::All | Scope::Intent(_) | Scope::Lang(_) => Ok(()),
    }
}

impl App {
    /// What holds now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn modes(&self) -> Result<InForce, AppError> {
        let pauses = self.store().pauses().await?.all;
        let feed_quiet_since = self.feed_quiet_since().await?;
        let engine = self.engine();
        let signed = engine.release().map(|r| r.signatures.iter().map(|s| s.statement.live.to_string()).collect());
        let (written, signed) = (engine.policy.modes.written(), signed.unwrap_or_default());
        Ok(InForce { pauses, written, release: engine.stamp(), signed, feed_quiet_since })
    }

    /// Stops something, for who may.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for others; as [`Pauses::pause`].
    pub async fn pause(&self, staff: &Pharmacist, scope: Scope, mode: Mode, reason: &str) -> Result<InForce, AppError> {
        self.allow(staff, Right::Stop).await?;
        let stricter = |p: &Pause| p.scope == scope && p.mode > mode;
        if self.store().pauses().await?.all.iter().any(stricter) {
            self.allow(staff, Right::Loosen).await?;
        }
        let engine = self.engine();
        self.pauses(staff, &engine.pharmacy).pause(scope, mode, reason).await?;
        self.ring();
        self.modes().await
    }

    /// Lets it answer again: only a lead may, for whoever stopped it had a reason.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for others; as [`Pauses::resume`].
    pub async fn resume(&self, staff: &Pharmacist, scope: &Scope) -> Result<InForce, AppError> {
        self.allow(staff, Right::Loosen).await?;
        let engine = self.engine();
        self.pauses(staff, &engine.pharmacy).resume(scope).await?;
        self.ring();
        self.modes().await
    }

    fn pauses<'a>(&'a self, staff: &Pharmacist, pharmacy: &'a Pharmacy) -> Pauses<'a> {
        Pauses {
            store: self.store(),
            pharmacy,
            now: self.clock().now(),
            name: staff.name().to_owned(),
            by: json!({ "staff": staff.id(), "role": staff.role().code() }),
        }
    }
}
