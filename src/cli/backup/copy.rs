//! One backup: a folder with the store of one moment and `manifest.json`. It is made under another name and checked before it gets its own, so
//! that what has a name is whole.

use super::STORE;
use crate::boot;
use crate::cli::Failure;
use crate::store::{Store, backup};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";

/// `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The moment before which everything is in it.
    pub at: Timestamp,
    /// Length of the store's file.
    pub bytes: u64,
    /// Its digest, hex.
    pub sha256: String,
    /// Records of the audit chain.
    pub audit: u64,
}

/// A backup with its manifest.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Its folder.
    pub dir: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

impl Copy {
    /// Makes one below `to`, named by its moment.
    ///
    /// # Errors
    /// There is no store, or no room; nothing with a name was left.
    pub async fn make(store: &Path, to: &Path, at: Timestamp) -> Result<Self, Failure> {
        boot::private_dir(to)?;
        let (dir, unfinished) = (to.join(name(at)), to.join(format!("{}.unfinished", name(at))));
        let made = Self::fill(store, &unfinished, &dir, at).await;
        if made.is_err() {
            std::fs::remove_dir_all(&unfinished).ok();
        }
        made
    }

    async fn fill(store: &Path, unfinished: &Path, dir: &Path, at: Timestamp) -> Result<Self, Failure> {
        if !store.is_file() {
            return Err(
                format!("there is no store at {}; --dir names the server's data folder", store.display()).into()
            );
        }
        boot::private_dir(unfinished)?;
        let file = unfinished.join(STORE);
        backup::snapshot(store, &file).await?;
        let copy = Store::open(&file).await?;
        let audit = copy.verify_audit().await?;
        copy.close().await;
        let manifest = sealed(unfinished, at, audit)?;
        std::fs::rename(unfinished, dir).map_err(|e| format!("{}: {e}", dir.display()))?;
        Ok(Self { dir: dir.to_owned(), manifest })
    }

    /// Reads one, or of a folder of them the latest.
    ///
    /// # Errors
    /// There is none.
    pub fn open(from: &Path) -> Result<Self, Failure> {
        if from.join(MANIFEST).is_file() {
            return Self::read(from);
        }
        let latest = all(from)?.pop();
        latest.ok_or_else(|| format!("no backup in {}: a backup is a folder with {MANIFEST}", from.display()).into())
    }

    fn read(dir: &Path) -> Result<Self, Failure> {
        let file = dir.join(MANIFEST);
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let manifest = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        Ok(Self { dir: dir.to_owned(), manifest })
    }

    /// That it is what was written: digest, SQLite's own check, audit chain.
    ///
    /// # Errors
    /// What is wrong with it; then take an older one.
    pub async fn verify(&self) -> Result<(), Failure> {
        let file = self.dir.join(STORE);
        let (bytes, sha256) = digest(&file)?;
        if (bytes, &sha256) != (self.manifest.bytes, &self.manifest.sha256) {
            return Err(format!("{} is not what its manifest says; take an older backup", file.display()).into());
        }
        // Opened as a copy: a store that is opened may be written.
        let probe = std::env::temp_dir().join(format!("apothecary-restore-{}", uuid::Uuid::now_v7()));
        boot::private_dir(&probe)?;
        let checked = async {
            backup::snapshot(&file, &probe.join(STORE)).await?;
            let store = Store::open(&probe.join(STORE)).await?;
            let audit = store.verify_audit().await;
            store.close().await;
            Ok::<_, Failure>(audit?)
        };
        let audit = checked.await;
        std::fs::remove_dir_all(&probe).ok();
        match audit? {
            n if n == self.manifest.audit => Ok(()),
            n => {
                Err(format!("{}: {n} audit records, the manifest says {}", file.display(), self.manifest.audit).into())
            }
        }
    }

    /// Copies the store to its place (mode 0600 on Unix).
    ///
    /// # Errors
    /// It cannot be written; a file that was begun is taken away.
    pub fn place(&self, to: &Path) -> Result<(), Failure> {
        let from = self.dir.join(STORE);
        let beside = to.with_extension("restoring");
        boot::private_file(&beside, b"")?;
        let copied = std::fs::copy(&from, &beside)
            .and_then(|_| std::fs::OpenOptions::new().write(true).open(&beside)?.sync_all())
            .and_then(|()| std::fs::rename(&beside, to));
        copied.map_err(|e| {
            std::fs::remove_file(&beside).ok();
            format!("{}: {e}", to.display()).into()
        })
    }

    /// Writes the manifest anew after the store in it was changed.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn seal(&mut self, audit: u64) -> Result<(), Failure> {
        self.manifest = sealed(&self.dir, self.manifest.at, audit)?;
        Ok(())
    }
}

/// All backups of a folder, the oldest first.
///
/// # Errors
/// The folder or a manifest cannot be read.
pub fn all(dir: &Path) -> Result<Vec<Copy>, Failure> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))? {
        let path = entry?.path();
        if path.join(MANIFEST).is_file() && path.extension().is_none() {
            out.push(Copy::read(&path)?);
        }
    }
    out.sort_by_key(|copy| copy.manifest.at);
    Ok(out)
}

/// A moment as the name of a folder.
pub fn name(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H-%M-%SZ").to_string()
}

fn sealed(dir: &Path, at: Timestamp, audit: u64) -> Result<Manifest, Failure> {
    let (bytes, sha256) = digest(&dir.join(STORE))?;
    let manifest = Manifest { at, bytes, sha256, audit };
    let (file, beside) = (dir.join(MANIFEST), dir.join("manifest.new"));
    std::fs::remove_file(&beside).ok();
    boot::private_file(&beside, serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    std::fs::File::open(&beside)?.sync_all()?;
    std::fs::rename(&beside, &file).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(manifest)
}

/// Length and digest of a file of any size.
fn digest(file: &Path) -> Result<(u64, String), Failure> {
    let mut open = std::fs::File::open(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        let n = open.read(&mut buffer)?;
        if n == 0 {
            return Ok((bytes, hex::encode(hash.finalize())));
        }
        hash.update(buffer.get(..n).unwrap_or_default());
        bytes += n as u64;
    }
}
