//! Managing staff accounts: list, add, new password, new one-time codes, disable, enable, unlock. It needs no running application; a
//! running one sees each change with the next request. Each act leaves an audit record without a secret. Who may is decided by the caller.

use super::AppError;
use crate::credentials::{password, totp};
use crate::domain::ids::StaffId;
use crate::domain::roles::Role;
use crate::store::accounts::{AccountChange, AccountRow};
use crate::store::{Store, StoreError};
use jiff::Timestamp;
use secrecy::{SecretSlice, SecretString};
use serde_json::{Value, json};

/// A login name as it is kept and looked up.
pub(super) fn normal(login: &str) -> String {
    login.trim().to_lowercase()
}

/// The accounts as one person manages them at one moment.
#[derive(Debug)]
pub struct Accounts<'a> {
    /// The store.
    pub store: &'a Store,
    /// The moment.
    pub now: Timestamp,
    /// Who acts, for the audit.
    pub by: Value,
}

/// What is told once of a new account.
#[derive(Debug)]
pub struct SetUp {
    /// The first password; it must be changed at the first sign-in.
    pub password: SecretString,
    /// Secret of the one-time codes.
    pub totp: SecretSlice<u8>,
}

impl Accounts<'_> {
    /// All accounts by login.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list(&self) -> Result<Vec<AccountRow>, AppError> {
        Ok(self.store.accounts().await?)
    }

    /// The account with a login.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; the store failed.
    pub async fn one(&self, login: &str) -> Result<AccountRow, AppError> {
        self.store.account(&normal(login)).await?.ok_or(AppError::NotFound)
    }

    /// Adds an account; what its owner needs, told this once.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a name that is none, [`AppError::Conflict`] when the login is taken; the store failed.
    pub async fn add(&self, login: &str, name: &str, role: Role) -> Result<SetUp, AppError> {
        let (login, name) = (checked_login(login)?, checked_name(name)?);
        let (password, totp) = (password::first(), totp::secret());
        let id = StaffId(format!("staff:{}", super::fresh_id()));
        let record =
            self.record("staff_account_add", &id, &json!({ "login": login, "name": name, "for": role.code() }));
        let row = AccountRow {
            id,
            login,
            name,
            role: role.code().to_owned(),
            password: password::hash(&password)?,
            must_change: true,
            totp: totp.clone(),
            totp_step: 0,
            failed: 0,
            locked_until: None,
            disabled: None,
            created: self.now,
            signed_in: None,
        };
        self.store.add_account(&row, &record).await.map_err(|e| match e {
            StoreError::Exists => taken(&row.login),
            other => other.into(),
        })?;
        Ok(SetUp { password, totp })
    }

    /// A new first password, told this once; ends all sessions of the account and a lock.
    ///
    /// # Errors
    /// As [`Accounts::one`].
    pub async fn reset_password(&self, login: &str) -> Result<SecretString, AppError> {
        let password = password::first();
        let hash = password::hash(&password)?;
        let change = AccountChange::Password { hash: &hash, must_change: true, keep: None };
        self.change(login, change, "staff_account_password").await?;
        Ok(password)
    }

    /// A new secret of the one-time codes, told this once; ends all sessions of the account.
    ///
    /// # Errors
    /// As [`Accounts::one`].
    pub async fn reset_totp(&self, login: &str) -> Result<SecretSlice<u8>, AppError> {
        let secret = totp::secret();
        self.change(login, AccountChange::Totp(&secret), "staff_account_totp").await?;
        Ok(secret)
    }

    /// Nobody signs in with the account any more; all its sessions end now.
    ///
    /// # Errors
    /// As [`Accounts::one`].
    pub async fn disable(&self, login: &str) -> Result<(), AppError> {
        self.change(login, AccountChange::Disable, "staff_account_disable").await
    }

    /// Takes [`Accounts::disable`] back.
    ///
    /// # Errors
    /// As [`Accounts::one`].
    pub async fn enable(&self, login: &str) -> Result<(), AppError> {
        self.change(login, AccountChange::Enable, "staff_account_enable").await
    }

    /// Ends a lock after too many failures.
    ///
    /// # Errors
    /// As [`Accounts::one`].
    pub async fn unlock(&self, login: &str) -> Result<(), AppError> {
        self.change(login, AccountChange::Unlock, "staff_account_unlock").await
    }

    async fn change(&self, login: &str, change: AccountChange<'_>, act: &str) -> Result<(), AppError> {
        let id = self.one(login).await?.id;
        let record = self.record(act, &id, &json!({}));
        self.store.change_account(&id, change, self.now, &record).await.map_err(|e| match e {
            StoreError::Unknown(_) => AppError::NotFound,
            other => other.into(),
        })
    }

    /// An audit record: the act, the account, what else there is to know, and who did it.
    fn record(&self, act: &str, account: &StaffId, more: &Value) -> Value {
        let mut record = json!({ "act": act, "account": account });
        for part in [more, &self.by] {
            let pairs = part.as_object().into_iter().flatten();
            pairs.for_each(|(key, value)| record[key.as_str()] = value.clone());
        }
        record
    }
}

fn checked_login(login: &str) -> Result<String, AppError> {
    let login = normal(login);
    let plain = login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-@".contains(&b));
    let what = "the login name needs 2 to 64 letters, digits, dots, -, _ or @".to_owned();
    if plain && (2..=64).contains(&login.len()) { Ok(login) } else { Err(AppError::Invalid { what }) }
}

fn checked_name(name: &str) -> Result<String, AppError> {
    let name = name.trim();
    let fits = (1..=80).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let what = "the shown name needs 1 to 80 characters; customers see it".to_owned();
    if fits { Ok(name.to_owned()) } else { Err(AppError::Invalid { what }) }
}

fn taken(login: &str) -> AppError {
    AppError::Conflict { what: format!("there is an account `{login}` already; choose another login name") }
}
