//! `drugs.toml`: facts of common products (names, forms, strengths, schedules, look-alikes) and the everyday words for kinds of
//! medicines. Facts only: what a drug is for a person is a pharmacist's to say. Which drugs the pharmacy carries is the feed's.

use super::{Fault, toml_fault};
use crate::domain::words::{near, words};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Letters from which on a word may have one letter wrong.
const FORGIVING: usize = 6;

/// A kind of medicine as customers name it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Key.
    pub id: String,
    /// English words, lower case: `cholesterol pill`.
    pub words: Vec<String>,
    /// Spanish words.
    pub words_es: Vec<String>,
}

/// One product by its generic name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drug {
    /// Generic name, lower case.
    pub name: String,
    /// Brand names.
    pub brands: Vec<String>,
    /// Abbreviations in common use, lower case.
    #[serde(default)]
    pub short: Vec<String>,
    /// Kinds, by id.
    pub class: Vec<String>,
    /// Dosage forms.
    pub forms: Vec<String>,
    /// Strengths as labels write them.
    pub strengths: Vec<String>,
    /// DEA schedule 2 to 5; 0 when not controlled.
    pub schedule: u8,
    /// Names that are often confused with it.
    pub look_alikes: Vec<String>,
    /// Kept in a refrigerator before it is opened.
    pub refrigerated: bool,
}

/// The lexicon.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Drugs {
    #[serde(default, rename = "class")]
    classes: Vec<Class>,
    #[serde(default, rename = "drug")]
    drugs: Vec<Drug>,
}

impl Drugs {
    /// Parses the text of `file`.
    ///
    /// # Errors
    /// What is not TOML of this form, doubled names, unknown classes and schedules.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Fault>> {
        let read: Self = toml::from_str(text).map_err(|e| vec![toml_fault(file, text, 0, &e)])?;
        let faults = read.faults(file);
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }

    /// All products, in file order.
    #[must_use]
    pub fn list(&self) -> &[Drug] {
        &self.drugs
    }

    /// The generic names that a text stands for: by the kind of medicine in everyday words, one letter forgiven in long words, by a
    /// brand or an abbreviation.
    #[must_use]
    pub fn named(&self, text: &str) -> Vec<&str> {
        let said = singular(text);
        let says = |phrase: &String| {
            let wanted = singular(phrase);
            let alike = |(a, b): (&String, &String)| a == b || (b.chars().count() >= FORGIVING && near(a, b));
            !wanted.is_empty() && said.windows(wanted.len()).any(|w| w.iter().zip(&wanted).all(alike))
        };
        let kinds: BTreeSet<&str> = self
            .classes
            .iter()
            .filter(|c| c.words.iter().chain(&c.words_es).any(says))
            .map(|c| c.id.as_str())
            .collect();
        let of_kind = |d: &Drug| d.class.iter().any(|c| kinds.contains(c.as_str()));
        let called = |d: &Drug| d.brands.iter().chain(&d.short).any(says);
        self.drugs.iter().filter(|d| of_kind(d) || called(d)).map(|d| d.name.as_str()).collect()
    }

    /// The text with the generic names that its everyday words stand for behind it, for a search among a person's own records.
    #[must_use]
    pub fn expand(&self, text: &str) -> String {
        std::iter::once(text).chain(self.named(text)).collect::<Vec<_>>().join(" ")
    }

    fn faults(&self, file: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |place: &str, problem: String, mend: &str| faults.push(Fault::new(file, place, problem, mend));
        let ids: BTreeSet<&str> = self.classes.iter().map(|c| c.id.as_str()).collect();
        if ids.len() < self.classes.len() {
            fault("class", "an id stands twice".into(), "give each class an id of its own");
        }
        let mut names = BTreeSet::new();
        for d in &self.drugs {
            if !names.insert(d.name.as_str()) {
                fault(&d.name, "the name stands twice".into(), "join the two entries");
            }
            if let Some(unknown) = d.class.iter().find(|c| !ids.contains(c.as_str())) {
                fault(&d.name, format!("the class `{unknown}` does not exist"), "name a class of this file");
            }
            if !matches!(d.schedule, 0 | 2..=5) {
                fault(&d.name, format!("schedule {} does not exist", d.schedule), "write 0, or 2 to 5");
            }
        }
        faults
    }
}

/// The words of a text without the s of a plural.
fn singular(text: &str) -> Vec<String> {
    let cut = |w: String| w.strip_suffix('s').filter(|w| w.len() > 2).map_or(w.clone(), str::to_owned);
    words(text).into_iter().map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[[class]]
id = "lipids"
words = ["cholesterol pill", "cholesterol"]
words_es = ["pastilla del colesterol", "colesterol"]
[[drug]]
name = "atorvastatin"
brands = ["Lipitor"]
class = ["lipids"]
forms = ["tablet"]
strengths = ["20 mg"]
schedule = 0
look_alikes = []
refrigerated = false
"#;

    #[test]
    fn everyday_words_find_the_generic_name_even_mistyped() {
        let drugs = Drugs::parse(FILE, "drugs.toml").unwrap();
        assert_eq!(drugs.named("where are my cholestrol pills"), ["atorvastatin"]);
        assert_eq!(drugs.named("la del Colesterol"), ["atorvastatin"]);
        assert!(drugs.named("where is my pill").is_empty());
        assert_eq!(drugs.named("did my Lipitor ship"), ["atorvastatin"]);
        assert_eq!(drugs.expand("my pill"), "my pill");
    }

    #[test]
    fn an_unknown_class_and_a_doubled_name_are_named() {
        let twice = format!("{FILE}{}", FILE.split_once("[[drug]]").map(|(_, d)| format!("[[drug]]{d}")).unwrap());
        let faults =
            Drugs::parse(&twice.replacen("class = [\"lipids\"]", "class = [\"x\"]", 1), "drugs.toml").unwrap_err();
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(told.len() == 2 && told[0].contains("`x`") && told[1].contains("twice"), "{told:?}");
    }
}
