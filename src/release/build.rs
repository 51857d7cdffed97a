//! Making a release: all files are copied under a temporary name, so that what is checked is what is built; then the manifest is written
//! and the folder gets its name. It is put in force by nobody here. What a crash leaves behind is cleared by the next one.

use super::manifest::{self, MANIFEST, Manifest};
use super::program::{self, PROGRAM};
use super::settings::SETTINGS;
use super::{GUARDRAILS, REPORT, ReleaseError, Releases, Settings, TEXTS};
use crate::pharmacy::versions::{UNFINISHED, VersionName, disk, texts};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A copy that is no release yet; it goes when it is dropped.
#[derive(Debug)]
pub struct Prepared {
    releases: Releases,
    folder: PathBuf,
    files: BTreeMap<String, Vec<u8>>,
    /// Nobody else builds meanwhile.
    _lock: File,
}

/// What came of it.
#[derive(Debug)]
pub enum Built {
    /// A new release.
    New(VersionName),
    /// One with these very files is there.
    Known(VersionName),
}

impl Releases {
    /// Copies the texts of a pharmacy folder, the given files of a guard policy folder, settings and report, to be checked and then
    /// finished.
    ///
    /// # Errors
    /// Somebody else is at work, or a file cannot be read or written.
    pub fn prepare(
        &self,
        data: &Path,
        guardrails: BTreeMap<String, Vec<u8>>,
        settings: &Settings,
        report: Option<Vec<u8>>,
    ) -> Result<Prepared, ReleaseError> {
        std::fs::create_dir_all(self.dir()).map_err(disk::at(self.dir()))?;
        let lock = disk::lock(self.dir())?;
        let folder = self.dir().join(UNFINISHED);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(disk::at(&folder))?;
        }
        let mut prepared = Prepared { releases: self.clone(), folder, files: BTreeMap::new(), _lock: lock };
        for (name, bytes) in texts(data)? {
            prepared.add(format!("{TEXTS}/{name}"), bytes)?;
        }
        for (name, bytes) in guardrails {
            prepared.add(format!("{GUARDRAILS}/{name}"), bytes)?;
        }
        prepared.add(SETTINGS.to_owned(), settings.text().into_bytes())?;
        prepared.add(PROGRAM.to_owned(), program::file().into_bytes())?;
        if let Some(report) = report {
            prepared.add(REPORT.to_owned(), report)?;
        }
        Ok(prepared)
    }
}

impl Prepared {
    /// Its pharmacy folder.
    #[must_use]
    pub fn texts(&self) -> PathBuf {
        self.folder.join(TEXTS)
    }
    /// Its guard policy folder.
    #[must_use]
    pub fn guardrails(&self) -> PathBuf {
        self.folder.join(GUARDRAILS)
    }

    /// Adds a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), ReleaseError> {
        let path = self.folder.join(&name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(disk::at(parent))?;
        }
        disk::write(&path, &bytes)?;
        self.files.insert(name, bytes);
        Ok(())
    }

    /// Makes it a release, unless there is one with these very files.
    ///
    /// # Errors
    /// When the disk fails; then there is no new release.
    pub fn finish(self) -> Result<Built, ReleaseError> {
        let text = Manifest::of(&self.files).text();
        let names = self.releases.names()?;
        let number = 1 + names.last().map_or(0, VersionName::number);
        let name = VersionName::new(number, &manifest::digest(text.as_bytes()));
        if let Some(known) = names.into_iter().find(|n| n.digest() == name.digest()) {
            return Ok(Built::Known(known));
        }
        disk::write(&self.folder.join(MANIFEST), text.as_bytes())?;
        for folder in self.folders() {
            disk::sync(&folder)?;
        }
        let dir = self.releases.dir();
        disk::name(&self.folder, &dir.join(name.to_string()), dir)?;
        // Read back before anybody signs it.
        self.releases.verified(&name)?;
        Ok(Built::New(name))
    }

    /// All folders in it, the inner ones first.
    fn folders(&self) -> Vec<PathBuf> {
        let parents = self.files.keys().flat_map(|f| Path::new(f).ancestors().skip(1).map(|p| self.folder.join(p)));
        let all: BTreeSet<PathBuf> = parents.collect();
        all.into_iter().rev().collect()
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // Finished, it has another name; what cannot be removed now is cleared by the next one.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
