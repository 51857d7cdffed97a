//! What differs between two releases, in words: the pharmacy's texts as `pharmacy::diff` tells them, then every other part, value by value
//! where people wrote it, by its digest where a machine did.

use super::words::{differ, lines};
use super::{Release, ReleaseError};
use crate::pharmacy::versions::{VersionError, disk};
use crate::pharmacy::{Pharmacy, diff as texts};
use serde_json::Value;
use std::collections::BTreeSet;

/// What people wrote as values, and what such a value is.
const VALUES: [(&str, &str); 11] = [
    ("guardrails/texts.toml", "fixed text"),
    ("guardrails/phrases.toml", "phrase"),
    ("guardrails/replies.toml", "prepared reply"),
    ("guardrails/guards.toml", "guard"),
    ("guardrails/model/thresholds.json", "threshold"),
    ("guardrails/rules/", "rule"),
    ("guardrails/modes.toml", "mode"),
    ("guardrails/staffing.toml", "staffing"),
    ("guardrails/regions.toml", "region"),
    ("guardrails/webhooks/", "webhook form"),
    ("settings.json", "endpoint"),
];
/// What people wrote as prose.
const PROSE: (&str, &str) = ("guardrails/prompts/", "prompt");
/// Parts of which only the digest says anything to a person.
const BY_DIGEST: [&str; 5] = ["model", "support model", "planted model", "program", "report"];

/// One line a difference; none when both say the same to everybody.
///
/// # Errors
/// When a folder cannot be read, or this build cannot read its texts.
pub fn diff(old: &Release, new: &Release) -> Result<Vec<String>, ReleaseError> {
    let load = |r: &Release| Pharmacy::load(&r.texts(), None).map_err(VersionError::from);
    let mut out = texts::diff(&load(old)?, &load(new)?);
    let files: BTreeSet<&String> = old.manifest.files.keys().chain(new.manifest.files.keys()).collect();
    for file in files.into_iter().filter(|f| old.manifest.files.get(*f) != new.manifest.files.get(*f)) {
        let (was, is) = (read(old, file)?, read(new, file)?);
        if let Some((_, what)) = VALUES.iter().find(|(prefix, _)| file.starts_with(prefix)) {
            let found = differ(what, &parsed(file, &was), &parsed(file, &is));
            // Remarks and order may differ where no value does.
            out.extend(if found.is_empty() { vec![format!("{file}: other remarks, the same values")] } else { found });
        } else if file.starts_with(PROSE.0) {
            out.extend(lines(PROSE.1, &was, &is));
        }
    }
    out.extend(BY_DIGEST.iter().filter_map(|part| changed(part, old, new)));
    Ok(out)
}

/// A file as text; empty where the release has none.
fn read(release: &Release, file: &str) -> Result<String, ReleaseError> {
    if !release.manifest.files.contains_key(file) {
        return Ok(String::new());
    }
    let path = release.path.join(file);
    let bytes = std::fs::read(&path).map_err(disk::at(&path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn parsed(file: &str, text: &str) -> Value {
    let toml = || toml::from_str(text).unwrap_or_default();
    if file.ends_with(".json") { serde_json::from_str(text).unwrap_or_default() } else { toml() }
}

fn changed(part: &str, old: &Release, new: &Release) -> Option<String> {
    let digest = |r: &Release| r.manifest.parts.get(part).map_or("none", |d| d.get(..12).unwrap_or(d)).to_owned();
    let (was, is) = (digest(old), digest(new));
    (was != is).then(|| format!("{part} changed: {was} → {is}"))
}
