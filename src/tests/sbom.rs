//! `apothecary sbom` against the files that it speaks of, each read here anew. `APOTHECARY_BLESS=1` records what the crates say of their
//! licences; it asks cargo, which may ask its registry.

use crate::support::{Folder, copy, repo};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

const LICENCES: &str = "src/cli/sbom/licences.txt";

fn sbom(guardrails: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apothecary"));
    command.current_dir(repo(".")).arg("sbom").arg("--guardrails").arg(guardrails).output().unwrap()
}

fn printed() -> (String, Value) {
    let output = sbom(&repo("guardrails"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let document = serde_json::from_str(&text).unwrap();
    (text, document)
}

/// Name, version and checksum of each locked crate, by the lines of the file.
fn locked() -> BTreeMap<(String, String), Option<String>> {
    let text = std::fs::read_to_string(repo("Cargo.lock")).unwrap();
    let field = |part: &str, key: &str| {
        let line = part.lines().find_map(|l| l.strip_prefix(&format!("{key} = \"")));
        line.map(|l| l.trim_end_matches('"').to_owned())
    };
    let parts = text.split("[[package]]").skip(1);
    parts.map(|p| ((field(p, "name").unwrap(), field(p, "version").unwrap()), field(p, "checksum"))).collect()
}

fn of_kind<'a>(document: &'a Value, kind: &str) -> Vec<&'a Value> {
    document["components"].as_array().unwrap().iter().filter(|c| c["type"] == kind).collect()
}

fn text<'a>(component: &'a Value, key: &str) -> &'a str {
    component[key].as_str().unwrap_or_else(|| panic!("no {key} in {component}"))
}

/// The one SHA-256 of a component.
fn digest(component: &Value) -> Option<&str> {
    let [hash] = component["hashes"].as_array()?.as_slice() else { panic!("{component}") };
    assert_eq!(hash["alg"], "SHA-256");
    hash["content"].as_str()
}

#[test]
fn every_locked_crate_is_in_it_with_its_checksum_and_licence() {
    let (_, document) = printed();
    let head = [&document["bomFormat"], &document["specVersion"], &document["version"]];
    assert_eq!(head, [&json!("CycloneDX"), &json!("1.6"), &json!(1)]);
    let own = &document["metadata"]["component"];
    assert_eq!((text(own, "type"), text(own, "name")), ("application", "apothecary"));
    let mut expected = locked();
    let of = |c: &Value| (text(c, "name").to_owned(), text(c, "version").to_owned());
    assert!(expected.remove(&of(own)).is_some() && expected.len() > 300);
    for library in of_kind(&document, "library") {
        let (name, version) = (text(library, "name"), text(library, "version"));
        assert_eq!(text(library, "purl"), format!("pkg:cargo/{name}@{version}"));
        let checksum = expected.remove(&of(library));
        assert_eq!(checksum.unwrap_or_else(|| panic!("{name} {version} is not locked")).as_deref(), digest(library));
        assert!(!text(&library["licenses"][0], "expression").is_empty(), "{library}");
    }
    assert!(expected.is_empty(), "not in it: {expected:?}");
}

#[test]
fn each_model_file_has_the_digest_of_the_file_and_a_changed_one_is_refused() {
    let (_, document) = printed();
    let models = of_kind(&document, "machine-learning-model");
    for model in &models {
        let bytes = std::fs::read(repo("guardrails").join(text(model, "name"))).unwrap();
        assert_eq!(digest(model), Some(hex::encode(Sha256::digest(bytes)).as_str()), "{model}");
        assert!(!text(&model["pedigree"]["ancestors"][0], "name").is_empty());
    }
    let names: BTreeSet<&str> = models.iter().map(|m| text(m, "name")).collect();
    assert!(
        ["model/model", "support/support", "planted/planted"]
            .iter()
            .all(|m| names.contains(&*format!("{m}.safetensors"))),
        "{names:?}"
    );

    let folder = Folder::new("sbom");
    for part in ["model", "support", "planted"] {
        copy(&repo("guardrails").join(part), &folder.path().join(part));
    }
    std::fs::write(folder.path().join("model/calibration.json"), "{}").unwrap();
    let refused = sbom(folder.path());
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("calibration.json"));
}

#[test]
fn the_files_of_the_pages_are_in_it() {
    let (_, document) = printed();
    let files = of_kind(&document, "file");
    for name in ["assets/chat.js", "assets/widget/v1.js", "assets/console.html"] {
        let file = files.iter().find(|f| f["name"] == name).unwrap_or_else(|| panic!("{name} is missing"));
        let bytes = std::fs::read(repo("src/http").join(name)).unwrap();
        assert_eq!(digest(file), Some(hex::encode(Sha256::digest(bytes)).as_str()), "{name}");
    }
}

#[test]
fn two_runs_are_one_text_whose_references_lead_somewhere_and_none_to_a_host() {
    let (first, document) = printed();
    assert_eq!(first, printed().0);
    assert!(!first.contains("://") && !first.contains("crates.io"), "it names a host");
    let own = &document["metadata"]["component"]["bom-ref"];
    let parts = document["components"].as_array().unwrap().iter().map(|c| &c["bom-ref"]);
    let all: Vec<&Value> = parts.chain([own]).collect();
    let known: BTreeSet<&str> = all.iter().filter_map(|r| r.as_str()).collect();
    assert_eq!(known.len(), all.len(), "a reference stands for two");
    let edges = document["dependencies"].as_array().unwrap();
    for edge in edges {
        let ends = edge["dependsOn"].as_array().unwrap().iter().chain([&edge["ref"]]);
        assert!(ends.filter_map(Value::as_str).all(|r| known.contains(r)), "{edge}");
    }
    let needs = &edges.iter().find(|e| e["ref"] == *own).unwrap()["dependsOn"];
    for need in ["pkg:cargo/axum@", "model/model.safetensors"] {
        assert!(needs.as_array().unwrap().iter().any(|n| n.as_str().unwrap().starts_with(need)), "{need}");
    }
}

/// What each crate says of its licence; a slash is the old way to write OR.
fn record() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(repo(".")).args(["metadata", "--locked", "--format-version", "1"]);
    let told: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let line = |p: &Value| {
        let or: Vec<&str> = p["license"].as_str()?.split('/').map(str::trim).collect();
        Some(format!("{} {} {}\n", text(p, "name"), text(p, "version"), or.join(" OR ")))
    };
    let others = told["packages"].as_array().unwrap().iter().filter(|p| !p["source"].is_null());
    let lines: BTreeSet<String> = others.filter_map(line).collect();
    std::fs::write(repo(LICENCES), lines.into_iter().collect::<String>()).unwrap();
}

#[test]
fn the_recorded_licences_are_those_of_the_locked_crates() {
    if std::env::var_os("APOTHECARY_BLESS").is_some() {
        record();
    }
    let recorded = std::fs::read_to_string(repo(LICENCES)).unwrap();
    let recorded: BTreeSet<(String, String)> = recorded
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        })
        .collect();
    let others: BTreeSet<_> = locked().into_iter().filter(|(_, sum)| sum.is_some()).map(|(of, _)| of).collect();
    let differ: Vec<_> = others.symmetric_difference(&recorded).collect();
    assert!(differ.is_empty(), "run this test with APOTHECARY_BLESS=1 and build again: {differ:?}");
}
