//! Drug names and the pharmacy's list of products with prices and stock.

use super::pages::{Pages, load};
use super::records::resources;
use super::text::{fold, words};
use super::{bag::Bag, lex};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::path::Path;

#[derive(Deserialize)]
struct File {
    drug: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    brands: Vec<String>,
    #[serde(default)]
    look_alikes: Vec<String>,
}

/// A product that the pharmacy lists.
pub struct Product {
    /// Its name as in the list.
    pub name: String,
    /// Its words, in one spelling for both languages.
    pub words: HashSet<String>,
    /// Its texts without spaces, for strengths.
    pub compact: String,
    /// Cash price, quantity and dates.
    pub bag: Bag,
    /// `available`, `limited`, `back-ordered`, `not-carried`.
    pub stock: String,
    /// When its price or stock was last set.
    pub at: Vec<jiff::Timestamp>,
}

/// The names and the products.
pub struct Drugs {
    names: HashMap<String, Vec<Vec<String>>>,
    /// By Medication.id.
    pub products: HashMap<String, Product>,
}

/// A drug name in a text.
pub struct Found {
    /// As written (folded).
    pub text: String,
    /// In one spelling.
    pub words: Vec<String>,
    /// Where it ends in the folded text.
    pub end: usize,
}

/// One spelling for English and Spanish drug words: "levotiroxina" and "levothyroxine" are the same.
pub fn spelling(word: &str) -> String {
    let mut s = fold(word)
        .replace("ph", "f")
        .replace("th", "t")
        .replace("ch", "c")
        .replace("qu", "c")
        .replace(['k'], "c")
        .replace('y', "i");
    if s.starts_with("es") && s[2..].starts_with(['p', 't', 'c']) {
        s.remove(0);
    }
    let mut out = String::new();
    for c in s.chars() {
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    if out.len() > 4 {
        out = out.trim_end_matches(['a', 'e', 'o']).to_string();
    }
    out
}

const COMMON: &[&str] = &[
    "insulin",
    "thyroid",
    "calcium",
    "potassium",
    "vitamin",
    "human",
    "regular",
    "natural",
    "conjugated",
    "oral",
    "topical",
    "nasal",
    "plan",
    "slow",
    "ethinyl",
    "sodium",
    "folic",
    "ferrous",
    "magnesium",
    "hydrogen",
    "omega",
    "salmon",
    "actos",
    "rayos",
    "ella",
    "soma",
    "today",
    "restore",
    "premium",
    "artificial",
    "lubricant",
    "testosterone",
    "estrogen",
    "progesterone",
    "my",
    "options",
    "aftera",
    "glucose",
    "iron",
    "zinc",
    "aspirin",
    "caffeine",
    "nicotine",
    "water",
    "alcohol",
    "apri",
    "carac",
    "errin",
    "vanos",
    "lets",
];

impl Drugs {
    /// Reads `drugs.toml` and `sample/medications.json`.
    pub fn read(index: &Path, pages: &Pages) -> Result<Drugs, String> {
        let path = index.join("drugs.toml");
        let file: File = toml::from_str(&load(&path)?).map_err(|e| format!("{}: {e}", path.display()))?;
        let products = products(&index.join("sample/medications.json"))?;
        let mut drugs = Drugs { names: HashMap::new(), products };
        let said: HashSet<&String> = pages.pages.iter().flat_map(|p| &p.words).collect();
        for entry in &file.drug {
            for name in std::iter::once(&entry.name).chain(&entry.brands).chain(&entry.look_alikes) {
                drugs.learn(name, &said);
            }
        }
        let listed: Vec<String> = drugs.products.values().map(|p| p.name.clone()).collect();
        listed.iter().flat_map(|n| n.split(['(', ')'])).for_each(|n| drugs.learn(n.trim(), &said));
        Ok(drugs)
    }

    fn learn(&mut self, name: &str, said: &HashSet<&String>) {
        for part in name.split('/') {
            let all = words(part);
            let Some(first) = all.first() else { continue };
            let plain = COMMON.contains(&first.as_str()) || said.contains(first) || first.len() < 5;
            if !plain {
                self.put(vec![spelling(first)]);
            }
            if all.len() > 1 && all[1..].iter().all(|w| w.chars().any(char::is_alphabetic)) {
                self.put(all.iter().map(|w| spelling(w)).collect());
            }
        }
    }

    fn put(&mut self, name: Vec<String>) {
        let Some(first) = name.first().cloned() else { return };
        let list = self.names.entry(first).or_default();
        if !list.contains(&name) {
            list.push(name);
            list.sort_by_key(|n| std::cmp::Reverse(n.len()));
        }
    }

    /// The drug names in a text, longest first at each place.
    pub fn find(&self, text: &str) -> Vec<Found> {
        let folded = fold(text);
        let spans = spans(&folded);
        let spelled: Vec<String> = spans.iter().map(|(a, b)| spelling(&folded[*a..*b])).collect();
        let mut out = Vec::new();
        let mut at = 0;
        while at < spans.len() {
            let hit = self.names.get(&spelled[at]).and_then(|l| l.iter().find(|n| spelled[at..].starts_with(n)));
            if let Some(name) = hit {
                let (start, end) = (spans[at].0, spans[at + name.len() - 1].1);
                out.push(Found { text: folded[start..end].to_string(), words: name.clone(), end });
                at += name.len();
            } else {
                at += 1;
            }
        }
        out
    }

    /// The products that a text names (in either language).
    pub fn named(&self, text: &str) -> Vec<&Product> {
        let found = self.find(text);
        self.products.values().filter(|p| found.iter().any(|f| f.words.iter().all(|w| p.words.contains(w)))).collect()
    }
}

fn spans(folded: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut from = None;
    for (i, c) in folded.char_indices() {
        match (c.is_alphanumeric(), from) {
            (true, None) => from = Some(i),
            (false, Some(a)) => {
                out.push((a, i));
                from = None;
            }
            _ => {}
        }
    }
    out.extend(from.map(|a| (a, folded.len())));
    out
}

fn products(path: &Path) -> Result<HashMap<String, Product>, String> {
    let list = resources(path)?;
    let mut out = HashMap::new();
    for r in list.iter().filter(|r| r["resourceType"] == "Medication") {
        let name = r["code"]["text"].as_str().unwrap_or("").to_string();
        let ingredients: Vec<&str> = r["ingredient"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|i| i["itemCodeableConcept"]["text"].as_str())
            .collect();
        let strength = r["extension"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|e| e["valueString"].as_str())
            .collect::<Vec<_>>()
            .join(" ");
        let text = format!("{name} {strength} {} {}", r["form"]["text"].as_str().unwrap_or(""), ingredients.join(" "));
        let id = r["id"].as_str().unwrap_or("").to_string();
        let words = words(&text).iter().map(|w| spelling(w)).collect();
        out.insert(
            id,
            Product {
                name,
                words,
                compact: lex::compact(&text),
                bag: Bag::of(&text),
                stock: String::new(),
                at: Vec::new(),
            },
        );
    }
    for r in list.iter().filter(|r| r["resourceType"] == "Basic") {
        let id = r["subject"]["reference"].as_str().unwrap_or("").trim_start_matches("Medication/");
        if let Some(product) = out.get_mut(id) {
            let mut facts = super::facts::Facts::default();
            facts.add(r, &jiff::tz::TimeZone::UTC);
            facts.bag.dates.retain(|_| false);
            product.bag.join(&facts.bag);
            product.at.extend(r["meta"]["lastUpdated"].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok()));
            for e in r["extension"].as_array().into_iter().flatten() {
                product.stock.push_str(e["valueCode"].as_str().unwrap_or(""));
                if let Some(day) = e["valueDate"].as_str().and_then(|d| d.parse::<jiff::civil::Date>().ok()) {
                    product.bag.dates.insert((Some(day.year()), day.month(), day.day()));
                }
            }
        }
    }
    Ok(out)
}
