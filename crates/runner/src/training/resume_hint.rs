//! What can be done after an error.

use crate::error::RunnerError;
use crate::run_folder::folder::{LAST, RunFolder};
use crate::text::shell::quoted;

/// Says with an error of a training what can be gone on with.
pub(super) fn with_a_way_on(error: RunnerError, folder: &RunFolder) -> RunnerError {
    let way = if folder.has_checkpoint(LAST) {
        format!(
            "the last checkpoint is whole, and `selvedge train --resume {}` goes on from it",
            quoted(folder.path())
        )
    } else {
        "nothing was saved yet: train anew".to_string()
    };
    error.with_more_advice(way)
}
