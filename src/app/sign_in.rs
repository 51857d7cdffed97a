//! Signing in by password and one-time code, and what a session's cookie is good for. Every failure looks and takes the same: the name
//! unknown, the password wrong, the code wrong or used, the account disabled. Accounts are managed in `accounts`.

use super::strangers::Strangers;
use super::{App, AppError};
use crate::credentials::password::{self, HashError, Weak};
use crate::credentials::{self, SessionLimits, lockout, totp};
use crate::domain::ids::StaffId;
use crate::identity::Pharmacist;
use crate::store::StoreError;
use crate::store::accounts::{AccountChange, AccountRow, Failed};
use crate::store::sessions::{NewSession, Session, SignedIn};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Passwords checked at once: each takes 19 MiB and a core.
const ALONGSIDE: usize = 2;
/// Whoever waits longer for a place is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// What somebody types; it has no `Debug`, for people type passwords into the wrong field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    login: String,
    password: SecretString,
    code: String,
}

/// What somebody types to change a password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    password: SecretString,
    new: SecretString,
}

/// A session that was opened.
pub struct Opened {
    /// The cookie's value; only its digest is kept.
    pub cookie: String,
    /// How long it is good at most.
    pub longest: SignedDuration,
    /// It is good for choosing another password only.
    pub must_change: bool,
}

/// Why somebody is not signed in. `http::error` maps these.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Here staff sign in by the pharmacy's token only.
    #[error("there is no sign-in by password here")]
    Off,
    /// Name, password or code; the answer does not say which.
    #[error(
        "the name, the password or the code is not right; a code works once, so wait for the next one and try again"
    )]
    Refused,
    /// Too many failures.
    #[error("too many tries; wait {seconds} s, or ask whoever runs this server")]
    Locked {
        /// From now.
        seconds: i64,
    },
    /// No session.
    #[error("the session has ended; sign in again")]
    Ended,
    /// Nobody was there.
    #[error("you were signed out after {minutes} quiet minutes; sign in again")]
    Quiet {
        /// How many end a session.
        minutes: i64,
    },
    /// A first password opened the session.
    #[error("choose a password of your own first")]
    FirstPassword,
    /// The new password.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// Overload, the hash function, or the store.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for SignInError {
    fn from(e: StoreError) -> Self {
        SignInError::App(e.into())
    }
}

impl From<HashError> for SignInError {
    fn from(e: HashError) -> Self {
        SignInError::App(e.into())
    }
}

/// What signing in needs beside the store.
pub(super) struct Doors {
    places: Semaphore,
    strangers: Strangers,
    nobody: SecretString,
}

impl Doors {
    /// Takes the time of one hash.
    pub(super) fn new() -> Result<Self, HashError> {
        // Checked for names that are nobody's, so that they cost the same.
        let nobody = password::hash(&password::first())?;
        Ok(Self { places: Semaphore::new(ALONGSIDE), strangers: Strangers::new(), nobody })
    }
}

impl App {
    fn limits(&self) -> Result<SessionLimits, SignInError> {
        self.config.sessions.ok_or(SignInError::Off)
    }

