//! Published versions of a pharmacy's texts: `VERSIONS/N-DIGEST/`, each an exact copy that is never changed, and `VERSIONS/CURRENT`, one
//! line with the name of the one in force. Reading, listing, verifying and going back live here, making a version in `publish`, what a
//! version says of itself in `manifest`. What differs between two is `pharmacy::diff`; who may publish is a matter of the folder's owner.

pub(crate) mod disk;
mod error;
pub(crate) mod manifest;
mod publish;
#[cfg(test)]
mod tests;

pub use error::VersionError;
pub use manifest::Manifest;
pub use publish::Prepared;
pub(crate) use publish::{UNFINISHED, texts};

use super::Pharmacy;
use manifest::MANIFEST;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The file that names the version in force.
pub(crate) const CURRENT: &str = "CURRENT";
/// Hex digits of the digest in a version's name.
const SHORT: usize = 12;

/// `12-0a1b2c3d4e5f`: a running number and the first digits of the digest over all files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionName {
    number: u64,
    digest: String,
}

impl VersionName {
    pub(crate) fn new(number: u64, digest: &str) -> Self {
        Self { number, digest: digest.chars().take(SHORT).collect() }
    }
    /// Its place in the row of versions, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }
    /// The first digits of its digest, hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, self.digest)
    }
}

impl FromStr for VersionName {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        let (number, digest) = s.split_once('-').ok_or(())?;
        let hex = digest.len() == SHORT && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let name = Self { number: number.parse().map_err(|_| ())?, digest: digest.to_owned() };
        (hex && name.number > 0 && name.to_string() == s).then_some(name).ok_or(())
    }
}

/// A version whose every byte was compared with its digests.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its name.
    pub name: VersionName,
    /// Its folder, in the layout of a pharmacy folder.
    pub path: PathBuf,
    /// Who published it, and when.
    pub manifest: Manifest,
}

impl Version {
    /// What it says.
    ///
    /// # Errors
    /// [`VersionError::Pharmacy`] with every fault, when this build cannot read it.
    pub fn load(&self) -> Result<Pharmacy, VersionError> {
        Ok(Pharmacy::load(&self.path, None)?)
    }
}

/// A folder of versions.
#[derive(Clone, Debug)]
pub struct Versions {
    dir: PathBuf,
}

impl Versions {
    /// The folder, which need not exist yet.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }
    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The names of all versions, the first first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<VersionName>, VersionError> {
        if !self.dir.exists() {
            return Ok(Vec::new());
        }
        let entries = std::fs::read_dir(&self.dir).map_err(disk::at(&self.dir))?;
        let mut names: Vec<VersionName> =
            entries.flatten().filter_map(|e| e.file_name().to_str()?.parse().ok()).collect();
        names.sort_by_key(VersionName::number);
        Ok(names)
    }

    /// The name of the version in force.
    ///
    /// # Errors
    /// [`VersionError::Nothing`], or [`VersionError::Current`] when `CURRENT` is damaged.
    pub fn current(&self) -> Result<VersionName, VersionError> {
        let path = self.dir.join(CURRENT);
        let line = match std::fs::read_to_string(&path) {
            Ok(line) => line,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(VersionError::Nothing { dir: self.dir.clone() });
            }
            Err(e) => return Err(disk::at(&path)(e)),
        };
        let found = line.trim_end_matches('\n');
        let bad = || VersionError::Current { dir: self.dir.clone(), found: found.chars().take(40).collect() };
        let name: VersionName = found.parse().map_err(|()| bad())?;
        if self.dir.join(found).is_dir() { Ok(name) } else { Err(bad()) }
    }

    /// The version in force, verified.
    ///
    /// # Errors
    /// As [`Versions::current`] and [`Versions::verified`].
    pub fn in_force(&self) -> Result<Version, VersionError> {
        self.verified(&self.current()?)
    }

    /// A version by its number, verified.
    ///
    /// # Errors
    /// [`VersionError::Unknown`], and as [`Versions::verified`].
    pub fn numbered(&self, number: u64) -> Result<Version, VersionError> {
        let found = self.names()?.into_iter().find(|n| n.number == number);
        self.verified(&found.ok_or_else(|| VersionError::Unknown { dir: self.dir.clone(), number })?)
    }

    /// Compares every file of a version with its digests.
    ///
    /// # Errors
    /// [`VersionError::Altered`] with the first file that is changed, missing or too many.
    pub fn verified(&self, name: &VersionName) -> Result<Version, VersionError> {
        let path = self.dir.join(name.to_string());
        let altered = |problem| VersionError::Altered { dir: self.dir.clone(), name: name.clone(), problem };
        let files = disk::walk(&path)?;
        let manifest = files.get(MANIFEST).ok_or_else(|| altered(format!("{MANIFEST} is missing")))?;
        let manifest = Manifest::parse(manifest).map_err(altered)?;
        manifest.verify(name, &files).map_err(altered)?;
        Ok(Version { name: name.clone(), path, manifest })
    }

    /// Puts an older version in force, or any by its number. Only the line of `CURRENT` changes.
    ///
    /// # Errors
    /// When there is none, it was altered, somebody else is at work, or the disk fails; then all is as before.
    pub fn rollback(&self, to: Option<u64>) -> Result<VersionName, VersionError> {
        let _lock = disk::lock(&self.dir)?;
        let number = match to {
            Some(number) => number,
            None => self.before(&self.current()?)?,
        };
        let version = self.numbered(number)?;
        disk::switch(&self.dir, CURRENT, &version.name)?;
        Ok(version.name)
    }

    fn before(&self, name: &VersionName) -> Result<u64, VersionError> {
        // One with the same texts is a publish that died before it was in force: going back to it would take nothing back.
        let other = |n: &VersionName| n.number < name.number && n.digest != name.digest;
        let older = self.names()?.into_iter().filter(other).map(|n| n.number).max();
        older.ok_or_else(|| VersionError::Oldest { dir: self.dir.clone(), name: name.clone() })
    }
}
