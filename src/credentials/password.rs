//! Passwords: argon2id with OWASP's parameters, and which new ones are refused. No rules of composition and no expiry, as NIST SP
//! 800-63B advises: length, and not what everybody guesses first.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

/// 19 MiB, two passes, one lane (OWASP password storage cheat sheet); about 20 ms.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// A password has at least so many characters.
pub const SHORTEST: usize = 12;
/// And at most so many: a phrase, not a book.
const LONGEST: usize = 256;
/// What everybody guesses first, among passwords that are long enough; one a line, small letters.
const COMMON: &str = include_str!("common.txt");
/// Letters and digits that nobody mistakes for each other.
const LEGIBLE: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Why a new password is refused; the words are for who chose it.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum Weak {
    /// Too short.
    #[error("the new password is shorter than {SHORTEST} characters; several words are easy to remember")]
    Short,
    /// Too long.
    #[error("the new password is longer than {LONGEST} characters; choose a shorter one")]
    Long,
    /// The login name.
    #[error("the new password is your login name; choose another")]
    Login,
    /// In the list.
    #[error("the new password is among the first that people guess; choose another")]
    Common,
    /// Nothing changed.
    #[error("the new password is the old one; choose another")]
    Same,
}

/// The hash could not be made: no memory or no randomness.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

fn argon() -> Result<Argon2<'static>, HashError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|e| HashError(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The same password typed on another keyboard has the same bytes (NIST SP 800-63B, 3.1.1.2).
fn normal(typed: &SecretString) -> SecretString {
    SecretString::from(typed.expose_secret().nfkc().collect::<String>())
}

/// The PHC string of a password with a fresh salt. Takes its 19 MiB and 20 ms: not for an async task.
///
/// # Errors
/// [`HashError`].
pub fn hash(password: &SecretString) -> Result<SecretString, HashError> {
    let made: Result<PasswordHash, _> = argon()?.hash_password(normal(password).expose_secret().as_bytes());
    made.map(|h| SecretString::from(h.to_string())).map_err(|e| HashError(e.to_string()))
}

/// Whether a password fits a PHC string; costs what its parameters say.
#[must_use]
pub fn fits(stored: &SecretString, typed: &SecretString) -> bool {
    let Ok(hash) = PasswordHash::new(stored.expose_secret()) else { return false };
    argon().is_ok_and(|argon| argon.verify_password(normal(typed).expose_secret().as_bytes(), &hash).is_ok())
}

/// Whether somebody may have this password.
///
/// # Errors
/// [`Weak`].
pub fn check(new: &SecretString, old: &SecretString, login: &str) -> Result<(), Weak> {
    let text = normal(new);
    let (text, lower) = (text.expose_secret(), text.expose_secret().to_lowercase());
    match text.chars().count() {
        n if n < SHORTEST => Err(Weak::Short),
        n if n > LONGEST => Err(Weak::Long),
        _ if lower.trim() == login.to_lowercase() => Err(Weak::Login),
        _ if COMMON.lines().any(|common| common == lower.trim()) => Err(Weak::Common),
        _ if text == normal(old).expose_secret() => Err(Weak::Same),
        _ => Ok(()),
    }
}

/// A first password, to be changed at the first sign-in: 20 random letters and digits in groups, 99 bits.
#[must_use]
pub fn first() -> SecretString {
    let mut rng = rand::rng();
    let mut letter = || LEGIBLE.get(rng.random_range(0..LEGIBLE.len())).map(|b| char::from(*b));
    let mut group = || (0..5).filter_map(|_| letter()).collect::<String>();
    let groups: Vec<String> = (0..4).map(|_| group()).collect();
    SecretString::from(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn only_the_password_itself_fits_its_hash() {
        let hash = hash(&word("correct horse battery")).unwrap();
        assert!(hash.expose_secret().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose_secret());
        assert!(fits(&hash, &word("correct horse battery")));
        assert!(!fits(&hash, &word("correct horse batterz")) && !fits(&hash, &word("")));
        assert!(!fits(&word("no hash"), &word("no hash")) && !fits(&word(""), &word("")));
        assert_ne!(super::hash(&word("correct horse battery")).unwrap().expose_secret(), hash.expose_secret());
    }

    #[test]
    fn another_keyboard_types_the_same_password() {
        let hash = hash(&word("caf\u{e9} con leche 12")).unwrap();
        assert!(fits(&hash, &word("cafe\u{301} con leche 12")));
    }

    #[test]
    fn what_everybody_guesses_is_refused_and_nothing_else() {
        let judged = |new: &str| check(&word(new), &word("old password here"), "rosa.delgado.1");
        assert_eq!(judged("elevenchars"), Err(Weak::Short));
        assert_eq!(judged(&"x".repeat(257)), Err(Weak::Long));
        assert_eq!(judged("Rosa.Delgado.1"), Err(Weak::Login));
        assert_eq!(judged("PasswordPassword"), Err(Weak::Common));
        assert_eq!(judged("Apothecary123"), Err(Weak::Common), "nor what this is called");
        assert_eq!(judged("old password here"), Err(Weak::Same));
        assert_eq!(judged("twelve chars"), Ok(()), "no digits or signs are asked for");
        assert_eq!(judged(&"y \u{1f33f}".repeat(30)), Ok(()));
    }

    #[test]
    fn the_list_holds_only_what_would_pass_otherwise() {
        assert!(COMMON.lines().count() > 60);
        for line in COMMON.lines() {
            assert!(line.chars().count() >= SHORTEST && line == line.to_lowercase(), "{line}");
        }
    }

    #[test]
    fn a_first_password_is_long_random_and_good_enough() {
        let (a, b) = (first(), first());
        assert_ne!(a.expose_secret(), b.expose_secret());
        assert_eq!((a.expose_secret().len(), check(&a, &b, "rosa")), (23, Ok(())));
    }
}
