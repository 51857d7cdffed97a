//! Making a version: the texts are copied under a temporary name, so that what is checked is what is published; then the folder gets its
//! name, and at last `CURRENT` names it. What a crash leaves behind is cleared by the next one.

use super::manifest::{MANIFEST, Manifest, of_all, of_file};
use super::{CURRENT, VersionError, VersionName, Versions, disk};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Temporary folders begin so.
pub(crate) const UNFINISHED: &str = ".new";
/// What answers are made of, beside the pages. People and their records are no texts.
const FILES: [&str; 5] = ["constants.toml", "states.toml", "steps.toml", "drugs.toml", "questions.jsonl"];
const PAGES: &str = "policies";

/// A copy of the texts that is not published yet; it goes when it is dropped.
#[derive(Debug)]
pub struct Prepared {
    versions: Versions,
    folder: PathBuf,
    digests: BTreeMap<String, String>,
    digest: String,
    /// Nobody else publishes meanwhile.
    _lock: File,
}

impl Versions {
    /// Copies the texts of a pharmacy folder, to be checked and then published.
    ///
    /// # Errors
    /// [`VersionError::Busy`], or when a file cannot be read or written.
    pub fn prepare(&self, data: &Path) -> Result<Prepared, VersionError> {
        std::fs::create_dir_all(&self.dir).map_err(disk::at(&self.dir))?;
        let lock = disk::lock(&self.dir)?;
        self.clear()?;
        let texts = texts(data)?;
        let prepared = Prepared {
            versions: self.clone(),
            folder: self.dir.join(UNFINISHED),
            digests: texts.iter().map(|(name, bytes)| (name.clone(), of_file(bytes))).collect(),
            digest: of_all(texts.iter()),
            _lock: lock,
        };
        let pages = prepared.folder.join(PAGES);
        std::fs::create_dir_all(&pages).map_err(disk::at(&pages))?;
        for (name, bytes) in &texts {
            disk::write(&prepared.folder.join(name), bytes)?;
        }
        disk::sync(&pages)?;
        Ok(prepared)
    }

    /// Removes what a crash left.
    fn clear(&self) -> Result<(), VersionError> {
        let left = self.dir.join(UNFINISHED);
        if left.exists() { std::fs::remove_dir_all(&left).map_err(disk::at(&left)) } else { Ok(()) }
    }
}

impl Prepared {
    /// The copy, in the layout of a pharmacy folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a version has these very texts.
    #[must_use]
    pub fn same_as(&self, manifest: &Manifest) -> bool {
        self.digest == manifest.digest
    }

    /// Makes it a version and puts it in force.
    ///
    /// # Errors
    /// When the disk fails; the version in force is then the old one or this one, never a part.
    pub fn publish(self, by: &str, note: &str, at: Timestamp) -> Result<VersionName, VersionError> {
        let number = 1 + self.versions.names()?.last().map_or(0, VersionName::number);
        let name = VersionName::new(number, &self.digest);
        let manifest = Manifest {
            number,
            digest: self.digest.clone(),
            files: self.digests.clone(),
            published_at: at,
            by: by.to_owned(),
            note: note.to_owned(),
        };
        let path = self.folder.join(MANIFEST);
        let text = serde_json::to_string_pretty(&manifest).map_err(|e| disk::at(&path)(e.into()))?;
        disk::write(&path, text.as_bytes())?;
        disk::sync(&self.folder)?;
        let dir = self.versions.dir();
        disk::name(&self.folder, &dir.join(name.to_string()), dir)?;
        // Read back before anybody answers by it.
        self.versions.verified(&name)?;
        disk::switch(dir, CURRENT, &name)?;
        Ok(name)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // Published, it has another name; what cannot be removed now is cleared by the next one.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The texts of a pharmacy folder by their names in it.
pub(crate) fn texts(data: &Path) -> Result<BTreeMap<String, Vec<u8>>, VersionError> {
    let pages = data.join(PAGES);
    let mut found: Vec<(String, PathBuf)> = FILES.iter().map(|f| ((*f).to_owned(), data.join(f))).collect();
    // That there is no page is for whoever checks the copy to say.
    let entries = if pages.is_dir() { Some(std::fs::read_dir(&pages).map_err(disk::at(&pages))?) } else { None };
    for entry in entries.into_iter().flatten() {
        let path = entry.map_err(disk::at(&pages))?.path();
        if let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|e| e == "md")) {
            found.push((format!("{PAGES}/{}", name.to_string_lossy()), path));
        }
    }
    found.retain(|(_, path)| path.exists());
    found.into_iter().map(|(name, path)| Ok((name, std::fs::read(&path).map_err(disk::at(&path))?))).collect()
}
