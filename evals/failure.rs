//! Why a run ends without, or with a bad, result, and the exit code of each kind. Messages name the place and the mend.

use std::path::Path;
use std::process::ExitCode;

/// A failed run.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A gate, or with `--strict` an expectation, failed.
    #[error("{0}")]
    Gate(String),
    /// A file or an argument is not as it should be.
    #[error("{0}")]
    Input(String),
    /// The product or the machine failed.
    #[error("internal fault: {0}")]
    Internal(String),
}

impl Failure {
    /// 1 for a gate, 2 for bad input, 3 for a fault.
    pub fn code(&self) -> ExitCode {
        match self {
            Failure::Gate(_) => ExitCode::from(1),
            Failure::Input(_) => ExitCode::from(2),
            Failure::Internal(_) => ExitCode::from(3),
        }
    }
    /// Bad input at a line of a file.
    pub fn line(file: &Path, number: usize, reason: impl std::fmt::Display) -> Self {
        Failure::Input(format!("{} line {number}: {reason}", file.display()))
    }
    /// A file that cannot be read or written.
    pub fn file(file: &Path, reason: impl std::fmt::Display) -> Self {
        Failure::Input(format!("{}: {reason}", file.display()))
    }
    /// A fault with its cause.
    pub fn internal(reason: impl std::fmt::Display) -> Self {
        Failure::Internal(reason.to_string())
    }
}
