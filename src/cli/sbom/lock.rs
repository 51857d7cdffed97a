//! What `Cargo.lock` says of the crates, and what each crate says of its licence. Both are read when the program is built, so that it
//! tells what it was made of and not what lies beside it. `licences.txt` is recorded by `src/tests/sbom.rs`.

use serde::Deserialize;
use std::collections::BTreeMap;

const LOCK: &str = include_str!("../../../Cargo.lock");
/// A crate a line: name, version, SPDX expression.
const LICENCES: &str = include_str!("licences.txt");

#[derive(Deserialize)]
struct File {
    package: Vec<Crate>,
}

/// One locked crate.
#[derive(Debug, Deserialize)]
pub(super) struct Crate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its archive; our own crate has none.
    pub checksum: Option<String>,
    /// What it is built with: a name, with a version where several are locked.
    #[serde(default)]
    dependencies: Vec<String>,
}

impl Crate {
    /// Its package URL, which also names it within the document.
    pub(super) fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    /// Package URLs of what it is built with.
    pub(super) fn needs(&self, all: &[Crate]) -> Vec<String> {
        let found = |written: &String| {
            let mut words = written.split_whitespace();
            let (name, version) = (words.next()?, words.next());
            all.iter().find(|c| c.name == name && version.is_none_or(|v| v == c.version)).map(Crate::purl)
        };
        self.dependencies.iter().filter_map(found).collect()
    }
}

/// All locked crates, by name and version.
///
/// # Errors
/// When the lock file that was built in does not parse.
pub(super) fn crates() -> Result<Vec<Crate>, toml::de::Error> {
    toml::from_str::<File>(LOCK).map(|file| file.package)
}

/// The licence of each crate by name and version, as an SPDX expression.
pub(super) fn licences() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let line = |line: &'static str| {
        let (name, rest) = line.split_once(' ')?;
        let (version, licence) = rest.split_once(' ')?;
        Some(((name, version), licence))
    };
    LICENCES.lines().filter_map(line).collect()
}
