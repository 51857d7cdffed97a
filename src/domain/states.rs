//! Codes of prescription (P01-P20), order (O01-O14) and shipment (T01-T14) states.
//! Words, next steps, clocks and allowed transitions of a state are data: `index/states.toml`.

use std::fmt;
use std::str::FromStr;

/// Which of the three linked machines a state belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Machine {
    /// A prescription fill.
    Prescription,
    /// An order of one or more fills.
    Order,
    /// A parcel.
    Shipment,
}

/// How many states each has.
const MACHINES: [(Machine, u8); 3] = [(Machine::Prescription, 20), (Machine::Order, 14), (Machine::Shipment, 14)];

/// A code that is none of the 48.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown state `{0}`: expected P01 to P20, O01 to O14 or T01 to T14")]
pub struct UnknownState(pub String);

/// One of the 48 states.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateCode(Machine, u8);

impl StateCode {
    /// The machine of the state.
    #[must_use]
    pub fn machine(self) -> Machine {
        self.0
    }
    /// The state is one of these codes.
    #[must_use]
    pub fn among(self, codes: &[&str]) -> bool {
        codes.contains(&self.to_string().as_str())
    }
    /// All 48 codes, P then O then T.
    pub fn all() -> impl Iterator<Item = StateCode> {
        MACHINES.into_iter().flat_map(|(m, n)| (1..=n).map(move |i| StateCode(m, i)))
    }
    fn exists(self) -> bool {
        MACHINES.iter().any(|(m, n)| *m == self.0 && (1..=*n).contains(&self.1))
    }
}

impl fmt::Display for StateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.0 {
            Machine::Prescription => 'P',
            Machine::Order => 'O',
            Machine::Shipment => 'T',
        };
        write!(f, "{letter}{:02}", self.1)
    }
}

impl FromStr for StateCode {
    type Err = UnknownState;
    fn from_str(s: &str) -> Result<Self, UnknownState> {
        let unknown = || UnknownState(s.into());
        let (machine, digits) = [('P', Machine::Prescription), ('O', Machine::Order), ('T', Machine::Shipment)]
            .into_iter()
            .find_map(|(letter, machine)| Some((machine, s.strip_prefix(letter)?)))
            .ok_or_else(unknown)?;
        let written = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| written).ok_or_else(unknown)?;
        let code = StateCode(machine, number);
        if code.exists() { Ok(code) } else { Err(unknown()) }
    }
}
super::labels::string_serde!(StateCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_48_and_they_round_trip() {
        assert_eq!(StateCode::all().count(), 48);
        assert!(StateCode::all().all(|c| c.to_string().parse() == Ok(c)));
        for wrong in ["P21", "O15", "O1", "T00", "T001", "t01", "P+1", "", "P", "Ñ1"] {
            assert!(wrong.parse::<StateCode>().is_err(), "{wrong}");
        }
    }
}
