//! A run's folder, for reading only.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::error::RunnerError;
use crate::files::disk;
use crate::files::lock::holder::Holder;
use crate::run_folder::cases;
use crate::run_folder::scores::EpochScores;
use crate::text::shell::quoted;

/// Checkpoint of the epoch with the best validation scores.
pub(crate) const BEST: &str = "best";

/// The latest checkpoint, to resume from.
pub(crate) const LAST: &str = "last";

pub(super) const RECIPE: &str = "recipe.toml";

pub(crate) const SUMMARY: &str = "summary.json";

pub(crate) const LOCK: &str = "lock";

/// Largest size in bytes of a file with a line per epoch: enough for more than a hundred thousand epochs.
const MOST_LINES: u64 = 1 << 28;

/// A run's folder, for reading: nothing in it is changed, even while another process writes to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    pub(super) path: PathBuf,
}

impl RunFolder {
    /// The folder of a run that has saved something.
    ///
    /// # Errors
    ///
    /// It is not a run folder, or has no checkpoint.
    pub fn open(path: &Path) -> Result<Self, RunnerError> {
        let expected = |found: &str| {
            RunnerError::mismatch(
                "the folder of a run",
                found,
                "give a folder that `selvedge train` wrote, such as runs/bamsi-demo-…",
            )
            .at(path.display())
        };
        let recipe = path.join(RECIPE);
        match fs::metadata(&recipe) {
            Ok(about) if about.is_file() => {}
            Ok(_) => return Err(expected("a recipe.toml that is not a file")),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(RunnerError::unreadable(&recipe, error));
            }
            Err(_) if path.is_dir() => return Err(expected("no recipe.toml in it")),
            Err(_) if path.exists() => return Err(expected("something else")),
            Err(_) => return Err(expected("no such folder")),
        }
        let folder = Self {
            path: path.to_path_buf(),
        };
        if folder.has_checkpoint(BEST) || folder.has_checkpoint(LAST) {
            return Ok(folder);
        }
        Err(folder.without_checkpoint(LAST))
    }

    /// The folder of a run that may have saved nothing yet.
    ///
    /// # Errors
    ///
    /// It is not a run folder: it has neither a recipe nor a training that writes to it.
    pub(crate) fn open_unsaved(path: &Path) -> Result<Self, RunnerError> {
        if path.join(RECIPE).is_file() || path.join(LOCK).is_file() {
            return Ok(Self {
                path: path.to_path_buf(),
            });
        }
        Self::open(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines of `scores.jsonl` so far.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or contains something else.
    pub fn read_scores(&self) -> Result<Vec<EpochScores>, RunnerError> {
        let path = self.path.join("scores.jsonl");
        let unreadable = |error: io::Error| RunnerError::unreadable(&path, error);
        self.read_lines("scores.jsonl")
            .map_err(unreadable)?
            .lines()
            .map(|line| {
                serde_json::from_str(line).map_err(|error| RunnerError::unreadable(&path, error))
            })
            .collect()
    }

    /// The text of a file with a line per epoch; empty if there is no such file.
    pub(super) fn read_lines(&self, name: &str) -> io::Result<String> {
        match disk::read_bounded(&self.path.join(name), MOST_LINES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            // A killed process may leave half a line, which may end inside a character.
            bytes => Ok(String::from_utf8_lossy(&bytes?).into_owned()),
        }
    }

    /// The lines of `scores.jsonl` that are whole: another process may be writing one now.
    pub(crate) fn read_whole_scores(&self) -> Vec<EpochScores> {
        let text = self.read_lines("scores.jsonl").unwrap_or_default();
        let lines = text.lines();
        lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Seconds of its epochs so far, except those that cannot be read.
    pub(crate) fn read_seconds(&self) -> Vec<f64> {
        let text = self.read_lines("timings.jsonl").unwrap_or_default();
        let seconds = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            line.get("seconds")?.as_f64()
        };
        text.lines().filter_map(seconds).collect()
    }

    /// Whether the run has finished and has been evaluated.
    pub(crate) fn is_finished(&self) -> bool {
        self.path.join(SUMMARY).is_file()
    }

    /// Whether the run was finished by an earlier version, which did not write the scores of single cases.
    pub(crate) fn lacks_cases(&self) -> bool {
        self.is_finished() && self.path.join(cases::FILE).symlink_metadata().is_err()
    }

    /// The folder of the checkpoint `name` (`best` or `last`). While a training replaces it, or after a kill at that moment, it has
    /// its old name.
    ///
    /// # Errors
    ///
    /// The checkpoint does not exist.
    pub(crate) fn checkpoint(&self, name: &str) -> Result<PathBuf, RunnerError> {
        self.find_checkpoint(name)
            .ok_or_else(|| self.without_checkpoint(name))
    }

    /// Whether there is a checkpoint `name`.
    pub(crate) fn has_checkpoint(&self, name: &str) -> bool {
        self.find_checkpoint(name).is_some()
    }

    fn find_checkpoint(&self, name: &str) -> Option<PathBuf> {
        let [target, _, old] = self.checkpoint_paths(name);
        // The new one may be renamed between the checks of the two.
        let places = [target.clone(), old, target];
        places.into_iter().find(|path| path.is_dir())
    }

    fn without_checkpoint(&self, name: &str) -> RunnerError {
        let path = self.path.join(name);
        let missing = |found: String, advice: String| {
            RunnerError::mismatch("a checkpoint", found, advice).at(path.display())
        };
        let none = "none".to_string();
        if self.has_checkpoint(BEST) || self.has_checkpoint(LAST) {
            return missing(none, self.resume_advice(name));
        }
        match Holder::read(&self.path.join(LOCK)) {
            Some(holder) => missing(
                format!(
                    "none; a training started to write here ({})",
                    holder.describe()
                ),
                "if it is running, wait for its first checkpoint; if it was stopped before, start the training again"
                    .into(),
            ),
            None => missing(
                none,
                "the run was stopped before its first checkpoint: start the training again".into(),
            ),
        }
    }

    /// How to resume when the checkpoint `name` is missing or damaged.
    pub(crate) fn resume_advice(&self, name: &str) -> String {
        let run = quoted(&self.path);
        let again = "or start the training again";
        if name == LAST && self.has_checkpoint(BEST) {
            format!(
                "`selvedge train --resume {run} --from best` resumes from the best epoch so far, {again}"
            )
        } else if name == BEST && self.has_checkpoint(LAST) {
            format!(
                "`selvedge train --resume {run} --from last` resumes without it: the last epoch takes its place until a \
                 better one comes; {again}"
            )
        } else {
            "start the training again".to_string()
        }
    }

    pub(super) fn checkpoint_paths(&self, name: &str) -> [PathBuf; 3] {
        [
            name.to_string(),
            format!("{name}.new"),
            format!("{name}.old"),
        ]
        .map(|name| self.path.join(name))
    }
}
