//! Sessions of staff who signed in by password and code. [`SignedIn`] comes only from a SELECT in this file: the seal of staff rests on
//! that, so this file has no child module and no constructor.

use super::accounts::AccountRow;
use super::columns::{ms, time};
use super::{Store, StoreError, audit, conclude};
use crate::domain::ids::StaffId;
use crate::failpoint::Point;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// An open session of an account that is not disabled, as it was read from the database. Nothing else can make one.
#[derive(Debug)]
pub struct SignedIn {
    staff: StaffId,
    name: String,
    role: String,
    must_change: bool,
}

impl SignedIn {
    /// Staff id.
    #[must_use]
    pub fn staff(&self) -> &StaffId {
        &self.staff
    }
    /// What customers see.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The word of the role, opaque here.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }
    /// A first password opened it: it is good for choosing another and for nothing else.
    #[must_use]
    pub fn must_change(&self) -> bool {
        self.must_change
    }
}

/// What a cookie leads to.
#[derive(Debug)]
pub enum Session {
    /// An open session.
    Open(SignedIn),
    /// One without a sign of a person for too long.
    Quiet,
    /// Nothing: it ended, or never was.
    None,
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Digest of the cookie.
    pub digest: String,
    /// Digest of the cookie that it replaces in the same browser.
    pub replaces: Option<String>,
    /// The step of the one-time code that opens it.
    pub step: i64,
    /// When it ends, whatever happens.
    pub expires: Timestamp,
}

impl Store {
    /// Opens a session, if what was checked still holds: the same password and secret, not disabled, not locked, and a code
    /// that nobody used meanwhile. False, and nothing is written, when it does not.
    ///
    /// # Errors
    /// The store failed.
    pub async fn open_session(
        &self,
        account: &AccountRow,
        new: &NewSession,
        now: Timestamp,
        record: &Value,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let sql = "UPDATE staff_accounts SET totp_step = ?1, signed_in = ?2, failed = 0, locked_until = NULL \
                   WHERE id = ?3 AND totp_step < ?1 AND password = ?4 AND totp = ?5 AND disabled IS NULL \
                   AND (locked_until IS NULL OR locked_until <= ?2)";
        let query = sqlx::query(sql).bind(new.step).bind(ms(now)).bind(account.id.as_str());
        let query = query.bind(account.password.expose_secret()).bind(account.totp.expose_secret());
        if query.execute(&mut *tx).await?.rows_affected() != 1 {
            return Ok(false);
        }
        let query = sqlx::query("DELETE FROM staff_sessions WHERE expires <= ? OR digest = ?");
        query.bind(ms(now)).bind(&new.replaces).execute(&mut *tx).await?;
        let sql = "INSERT INTO staff_sessions (digest, account, created, seen, expires) VALUES (?1, ?2, ?3, ?3, ?4)";
        let query = sqlx::query(sql).bind(&new.digest).bind(account.id.as_str()).bind(ms(now)).bind(ms(new.expires));
        query.execute(&mut *tx).await?;
        audit::append(&mut tx, now, None, &[], record).await?;
        conclude(tx, Point::Write).await?;
        Ok(true)
    }

    /// What the digest of a cookie leads to; a session ends `idle` after the last sign of a person.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn session(&self, digest: &str, idle: SignedDuration, now: Timestamp) -> Result<Session, StoreError> {
        let sql = "SELECT a.id, a.name, a.role, a.must_change, s.seen FROM staff_sessions s \
                   JOIN staff_accounts a ON a.id = s.account \
                   WHERE s.digest = ? AND s.expires > ? AND a.disabled IS NULL";
        let row = sqlx::query(sql).bind(digest).bind(ms(now)).fetch_optional(&self.reader).await?;
        let Some(row) = row else { return Ok(Session::None) };
        if now.duration_since(time(&row, "seen")?) >= idle {
            return Ok(Session::Quiet);
        }
        signed_in(&row).map(Session::Open)
    }

    /// Notes a sign of a person. Leaves no trail.
    ///
    /// # Errors
    /// The store failed.
    pub async fn touch_session(&self, digest: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let query = sqlx::query("UPDATE staff_sessions SET seen = ? WHERE digest = ?");
        query.bind(ms(now)).bind(digest).execute(&mut *tx).await?;
        conclude(tx, Point::Write).await?;
        Ok(())
    }

    /// Ends a session; the record is written when there was one.
    ///
    /// # Errors
    /// The store failed.
    pub async fn end_session(
        &self,
        digest: &str,
        now: Timestamp,
        record: impl FnOnce(StaffId) -> Value + Send,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let sql = "DELETE FROM staff_sessions WHERE digest = ? RETURNING account";
        let account: Option<String> = sqlx::query_scalar(sql).bind(digest).fetch_optional(&mut *tx).await?;
        if let Some(account) = account {
            audit::append(&mut tx, now, None, &[], &record(StaffId(account))).await?;
        }
        conclude(tx, Point::Write).await?;
        Ok(())
    }
}

fn signed_in(row: &SqliteRow) -> Result<SignedIn, StoreError> {
    Ok(SignedIn {
        staff: StaffId(row.try_get("id")?),
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        must_change: row.try_get("must_change")?,
    })
}
