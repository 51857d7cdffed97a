//! What the settings of a release mean: by what a server answers, and whose signatures count.

use super::site::placed;
use crate::release::PublicKey;
use figment::value::magic::RelativePathBuf;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRelease {
    dir: RelativePathBuf,
    signers: Vec<String>,
    unsigned: bool,
}

/// By what a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Release {
    /// By the release in force there, when one of these keys signed it.
    Signed {
        /// Folder of releases.
        dir: PathBuf,
        /// Keys of those who may sign.
        signers: Vec<PublicKey>,
    },
    /// By the folders as they lie; every page says so.
    Unsigned,
    /// Nothing is said: a server does not start.
    Undecided,
}

/// What keeps a server from starting while nobody said by what it answers.
pub const UNDECIDED: &str = "nobody has signed for what it would say: build a release, sign it and name it (apothecary release --help; \
    release.dir and release.signers), or set release.unsigned = true for a trial, which every page then shows";

impl RawRelease {
    pub(super) fn check(&self, wrong: &mut Vec<String>) -> Release {
        let dir = placed(&self.dir);
        let read = |key: &String| key.parse().map_err(|e| wrong.push(format!("release.signers: {e}"))).ok();
        let signers: Vec<PublicKey> = self.signers.iter().filter_map(read).collect();
        match (dir.as_os_str().is_empty(), self.unsigned) {
            (true, true) => return Release::Unsigned,
            (true, false) => return Release::Undecided,
            (false, true) => wrong.push(
                "release.unsigned is true beside release.dir: nobody could tell which counts; take one of them out".into(),
            ),
            (false, false) if self.signers.is_empty() => wrong.push(
                "release.signers is empty: nobody's signature would count; name the keys that `apothecary release keygen` prints".into(),
            ),
            (false, false) => {}
        }
        Release::Signed { dir, signers }
    }
}