    /// Opens a session; `replaces` is the cookie that the browser had.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in(&self, typed: Credentials, replaces: Option<&str>) -> Result<Opened, SignInError> {
        let limits = self.limits()?;
        let login = super::accounts::normal(&typed.login);
        let _place = self.turn_at_hashing().await?;
        let (account, now) = (self.store().account(&login).await?, self.clock().now());
        self.unlocked(account.as_ref(), &login, now)?;
        let stored = account.as_ref().map_or(&self.doors.nobody, |a| &a.password);
        let fits = fits(stored, typed.password).await?;
        let opened = match &account {
            Some(a) if fits && a.disabled.is_none() => self.open_session(a, &typed.code, replaces, limits, now).await?,
            _ => None,
        };
        match opened {
            Some(opened) => Ok(opened),
            None => Err(self.failed(account.as_ref(), &login, now).await?),
        }
    }

    async fn open_session(
        &self,
        account: &AccountRow,
        code: &str,
        replaces: Option<&str>,
        limits: SessionLimits,
        now: Timestamp,
    ) -> Result<Option<Opened>, SignInError> {
        let Some(step) = totp::accepted(&account.totp, code, now, account.totp_step) else { return Ok(None) };
        let cookie = credentials::capability();
        let session = NewSession {
            digest: credentials::digest(&cookie),
            replaces: replaces.map(credentials::digest),
            step,
            expires: now.checked_add(limits.longest).unwrap_or(now),
        };
        let record = json!({ "act": "staff_sign_in", "staff": account.id, "role": account.role });
        let opened = self.store().open_session(account, &session, now, &record).await?;
        Ok(opened.then_some(Opened { cookie, longest: limits.longest, must_change: account.must_change }))
    }

    /// One of the few places at which a password is checked.
    async fn turn_at_hashing(&self) -> Result<tokio::sync::SemaphorePermit<'_>, AppError> {
        let place = tokio::time::timeout(PATIENCE, self.doors.places.acquire()).await;
        place.ok().and_then(Result::ok).ok_or(AppError::Overloaded)
    }

    fn unlocked(&self, account: Option<&AccountRow>, login: &str, now: Timestamp) -> Result<(), SignInError> {
        let until = account.map_or_else(|| self.doors.strangers.locked_until(login), |a| a.locked_until);
        until.filter(|until| *until > now).map_or(Ok(()), |until| Err(locked(until, now)))
    }

    /// Counts and records a failure; what to answer.
    async fn failed(
        &self,
        account: Option<&AccountRow>,
        login: &str,
        now: Timestamp,
    ) -> Result<SignInError, SignInError> {
        let until = match account {
            Some(account) => {
                let judge = |failed| judged(Some(&account.id), after(failed, now));
                self.store().count_failed(&account.id, now, judge).await?.locked_until
            }
            None => {
                let until = self.doors.strangers.failed(login, now);
                self.store().append_audit(now, None, &judged(None, until).record).await?;
                until
            }
        };
        Ok(until.map_or(SignInError::Refused, |until| locked(until, now)))
    }

    /// The session of a cookie.
    async fn session(&self, cookie: &str) -> Result<SignedIn, SignInError> {
        let limits = self.limits().map_err(|_| SignInError::Ended)?;
        let digest = credentials::digest(cookie);
        match self.store().session(&digest, limits.idle, self.clock().now()).await? {
            Session::Open(session) => Ok(session),
            Session::Quiet => Err(SignInError::Quiet { minutes: limits.idle.as_mins() }),
            Session::None => Err(SignInError::Ended),
        }
    }

    /// The member of staff of a cookie.
    ///
    /// # Errors
    /// [`SignInError`]; [`SignInError::FirstPassword`] while the password is not their own.
    pub async fn staff_of(&self, cookie: &str) -> Result<Pharmacist, SignInError> {
        let session = self.session(cookie).await?;
        let own = if session.must_change() { SignInError::FirstPassword } else { SignInError::Ended };
        Pharmacist::signed_in(&session).ok_or(own)
    }

    /// Notes that a person is there: what a page asks by itself does not count.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn active(&self, cookie: &str) -> Result<(), SignInError> {
        self.session(cookie).await?;
        Ok(self.store().touch_session(&credentials::digest(cookie), self.clock().now()).await?)
    }

    /// Ends the session of a cookie, if there is one.
    ///
    /// # Errors
    /// The store failed.
    pub async fn sign_out(&self, cookie: &str) -> Result<(), SignInError> {
        let record = |staff: StaffId| json!({ "act": "staff_sign_out", "staff": staff });
        Ok(self.store().end_session(&credentials::digest(cookie), self.clock().now(), record).await?)
    }

    /// Changes the password of whoever is signed in; their other sessions end. The old one is asked for again, and guessing it is
    /// counted like a failed sign-in.
    ///
    /// # Errors
    /// [`SignInError`]; [`SignInError::Weak`] with what is wrong with the new one.
    pub async fn change_password(&self, cookie: &str, typed: NewPassword) -> Result<(), SignInError> {
        let session = self.session(cookie).await?;
        let _place = self.turn_at_hashing().await?;
        let account = self.store().account_of(session.staff()).await?.ok_or(SignInError::Ended)?;
        let now = self.clock().now();
        self.unlocked(Some(&account), &account.login, now)?;
        let (old, new) = (typed.password, typed.new);
        if !fits(&account.password, old.clone()).await? {
            return Err(self.failed(Some(&account), &account.login, now).await?);
        }
        password::check(&new, &old, &account.login)?;
        let hash = aside(move || password::hash(&new)).await??;
        let keep = credentials::digest(cookie);
        let change = AccountChange::Password { hash: &hash, must_change: false, keep: Some(&keep) };
        let record = json!({ "act": "staff_password", "account": account.id, "staff": account.id });
        Ok(self.store().change_account(&account.id, change, now, &record).await?)
    }
}

fn after(failed: u32, now: Timestamp) -> Option<Timestamp> {
    lockout::delay(failed).and_then(|delay| now.checked_add(delay).ok())
}

fn locked(until: Timestamp, now: Timestamp) -> SignInError {
    let left = until.duration_since(now);
    SignInError::Locked { seconds: left.as_secs() + i64::from(left.subsec_nanos() > 0) }
}

/// What is recorded of a failure. A name that is nobody's is not: it may be a password.
fn judged(staff: Option<&StaffId>, locked_until: Option<Timestamp>) -> Failed {
    let act = if locked_until.is_some() { "staff_locked" } else { "staff_sign_in_failed" };
    Failed { locked_until, record: json!({ "act": act, "staff": staff, "until": locked_until }) }
}

async fn fits(stored: &SecretString, typed: SecretString) -> Result<bool, SignInError> {
    let stored = stored.clone();
    aside(move || password::fits(&stored, &typed)).await
}

/// Runs what takes a core for a while where it holds up no task.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SignInError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| SignInError::App(AppError::Overloaded))
}
