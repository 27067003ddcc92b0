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

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: expected {expected}, found {found}")]
pub struct SettingError {
    /// The setting's key in a recipe, such as `augment.gamma`.
    pub key: String,
    /// What is allowed.
    pub expected: String,
    /// What was given.
    pub found: String,
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
        }
    }
}

/// A name that is none of those known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct UnknownName {
    /// The names that are known, in words.
    pub expected: String,
    /// The name that was given.
    pub found: String,
}

/// Problems of one file that are told one by one: who sees a hundred lines that are wrong has seen what is wrong.
const MOST_OF_ONE_FILE: usize = 100;

/// The problems of the lines of one file, of which there may be a million: the first are told, the others counted.
pub(crate) struct LineProblems<'a> {
    file: &'a Path,
    problems: &'a mut Vec<DataError>,
    count: usize,
}

impl<'a> LineProblems<'a> {
    pub(crate) fn of(file: &'a Path, problems: &'a mut Vec<DataError>) -> Self {
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
        if self.count <= MOST_OF_ONE_FILE {
            self.problems
                .push(DataError::new(self.file, expected, found, advice));
        }
    }
}

impl Drop for LineProblems<'_> {
    fn drop(&mut self) {
        if self.count > MOST_OF_ONE_FILE {
            self.problems.push(DataError::new(
                self.file,
                format!("at most {MOST_OF_ONE_FILE} problems"),
                format!("{} more", self.count - MOST_OF_ONE_FILE),
                "fix those that are reported; the others are likely to be of the same kind",
            ));
        }
    }
}
