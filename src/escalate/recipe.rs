//! Recipes: the forms that pagers, chats and help desks expect, as data (`guardrails/webhooks/*.toml`). A recipe can only say
//! what a thin payload says, so no health data can enter; whatever else it names is an error when it is loaded.

use super::webhook::{Facts, MAX_BODY, TYPES};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// All that a template may name.
pub const PLACEHOLDERS: [&str; 7] = ["type", "ticket", "priority", "queue", "link", "step", "time"];
const PRIORITIES: [&str; 5] = ["P0", "P1", "P2", "P3", "P4"];
/// A template may have so many bytes; filled in it stays below [`MAX_BODY`].
const MAX_TEMPLATE: usize = MAX_BODY / 4;

/// What is wrong with a recipe, and where.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// A file or the folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is no recipe.
    #[error("{path}: {reason}")]
    Recipe {
        /// The file.
        path: PathBuf,
        /// Where in it, and why.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRecipe {
    about: String,
    events: BTreeMap<String, String>,
    #[serde(default)]
    priorities: BTreeMap<String, String>,
    body: String,
}

/// A checked recipe.
#[derive(Debug, Clone)]
pub struct Recipe {
    name: String,
    about: String,
    events: BTreeMap<String, String>,
    priorities: BTreeMap<String, String>,
    body: Value,
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// The place in the text and the reason.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let raw: RawRecipe = toml::from_str(text).map_err(|e| e.to_string())?;
        let known = |table: &str, map: &BTreeMap<String, String>, all: &[&str]| {
            let unknown = map.keys().find(|k| !all.contains(&k.as_str()));
            unknown.map_or(Ok(()), |k| Err(format!("[{table}]: unknown key \"{k}\"; there are {}", all.join(", "))))
        };
        known("events", &raw.events, &TYPES)?;
        known("priorities", &raw.priorities, &PRIORITIES)?;
        if raw.events.is_empty() {
            return Err("[events]: no event is told; name one".into());
        }
        if raw.body.len() > MAX_TEMPLATE {
            return Err(format!("body: {} bytes, at most {MAX_TEMPLATE} are allowed", raw.body.len()));
        }
        let body: Value = serde_json::from_str(&raw.body).map_err(|e| format!("body: this is no JSON: {e}"))?;
        check(&body, "")?;
        let RawRecipe { about, events, priorities, .. } = raw;
        Ok(Self { name: name.to_owned(), about, events, priorities, body })
    }

    /// The name that an endpoint chooses it by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// What it is for.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The body for an event; `None` when the recipe has no word for it.
    #[must_use]
    pub fn render(&self, facts: &Facts) -> Option<Value> {
        let kind = self.events.get(&facts.kind)?;
        let priority = word(&facts.priority);
        let (queue, time) = (word(&facts.queue), facts.time.to_string());
        let said = |name: &str| match name {
            "type" => kind.as_str(),
            "ticket" => &facts.ticket,
            "priority" => self.priorities.get(&priority).unwrap_or(&priority),
            "queue" => &queue,
            "link" => &facts.link,
            "step" => &facts.step,
            _ => &time,
        };
        let mut body = self.body.clone();
        fill(&mut body, &said);
        Some(body)
    }
}

/// The word of a unit variant.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The parts of a text: words as they are, and names in braces.
enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("a { without its }")?;
        if !PLACEHOLDERS.contains(&name) {
            let all: Vec<String> = PLACEHOLDERS.iter().map(|p| format!("{{{p}}}")).collect();
            return Err(format!("unknown placeholder {{{name}}}; there are only {}", all.join(", ")));
        }
        found.extend([Part::Text(before), Part::Name(name)]);
        rest = after;
    }
    found.push(Part::Text(rest));
    Ok(found)
}

/// Every text in the template names only what there is; `place` is its JSON pointer.
fn check(value: &Value, place: &str) -> Result<(), String> {
    match value {
        Value::String(text) => parts(text).map(drop).map_err(|e| format!("body, at {place}: {e}")),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(i, v)| check(v, &format!("{place}/{i}"))),
        Value::Object(map) => map.iter().try_for_each(|(key, v)| match key.contains(['{', '}']) {
            true => Err(format!("body, at {place}/{key}: a key cannot hold a placeholder")),
            false => check(v, &format!("{place}/{key}")),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn fill<'a>(value: &mut Value, said: &impl Fn(&str) -> &'a str) {
    match value {
        Value::String(text) => {
            let filled = parts(text).map(|parts| {
                let words = parts.iter().map(|part| match part {
                    Part::Text(text) => *text,
                    Part::Name(name) => said(name),
                });
                words.collect::<String>()
            });
            *text = filled.unwrap_or_default();
        }
        Value::Array(items) => items.iter_mut().for_each(|v| fill(v, said)),
        Value::Object(map) => map.values_mut().for_each(|v| fill(v, said)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The recipes of a guard policy folder, by name.
#[derive(Debug, Clone, Default)]
pub struct Recipes(BTreeMap<String, Arc<Recipe>>);

impl Recipes {
    /// Reads every `.toml` file of a folder; none when there is no such folder.
    ///
    /// # Errors
    /// [`RecipeError`] with the file and the place.
    pub fn load(dir: &Path) -> Result<Self, RecipeError> {
        let unread = |path: &Path| {
            let path = path.to_owned();
            move |source| RecipeError::Read { path, source }
        };
        let mut all = BTreeMap::new();
        if !dir.is_dir() {
            return Ok(Self(all));
        }
        for entry in std::fs::read_dir(dir).map_err(unread(dir))? {
            let path = entry.map_err(unread(dir))?.path();
            if path.extension().is_none_or(|e| e != "toml") {
                continue;
            }
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let text = std::fs::read_to_string(&path).map_err(unread(&path))?;
            let recipe = if ["thin", "full"].contains(&name.as_str()) {
                Err(format!("`{name}` is the name of a built-in form; give the file another"))
            } else {
                Recipe::parse(&name, &text)
            };
            let recipe = recipe.map_err(|reason| RecipeError::Recipe { path, reason })?;
            all.insert(name, Arc::new(recipe));
        }
        Ok(Self(all))
    }

    /// One recipe.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Recipe>> {
        self.0.get(name)
    }
    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Recipe> {
        self.0.values().map(AsRef::as_ref)
    }
}
