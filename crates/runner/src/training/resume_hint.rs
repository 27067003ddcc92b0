//! How to resume after an error.

use crate::error::RunnerError;
use crate::run_folder::folder::{LAST, RunFolder};
use crate::text::shell::quoted;

/// Adds to a training's error how to resume from the last checkpoint.
pub(super) fn with_resume_hint(error: RunnerError, folder: &RunFolder) -> RunnerError {
    let way = if folder.has_checkpoint(LAST) {
        format!(
            "the last checkpoint is whole, and `selvedge train --resume {}` resumes from it",
            quoted(folder.path())
        )
    } else {
        "nothing was saved yet: start the training again".to_string()
    };
    error.with_more_advice(way)
}
