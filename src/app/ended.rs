//! Whom a customer's token proves: one that a logout ended proves nothing any more, although its signature and time still hold.
//! Known in memory, so that no message waits for the store, and in the store, so that a restart forgets none.

use super::{App, AppError};
use crate::credentials::digest;
use crate::identity::{LONGEST_USE, TokenError, Visitor, signed_part};
use crate::store::{Store, StoreError};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Digests of ended tokens, and when each has expired by itself.
pub(super) struct Ended(Mutex<HashMap<String, Timestamp>>);

impl Ended {
    pub(super) async fn read(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self(Mutex::new(store.ended_tokens(now).await?.into_iter().collect())))
    }
    fn has(&self, digest: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(digest)
    }
    fn add(&self, digest: String, until: Timestamp, now: Timestamp) {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, until| *until >= now);
        ended.insert(digest, until);
    }
}

impl App {
    /// The visitor whom a customer's token proves.
    ///
    /// # Errors
    /// [`TokenError`]; the HTTP answer is the same for all of them.
    pub fn customer(&self, token: &str) -> Result<Visitor, TokenError> {
        let visitor = self.config.site_verifier.customer(token, self.clock().now())?;
        if self.ended.has(&digest(signed_part(token))) { Err(TokenError::Ended) } else { Ok(visitor) }
    }

    /// Ends a token before its time; one that proves nothing needs no ending.
    ///
    /// # Errors
    /// When the store fails: then the token still holds.
    pub async fn end_token(&self, token: &str) -> Result<(), AppError> {
        if self.customer(token).is_err() {
            return Ok(());
        }
        let (digest, now) = (digest(signed_part(token)), self.clock().now());
        let until = now + LONGEST_USE;
        self.store().end_token(&digest, until, now).await?;
        self.ended.add(digest, until, now);
        Ok(())
    }
}
