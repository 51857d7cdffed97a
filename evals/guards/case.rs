//! A case of `evals guards`, with its labels or with what a label map says.

use crate::failure::Failure;
use crate::label_map::{LabelMap, Meaning};
use crate::lines::{self, Line};
use apothecary::domain::labels::{Intent, Risk};
use apothecary::domain::route::Route;
use serde::Deserialize;
use std::path::PathBuf;

/// Fields of the format; others are carried.
const KNOWN: [&str; 8] = ["id", "text", "history", "lang", "risks", "intent", "route", "tags"];

/// One case.
#[derive(Clone, Debug, Deserialize)]
pub struct GuardCase {
    /// Unique.
    pub id: String,
    /// The last message as typed.
    pub text: String,
    /// Earlier turns, oldest first.
    #[serde(default)]
    pub history: Vec<Turn>,
    /// Language label for slices.
    #[serde(default)]
    pub lang: Option<String>,
    /// Label: all classes that apply; absent is unlabelled.
    #[serde(default)]
    pub risks: Option<Vec<Risk>>,
    /// Label: the service intent; null is none.
    #[serde(default)]
    pub intent: Option<Intent>,
    /// Label: the route.
    #[serde(default)]
    pub route: Option<Route>,
    /// For slices.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What a label map says.
    #[serde(skip)]
    pub meaning: Option<Meaning>,
}

impl GuardCase {
    /// A case with nothing but its id.
    pub fn of(id: &str) -> Self {
        let (history, tags) = (Vec::new(), Vec::new());
        let (id, text) = (id.to_owned(), String::new());
        Self { id, text, history, lang: None, risks: None, intent: None, route: None, tags, meaning: None }
    }
}

/// One earlier turn.
#[derive(Clone, Debug, Deserialize)]
pub struct Turn {
    /// Who spoke.
    pub role: Role,
    /// The words.
    pub text: String,
}

/// Who spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The customer.
    User,
    /// The chatbot or a person of the pharmacy.
    #[serde(alias = "agent")]
    Assistant,
}

/// Reads cases, through a map when there is one.
///
/// # Errors
/// The first line that is wrong.
pub fn read(files: &[PathBuf], map: Option<&LabelMap>) -> Result<Vec<Line<GuardCase>>, Failure> {
    match map {
        None => parsed(lines::raw(files, Some("id"))?),
        Some(map) => mapped(lines::raw(files, Some("id"))?, map),
    }
}

/// Turns raw lines of the format into cases.
///
/// # Errors
/// The first line that is wrong.
pub fn parsed(raw: Vec<Line<serde_json::Map<String, serde_json::Value>>>) -> Result<Vec<Line<GuardCase>>, Failure> {
    lines::parse(raw, &KNOWN)
}

/// Turns raw lines of a public set into cases.
///
/// # Errors
/// The first line that is wrong or has a label without a meaning.
pub fn mapped(
    raw: Vec<Line<serde_json::Map<String, serde_json::Value>>>,
    map: &LabelMap,
) -> Result<Vec<Line<GuardCase>>, Failure> {
    let (own, meanings): (Vec<_>, Vec<_>) =
        raw.into_iter().map(|l| map.apply(l)).collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let mut cases: Vec<Line<GuardCase>> = lines::parse(own, &KNOWN)?;
    for (case, meaning) in cases.iter_mut().zip(meanings) {
        case.value.meaning = Some(meaning);
    }
    Ok(cases)
}
