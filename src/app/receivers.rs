//! Managing webhook receivers: list, add, rotate, test, enable, remove; deliveries that wait or were given up. The same for
//! the API and for the command line, so it needs no running application. Each act leaves an audit record; no secret is in it,
//! nor in any list. Who may is decided by the caller.

use super::AppError;
use super::receiver::{Receiver, ReceiverView, masked};
use crate::escalate::recipe::Recipes;
use crate::escalate::webhook::{Endpoint, Form, trial};
use crate::store::endpoints::{EndpointRow, KeptSecret};
use crate::store::outbox::{OutboxRow, OutboxState};
use crate::store::{Store, StoreError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;

/// After a rotation the old secret signs for so long, so that a receiver can change over.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// The receivers as one person sees them at one moment.
#[derive(Debug)]
pub struct Receivers<'a> {
    /// The store.
    pub store: &'a Store,
    /// Those of the configuration file; they are only read here.
    pub configured: &'a [Endpoint],
    /// Payload recipes.
    pub recipes: Arc<Recipes>,
    /// Address of the console.
    pub console: &'a str,
    /// The moment.
    pub now: Timestamp,
    /// Who acts, for the audit.
    pub by: Value,
}

impl Receivers<'_> {
    /// Everybody who is told, configured and stored. A name of the configuration file hides a stored one.
    ///
    /// # Errors
    /// The store failed.
    pub async fn effective(&self) -> Result<Vec<Endpoint>, AppError> {
        let stored = self.store.endpoints().await?;
        let stored = stored.iter().filter(|row| !self.fixed(&row.name)).map(|row| self.endpoint(row));
        Ok(self.configured.iter().cloned().chain(stored).collect())
    }

    fn fixed(&self, name: &str) -> bool {
        self.configured.iter().any(|e| e.name == name)
    }

    fn form(&self, name: &str) -> Option<Form> {
        match name {
            "thin" => Some(Form::Thin),
            "full" => Some(Form::Full),
            name => self.recipes.get(name).map(|recipe| Form::Recipe(Arc::clone(recipe))),
        }
    }

    fn endpoint(&self, row: &EndpointRow) -> Endpoint {
        let form = self.form(&row.form).unwrap_or_else(|| {
            tracing::error!(endpoint = row.name, recipe = row.form, "the recipe is gone; the thin form is sent");
            Form::Thin
        });
        let signing = row.secrets.iter().filter(|s| s.until.is_none_or(|until| until > self.now));
        Endpoint {
            form,
            priorities: row.priorities.clone(),
            types: row.types.clone(),
            secondary: row.secondary.clone(),
            standby: row.standby,
            stored: true,
            disabled: row.disabled.is_some(),
            ..Endpoint::configured(
                row.name.clone(),
                row.url.clone(),
                signing.map(|s| s.secret.clone()).collect(),
                row.allow_internal,
            )
        }
    }

    /// All receivers with their health; no secret, and of each URL only where it leads.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list(&self) -> Result<Vec<ReceiverView>, AppError> {
        let mut health = self.store.endpoint_health(self.now).await?;
        let stored = self.store.endpoints().await?;
        let mut views: Vec<ReceiverView> = self.configured.iter().map(ReceiverView::configured).collect();
        views.extend(stored.iter().filter(|row| !self.fixed(&row.name)).map(|row| ReceiverView::stored(row, self.now)));
        for view in &mut views {
            view.health = health.remove(&view.name).unwrap_or_default();
        }
        Ok(views)
    }

    /// One receiver as in [`Receivers::list`].
    ///
    /// # Errors
    /// [`AppError::NotFound`]; the store failed.
    pub async fn one(&self, name: &str) -> Result<ReceiverView, AppError> {
        self.list().await?.into_iter().find(|view| view.name == name).ok_or(AppError::NotFound)
    }

    /// Adds a receiver; its secret, which is told this once.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for what makes no sense, [`AppError::Conflict`] when the name is taken; the store failed.
    pub async fn add(&self, new: Receiver) -> Result<SecretString, AppError> {
        let invalid = |what| AppError::Invalid { what };
        new.check().map_err(invalid)?;
        if self.form(&new.form).is_none() {
            let forms = ["thin", "full"].into_iter().chain(self.recipes.iter().map(|r| r.name()));
            let forms = forms.collect::<Vec<_>>().join(", ");
            return Err(invalid(format!("form: there is no recipe `{}`; there are {forms}", new.form)));
        }
        let others = self.effective().await?;
        if others.iter().any(|e| e.name == new.name) {
            return Err(taken(&new.name));
        }
        if let Some(missing) = new.secondary.as_ref().filter(|s| !others.iter().any(|e| e.name == **s)) {
            return Err(invalid(format!("secondary: there is no endpoint `{missing}`; add it first")));
        }
        let secret = new_secret();
        let record = self.record(
            "webhook_create",
            &new.name,
            &json!({ "address": masked(&new.url), "form": new.form, "secondary": new.secondary,
                     "allow_internal": new.allow_internal }),
        );
        let row = new.into_row(KeptSecret { secret: secret.clone(), until: None }, self.now);
        self.store.add_endpoint(&row, &record).await.map_err(|e| match e {
            StoreError::Exists => taken(&row.name),
            other => other.into(),
        })?;
        Ok(secret)
    }

    /// A new secret, told this once; the old one signs beside it for 24 hours.
    ///
    /// # Errors
    /// [`AppError::Conflict`] for an endpoint of the configuration file, [`AppError::NotFound`]; the store failed.
    pub async fn rotate(&self, name: &str) -> Result<SecretString, AppError> {
        self.changeable(name)?;
        let (secret, overlap) = (new_secret(), self.now.checked_add(OVERLAP).unwrap_or(self.now));
        let record = self.record("webhook_rotate", name, &json!({ "old_until": overlap }));
        let done = self.store.rotate_endpoint(name, secret.clone(), overlap, self.now, &record).await;
        done.map_err(absent)?;
        Ok(secret)
    }

    /// Puts a test event into the outbox, past the endpoint's filter; the delivery's id.
    ///
    /// # Errors
    /// [`AppError::NotFound`], [`AppError::Invalid`] when its recipe tells of no created case; the store failed.
    pub async fn test(&self, name: &str) -> Result<String, AppError> {
        let endpoints = self.effective().await?;
        let endpoint = endpoints.iter().find(|e| e.name == name).ok_or(AppError::NotFound)?;
        let row = trial(endpoint, &super::fresh_id(), self.console, self.now).ok_or_else(|| AppError::Invalid {
            what: format!("the recipe `{}` does not tell of created cases", endpoint.form.name()),
        })?;
        let record = self.record("webhook_test", name, &json!({ "delivery": row.id }));
        self.store.put_outbox(std::slice::from_ref(&row), self.now, Some(&record)).await?;
        Ok(row.id)
    }

    /// Sends to a disabled endpoint again, first what waits.
    ///
    /// # Errors
    /// As [`Receivers::rotate`].
    pub async fn enable(&self, name: &str) -> Result<(), AppError> {
        self.changeable(name)?;
        let record = self.record("webhook_enable", name, &json!({}));
        self.store.enable_endpoint(name, self.now, &record).await.map_err(absent)
    }

    /// Removes an endpoint; what waits for it is given up.
    ///
    /// # Errors
    /// As [`Receivers::rotate`]; [`AppError::Conflict`] while another names it as its secondary.
    pub async fn remove(&self, name: &str) -> Result<(), AppError> {
        self.changeable(name)?;
        let stored = self.store.endpoints().await?;
        if let Some(first) = stored.iter().find(|e| e.secondary.as_deref() == Some(name)) {
            return Err(AppError::Conflict {
                what: format!("`{name}` is the secondary of `{}`; remove that one first", first.name),
            });
        }
        let record = self.record("webhook_remove", name, &json!({}));
        self.store.remove_endpoint(name, self.now, &record).await.map_err(absent)
    }

    /// Deliveries that wait, or that were given up, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn deliveries(&self, state: OutboxState) -> Result<Vec<OutboxRow>, AppError> {
        Ok(self.store.list_outbox(state).await?)
    }

    /// Sends a delivery again under its id.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; the store failed.
    pub async fn replay(&self, id: &str) -> Result<(), AppError> {
        let mut record = self.record("webhook_replay", "", &json!({ "delivery": id }));
        if let Some(map) = record.as_object_mut() {
            map.remove("endpoint");
        }
        self.store.replay(id, self.now, &record).await.map_err(absent)
    }

    fn changeable(&self, name: &str) -> Result<(), AppError> {
        let what = format!("`{name}` stands in the configuration file; change it there and start anew");
        if self.fixed(name) { Err(AppError::Conflict { what }) } else { Ok(()) }
    }

    /// An audit record: the act, the endpoint, what else there is to know, and who did it.
    fn record(&self, act: &str, name: &str, more: &Value) -> Value {
        let mut record = json!({ "act": act, "endpoint": name });
        for part in [more, &self.by] {
            let pairs = part.as_object().into_iter().flatten();
            pairs.for_each(|(key, value)| record[key.as_str()] = value.clone());
        }
        record
    }
}

fn taken(name: &str) -> AppError {
    AppError::Conflict { what: format!("there is an endpoint `{name}` already; choose another name or remove it") }
}

fn absent(e: StoreError) -> AppError {
    if matches!(e, StoreError::Unknown(_)) { AppError::NotFound } else { e.into() }
}

/// 256 random bits in the form of the standard.
fn new_secret() -> SecretString {
    let mut bytes = [0u8; 32];
    rand::rng().fill(&mut bytes[..]);
    SecretString::from(format!("whsec_{}", STANDARD.encode(bytes)))
}
