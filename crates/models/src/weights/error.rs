//! Why a weights file is refused.

use std::path::{Path, PathBuf};

/// Advice for a file that PyTorch reads and this program does not.
pub(super) const SAVE_AGAIN: &str =
    "save the weights alone in PyTorch: torch.save(model.state_dict(), \"weights.pth\")";
/// Advice for a file that nobody can read.
pub(super) const DOWNLOAD_AGAIN: &str = "download the file again: it is damaged or incomplete";

/// Why a weights file is refused, and what to do.
///
/// Its `Display` shows [`place`](Self::place), `expected` and `found`, without `advice`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}, found {found}", self.place())]
pub struct WeightsError {
    /// The file; boxed, since a `PathBuf` of Windows would make every `Result` of this error too large.
    pub path: Box<Path>,
    /// The tensor, if the error is about one.
    pub tensor: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What was found instead.
    pub found: String,
    /// What to do.
    pub advice: String,
}

impl WeightsError {
    /// The file, and the tensor if the error is about one.
    #[must_use]
    pub fn place(&self) -> String {
        let path = self.path.display();
        match &self.tensor {
            Some(tensor) => format!("{path}: '{tensor}'"),
            None => path.to_string(),
        }
    }
}

/// A [`WeightsError`] without the file's path.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) tensor: Option<String>,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) advice: &'static str,
}

impl Refusal {
    pub(super) fn new(
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: &'static str,
    ) -> Self {
        Self {
            tensor: None,
            expected: expected.into(),
            found: found.into(),
            advice,
        }
    }

    /// The refusal of a file that nobody can read.
    pub(super) fn damaged(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(expected, found, DOWNLOAD_AGAIN)
    }

    /// The same about one tensor.
    pub(super) fn of_tensor(self, tensor: impl Into<String>) -> Self {
        Self {
            tensor: Some(tensor.into()),
            ..self
        }
    }

    pub(super) fn at(self, path: PathBuf) -> WeightsError {
        WeightsError {
            path: path.into_boxed_path(),
            tensor: self.tensor,
            expected: self.expected,
            found: self.found,
            advice: self.advice.into(),
        }
    }
}
