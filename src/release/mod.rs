//! Signed releases: `RELEASES/N-DIGEST/`, an exact copy of all that decides what a customer is told, under one digest, with the
//! signatures of those who stand for it; `RELEASES/CURRENT` names the one in force. Folders, names and the switch are those of
//! `pharmacy::versions`. Making one lives in `build`, what it holds in `manifest`, who stands for it in `statement` and `keys`, what differs
//! between two in `diff`.

mod build;
mod diff;
mod error;
pub mod keys;
mod manifest;
mod program;
mod settings;
mod stamp;
mod statement;
#[cfg(test)]
mod tests;
mod words;

pub use build::{Built, Prepared};
pub use diff::diff;
pub use error::ReleaseError;
pub use keys::{PrivateKey, PublicKey};
pub use manifest::Manifest;
pub use settings::{Endpoint, Settings};
pub use stamp::{Stamp, UNSIGNED};
pub use statement::{Reach, Signature, Statement};

use crate::pharmacy::versions::{CURRENT, VersionError, VersionName, Versions, disk};
use crate::policy::modes::Grant;
use manifest::MANIFEST;
use program::PROGRAM;
use settings::SETTINGS;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The part that is a pharmacy folder.
pub const TEXTS: &str = "index";
/// The part that is a guard policy folder.
pub const GUARDRAILS: &str = "guardrails";
/// A signature that has no name yet.
const NEXT: &str = ".signature.new";
/// An evaluation report, when there is one.
pub const REPORT: &str = "report.json";

/// A release whose every byte was compared with its digest, and whose signatures hold.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name.
    pub name: VersionName,
    /// sha256 of its manifest, hex: it stands for every byte of it.
    pub digest: String,
    /// Its folder.
    pub path: PathBuf,
    /// Files and parts with their digests.
    pub manifest: Manifest,
    /// The model's endpoint and what else stands in a server's configuration.
    pub settings: Settings,
    /// Who stands for it. Of [`Releases::in_force`] only those whose keys were listed.
    pub signatures: Vec<Signature>,
    built_in: BTreeMap<String, String>,
}

impl Release {
    /// Its pharmacy folder.
    #[must_use]
    pub fn texts(&self) -> PathBuf {
        self.path.join(TEXTS)
    }
    /// Its guard policy folder.
    #[must_use]
    pub fn guardrails(&self) -> PathBuf {
        self.path.join(GUARDRAILS)
    }
    /// What its signatures let the assistant answer by itself.
    #[must_use]
    pub fn grants(&self) -> Vec<Grant> {
        self.signatures.iter().map(|s| s.statement.grant()).collect()
    }
    /// How the audit names it.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        let mut signers: Vec<String> = self.signatures.iter().map(|s| s.key.short()).collect();
        signers.sort();
        signers.dedup();
        Stamp::Signed { id: self.name.to_string(), digest: self.digest.clone(), signers }
    }
    /// The same with the signatures of these keys only.
    #[must_use]
    pub fn signed_by(mut self, signers: &[PublicKey]) -> Self {
        self.signatures.retain(|s| signers.contains(&s.key));
        self
    }
}

/// A folder of releases.
#[derive(Clone, Debug)]
pub struct Releases {
    shelf: Versions,
}

