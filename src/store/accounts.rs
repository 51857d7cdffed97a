//! Staff accounts: who may sign in by password and one-time code. Each change is written with its audit record in one transaction, and
//! ends the sessions that it should end. What a password or a lock means is decided above; sessions are in `sessions`.

use super::columns::{ms, time, time_opt};
use super::{Store, StoreError, Write, audit, conclude};
use crate::domain::ids::StaffId;
use crate::failpoint::Point;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A stored account.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Staff id.
    pub id: StaffId,
    /// What they type, unique, small letters.
    pub login: String,
    /// What customers see.
    pub name: String,
    /// The word of the role, opaque here.
    pub role: String,
    /// The password as a PHC string.
    pub password: SecretString,
    /// The password was made for them: it opens nothing but its change.
    pub must_change: bool,
    /// Secret of the one-time codes.
    pub totp: SecretSlice<u8>,
    /// The step whose code was accepted last.
    pub totp_step: i64,
    /// Failed sign-ins in a row.
    pub failed: u32,
    /// Set after too many.
    pub locked_until: Option<Timestamp>,
    /// Since when it is disabled.
    pub disabled: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
    /// The last sign-in.
    pub signed_in: Option<Timestamp>,
}

/// A change of one account.
#[derive(Clone, Debug)]
pub enum AccountChange<'a> {
    /// A new password; ends the account's sessions, but for the one with the digest `keep`.
    Password {
        /// PHC string.
        hash: &'a SecretString,
        /// It was made for them.
        must_change: bool,
        /// Digest of the session that stays.
        keep: Option<&'a str>,
    },
    /// A new secret of the one-time codes; ends all sessions.
    Totp(&'a SecretSlice<u8>),
    /// Nobody signs in with it; ends all sessions.
    Disable,
    /// Takes that back, and a lock.
    Enable,
    /// Ends a lock.
    Unlock,
}

/// What follows from a failed sign-in.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The lock, if there is one now.
    pub locked_until: Option<Timestamp>,
    /// For the audit.
    pub record: Value,
}

impl Store {
    /// All accounts by login.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM staff_accounts ORDER BY login").fetch_all(&self.reader).await?;
        rows.iter().map(account_row).collect()
    }

    /// The account with a login.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn account(&self, login: &str) -> Result<Option<AccountRow>, StoreError> {
        let query = sqlx::query("SELECT * FROM staff_accounts WHERE login = ?").bind(login);
        query.fetch_optional(&self.reader).await?.as_ref().map(account_row).transpose()
    }

    /// The account of a member of staff.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn account_of(&self, id: &StaffId) -> Result<Option<AccountRow>, StoreError> {
        let query = sqlx::query("SELECT * FROM staff_accounts WHERE id = ?").bind(id.as_str());
        query.fetch_optional(&self.reader).await?.as_ref().map(account_row).transpose()
    }

    /// Adds an account.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the login is taken; the store failed.
    pub async fn add_account(&self, new: &AccountRow, record: &Value) -> Result<(), StoreError> {
        let sql = "INSERT INTO staff_accounts (id, login, name, role, password, must_change, totp, totp_step, failed, \
                   created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let mut tx = self.write().await?;
        sqlx::query(sql)
            .bind(new.id.as_str())
            .bind(&new.login)
            .bind(&new.name)
            .bind(&new.role)
            .bind(new.password.expose_secret())
            .bind(new.must_change)
            .bind(new.totp.expose_secret())
            .bind(new.totp_step)
            .bind(new.failed)
            .bind(ms(new.created))
            .execute(&mut *tx)
            .await?;
        audit::append(&mut tx, new.created, None, &[], record).await?;
        conclude(tx, Point::Write).await?;
        Ok(())
    }

    /// Changes an account.
    ///
    /// # Errors
    /// [`StoreError::Unknown`]; the store failed.
    pub async fn change_account(
        &self,
        id: &StaffId,
        change: AccountChange<'_>,
        now: Timestamp,
        record: &Value,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        apply(&mut tx, id, &change, now).await?;
        let keep = match change {
            AccountChange::Enable | AccountChange::Unlock => None,
            AccountChange::Password { keep, .. } => Some(keep.unwrap_or_default()),
            AccountChange::Totp(_) | AccountChange::Disable => Some(""),
        };
        if let Some(keep) = keep {
            let query = sqlx::query("DELETE FROM staff_sessions WHERE account = ? AND digest <> ?");
            query.bind(id.as_str()).bind(keep).execute(&mut *tx).await?;
        }
        audit::append(&mut tx, now, None, &[], record).await?;
        conclude(tx, Point::Write).await?;
        Ok(())
    }

    /// Counts a failed sign-in; `judge` says what follows from so many in a row.
    ///
    /// # Errors
    /// [`StoreError::Unknown`]; the store failed.
    pub async fn count_failed(
        &self,
        id: &StaffId,
        now: Timestamp,
        judge: impl FnOnce(u32) -> Failed + Send,
    ) -> Result<Failed, StoreError> {
        let mut tx = self.write().await?;
        let sql = "UPDATE staff_accounts SET failed = failed + 1 WHERE id = ? RETURNING failed";
        let failed: Option<u32> = sqlx::query_scalar(sql).bind(id.as_str()).fetch_optional(&mut *tx).await?;
        let judged = judge(failed.ok_or(StoreError::Unknown("staff account"))?);
        if let Some(until) = judged.locked_until {
            let query = sqlx::query("UPDATE staff_accounts SET locked_until = ? WHERE id = ?");
            query.bind(ms(until)).bind(id.as_str()).execute(&mut *tx).await?;
        }
        audit::append(&mut tx, now, None, &[], &judged.record).await?;
        conclude(tx, Point::Write).await?;
        Ok(judged)
    }
}

async fn apply(tx: &mut Write, id: &StaffId, change: &AccountChange<'_>, now: Timestamp) -> Result<(), StoreError> {
    let query = match change {
        AccountChange::Password { hash, must_change, .. } => {
            let sql =
                "UPDATE staff_accounts SET password = ?, must_change = ?, failed = 0, locked_until = NULL WHERE id = ?";
            sqlx::query(sql).bind(hash.expose_secret()).bind(*must_change)
        }
        AccountChange::Totp(secret) => {
            sqlx::query("UPDATE staff_accounts SET totp = ?, totp_step = 0 WHERE id = ?").bind(secret.expose_secret())
        }
        AccountChange::Disable => sqlx::query("UPDATE staff_accounts SET disabled = ? WHERE id = ?").bind(ms(now)),
        AccountChange::Enable => {
            sqlx::query("UPDATE staff_accounts SET disabled = NULL, failed = 0, locked_until = NULL WHERE id = ?")
        }
        AccountChange::Unlock => sqlx::query("UPDATE staff_accounts SET failed = 0, locked_until = NULL WHERE id = ?"),
    };
    let rows = query.bind(id.as_str()).execute(&mut **tx).await?.rows_affected();
    if rows == 1 { Ok(()) } else { Err(StoreError::Unknown("staff account")) }
}

fn account_row(row: &SqliteRow) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        id: StaffId(row.try_get("id")?),
        login: row.try_get("login")?,
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        password: SecretString::from(row.try_get::<String, _>("password")?),
        must_change: row.try_get("must_change")?,
        totp: row.try_get::<Vec<u8>, _>("totp")?.into(),
        totp_step: row.try_get("totp_step")?,
        failed: row.try_get("failed")?,
        locked_until: time_opt(row, "locked_until")?,
        disabled: time_opt(row, "disabled")?,
        created: time(row, "created")?,
        signed_in: time_opt(row, "signed_in")?,
    })
}
