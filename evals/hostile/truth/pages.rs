//! The policy pages, the state table and the fixed texts: what may be said to everybody.

use super::bag::Bag;
use super::text::{key, sentences};
use serde::Deserialize;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// A page as it is told.
pub struct Page {
    from: String,
    to: String,
    /// Its numbers.
    pub bag: Bag,
    /// The keys of its sentences.
    pub sentences: HashSet<String>,
    /// Its words, folded.
    pub words: HashSet<String>,
}

impl Page {
    /// Whether the page holds on a day (ISO).
    pub fn effective(&self, day: &str) -> bool {
        self.from.as_str() <= day && (self.to.is_empty() || day <= self.to.as_str())
    }
}

#[derive(Deserialize)]
struct Front {
    title: String,
    effective_from: String,
    #[serde(default)]
    effective_to: String,
}

/// A state with its fixed sentences.
#[derive(Deserialize)]
pub struct State {
    /// "O08".
    pub code: String,
    /// The fixed sentence in English.
    pub sentence: String,
    /// The fixed sentence in Spanish.
    pub sentence_es: String,
}

#[derive(Deserialize)]
struct States {
    state: Vec<State>,
}

/// All that may be said to everybody.
pub struct Pages {
    /// The pages, the state table and the fixed texts (these hold on every day).
    pub pages: Vec<Page>,
    /// The states.
    pub states: Vec<State>,
}

impl Pages {
    /// Reads `policies/`, `constants.toml` and `states.toml`.
    pub fn read(index: &Path) -> Result<Pages, String> {
        let constants = constants(&index.join("constants.toml"))?;
        let folder = index.join("policies");
        let mut pages = Vec::new();
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|e| format!("{}: {e}", folder.display()))?.path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(page(&path, &constants)?);
            }
        }
        let table = index.join("states.toml");
        let text = load(&table)?;
        let states: States = toml::from_str(&text).map_err(|e| format!("{}: {e}", table.display()))?;
        let words: toml::Value = toml::from_str(&text).map_err(|e| format!("{}: {e}", table.display()))?;
        let mut said = Vec::new();
        strings(&words, &mut said);
        pages.push(open(&said.join("\n")));
        pages.push(open(super::fixed::TEXTS));
        Ok(Pages { pages, states: states.state })
    }

    /// The pages of a day (ISO).
    pub fn on<'a>(&'a self, day: &'a str) -> impl Iterator<Item = &'a Page> + 'a {
        self.pages.iter().filter(move |p| p.effective(day))
    }
}

/// A file's text; an error names the file.
pub fn load(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn strings(value: &toml::Value, out: &mut Vec<String>) {
    match value {
        toml::Value::String(s) => out.push(s.clone()),
        toml::Value::Array(list) => list.iter().for_each(|v| strings(v, out)),
        toml::Value::Table(map) => {
            map.iter().filter(|(k, _)| k.as_str() != "code" && k.as_str() != "to").for_each(|(_, v)| strings(v, out))
        }
        _ => {}
    }
}

fn constants(path: &Path) -> Result<Vec<(String, String)>, String> {
    let value: toml::Value = toml::from_str(&load(path)?).map_err(|e| format!("{}: {e}", path.display()))?;
    let list = value.get("constant").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    Ok(list
        .iter()
        .filter_map(|c| Some((format!("{{{}}}", c.get("id")?.as_str()?), c.get("value")?.as_str()?.to_string())))
        .collect())
}

fn page(path: &Path, constants: &[(String, String)]) -> Result<Page, String> {
    let text = load(path)?;
    let bad = |why: &str| format!("{}: {why}", path.display());
    let mut parts = text.splitn(3, "+++");
    let (_, head, body) = (
        parts.next(),
        parts.next().ok_or_else(|| bad("no front matter"))?,
        parts.next().ok_or_else(|| bad("no text"))?,
    );
    let front: Front = toml::from_str(head).map_err(|e| bad(&e.to_string()))?;
    let mut body = body.to_string();
    for (slot, value) in constants {
        body = body.replace(slot, value);
    }
    let mut page = open(&format!("{}\n{}\n{body}", front.title, front.effective_from));
    page.from = front.effective_from;
    page.to = front.effective_to;
    Ok(page)
}

fn open(text: &str) -> Page {
    Page {
        from: String::new(),
        to: String::new(),
        bag: Bag::of_lines(text),
        sentences: sentences(text).iter().map(|s| key(s)).collect(),
        words: super::text::words(text).into_iter().collect(),
    }
}

impl Bag {
    /// The numbers of a long text, paragraph by paragraph (each in its own language).
    pub fn of_lines(text: &str) -> Bag {
        let mut bag = Bag::default();
        text.lines().for_each(|l| bag.read(l));
        bag
    }
}