impl Releases {
    /// The folder, which need not exist yet.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { shelf: Versions::new(dir) }
    }
    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.shelf.dir()
    }

    /// The names of all releases, the first first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<VersionName>, ReleaseError> {
        Ok(self.shelf.names()?)
    }

    /// The name of the release in force.
    ///
    /// # Errors
    /// [`ReleaseError::Nothing`], or [`ReleaseError::Current`] when `CURRENT` is damaged.
    pub fn current(&self) -> Result<VersionName, ReleaseError> {
        self.shelf.current().map_err(|e| match e {
            VersionError::Nothing { dir } => ReleaseError::Nothing { dir },
            VersionError::Current { dir, found } => ReleaseError::Current { dir, found },
            other => other.into(),
        })
    }

    /// The name of a release by its number or its whole name.
    ///
    /// # Errors
    /// [`ReleaseError::Unknown`].
    pub fn named(&self, id: &str) -> Result<VersionName, ReleaseError> {
        let fits = |n: &VersionName| n.to_string() == id || n.number().to_string() == id;
        let unknown = || ReleaseError::Unknown { dir: self.dir().to_owned(), id: id.chars().take(80).collect() };
        self.names()?.into_iter().find(fits).ok_or_else(unknown)
    }

    /// Compares every file of a release with its digest, and every signature with what it signs.
    ///
    /// # Errors
    /// [`ReleaseError::Altered`] with the first file that is changed, missing or too many.
    pub fn verified(&self, name: &VersionName) -> Result<Release, ReleaseError> {
        let path = self.dir().join(name.to_string());
        let altered = |problem| ReleaseError::Altered { dir: self.dir().to_owned(), name: name.clone(), problem };
        let mut files = disk::walk(&path)?;
        let signed: Vec<String> = files.keys().filter(|f| statement::is_signature(f)).cloned().collect();
        let signed: Vec<(String, Vec<u8>)> =
            signed.into_iter().filter_map(|f| files.remove(&f).map(|bytes| (f, bytes))).collect();
        let bytes = files.remove(MANIFEST).ok_or_else(|| altered(format!("{MANIFEST} is missing")))?;
        let digest = manifest::digest(&bytes);
        if VersionName::new(name.number(), &digest) != *name {
            return Err(altered(format!("{MANIFEST} was changed: its digest is not that of the folder")));
        }
        let manifest = Manifest::parse(&bytes).map_err(altered)?;
        manifest.verify(&files).map_err(altered)?;
        let read = |(file, bytes): (String, Vec<u8>)| Signature::parse(&file, &bytes, &digest).map_err(altered);
        let signatures = signed.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let content = |file: &str| files.get(file).map_or(&[][..], Vec::as_slice);
        Ok(Release {
            settings: Settings::parse(content(SETTINGS)).map_err(altered)?,
            built_in: program::parse(content(PROGRAM)).map_err(altered)?,
            name: name.clone(),
            digest,
            path,
            manifest,
            signatures,
        })
    }

    /// The release in force, for a server that trusts these keys.
    ///
    /// # Errors
    /// As [`Releases::current`] and [`Releases::allowed`].
    pub fn in_force(&self, signers: &[PublicKey]) -> Result<Release, ReleaseError> {
        self.allowed(&self.current()?, signers)
    }

    /// A release that a server of this program which trusts these keys may answer by.
    ///
    /// # Errors
    /// As [`Releases::verified`]; [`ReleaseError::Unsigned`], or [`ReleaseError::Program`] when it was built by another program.
    pub fn allowed(&self, name: &VersionName, signers: &[PublicKey]) -> Result<Release, ReleaseError> {
        let release = self.verified(name)?;
        let of = |release: &Release| (self.dir().to_owned(), release.name.clone());
        if let Some(what) = program::differs(&release.built_in) {
            let (dir, name) = of(&release);
            return Err(ReleaseError::Program { dir, name, what });
        }
        let others: Vec<String> = release.signatures.iter().map(|s| s.key.to_string()).collect();
        let release = release.signed_by(signers);
        if release.signatures.is_empty() {
            let (dir, name) = of(&release);
            let by = if others.is_empty() { "by nobody".to_owned() } else { format!("only by {}", others.join(", ")) };
            return Err(ReleaseError::Unsigned { dir, name, by });
        }
        Ok(release)
    }

    /// What is in force, as a word that is another when another release is, or when a signature came or went. Reads no contents.
    ///
    /// # Errors
    /// As [`Releases::current`].
    pub fn mark(&self) -> Result<String, ReleaseError> {
        let name = self.current()?.to_string();
        let path = self.dir().join(&name);
        let entries = std::fs::read_dir(&path).map_err(disk::at(&path))?;
        let files = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
        let mut signed: Vec<String> = files.filter(|f| statement::is_signature(f)).collect();
        signed.sort();
        Ok(std::iter::once(name).chain(signed).collect::<Vec<_>>().join(" "))
    }

    /// Puts a release in force. Only the line of `CURRENT` changes. Without `signers` any signature will do: a server still asks for one
    /// that it trusts.
    ///
    /// # Errors
    /// As [`Releases::allowed`]; somebody else is at work, or the disk fails; then all is as before.
    pub fn put_in_force(&self, name: &VersionName, signers: Option<&[PublicKey]>) -> Result<Release, ReleaseError> {
        let _lock = disk::lock(self.dir())?;
        let release = self.usable(name, signers)?;
        disk::switch(self.dir(), CURRENT, name)?;
        Ok(release)
    }

    /// Puts the signed release before the one in force back in force.
    ///
    /// # Errors
    /// [`ReleaseError::Oldest`], and as [`Releases::put_in_force`].
    pub fn rollback(&self, signers: Option<&[PublicKey]>) -> Result<Release, ReleaseError> {
        let now = self.current()?;
        let before = |n: &VersionName| n.number() < now.number() && n.digest() != now.digest();
        for name in self.names()?.into_iter().rev().filter(before) {
            match self.put_in_force(&name, signers) {
                // One that nobody signed was never said to anybody.
                Err(ReleaseError::Unsigned { .. }) => {}
                done => return done,
            }
        }
        Err(ReleaseError::Oldest { dir: self.dir().to_owned(), name: now })
    }

    fn usable(&self, name: &VersionName, signers: Option<&[PublicKey]>) -> Result<Release, ReleaseError> {
        match signers {
            Some(signers) => self.allowed(name, signers),
            None => {
                let any: Vec<PublicKey> = self.verified(name)?.signatures.into_iter().map(|s| s.key).collect();
                self.allowed(name, &any)
            }
        }
    }

    /// Puts a signature beside the manifest of a release; others stay as they are.
    ///
    /// # Errors
    /// The release was altered, the same signature stands there, or the disk fails.
    pub fn sign(&self, name: &VersionName, key: &PrivateKey, statement: Statement) -> Result<PathBuf, ReleaseError> {
        let _lock = disk::lock(self.dir())?;
        let release = self.verified(name)?;
        let signature = Signature::new(key, Statement { digest: release.digest.clone(), ..statement });
        let taken = |n: &usize| release.path.join(signature.file(*n)).exists();
        let n = (1..).find(|n| !taken(n)).unwrap_or_default();
        let path = release.path.join(signature.file(n));
        // Whole or not at all: half a signature would be an altered release.
        let next = self.dir().join(NEXT);
        if next.exists() {
            std::fs::remove_file(&next).map_err(disk::at(&next))?;
        }
        disk::write(&next, signature.text().as_bytes())?;
        disk::name(&next, &path, &release.path)?;
        Ok(path)
    }
}
