//! How far a training of an experiment is, from its folder alone.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use loss::LossError;
use serde::{Deserialize, Serialize};

use crate::error::RunnerError;
use crate::experiment::heartbeat;
use crate::experiment::item::Item;
use crate::files::disk::{remove_file, write_whole};
use crate::files::input::read_text;
use crate::run_folder::folder::{LOCK, RunFolder, SUMMARY};
use crate::training::gradients::NonFiniteNorm;

/// Most bytes of the note of a failure.
const MOST: u64 = 1 << 20;

/// How far a training is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Evaluated.
    Finished,
    /// A process works on it; who.
    Running(String),
    /// It failed, with its own error.
    Failed(Failure),
    /// It was interrupted after this many epochs.
    Stopped(usize),
    /// Nothing is there.
    Missing,
}

/// The note of a failure, next to the run folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Place, what was expected there, and what was found.
    pub(crate) message: String,
    /// What to do.
    pub(crate) advice: String,
    /// As of the program.
    pub(crate) exit_code: u8,
    /// Whether the training's numbers left the finite ones; false in a note of an earlier version, which does not record it.
    #[serde(default)]
    pub(crate) diverged: bool,
}

impl Failure {
    fn path(item: &Item, experiment: &Path) -> PathBuf {
        item.beside(experiment, ".failure.json")
    }

    /// The note of this training, if it has one.
    pub(crate) fn read(item: &Item, experiment: &Path) -> Option<Self> {
        let text = read_text(&Self::path(item, experiment), MOST).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn write(&self, item: &Item, experiment: &Path) -> Result<(), RunnerError> {
        let path = Self::path(item, experiment);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| RunnerError::unwritable(folder, error))?;
        }
        let mut text = serde_json::to_vec_pretty(self).map_err(RunnerError::bug)?;
        text.push(b'\n');
        write_whole(&path, &text)
    }

    /// Removes it: the training begins again, or is done.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn remove(item: &Item, experiment: &Path) -> Result<(), RunnerError> {
        let path = Self::path(item, experiment);
        remove_file(&path).map_err(|error| RunnerError::unwritable(&path, error))
    }
}

impl From<&RunnerError> for Failure {
    fn from(error: &RunnerError) -> Self {
        Self {
            message: error.to_string(),
            advice: error.advice.clone(),
            exit_code: error.exit_code,
            diverged: is_divergence(error),
        }
    }
}

/// Whether a loss or a gradient that is not finite caused an error.
fn is_divergence(error: &RunnerError) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let loss = inner.downcast_ref::<LossError>();
        if inner.is::<NonFiniteNorm>() || matches!(loss, Some(LossError::NonFinite { .. })) {
            return true;
        }
        cause = inner.source();
    }
    false
}

impl State {
    /// Of a training in an experiment's folder.
    pub(crate) fn of(item: &Item, experiment: &Path) -> Self {
        let folder = item.folder(experiment);
        if folder.join(SUMMARY).is_file() {
            return Self::Finished;
        }
        if let Some(holder) = heartbeat::holder(&folder.join(LOCK)) {
            return Self::Running(holder.describe());
        }
        if let Some(failure) = Failure::read(item, experiment) {
            return Self::Failed(failure);
        }
        if !folder.exists() {
            return Self::Missing;
        }
        let scores = RunFolder::open(&folder).and_then(|run| run.read_scores());
        Self::Stopped(scores.map_or(0, |scores| scores.len()))
    }

    /// In one word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Running(_) => "running",
            Self::Failed(_) => "failed",
            Self::Stopped(_) => "stopped",
            Self::Missing => "missing",
        }
    }
}

/// Run folders of an experiment that its plan does not name: those of earlier recipes, seeds or data.
pub(crate) fn others(items: &[Item], experiment: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let planned: Vec<PathBuf> = items.iter().map(|item| item.folder(experiment)).collect();
    entries(experiment)
        .iter()
        .flat_map(|group| entries(group))
        .filter(|path| path.join("recipe.toml").is_file() && !planned.contains(path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divergence_is_known_by_its_cause_and_not_by_its_words() {
        let loss = LossError::NonFinite {
            image: 3,
            loss: f32::NAN,
        };
        let norm = RunnerError::failed("x", "y").caused_by(NonFiniteNorm(f32::INFINITY));
        for error in [
            RunnerError::from(loss).at("epoch 2"),
            norm.with_more_advice("z"),
        ] {
            assert!(Failure::from(&error).diverged, "{error}");
        }
        let words = RunnerError::failed("expected finite gradients, found a norm of NaN", "y");
        assert!(!Failure::from(&words).diverged);
        let setting = LossError::Setting {
            key: "sigma",
            expected: "a finite number".into(),
            found: "inf".into(),
        };
        assert!(!Failure::from(&RunnerError::from(setting)).diverged);
    }

    #[test]
    fn the_note_of_an_earlier_version_is_read() {
        let note = r#"{"message": "a", "advice": "b", "exit_code": 1}"#;
        let note: Failure = serde_json::from_str(note).expect("a note");
        assert!(!note.diverged);
    }
}
