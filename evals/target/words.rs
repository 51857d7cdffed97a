//! What a reply's words say of where the customer was sent: a list of patterns, the first that matches decides.

use crate::failure::Failure;
use apothecary::domain::route::Route;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    route: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    route: Route,
    any: Vec<String>,
}

/// Patterns in order, each with its route.
pub struct Words(Vec<(Route, Vec<Regex>)>);

impl Words {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or a pattern is none.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
        let file: File = toml::from_str(&text).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))?;
        let pattern = |p: &String| RegexBuilder::new(p).case_insensitive(true).build();
        let line = |l: &Line| Ok((l.route, l.any.iter().map(pattern).collect::<Result<_, _>>()?));
        let all: Result<Vec<_>, regex::Error> = file.route.iter().map(line).collect();
        all.map(Self).map_err(|e| Failure::file(path, e))
    }

    /// The first route whose words stand in the reply; `answer` when none does.
    pub fn route(&self, reply: &str) -> String {
        let first = self.0.iter().find(|(_, any)| any.iter().any(|p| p.is_match(reply)));
        first.map_or(Route::Answer, |(route, _)| *route).code().to_owned()
    }
}
