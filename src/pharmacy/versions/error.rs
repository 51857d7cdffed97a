//! What can be wrong with a version, each with the command that mends it.

use super::VersionName;
use crate::pharmacy::PharmacyError;
use std::path::PathBuf;

/// Why a version cannot be read, made or put in force.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// A file or folder.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing was ever published there.
    #[error("{0} holds no published version; make one: apothecary policy publish --data DIR --versions {0} --by NAME", dir.display())]
    Nothing {
        /// The folder.
        dir: PathBuf,
    },
    /// `CURRENT` is damaged.
    #[error(
        "{0}/CURRENT names `{found}`, which is no version of that folder; put one in force: apothecary policy rollback N --versions {0}",
        dir.display()
    )]
    Current {
        /// The folder.
        dir: PathBuf,
        /// What stands there.
        found: String,
    },
    /// A version is not what was published.
    #[error(
        "version {name} in {0} is not what was published: {problem}; restore the folder from a copy, or put another version in \
         force: apothecary policy rollback N --versions {0}",
        dir.display()
    )]
    Altered {
        /// The folder.
        dir: PathBuf,
        /// The version.
        name: VersionName,
        /// Which file, and how.
        problem: String,
    },
    /// No version has that number.
    #[error("there is no version {number} in {0}; see: apothecary policy list --versions {0}", dir.display())]
    Unknown {
        /// The folder.
        dir: PathBuf,
        /// The number.
        number: u64,
    },
    /// The version in force is the first.
    #[error("no version in {} is older than {name}; name the one to put in force", dir.display())]
    Oldest {
        /// The folder.
        dir: PathBuf,
        /// The version in force.
        name: VersionName,
    },
    /// Somebody else publishes or goes back.
    #[error("another publish or rollback is at work in {}; wait for its end and try again", dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
    /// A verified version does not load: this build reads other files than the one that published it.
    #[error(transparent)]
    Pharmacy(#[from] PharmacyError),
}
