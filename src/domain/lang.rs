//! The language of a text as far as replies depend on it. Detection lives in `classify::language`.

use std::fmt;
use std::str::FromStr;

/// English and Spanish are answered; any other language is handed to an interpreter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// Another language, as its ISO 639-1 or 639-3 code (`zh`, `vie`, …).
    Other([u8; 3]),
}

impl Lang {
    /// The one of two texts that this language reads; any other language reads English.
    #[must_use]
    pub fn pick<'a, T: ?Sized>(self, en: &'a T, es: &'a T) -> &'a T {
        if self == Lang::Es { es } else { en }
    }
    /// True for English and Spanish.
    #[must_use]
    pub fn supported(self) -> bool {
        !matches!(self, Lang::Other(_))
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lang::En => f.write_str("en"),
            Lang::Es => f.write_str("es"),
            Lang::Other(code) => {
                code.iter().filter(|b| b.is_ascii_lowercase()).try_for_each(|b| write!(f, "{}", char::from(*b)))
            }
        }
    }
}

impl FromStr for Lang {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let primary = s.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let bytes = primary.as_bytes();
        match primary.as_str() {
            "en" | "eng" => Ok(Lang::En),
            "es" | "spa" => Ok(Lang::Es),
            _ if (2..=3).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_lowercase) => {
                let mut code = [0; 3];
                code.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                Ok(Lang::Other(code))
            }
            _ => Err(format!("`{s}` is no language code (expected en, es, …)")),
        }
    }
}
super::labels::string_serde!(Lang);
