//! Files and folders of versions (and of releases, `crate::release`), written so that a crash at any moment leaves the old or the new, whole. Decides nothing.

use super::{VersionError, VersionName};
use crate::failpoint::{self, Point, Side};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// Held by who publishes or goes back; freed by the system when they die.
const LOCK: &str = ".lock";

/// An error of this path.
pub(crate) fn at(path: &Path) -> impl Fn(std::io::Error) -> VersionError {
    let path = path.to_owned();
    move |source| VersionError::Io { path: path.clone(), source }
}

/// Every file below a folder with its contents, by its path with `/` between.
pub(crate) fn walk(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>, VersionError> {
    let (mut files, mut open) = (BTreeMap::new(), vec![(String::new(), dir.to_owned())]);
    while let Some((prefix, folder)) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
            if path.is_dir() {
                open.push((format!("{name}/"), path));
            } else {
                files.insert(name, std::fs::read(&path).map_err(at(&path))?);
            }
        }
    }
    Ok(files)
}

/// Writes a file that nobody changes again, and waits until it is on the disk.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), VersionError> {
    failpoint::at(Point::VersionFile, Side::Before);
    let done = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444))?;
        file.sync_all()
    };
    done().map_err(at(path))?;
    failpoint::at(Point::VersionFile, Side::After);
    Ok(())
}

/// Waits until a folder's entries are on the disk.
pub(crate) fn sync(dir: &Path) -> Result<(), VersionError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(at(dir))
}

/// Gives a finished folder its name.
pub(crate) fn name(from: &Path, to: &Path, parent: &Path) -> Result<(), VersionError> {
    failpoint::at(Point::VersionName, Side::Before);
    std::fs::rename(from, to).map_err(at(to))?;
    sync(parent)?;
    failpoint::at(Point::VersionName, Side::After);
    Ok(())
}

/// Puts a version in force: the file with its name is replaced at one stroke.
pub(crate) fn switch(dir: &Path, file: &str, version: &VersionName) -> Result<(), VersionError> {
    let (path, next) = (dir.join(file), dir.join(format!(".{file}.new")));
    let write = || -> std::io::Result<()> {
        let mut next = File::create(&next)?;
        next.write_all(format!("{version}\n").as_bytes())?;
        next.sync_all()
    };
    write().map_err(at(&next))?;
    failpoint::at(Point::VersionSwitch, Side::Before);
    std::fs::rename(&next, &path).map_err(at(&path))?;
    failpoint::at(Point::VersionSwitch, Side::After);
    sync(dir)
}

/// One at a time.
pub(crate) fn lock(dir: &Path) -> Result<File, VersionError> {
    let path = dir.join(LOCK);
    if !dir.is_dir() {
        return Err(VersionError::Nothing { dir: dir.to_owned() });
    }
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(VersionError::Busy { dir: dir.to_owned() }),
        Err(std::fs::TryLockError::Error(e)) => Err(at(&path)(e)),
    }
}
