//! The journal of cases: every message that brought a case, a line each, in a folder that should lie on another disk than the store. A backup
//! is a moment old when it is needed; what was promised since then is in the journal, and goes through the spill file when the backup
//! comes back. One file a day (UTC), so that old days can be deleted.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    today: Mutex<Option<(Date, File)>>,
}

impl Journal {
    /// Makes the folder (mode 0700 on Unix) when it is not there, and the day's file.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn open(dir: &Path, now: Timestamp) -> std::io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        #[cfg(unix)]
        std::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        let journal = Self { dir: dir.to_owned(), today: Mutex::new(None) };
        journal.on(day(now))?;
        Ok(journal)
    }

    /// Adds one value; when this returns it is on the disk. Blocks for one fsync.
    ///
    /// # Errors
    /// When it cannot be written; the case itself is in the store.
    pub fn append(&self, now: Timestamp, value: &Value) -> std::io::Result<()> {
        let day = day(now);
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match today.take().filter(|(open, _)| *open == day) {
            Some((_, file)) => file,
            None => self.on(day)?,
        };
        let (_, file) = today.insert((day, file));
        file.write_all(format!("{value}\n").as_bytes())?;
        file.sync_all()
    }

    fn on(&self, day: Date) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.dir.join(format!("{day}.jsonl")))
    }
}

/// The days of a journal, the oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn days(dir: &Path) -> std::io::Result<Vec<(Date, PathBuf)>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".jsonl"));
        let day = name.and_then(|n| n.parse().ok());
        out.extend(day.map(|day| (day, path)));
    }
    out.sort();
    Ok(out)
}

/// The lines since a moment: whole days, the one of the moment included.
///
/// # Errors
/// A day that cannot be read.
pub fn since(dir: &Path, from: Timestamp) -> std::io::Result<String> {
    let mut out = String::new();
    for (_, path) in days(dir)?.into_iter().filter(|(d, _)| *d >= day(from)) {
        out += &std::fs::read_to_string(path)?;
    }
    Ok(out)
}

/// Deletes the days before a moment, and gives how many.
///
/// # Errors
/// A day that cannot be deleted.
pub fn forget(dir: &Path, before: Timestamp) -> std::io::Result<usize> {
    let old: Vec<PathBuf> = days(dir)?.into_iter().filter(|(d, _)| *d < day(before)).map(|(_, path)| path).collect();
    old.iter().try_for_each(std::fs::remove_file)?;
    Ok(old.len())
}

fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}
