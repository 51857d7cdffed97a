//! The spill file: where a hand-over goes when the database cannot commit. One JSON value a line, synced before the
//! customer is told; read back at start, and while the server runs as soon as the database commits again.

use crate::failpoint::{self, Point, Side};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A failure of the spill file.
#[derive(Debug, thiserror::Error)]
pub enum SpillError {
    /// The file cannot be read or written.
    #[error("cannot use the spill file {path}: {source}; let the server's user write it and free space on its disk")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A value could not be taken in; the file was kept whole.
    #[error("the spill file {path} was kept, for one of its lines was not taken in: {reason}")]
    Refused {
        /// The file.
        path: PathBuf,
        /// What the receiver said.
        reason: String,
    },
}

/// What a drain found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Values handed over.
    pub taken: usize,
    /// Lines that are no JSON (cut off by a crash); they were put aside in `PATH.damaged`.
    pub damaged: usize,
}

/// Bytes kept free for cases that arrive when the disk is full; a case has a few kilobytes.
const RESERVE: usize = 1 << 20;

/// An open spill file. Beside it lies `PATH.reserve`: space that is given up for cases when the disk is full.
#[derive(Debug)]
pub struct Spill {
    path: PathBuf,
    file: Mutex<File>,
}

impl Spill {
    /// Opens or creates the file (mode 0600 on Unix).
    ///
    /// # Errors
    /// [`SpillError::Io`] with the path.
    pub fn open(path: &Path) -> Result<Self, SpillError> {
        let open = || {
            let mut file = private(path)?;
            end_line(&mut file)?;
            reserve(path)?;
            Ok(file)
        };
        let file = open().map_err(|source| SpillError::Io { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }

    /// Adds one value; when this returns it is on the disk. Blocks for one fsync. On a full disk the reserve is given up first.
    ///
    /// # Errors
    /// [`SpillError::Io`]; the value may be lost.
    pub fn append(&self, value: &Value) -> Result<(), SpillError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("{value}\n");
        failpoint::at(Point::Spill, Side::Before);
        let written = add(&mut file, &line).or_else(|e| {
            std::fs::remove_file(reserve_of(&self.path)).map_err(|_| e)?;
            tracing::warn!(path = %self.path.display(), "the disk is full: the spill file uses its reserve");
            add(&mut file, &line)
        });
        failpoint::at(Point::Spill, Side::After);
        written.map_err(|e| self.io(e))
    }

    /// Whether nothing waits in it. A file that cannot be looked at counts as empty: nothing could be read from it either.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).metadata().map_or(true, |m| m.len() == 0)
    }

    /// Hands each value to `take`, in order, and takes them out of the file when all were taken; what was added meanwhile stays
    /// for the next time. A drain that stopped half-way begins at the first value again, so `take` must bear repeats. One drain at
    /// a time.
    ///
    /// # Errors
    /// [`SpillError::Refused`] with what `take` said, [`SpillError::Io`]; the file was kept.
    pub async fn drain<F, Fut, E>(&self, mut take: F) -> Result<Drained, SpillError>
    where
        F: FnMut(Value) -> Fut,
        Fut: Future<Output = Result<(), E>>,
        E: std::fmt::Display,
    {
        let bytes = self.read().map_err(|e| self.io(e))?;
        let mut drained = Drained::default();
        let mut damaged = Vec::new();
        for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            let Ok(value) = serde_json::from_slice::<Value>(line) else {
                damaged.push(line);
                continue;
            };
            let refused = |e: E| SpillError::Refused { path: self.path.clone(), reason: e.to_string() };
            take(value).await.map_err(refused)?;
            drained.taken += 1;
        }
        drained.damaged = damaged.len();
        self.put_aside(&damaged).and_then(|()| self.cut(bytes.len())).map_err(|e| self.io(e))?;
        Ok(drained)
    }

    fn read(&self) -> std::io::Result<Vec<u8>> {
        all(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_aside(&self, lines: &[&[u8]]) -> std::io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut file = private(&beside(&self.path, "damaged"))?;
        for line in lines {
            file.write_all(line)?;
            file.write_all(b"\n")?;
        }
        file.sync_all()
    }

    /// Takes the first `taken` bytes out: what follows them is written to a file of its own first, which then gets this one's name.
    fn cut(&self, taken: usize) -> std::io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = all(&mut file)?;
        let rest = bytes.get(taken..).unwrap_or_default();
        if rest.is_empty() {
            file.set_len(0)?;
            return file.sync_all();
        }
        let path = beside(&self.path, "next");
        let mut next = private(&path)?;
        next.set_len(0)?;
        next.write_all(rest)?;
        next.sync_all()?;
        std::fs::rename(&path, &self.path)?;
        *file = next;
        Ok(())
    }

    fn io(&self, source: std::io::Error) -> SpillError {
        SpillError::Io { path: self.path.clone(), source }
    }
}

/// A write that failed half-way must not spoil the line after it.
fn add(file: &mut File, line: &str) -> std::io::Result<()> {
    end_line(file)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

fn all(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(".");
    name.push(what);
    name.into()
}

fn reserve_of(path: &Path) -> PathBuf {
    path.with_extension("reserve")
}

/// Takes the reserve anew when it was given up or never taken.
fn reserve(path: &Path) -> std::io::Result<()> {
    let path = reserve_of(path);
    if std::fs::metadata(&path).is_ok_and(|m| m.len() == RESERVE as u64) {
        return Ok(());
    }
    let mut file = private(&path)?;
    file.set_len(0)?;
    file.write_all(&vec![0; RESERVE])?;
    file.sync_all()
}

fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Closes a line that a crash cut off.
fn end_line(file: &mut File) -> std::io::Result<()> {
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last == [b'\n'] { Ok(()) } else { file.write_all(b"\n") }
}
