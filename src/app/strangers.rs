//! Failed sign-ins under names that are nobody's: counted and locked like those of an account, so that a lock does not tell who has one.
//! Kept in memory, and of a name only a keyed digest: people type passwords into the wrong field.

use crate::credentials::lockout;
use jiff::Timestamp;
use rand::Rng;
use ring::hmac;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// So many names are remembered; beyond that the one that failed longest ago is forgotten.
const MOST: usize = 4096;

struct Tries {
    failed: u32,
    last: Timestamp,
    locked_until: Option<Timestamp>,
}

/// See the module.
pub(super) struct Strangers {
    key: hmac::Key,
    tries: Mutex<HashMap<Vec<u8>, Tries>>,
}

impl Strangers {
    pub(super) fn new() -> Self {
        let mut key = [0u8; 32];
        rand::rng().fill(&mut key[..]);
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key), tries: Mutex::default() }
    }

    fn with<T>(&self, login: &str, f: impl FnOnce(&mut HashMap<Vec<u8>, Tries>, Vec<u8>) -> T) -> T {
        let name = hmac::sign(&self.key, login.as_bytes()).as_ref().to_vec();
        f(&mut self.tries.lock().unwrap_or_else(PoisonError::into_inner), name)
    }

    /// Until when a name is locked, if it is or was.
    pub(super) fn locked_until(&self, login: &str) -> Option<Timestamp> {
        self.with(login, |tries, name| tries.get(&name)?.locked_until)
    }

    /// Counts a failure; the lock that follows.
    pub(super) fn failed(&self, login: &str, now: Timestamp) -> Option<Timestamp> {
        self.with(login, |tries, name| {
            if tries.len() >= MOST && !tries.contains_key(&name) {
                let oldest = tries.iter().min_by_key(|(_, t)| t.last).map(|(name, _)| name.clone());
                oldest.map(|name| tries.remove(&name));
            }
            let tries = tries.entry(name).or_insert(Tries { failed: 0, last: now, locked_until: None });
            (tries.failed, tries.last) = (tries.failed.saturating_add(1), now);
            tries.locked_until = lockout::delay(tries.failed).and_then(|d| now.checked_add(d).ok());
            tries.locked_until
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_locked_by_its_own_failures_and_only_so_many_are_remembered() {
        let (strangers, at) = (Strangers::new(), |s| Timestamp::from_second(s).unwrap());
        for n in 0..4 {
            assert_eq!(strangers.failed("rosa", at(n)), None);
        }
        assert_eq!(strangers.failed("rosa", at(10)), Some(at(40)));
        assert_eq!((strangers.locked_until("rosa"), strangers.locked_until("omar")), (Some(at(40)), None));
        for n in 0..MOST {
            strangers.failed(&format!("name {n}"), at(100));
        }
        assert_eq!(strangers.locked_until("rosa"), None, "the oldest is forgotten");
        assert_eq!(strangers.tries.lock().unwrap().len(), MOST);
    }
}
