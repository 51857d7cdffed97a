//! References and state codes of `sample/*.json`. Whether a resource makes a sound record is judged by `ingest`.

use super::{Finding, error};
use crate::domain::states::StateCode;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const BASE: &str = "https://apothecary.example/fhir/";

/// Findings over all bundles of the folder.
pub fn check(dir: &Path, fallback: Option<&Path>) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut resources: Vec<(String, String, Value)> = Vec::new();
    for (name, path) in files(dir, fallback) {
        let parsed = std::fs::read_to_string(&path)
            .map_err(|e| e.to_string())
            .and_then(|t| serde_json::from_str::<Value>(&t).map_err(|e| e.to_string()));
        match parsed {
            Ok(bundle) => {
                let entries = bundle.get("entry").and_then(Value::as_array).cloned().unwrap_or_default();
                let keyed = entries.into_iter().filter_map(|mut e| {
                    let r = e.get_mut("resource")?.take();
                    let key = format!("{}/{}", r.get("resourceType")?.as_str()?, r.get("id")?.as_str()?);
                    Some((name.clone(), key, r))
                });
                resources.extend(keyed);
            }
            Err(e) => out.push(error(&name, "file", format!("is no JSON: {e}"), "save it as a FHIR R4 Bundle")),
        }
    }
    let mut ids = BTreeSet::new();
    for (file, key, _) in &resources {
        if !ids.insert(key.as_str()) {
            out.push(error(file, key, "stands twice", "give every resource of a type its own id"));
        }
    }
    for (file, key, resource) in &resources {
        let mut found = BTreeSet::new();
        walk(resource, &mut found);
        for reference in found.iter().filter(|r| !ids.contains(r.as_str())) {
            out.push(error(
                file,
                key,
                format!("{reference} stands in no file"),
                "add the resource or correct the reference",
            ));
        }
        out.extend(
            unknown_state(resource)
                .map(|code| error(file, key, format!("unknown state `{code}`"), "use one of the 48 codes")),
        );
    }
    out
}

/// The bundles of the folder; the product's own only where it has none at all, for people belong together.
fn files(dir: &Path, fallback: Option<&Path>) -> BTreeMap<String, PathBuf> {
    let of = |d: &Path| -> BTreeMap<String, PathBuf> {
        let found = std::fs::read_dir(d.join("sample")).into_iter().flatten().flatten().map(|e| e.path());
        let json = found.filter(|p| p.extension().is_some_and(|e| e == "json"));
        json.map(|p| {
            (format!("sample/{}", p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()), p)
        })
        .collect()
    };
    let own = of(dir);
    if own.is_empty() { fallback.map(of).unwrap_or_default() } else { own }
}

fn walk(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(r)) = map.get("reference") {
                found.insert(r.strip_prefix(BASE).unwrap_or(r).to_owned());
            }
            map.values().for_each(|v| walk(v, found));
        }
        Value::Array(list) => list.iter().for_each(|v| walk(v, found)),
        _ => {}
    }
}

fn unknown_state(resource: &Value) -> Option<String> {
    let codings = resource.pointer("/businessStatus/coding")?.as_array()?;
    let code = codings.iter().find_map(|c| c.get("code")?.as_str())?;
    code.parse::<StateCode>().is_err().then(|| code.to_owned())
}
