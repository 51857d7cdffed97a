//! Time-based one-time codes, RFC 6238 with what every authenticator app does: HMAC-SHA-1, six digits, 30 seconds. A code holds for
//! its own step, the one before and the one after, and only once: who asks says which step was accepted last.

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use rand::Rng;
use ring::hmac;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

/// Length of a step, in seconds.
const STEP: i64 = 30;
/// Clocks may differ by so many steps.
const SKEW: i64 = 1;
/// Codes have six digits.
const DIGITS: usize = 6;

/// A new secret: 160 bits, as RFC 4226 recommends.
#[must_use]
pub fn secret() -> SecretSlice<u8> {
    let mut bytes = vec![0u8; 20];
    rand::rng().fill(&mut bytes[..]);
    bytes.into()
}

/// The step whose code was typed, if one fits that lies after the step `last`, which was accepted before.
#[must_use]
pub fn accepted(secret: &SecretSlice<u8>, typed: &str, now: Timestamp, last: i64) -> Option<i64> {
    let (typed, here) = (digits(typed)?, now.as_second().div_euclid(STEP));
    let fits = |step: &i64| code(secret.expose_secret(), *step) == Some(typed);
    (here - SKEW..=here + SKEW).filter(fits).rfind(|step| *step > last)
}

/// The code at a moment, as an app shows it: for whoever holds the secret.
#[must_use]
pub fn shown(secret: &SecretSlice<u8>, now: Timestamp) -> Option<String> {
    code(secret.expose_secret(), now.as_second().div_euclid(STEP)).map(|code| format!("{code:0DIGITS$}"))
}

/// Six digits, however they are grouped by spaces.
fn digits(typed: &str) -> Option<u32> {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let six = plain.len() == DIGITS && plain.bytes().all(|b| b.is_ascii_digit());
    plain.parse().ok().filter(|_| six)
}

/// RFC 4226, 5.3: four bytes of the tag at the place that its last half-byte says.
fn code(secret: &[u8], step: i64) -> Option<u32> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref().last()? & 0xf);
    let four: [u8; 4] = tag.as_ref().get(at..at + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// What an authenticator app reads, as a link or as a QR code (the key URI format): it holds the secret.
#[must_use]
pub fn uri(issuer: &str, login: &str, secret: &SecretSlice<u8>) -> SecretString {
    let (issuer, login) = (escaped(issuer), escaped(login));
    let secret = BASE32_NOPAD.encode(secret.expose_secret());
    SecretString::from(format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}"))
}

/// Everything but unreserved characters as percent and hex (RFC 3986, 2.3).
fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc() -> SecretSlice<u8> {
        b"12345678901234567890".to_vec().into()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B, SHA-1; of its eight digits the last six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (second, code) in VECTORS {
            assert_eq!(shown(&rfc(), at(second)).as_deref(), Some(code));
            assert_eq!(accepted(&rfc(), code, at(second), 0), Some(second / 30));
        }
    }

    #[test]
    fn a_code_holds_one_step_around_and_once() {
        let code = shown(&rfc(), at(3_000)).unwrap();
        for (second, fits) in [(2_969, false), (2_970, true), (3_029, true), (3_059, true), (3_060, false)] {
            assert_eq!(accepted(&rfc(), &code, at(second), 0).is_some(), fits, "{second}");
        }
        assert_eq!(accepted(&rfc(), &code, at(3_000), 100), None, "the step was accepted before");
        let before = shown(&rfc(), at(2_999)).unwrap();
        assert_eq!(accepted(&rfc(), &before, at(3_000), 100), None, "and so are those before it");
        assert_eq!(accepted(&rfc(), &shown(&rfc(), at(3_030)).unwrap(), at(3_000), 100), Some(101));
    }

    #[test]
    fn only_six_digits_are_a_code() {
        let code = shown(&rfc(), at(59)).unwrap();
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert!(accepted(&rfc(), &spaced, at(59), 0).is_some());
        for typed in ["", "28708", "2870820", "+28708", "０28708", "abcdef"] {
            assert_eq!(accepted(&rfc(), typed, at(59), 0), None, "{typed}");
        }
    }

    #[test]
    fn an_app_can_read_the_secret() {
        let uri = uri("Fernleaf Pharmacy", "rosa@shop", &rfc());
        let wanted = "otpauth://totp/Fernleaf%20Pharmacy:rosa%40shop?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Fernleaf%20Pharmacy";
        assert_eq!(uri.expose_secret(), wanted);
        assert!(!format!("{uri:?}").contains("GEZD"));
    }
}
