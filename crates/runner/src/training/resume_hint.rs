//! How to resume after an error.

use crate::error::RunnerError;
use crate::run_folder::folder::{LAST, RunFolder};
use crate::text::shell::quoted;

/// Adds to a training's error how to resume from the last checkpoint. The error of a checkpoint has its own advice.
pub(super) fn with_resume_hint(error: RunnerError, folder: &RunFolder) -> RunnerError {
    let resume = format!("selvedge train --resume {}", quoted(folder.path()));
    if error.advice.contains(&resume) {
        return error;
    }
    let way = if folder.has_checkpoint(LAST) {
        format!("the last checkpoint is whole, and `{resume}` resumes from it")
    } else {
        "nothing was saved yet: start the training again".to_string()
    };
    error.with_more_advice(way)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn how_to_resume_is_advised_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("recipe.toml"), "").expect("written");
        fs::create_dir(folder.path().join(LAST)).expect("a folder");
        let run = RunFolder::open(folder.path()).expect("a run");
        let error = with_resume_hint(RunnerError::failed("it failed", "try again"), &run);
        let start = "try again; the last checkpoint is whole, and `selvedge train --resume ";
        assert!(error.advice.starts_with(start), "{}", error.advice);
        assert_eq!(with_resume_hint(error.clone(), &run).advice, error.advice);
    }
}
