//! `apothecary release list` and `verify`: what there is, who stands for it, and whether it is what it was.

use super::Place;
use crate::cli::Failure;
use crate::pharmacy::versions::VersionName;
use crate::release::{PublicKey, Release, ReleaseError, Signature};
use comfy_table::Table;

/// A signature in one line.
pub(in crate::cli) fn told(s: &Signature) -> String {
    let said = &s.statement;
    let read: Vec<String> = said.read.iter().map(|(lang, name)| format!("{lang} by {name}")).collect();
    let read = if read.is_empty() { "by nobody named".to_owned() } else { read.join(", ") };
    format!(
        "signed by {} (licence {}, {}) at {} with {}; live: {}; fixed texts read {read}",
        said.name, said.licence, said.state, said.time, s.key, said.live
    )
}

/// Whether a signature counts with a server that trusts these keys.
fn counts(s: &Signature, signers: Option<&[PublicKey]>) -> bool {
    signers.is_none_or(|keys| keys.contains(&s.key))
}

pub(super) fn list(place: &Place) -> Result<(), Failure> {
    let (releases, signers) = place.open()?;
    let current = releases.current();
    let mut table = Table::new();
    table.set_header(["release", "signed by", "at", "live", ""]);
    for name in releases.names()? {
        let mark = if current.as_ref().is_ok_and(|c| *c == name) { "in force" } else { "" };
        let row = match releases.verified(&name) {
            Ok(release) => columns(&release, signers.as_deref()),
            Err(e) => [problem(&e), String::new(), "ALTERED".to_owned()],
        };
        let [by, at, live] = row;
        table.add_row([name.to_string(), by, at, live, mark.to_owned()]);
    }
    println!("{table}");
    match current {
        Ok(_) | Err(ReleaseError::Nothing { .. }) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

fn columns(release: &Release, signers: Option<&[PublicKey]>) -> [String; 3] {
    if release.signatures.is_empty() {
        return ["nobody", "", ""].map(str::to_owned);
    }
    let lines = |of: &dyn Fn(&Signature) -> String| release.signatures.iter().map(of).collect::<Vec<_>>().join("\n");
    let by = |s: &Signature| {
        let stranger = if counts(s, signers) { "" } else { ", no listed signer" };
        format!("{} ({}{stranger})", s.statement.name, s.key.short())
    };
    [lines(&by), lines(&|s| s.statement.time.to_string()), lines(&|s| s.statement.live.to_string())]
}

fn problem(e: &ReleaseError) -> String {
    if let ReleaseError::Altered { problem, .. } = e { problem.clone() } else { e.to_string() }
}

pub(super) fn verify(place: &Place, id: Option<&str>) -> Result<(), Failure> {
    let (releases, signers) = place.open()?;
    let names: Vec<VersionName> = match id {
        Some(id) => vec![releases.named(id)?],
        None => releases.names()?,
    };
    let in_force = releases.current().ok();
    let mut wrong = Vec::new();
    for name in names {
        match releases.verified(&name) {
            Ok(release) => {
                println!("{name}: every byte is what was built, digest {}", release.digest);
                release.signatures.iter().for_each(|s| {
                    let stranger = if counts(s, signers.as_deref()) { "" } else { "; not among release.signers" };
                    println!("  {}{stranger}", told(s));
                });
                // Of those that are not in force nobody need have signed.
                let asked = id.is_some() || in_force.as_ref() == Some(&name);
                if asked && !release.signatures.iter().any(|s| counts(s, signers.as_deref())) {
                    wrong.push(format!("{name} is signed by nobody who counts"));
                }
            }
            Err(e) => wrong.push(e.to_string()),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
