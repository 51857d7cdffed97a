//! `constants.toml`: every number once, with its scope and the day from which it holds.

use super::{Fault, shifted, toml_fault};
use crate::domain::evidence::PageMeta;
use crate::domain::facts::Payer;
use crate::domain::lang::Lang;
use jiff::civil::Date;
use serde::Deserialize;

fn everyone() -> Vec<String> {
    vec!["*".to_owned()]
}

/// One constant in one scope.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// Id, such as `REFILL_DELIVERY`; may repeat with another scope or a later day.
    pub id: String,
    /// The words that the pages use.
    pub value: String,
    /// The same in Spanish.
    pub value_es: Option<String>,
    /// Lower end, for machines.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// The number, where there is one.
    pub number: Option<f64>,
    /// Its unit.
    pub unit: Option<String>,
    /// First day in force, `""` for always.
    #[serde(default)]
    pub effective_from: String,
    /// Two-letter codes or `*`.
    #[serde(default = "everyone")]
    pub jurisdictions: Vec<String>,
    /// Payer codes or `*`.
    #[serde(default = "everyone")]
    pub payers: Vec<String>,
    /// Set by law: never shifted.
    #[serde(default)]
    pub fixed: bool,
}

impl Constant {
    /// The words in a language; English where no Spanish is given.
    #[must_use]
    pub fn words(&self, lang: Lang) -> &str {
        lang.pick(self.value.as_str(), self.value_es.as_deref().unwrap_or(&self.value))
    }

    fn holds(&self, on: Date) -> bool {
        self.effective_from.is_empty() || self.effective_from.parse::<Date>().is_ok_and(|from| from <= on)
    }

    /// Whether it speaks of a page's states and payers, and no later entry of the same scope has replaced it when the page comes into
    /// force.
    pub(super) fn holds_for(&self, page: &PageMeta, all: &Constants) -> bool {
        let replaced = all.list.iter().any(|c| {
            (&c.id, &c.jurisdictions, &c.payers) == (&self.id, &self.jurisdictions, &self.payers)
                && c.effective_from > self.effective_from
                && c.effective_from <= page.effective_from
        });
        let begun = page.effective_to.is_empty() || self.effective_from <= page.effective_to;
        covers(&self.jurisdictions, &page.jurisdictions) && covers(&self.payers, &page.payers) && begun && !replaced
    }

    /// Whether it is for some of a page's readers only: a page for all may tell of one state or payer by name.
    pub(super) fn narrower_than(&self, page: &PageMeta) -> bool {
        covers(&page.jurisdictions, &self.jurisdictions)
            && covers(&page.payers, &self.payers)
            && (&self.jurisdictions, &self.payers) != (&page.jurisdictions, &page.payers)
    }

    /// The entry's scope in words: `REFILL_WINDOW of tricare from 2026-01-01`.
    pub(super) fn named(&self) -> String {
        let narrow = [&self.jurisdictions, &self.payers].into_iter().filter(|l| !l.iter().any(|x| x == "*"));
        let narrow: Vec<String> = narrow.map(|l| l.join(", ")).collect();
        let of = if narrow.is_empty() { String::new() } else { format!(" of {}", narrow.join(", ")) };
        let from =
            if self.effective_from.is_empty() { String::new() } else { format!(" from {}", self.effective_from) };
        format!("{}{of}{from}", self.id)
    }

    /// How narrowly it names the scope; `None` when it does not apply.
    fn fit(&self, region: Option<&str>, payer: Option<Payer>) -> Option<usize> {
        let one = |list: &[String], x: Option<&str>| {
            let named = x.is_some_and(|x| list.iter().any(|l| l == x));
            (named || list.iter().any(|l| l == "*")).then_some(usize::from(named))
        };
        Some(one(&self.jurisdictions, region)? + one(&self.payers, payer.map(Payer::code))?)
    }
}

fn covers(own: &[String], theirs: &[String]) -> bool {
    own.iter().any(|x| x == "*" || theirs.contains(x))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    links: Vec<String>,
    #[serde(default)]
    constant: Vec<Constant>,
}

/// All constants, and where links may lead.
#[derive(Clone, Debug, Default)]
pub struct Constants {
    list: Vec<Constant>,
    links: Vec<String>,
}

impl Constants {
    /// Parses the text of the file called `file`.
    ///
    /// # Errors
    /// The faults: syntax, unknown or missing field, bad date, the same id twice in the same scope.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Fault>> {
        let File { links, constant: list } = toml::from_str(text).map_err(|e| vec![toml_fault(file, text, 0, &e)])?;
        let mut faults = Vec::new();
        for link in links.iter().filter(|l| !l.starts_with("https://") || !l.ends_with('/')) {
            let problem = format!("`{link}` is no address that links may begin with");
            faults.push(Fault::new(file, "links", problem, "write it as https://pharmacy.example/"));
        }
        for (n, c) in list.iter().enumerate() {
            if !c.effective_from.is_empty() && c.effective_from.parse::<Date>().is_err() {
                faults.push(Fault::new(file, &c.id, "effective_from is no date", "write it as 2026-10-01 or \"\""));
            }
            let scope =
                |c: &Constant| (c.id.clone(), c.effective_from.clone(), c.jurisdictions.clone(), c.payers.clone());
            if list.iter().take(n).any(|d| scope(d) == scope(c)) {
                faults.push(Fault::new(file, &c.id, "stands twice in the same scope", "keep one"));
            }
        }
        if faults.is_empty() { Ok(Self { list, links }) } else { Err(faults) }
    }

    /// The words of a constant on a day: the narrowest scope that applies, of these the latest.
    #[must_use]
    pub fn get(&self, id: &str, lang: Lang, region: Option<&str>, payer: Option<Payer>, on: Date) -> Option<&str> {
        self.find(id, region, payer, on).map(|c| c.words(lang))
    }

    /// The whole entry, for its numbers and unit.
    #[must_use]
    pub fn find(&self, id: &str, region: Option<&str>, payer: Option<Payer>, on: Date) -> Option<&Constant> {
        let apply = self.list.iter().filter(|c| c.id == id && c.holds(on));
        let ranked = apply.filter_map(|c| c.fit(region, payer).map(|fit| ((fit, c.effective_from.as_str()), c)));
        ranked.max_by_key(|(rank, _)| *rank).map(|(_, c)| c)
    }

    /// All entries in file order.
    #[must_use]
    pub fn list(&self) -> &[Constant] {
        &self.list
    }

    /// What links may begin with, on pages and in answers.
    #[must_use]
    pub fn links(&self) -> &[String] {
        &self.links
    }

    pub(super) fn shift(&mut self, weeks: i64) {
        self.list.iter_mut().filter(|c| !c.fixed).for_each(|c| c.effective_from = shifted(&c.effective_from, weeks));
    }
}
