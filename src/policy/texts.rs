//! Fixed texts: parsed from `texts.toml`, rendered with typed parameters only.

use crate::domain::lang::Lang;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The texts that the flows name; a policy without one of them does not load.
pub const REQUIRED: [&str; 34] = [
    "TX-AI",
    "TX-EMERG",
    "TX-POISON",
    "TX-988",
    "TX-CLIN",
    "TX-WRONGMED",
    "TX-TEMP",
    "TX-GAP",
    "TX-AE",
    "TX-PRIV",
    "TX-PREG",
    "TX-MINOR",
    "TX-NOHELP",
    "TX-SCOPE",
    "TX-UNSURE",
    "TX-HUMAN",
    "TX-WARN",
    "TX-END",
    "TX-COMPLAINT",
    "TX-LANG",
    "TX-CLARIFY",
    "TX-HELLO",
    "TX-SIGNIN",
    "TX-NOTFOUND",
    "TX-WAIT",
    "TX-DOWN",
    "TX-EMERG-DOWN",
    "TX-988-DOWN",
    "TX-CALLBACK",
    "TX-CALLBACK-GIVEN",
    "TX-MERGED",
    "TX-SAFE",
    "TX-REVIEW",
    "TX-PAUSED",
];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    en: String,
    es: String,
    told_en: Option<String>,
    told_es: Option<String>,
    alone_en: Option<String>,
    alone_es: Option<String>,
}

/// What may be filled into a text; nothing of the customer's words.
#[derive(Debug, Clone, Default)]
pub struct Params {
    /// Constants such as `RX_PHONE`.
    pub constants: BTreeMap<String, String>,
    /// A committed ticket's promise: somebody was told; the time, when one can be promised.
    pub told: Option<Promise>,
}

/// That a person was told, and by when they answer.
#[derive(Debug, Clone, Default)]
pub struct Promise {
    /// The promised time in the customer's zone, `3:22 pm CT`; absent when nobody is there to keep it.
    pub time: Option<String>,
}

/// Who has signed off the texts, and when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The pharmacist-in-charge, or whoever may say what a machine tells patients.
    pub by: String,
    /// The day, as it is written.
    pub on: String,
}

/// All fixed texts.
#[derive(Debug, Clone, Deserialize)]
pub struct Texts {
    approval: Option<Approval>,
    #[serde(flatten)]
    texts: BTreeMap<String, Text>,
}

impl Texts {
    /// # Errors
    /// The place and reason.
    pub fn parse(toml_text: &str) -> Result<Self, String> {
        let parsed: Self = toml::from_str(toml_text).map_err(|e| e.to_string())?;
        match &parsed.approval {
            Some(a) if a.by.trim().is_empty() || a.on.parse::<Date>().is_err() => {
                Err("[approval] needs `by`, a name, and `on`, a day such as \"2026-10-01\"; or take it out".into())
            }
            _ => Ok(parsed),
        }
    }
    /// Who has signed them off; nobody at first.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }
    /// True when the id exists.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.texts.contains_key(id)
    }
    /// That every `{CONSTANT}` which a text holds exists: a text with a hole in the place of a phone number is said to nobody.
    ///
    /// # Errors
    /// The first text and what it names.
    pub fn filled(&self, known: impl Fn(&str) -> bool) -> Result<(), String> {
        for (id, text) in &self.texts {
            let further = [&text.told_en, &text.told_es, &text.alone_en, &text.alone_es].into_iter().flatten();
            for slot in [&text.en, &text.es].into_iter().chain(further).flat_map(|t| slots(t)) {
                if !known(slot) {
                    return Err(format!("texts.toml: {id} names {{{slot}}}, which constants.toml does not have"));
                }
            }
        }
        Ok(())
    }
    /// The text in a language. The sentence that a human was told stands only under a [`Promise`] with a time;
    /// a promise without a time reads the `alone` sentence; without a promise (no ticket) neither is said.
    /// `None` when the id does not exist.
    #[must_use]
    pub fn render(&self, id: &str, lang: Lang, params: &Params) -> Option<String> {
        let text = self.texts.get(id)?;
        let (told, alone) = (lang.pick(&text.told_en, &text.told_es), lang.pick(&text.alone_en, &text.alone_es));
        let tail = params.told.as_ref().and_then(|p| if p.time.is_some() { told.as_ref() } else { alone.as_ref() });
        let mut out = lang.pick(text.en.as_str(), text.es.as_str()).to_owned();
        if let Some(tail) = tail {
            out.push(' ');
            out.push_str(tail);
        }
        if let Some(time) = params.told.as_ref().and_then(|p| p.time.as_ref()) {
            out = out.replace("{time}", time);
        }
        Some(params.constants.iter().fold(out, |acc, (k, v)| acc.replace(&format!("{{{k}}}"), v)))
    }
}

/// The constants that a text names: `{RX_PHONE}`, but not `{time}`.
fn slots(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    names.filter(|n| n.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str =
        "[TX-A]\nen = \"Hi.\"\nes = \"Hola.\"\ntold_en = \"By {time}.\"\nalone_en = \"Call {RX_PHONE}.\"\n";

    #[test]
    fn a_human_is_promised_only_after_a_ticket() {
        let texts = Texts::parse(SAMPLE).unwrap();
        let mut p = Params { constants: [("RX_PHONE".to_owned(), "1".to_owned())].into(), told: None };
        assert_eq!(texts.render("TX-A", Lang::En, &p).unwrap(), "Hi.");
        p.told = Some(Promise { time: None });
        assert_eq!(texts.render("TX-A", Lang::En, &p).unwrap(), "Hi. Call 1.");
        p.told = Some(Promise { time: Some("3 pm".into()) });
        assert_eq!(texts.render("TX-A", Lang::En, &p).unwrap(), "Hi. By 3 pm.");
        assert_eq!(texts.render("TX-A", Lang::Es, &p).unwrap(), "Hola.");
        assert!(texts.render("TX-B", Lang::En, &p).is_none());
    }

    #[test]
    fn a_sign_off_has_a_name_and_a_day() {
        assert_eq!(Texts::parse(SAMPLE).unwrap().approval(), None);
        let signed = |by: &str, on: &str| Texts::parse(&format!("[approval]\nby = \"{by}\"\non = \"{on}\"\n{SAMPLE}"));
        let texts = signed("R. Okafor, PharmD", "2026-10-01").unwrap();
        assert_eq!(texts.approval().map(|a| a.by.as_str()), Some("R. Okafor, PharmD"));
        assert!(texts.has("TX-A") && !texts.has("approval"));
        assert!(signed(" ", "2026-10-01").is_err() && signed("R. Okafor", "soon").is_err());
        assert!(Texts::parse(&SAMPLE.replace("told_en", "tald_en")).is_err(), "an unknown key is refused as before");
    }

    #[test]
    fn a_constant_that_is_not_there_is_named_with_its_text() {
        let texts = Texts::parse(SAMPLE).unwrap();
        assert_eq!(texts.filled(|id| id == "RX_PHONE"), Ok(()), "the time is no constant");
        let hole = texts.filled(|_| false).unwrap_err();
        assert!(hole.contains("TX-A") && hole.contains("RX_PHONE"), "{hole}");
    }
}
