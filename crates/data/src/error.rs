//! Errors of files, folders and settings.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// A problem of a file or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}: expected {expected}, found {found}", file.display())]
pub struct DataError {
    /// The file or folder.
    pub file: PathBuf,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// How to fix it.
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

/// Advice on settings: what to do with them, such as "change it", and where it is done.
#[must_use]
pub fn setting_advice(change: &str) -> String {
    format!("{change} in the recipe, or with `--set`")
}

/// A setting that is out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: expected {expected}, found {found}")]
pub struct SettingError {
    /// The setting's key in a recipe, such as `augment.gamma`.
    pub key: String,
    /// What is allowed.
    pub expected: String,
    /// What was given.
    pub found: String,
    /// What to do.
    pub advice: String,
}

impl SettingError {
    pub(crate) fn new(
        key: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            key: key.into(),
            expected: expected.into(),
            found: found.into(),
            advice: setting_advice("change it"),
        }
    }
}

/// A name that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct UnknownName {
    /// The known names.
    pub expected: String,
    /// The name that was given.
    pub found: String,
}

/// Maximum number of problems that are reported for one file.
const MAX_PER_FILE: usize = 100;

/// The problems of the lines of one file, which may be a million: the first are reported, the others counted.
pub(crate) struct LineProblems<'a> {
    file: &'a Path,
    problems: &'a mut Vec<DataError>,
    count: usize,
}

impl<'a> LineProblems<'a> {
    pub(crate) fn new(file: &'a Path, problems: &'a mut Vec<DataError>) -> Self {
        Self {
            file,
            problems,
            count: 0,
        }
    }

    pub(crate) fn push(
        &mut self,
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.count += 1;
        if self.count <= MAX_PER_FILE {
            self.problems
                .push(DataError::new(self.file, expected, found, advice));
        }
    }
}

impl Drop for LineProblems<'_> {
    fn drop(&mut self) {
        if self.count > MAX_PER_FILE {
            self.problems.push(DataError::new(
                self.file,
                format!("at most {MAX_PER_FILE} problems"),
                format!("{} more", self.count - MAX_PER_FILE),
                "fix those that are reported; the others are likely to be of the same kind",
            ));
        }
    }
}
