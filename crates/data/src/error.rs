//! What can be wrong with a file or a folder.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// One problem: where, what was expected, what was found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}: expected {expected}, found {found}", file.display())]
pub struct DataError {
    /// The file or folder.
    pub file: PathBuf,
    /// What should have been there.
    pub expected: String,
    /// What was there.
    pub found: String,
    /// How to mend it.
    pub advice: String,
}

impl DataError {
    pub(crate) fn new(
        file: &Path,
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_path_buf(),
            expected: expected.into(),
            found: found.into(),
            advice: advice.into(),
        }
    }
}
