//! `live.json`: a training's sign of life, at most once a second. It exists only until the run is finished.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::RunnerError;
use crate::files::disk;
use crate::files::input::{NOTES, read_text};
use crate::run_folder::writer::RunWriter;

/// Its name in a run folder.
pub(crate) const FILE: &str = "live.json";

/// What a training does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Its steps.
    Training,
    /// Scores of the validation images after an epoch.
    Validating,
    /// Scores of the test images, after the last epoch.
    Evaluating,
    /// Nothing: it was interrupted, or has failed.
    Stopped,
}

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LiveState {
    pub(crate) phase: Phase,
    /// The epoch under way, from 1.
    pub(crate) epoch: usize,
    /// Steps of it that are done, of `steps`.
    pub(crate) step: usize,
    pub(crate) steps: usize,
    /// Mean over the steps of this epoch in this process; null before the first.
    pub(crate) seconds_per_step: Option<f64>,
    /// The most bytes that the program had allocated at once, without those of a GPU.
    pub(crate) memory_bytes: u64,
    /// Seconds since 1970, in UTC.
    pub(crate) unix_time: u64,
    /// Why it has stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

impl LiveState {
    /// The sign of life of the run in this folder, if there is one.
    pub(crate) fn read(run: &Path) -> Option<Self> {
        serde_json::from_str(&read_text(&run.join(FILE), NOTES).ok()?).ok()
    }

    /// Writes it; a power failure may lose it.
    ///
    /// # Errors
    ///
    /// The disk's error; or another training has taken the folder.
    pub(crate) fn write(&self, run: &RunWriter) -> Result<(), RunnerError> {
        run.check_lock()?;
        let path = run.path().join(FILE);
        serde_json::to_vec(self)
            .map_err(std::io::Error::other)
            .and_then(|text| disk::write_unflushed(&path, &text))
            .map_err(|error| RunnerError::unwritable(&path, error))
    }

    /// Removes the file, and what a kill may have left of it.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn remove(run: &RunWriter) -> Result<(), RunnerError> {
        for name in [FILE.to_string(), format!("{FILE}.new")] {
            let path = run.path().join(name);
            disk::remove_file(&path).map_err(|error| RunnerError::unwritable(&path, error))?;
        }
        Ok(())
    }

    /// How old it is; zero if the clocks of two machines differ.
    pub(crate) fn age(&self, now: SystemTime) -> Duration {
        let then = UNIX_EPOCH.checked_add(Duration::from_secs(self.unix_time));
        then.and_then(|then| now.duration_since(then).ok())
            .unwrap_or_default()
    }
}

/// Now, in seconds since 1970.
pub(crate) fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}
