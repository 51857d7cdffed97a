//! What of the rules is compiled into the program and lies in no folder: a release names its digests, so that a server whose rules are
//! others does not answer by it.

use crate::guard::rules::BUILT_IN as OUTPUT;
use crate::pharmacy::versions::manifest::of_file;
use crate::policy::{asks, subjects};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Its file.
pub(super) const PROGRAM: &str = "program.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    built_in: BTreeMap<String, String>,
    version: String,
}

fn built_in() -> BTreeMap<String, String> {
    let files = asks::BUILT_IN.iter().chain(&subjects::BUILT_IN).chain(&OUTPUT);
    files.map(|(name, text)| ((*name).to_owned(), of_file(text.as_bytes()))).collect()
}

/// The file of this program.
pub(super) fn file() -> String {
    super::manifest::canonical(&Program { built_in: built_in(), version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// Digests of what was built in.
pub(super) fn parse(bytes: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let program: Program = serde_json::from_slice(bytes).map_err(|e| format!("{PROGRAM} does not read: {e}"))?;
    Ok(program.built_in)
}

/// The first built-in file that is not this program's.
pub(super) fn differs(theirs: &BTreeMap<String, String>) -> Option<String> {
    let ours = built_in();
    let names = ours.keys().chain(theirs.keys());
    names.into_iter().find(|name| ours.get(*name) != theirs.get(*name)).cloned()
}
