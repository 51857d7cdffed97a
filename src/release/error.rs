//! What can be wrong with a release, each with the command that mends it.

use crate::pharmacy::versions::{VersionError, VersionName};
use std::path::PathBuf;

/// Why a release cannot be read, made, or answered by.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The disk, or somebody else at work.
    #[error(transparent)]
    Disk(#[from] VersionError),
    /// None was ever put in force there.
    #[error(
        "{0} holds no release in force; make one, sign it and put it in force: apothecary release build --dir {0}, apothecary release sign \
         N --dir {0} …, apothecary release use N --dir {0}",
        dir.display()
    )]
    Nothing {
        /// The folder.
        dir: PathBuf,
    },
    /// `CURRENT` is damaged.
    #[error(
        "{0}/CURRENT names `{found}`, which is no release of that folder; put one in force: apothecary release use N --dir {0}",
        dir.display()
    )]
    Current {
        /// The folder.
        dir: PathBuf,
        /// What stands there.
        found: String,
    },
    /// No release has that name.
    #[error("there is no release {id} in {0}; see: apothecary release list --dir {0}", dir.display())]
    Unknown {
        /// The folder.
        dir: PathBuf,
        /// What was asked for.
        id: String,
    },
    /// A release or a signature is not what it was.
    #[error(
        "release {name} in {0} is not what was built and signed: {problem}; restore the folder from a copy, or put another in force: \
         apothecary release use N --dir {0}",
        dir.display()
    )]
    Altered {
        /// The folder.
        dir: PathBuf,
        /// The release.
        name: VersionName,
        /// Which file, and how.
        problem: String,
    },
    /// Nobody who counts stands for it.
    #[error(
        "release {name} in {0} is signed {by}, and by nobody in release.signers; have a signer sign it: apothecary release sign {1} --dir \
         {0} --key FILE …, or put a signed one in force: apothecary release use N --dir {0}",
        dir.display(), name.number()
    )]
    Unsigned {
        /// The folder.
        dir: PathBuf,
        /// The release.
        name: VersionName,
        /// Who did sign.
        by: String,
    },
    /// It was built by a program with other rules built in.
    #[error(
        "release {name} in {0} was built with another program, whose {what} differs from that of this one; build, sign and use a release \
         with this program, or run the one that built it",
        dir.display()
    )]
    Program {
        /// The folder.
        dir: PathBuf,
        /// The release.
        name: VersionName,
        /// What differs.
        what: String,
    },
    /// There is none to go back to.
    #[error("no signed release in {} is older than {name}; name the one to put in force: apothecary release use N", dir.display())]
    Oldest {
        /// The folder.
        dir: PathBuf,
        /// The release in force.
        name: VersionName,
    },
}
