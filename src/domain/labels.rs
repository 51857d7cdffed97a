//! The closed label sets of the input guards: fifteen risk classes and thirty-five intents.
//! Thresholds, actions and texts of a label are data (`guardrails/guards.toml`), not here.

use std::fmt;
use std::str::FromStr;

/// A label code that is none of the closed set.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown label `{0}`: expected R1 to R15 or I01 to I35")]
pub struct UnknownLabel(pub String);

/// Number of risk classes.
pub const RISKS: usize = 15;
/// Number of intents.
pub const INTENTS: usize = 35;

/// A risk class R1 to R15; the inner number is 1 to 15.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Risk(u8);

macro_rules! risks {
    ($($name:ident = $n:literal, $doc:literal;)*) => {
        impl Risk { $(#[doc = $doc] pub const $name: Risk = Risk($n);)* }
    };
}
risks! {
    EMERGENCY = 1, "Someone may be in immediate physical danger.";
    SELF_HARM = 2, "Thoughts, plans or means of suicide or self-harm.";
    CLINICAL = 3, "A question that needs clinical judgement.";
    DIVERSION = 4, "Harmful use or diversion.";
    OTHERS_PHI = 5, "Another person's health data.";
    INJECTION = 6, "Prompt injection or manipulation.";
    ABUSE = 7, "Insults, threats, harassment.";
    OFF_TOPIC = 8, "Nothing to do with this pharmacy.";
    ADVERSE_EVENT = 9, "An unwanted effect or a quality defect.";
    WRONG_MEDICINE = 10, "Suspected dispensing error or compromised product.";
    COMPLAINT = 11, "Formal complaint, legal, regulator, media.";
    MINOR = 12, "A minor writes or is concerned.";
    PREGNANCY = 13, "Pregnancy, breastfeeding, trying to conceive.";
    SUPPLY_GAP = 14, "Out or nearly out of a critical medicine.";
    TAKEOVER = 15, "Account takeover or safety at home.";
}

impl Risk {
    /// All classes in order R1 to R15.
    pub fn all() -> impl Iterator<Item = Risk> {
        (1..=15).map(Risk)
    }
    /// Position 0 to 14, as in the model's risk head.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0) - 1
    }
    /// The class at a position of the model's head, if it is one.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Risk> {
        u8::try_from(index + 1).ok().filter(|n| (1..=15).contains(n)).map(Risk)
    }
}

/// A service or control intent I01 to I35; the inner number is 1 to 35.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Intent(u8);

impl Intent {
    /// Wants a person or complains informally (I33).
    pub const HUMAN: Intent = Intent(33);
    /// Greeting, thanks, chit-chat (I34).
    pub const GREETING: Intent = Intent(34);
    /// Unclear (I35).
    pub const UNCLEAR: Intent = Intent(35);

    /// All intents in order I01 to I35.
    pub fn all() -> impl Iterator<Item = Intent> {
        (1..=35).map(Intent)
    }
    /// Position 0 to 34, as in the model's intent head.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0) - 1
    }
    /// The intent at a position of the model's head, if it is one.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Intent> {
        u8::try_from(index + 1).ok().filter(|n| (1..=35).contains(n)).map(Intent)
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{}", self.0)
    }
}
impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I{:02}", self.0)
    }
}
impl FromStr for Risk {
    type Err = UnknownLabel;
    fn from_str(s: &str) -> Result<Self, UnknownLabel> {
        number(s, 'R').filter(|n| (1..=15).contains(n)).map(Risk).ok_or_else(|| UnknownLabel(s.into()))
    }
}
impl FromStr for Intent {
    type Err = UnknownLabel;
    fn from_str(s: &str) -> Result<Self, UnknownLabel> {
        number(s, 'I').filter(|n| (1..=35).contains(n)).map(Intent).ok_or_else(|| UnknownLabel(s.into()))
    }
}

fn number(s: &str, prefix: char) -> Option<u8> {
    s.strip_prefix(prefix)?.parse().ok()
}

macro_rules! string_serde {
    ($($ty:ty),*) => { $(
        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl serde::Serialize for $ty {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> serde::Deserialize<'de> for $ty {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let s = String::deserialize(d)?;
                s.parse().map_err(serde::de::Error::custom)
            }
        }
    )* };
}
pub(crate) use string_serde;
string_serde!(Risk, Intent);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_strangers_are_refused() {
        for r in Risk::all() {
            assert_eq!(r.to_string().parse::<Risk>(), Ok(r));
            assert_eq!(Risk::from_index(r.index()), Some(r));
        }
        for i in Intent::all() {
            assert_eq!(i.to_string().parse::<Intent>(), Ok(i));
            assert_eq!(Intent::from_index(i.index()), Some(i));
        }
        assert!("R16".parse::<Risk>().is_err() && "I00".parse::<Intent>().is_err());
        assert!(Risk::from_index(15).is_none());
    }
}
