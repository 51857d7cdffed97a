//! `apothecary sbom`: what this program consists of, as a CycloneDX 1.6 document: every locked crate, the models, the files of the pages.
//! It holds no time and no random number, so that two runs of one build print the same bytes, and it asks no network.
//! Which crates there are is read in `lock`.

mod lock;

use super::Failure;
use crate::classify::ModelError;
use crate::classify::artefact::{Artefact, FILES, FileDigest, PLANTED_FILES, SUPPORT_FILES};
use crate::http::assets;
use lock::Crate;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Folders of the models, and the files that each consists of.
const MODELS: [(&str, &[&str]); 3] = [("model", FILES), ("support", SUPPORT_FILES), ("planted", PLANTED_FILES)];
/// Our own files are under the licence of the program.
const OWN: &str = env!("CARGO_PKG_LICENSE");
const SCOPE: &str = "every crate of Cargo.lock, those for tests and for other operating systems included";

/// Arguments of `sbom`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  apothecary sbom > sbom.cdx.json")]
pub struct Args {
    /// Guard policy folder, which holds the models
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    guardrails: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    println!("{}", serde_json::to_string_pretty(&document(&args.guardrails)?)?);
    Ok(())
}

/// The whole document.
fn document(guardrails: &Path) -> Result<Value, Failure> {
    let crates = lock::crates()?;
    let own = crates.iter().find(|c| c.name == env!("CARGO_PKG_NAME")).ok_or("Cargo.lock lacks this program")?;
    let files: Vec<Value> = models(guardrails)?.into_iter().chain(pages()).collect();
    let licences = lock::licences();
    let library = |c: &Crate| component("library", c, licences.get(&(c.name.as_str(), c.version.as_str())).copied());
    let others = crates.iter().filter(|c| c.purl() != own.purl()).map(library);
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": component("application", own, Some(OWN)),
            "properties": [{"name": "apothecary:scope", "value": SCOPE}],
        },
        "components": others.chain(files.iter().cloned()).collect::<Vec<_>>(),
        "dependencies": crates.iter().map(|c| edges(c, own, &crates, &files)).collect::<Vec<_>>(),
    }))
}

fn component(kind: &str, c: &Crate, licence: Option<&str>) -> Value {
    let mut all = json!({
        "type": kind, "bom-ref": c.purl(), "name": c.name, "version": c.version, "purl": c.purl(),
    });
    if let Some(checksum) = &c.checksum {
        all["hashes"] = sha256(checksum);
    }
    if let Some(licence) = licence {
        all["licenses"] = json!([{"expression": licence}]);
    }
    all
}

/// What a crate is built with; the program itself rests on its files too.
fn edges(c: &Crate, own: &Crate, crates: &[Crate], files: &[Value]) -> Value {
    let mut needs: Vec<Value> = c.needs(crates).into_iter().map(Value::from).collect();
    if c.purl() == own.purl() {
        needs.extend(files.iter().map(|f| f["bom-ref"].clone()));
    }
    json!({"ref": c.purl(), "dependsOn": needs})
}

/// The files of both models, each compared with its manifest first.
fn models(guardrails: &Path) -> Result<Vec<Value>, ModelError> {
    let mut found = Vec::new();
    for (folder, files) in MODELS {
        let artefact = Artefact::read(&guardrails.join(folder), files)?;
        found.extend(files.iter().map(|name| model(folder, &artefact, name)));
    }
    Ok(found)
}

/// The version of a model is the digest of its manifest, as in the audit.
fn model(folder: &str, artefact: &Artefact, name: &str) -> Value {
    let path = format!("{folder}/{name}");
    json!({
        "type": "machine-learning-model",
        "bom-ref": path,
        "name": path,
        "version": artefact.digest(),
        "hashes": sha256(&FileDigest::of(name, artefact.content(name)).sha256),
        "licenses": [{"expression": OWN}],
        "pedigree": {"ancestors": [{"type": "machine-learning-model", "name": artefact.base()}]},
    })
}

/// The files of the pages, which are built in; there is no font among them.
fn pages() -> impl Iterator<Item = Value> {
    assets::digests().into_iter().map(|(name, digest)| {
        let path = format!("assets/{name}");
        json!({
            "type": "file", "bom-ref": path, "name": path, "hashes": sha256(&digest),
            "licenses": [{"expression": OWN}],
        })
    })
}

fn sha256(digest: &str) -> Value {
    json!([{"alg": "SHA-256", "content": digest}])
}
