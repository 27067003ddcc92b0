//! Why a file's weights are not taken.

use std::path::PathBuf;

/// What to do with a file that PyTorch reads and this program does not.
pub(super) const SAVE_AGAIN: &str =
    "save the weights alone in PyTorch: torch.save(model.state_dict(), \"weights.pth\")";
/// What to do with a file that nobody can read.
const FETCH_AGAIN: &str = "fetch the file again: it is damaged or not whole";

/// What was expected of a file and what was found in it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", .path.display())]
pub struct WeightsError {
    /// The file.
    pub path: PathBuf,
    /// What was expected, what was found.
    pub message: String,
    /// What to do.
    pub advice: String,
}

/// The same without the file's name.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) advice: &'static str,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>, advice: &'static str) -> Self {
        Self {
            message: message.into(),
            advice,
        }
    }
}

/// The refusal of a file that nobody can read.
pub(super) fn damaged(message: impl Into<String>) -> Refusal {
    Refusal::new(message, FETCH_AGAIN)
}
