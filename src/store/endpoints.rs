//! Webhook receivers that staff manage. Each change is written with its audit record in one transaction. What a form or a
//! filter means, and which URL may be reached, is decided above; secrets are kept as they are, for signing needs them.

use super::columns::{damaged, json, ms, time, time_opt, to_json};
use super::outbox::{Next, OutboxRow};
use super::{Store, StoreError, Write, audit, conclude, leases};
use crate::domain::route::Priority;
use crate::failpoint::Point;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A secret and how long it signs.
#[derive(Clone, Debug)]
pub struct KeptSecret {
    /// `whsec_` and base64.
    pub secret: SecretString,
    /// When it stops signing; the newest has no end.
    pub until: Option<Timestamp>,
}

/// Why and since when nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disabled {
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

/// A stored endpoint.
#[derive(Clone, Debug)]
pub struct EndpointRow {
    /// Its name, unique.
    pub name: String,
    /// Where to post.
    pub url: String,
    /// Newest first.
    pub secrets: Vec<KeptSecret>,
    /// `thin`, `full` or the name of a recipe; opaque here.
    pub form: String,
    /// Told of these only; empty for all.
    pub priorities: Vec<Priority>,
    /// Event types that it is told of; empty for all.
    pub types: Vec<String>,
    /// Who is told too when this one was not reached.
    pub secondary: Option<String>,
    /// Told only in another's place.
    pub standby: bool,
    /// Inside addresses are allowed.
    pub allow_internal: bool,
    /// Set while nothing is sent.
    pub disabled: Option<Disabled>,
    /// When it was added.
    pub created: Timestamp,
}

impl Store {
    /// All stored endpoints by name.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn endpoints(&self) -> Result<Vec<EndpointRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM endpoints ORDER BY name").fetch_all(&self.reader).await?;
        rows.iter().map(endpoint_row).collect()
    }

    /// Adds an endpoint.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the name is taken; the store failed.
    pub async fn add_endpoint(&self, new: &EndpointRow, record: &Value) -> Result<(), StoreError> {
        let sql = "INSERT INTO endpoints (name, url, secrets, form, priorities, types, secondary, standby, \
                   allow_internal, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let mut tx = self.write().await?;
        sqlx::query(sql)
            .bind(&new.name)
            .bind(&new.url)
            .bind(secrets_text(&new.secrets)?)
            .bind(&new.form)
            .bind(to_json(&new.priorities)?)
            .bind(to_json(&new.types)?)
            .bind(&new.secondary)
            .bind(new.standby)
            .bind(new.allow_internal)
            .bind(ms(new.created))
            .execute(&mut *tx)
            .await?;
        finish(tx, new.created, record).await
    }

    /// Gives an endpoint a new secret; those before it sign until `overlap` at the latest.
    ///
    /// # Errors
    /// [`StoreError::Unknown`]; the store failed.
    pub async fn rotate_endpoint(
        &self,
        name: &str,
        secret: SecretString,
        overlap: Timestamp,
        now: Timestamp,
        record: &Value,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let row = sqlx::query("SELECT * FROM endpoints WHERE name = ?").bind(name).fetch_optional(&mut *tx).await?;
        let row = endpoint_row(&row.ok_or(StoreError::Unknown("webhook endpoint"))?)?;
        let ending = |old: KeptSecret| KeptSecret { until: Some(old.until.unwrap_or(overlap)), ..old };
        let old = row.secrets.into_iter().map(ending).filter(|s| s.until > Some(now));
        let secrets: Vec<KeptSecret> = std::iter::once(KeptSecret { secret, until: None }).chain(old).collect();
        let query = sqlx::query("UPDATE endpoints SET secrets = ? WHERE name = ?");
        query.bind(secrets_text(&secrets)?).bind(name).execute(&mut *tx).await?;
        finish(tx, now, record).await
    }

    /// Sends to an endpoint again, at once.
    ///
    /// # Errors
    /// [`StoreError::Unknown`]; the store failed.
    pub async fn enable_endpoint(&self, name: &str, now: Timestamp, record: &Value) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let sql = "UPDATE endpoints SET disabled = NULL, disabled_at = NULL WHERE name = ?";
        known(sqlx::query(sql).bind(name).execute(&mut *tx).await?.rows_affected())?;
        let sql = "UPDATE outbox SET next_attempt = ? WHERE endpoint = ? AND state = 'waiting'";
        sqlx::query(sql).bind(ms(now)).bind(name).execute(&mut *tx).await?;
        finish(tx, now, record).await
    }

    /// Removes an endpoint; what waits for it is given up by the next delivery.
    ///
    /// # Errors
    /// [`StoreError::Unknown`]; the store failed.
    pub async fn remove_endpoint(&self, name: &str, now: Timestamp, record: &Value) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let query = sqlx::query("DELETE FROM endpoints WHERE name = ?").bind(name);
        known(query.execute(&mut *tx).await?.rows_affected())?;
        finish(tx, now, record).await
    }

    /// The receiver says that it is gone: its endpoint is disabled, and the delivery waits until it is enabled. False, and
    /// nothing changes, when another worker has taken the delivery since; the endpoint is disabled once.
    ///
    /// # Errors
    /// The store failed.
    pub async fn mark_gone(
        &self,
        row: &OutboxRow,
        reason: &str,
        now: Timestamp,
        record: &Value,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !leases::fail(&mut tx, row, Next::At(now), reason, now).await? {
            return Ok(false);
        }
        let sql = "UPDATE endpoints SET disabled = ?, disabled_at = ? WHERE name = ? AND disabled IS NULL";
        let query = sqlx::query(sql).bind(reason).bind(ms(now)).bind(&row.endpoint);
        if query.execute(&mut *tx).await?.rows_affected() == 1 {
            audit::append(&mut tx, now, None, &[], record).await?;
        }
        conclude(tx, Point::Write).await?;
        Ok(true)
    }
}

fn known(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Unknown("webhook endpoint")) }
}

async fn finish(mut tx: Write, now: Timestamp, record: &Value) -> Result<(), StoreError> {
    audit::append(&mut tx, now, None, &[], record).await?;
    conclude(tx, Point::Write).await?;
    Ok(())
}

fn secrets_text(secrets: &[KeptSecret]) -> Result<String, StoreError> {
    let pairs: Vec<(&str, Option<i64>)> = secrets.iter().map(|s| (s.secret.expose_secret(), s.until.map(ms))).collect();
    to_json(&pairs)
}

fn endpoint_row(row: &SqliteRow) -> Result<EndpointRow, StoreError> {
    let pairs: Vec<(String, Option<i64>)> = json(row, "secrets")?;
    let secret = |(secret, until): (String, Option<i64>)| {
        let until = until.map(Timestamp::from_millisecond).transpose().map_err(|_| damaged("secrets"))?;
        Ok(KeptSecret { secret: SecretString::from(secret), until })
    };
    let disabled = match (row.try_get("disabled")?, time_opt(row, "disabled_at")?) {
        (Some(reason), Some(at)) => Some(Disabled { reason, at }),
        _ => None,
    };
    Ok(EndpointRow {
        name: row.try_get("name")?,
        url: row.try_get("url")?,
        secrets: pairs.into_iter().map(secret).collect::<Result<_, StoreError>>()?,
        form: row.try_get("form")?,
        priorities: json(row, "priorities")?,
        types: json(row, "types")?,
        secondary: row.try_get("secondary")?,
        standby: row.try_get("standby")?,
        allow_internal: row.try_get("allow_internal")?,
        disabled,
        created: time(row, "created")?,
    })
}
