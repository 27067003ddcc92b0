//! Writes to a run's folder.

use std::fs::{self, OpenOptions};
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::RunnerError;
use crate::files::disk::{self, write_whole};
use crate::files::lock::Lock;
use crate::run_folder::epoch_timing::EpochTiming;
use crate::run_folder::folder::{BEST, LAST, LOCK, RECIPE, RunFolder, SUMMARY};
use crate::run_folder::names::default_names;
use crate::run_folder::scores::EpochScores;
use crate::terminal::interruption;

/// A run's folder whose lock this process holds, until it is dropped.
#[derive(Debug)]
pub(crate) struct RunWriter {
    folder: RunFolder,
    lock: Option<Lock>,
    /// Folders that were made for this run, the outermost first: they are removed with it while they are empty.
    made: Vec<PathBuf>,
}

impl Deref for RunWriter {
    type Target = RunFolder;

    fn deref(&self) -> &RunFolder {
        &self.folder
    }
}

impl RunWriter {
    /// A new folder: `out`, or `runs/<recipe>-<time>`. No two trainings get the same one.
    ///
    /// # Errors
    ///
    /// It exists and is not empty, or cannot be made.
    pub(crate) fn create(recipe: &str, out: Option<&Path>) -> Result<Self, RunnerError> {
        let (path, made) = match out {
            Some(path) => (path.to_path_buf(), make(path, true)?.unwrap_or_default()),
            None => make_default(recipe)?,
        };
        let mut writer = Self {
            folder: RunFolder { path },
            lock: None,
            made,
        };
        // Before a lock is written into somebody's folder, and again when no other training can write to it.
        check_free(writer.path())?;
        let lock = take_lock(writer.path())?;
        let (release, made) = (lock.release_by_name(), writer.made.clone());
        interruption::before_exit(move || {
            release();
            remove_empty(&made);
        });
        writer.lock = Some(lock);
        check_free(writer.path())?;
        Ok(writer)
    }

    /// The folder of an earlier run; completes a replacement that a kill interrupted.
    ///
    /// # Errors
    ///
    /// It is not a run folder, has no checkpoint, or another training writes to it.
    pub(crate) fn resume(path: &Path) -> Result<Self, RunnerError> {
        // Checked before a lock is written into it, and again when no other process changes it.
        RunFolder::open(path)?;
        let lock = Some(take_lock(path)?);
        let writer = Self {
            folder: RunFolder::open(path)?,
            lock,
            made: Vec::new(),
        };
        for name in [BEST, LAST] {
            writer.repair(name)?;
        }
        Ok(writer)
    }

    /// A unique identifier for this run.
    pub(crate) fn new_id(&self) -> String {
        self.lock.as_ref().map_or_else(String::new, Lock::id)
    }

    /// The folder, for reading.
    pub(crate) fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// Writes the resolved recipe.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn write_recipe(&self, text: &str) -> Result<(), RunnerError> {
        write_whole(&self.path.join(RECIPE), text.as_bytes())
    }

    /// Marks the run as unfinished: it is to be trained longer.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn reopen(&self) -> Result<(), RunnerError> {
        let summary = self.path.join(SUMMARY);
        disk::remove_file(&summary).map_err(|error| RunnerError::unwritable(&summary, error))
    }

    /// Writes a value as the JSON file `name`.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), RunnerError> {
        let path = self.path.join(name);
        let mut text = serde_json::to_vec_pretty(value)
            .map_err(|error| RunnerError::unwritable(&path, error))?;
        text.push(b'\n');
        write_whole(&path, &text)
    }

    /// Writes `summary.json`: the run is finished.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn write_summary(&self, value: &impl Serialize) -> Result<(), RunnerError> {
        self.check_lock()?;
        self.write_json(SUMMARY, value)
    }

    /// Replaces the file `name` with these bytes.
    ///
    /// # Errors
    ///
    /// The disk's error; or another training has taken the folder.
    pub(crate) fn write_record(&self, name: &str, bytes: &[u8]) -> Result<(), RunnerError> {
        self.check_lock()?;
        write_whole(&self.path.join(name), bytes)
    }

    /// Appends an epoch's line. Its timing goes to a separate file, so that the same seed gives the same scores file.
    ///
    /// # Errors
    ///
    /// The disk's error; or another training has taken the folder.
    pub(crate) fn append_scores(
        &self,
        scores: &EpochScores,
        timing: EpochTiming,
    ) -> Result<(), RunnerError> {
        self.check_lock()?;
        let timing = serde_json::json!({
            "epoch": scores.epoch,
            "seconds": timing.whole.as_secs_f64(),
            "waited_for_data": timing.waited_for_data.as_secs_f64(),
        });
        append_line(&self.path.join("scores.jsonl"), scores)?;
        append_line(&self.path.join("timings.jsonl"), &timing)
    }

    /// Removes the lines of epochs after `epoch`, which a resumed run writes again.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn truncate_scores_after(&self, epoch: usize) -> Result<(), RunnerError> {
        for name in ["scores.jsonl", "timings.jsonl"] {
            let path = self.path.join(name);
            let text = self
                .read_lines(name)
                .map_err(|error| RunnerError::unreadable(&path, error))?;
            let kept: Vec<(usize, &str)> = text
                .lines()
                .filter_map(|line| Some((epoch_of(line)?, line)))
                .filter(|(number, _)| *number <= epoch)
                .collect();
            if !kept.iter().map(|(number, _)| *number).eq(1..=epoch) {
                tracing::warn!(
                    "{}: expected one line for each of the epochs 1 to {epoch}, found {}; the file is left unchanged",
                    path.display(),
                    kept.len()
                );
            }
            let kept: String = kept.iter().flat_map(|(_, line)| [line, "\n"]).collect();
            if kept != text {
                write_whole(&path, kept.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Checks that a file can have this name.
    ///
    /// # Errors
    ///
    /// The error of the file system.
    pub(crate) fn try_name(&self, name: &str) -> io::Result<()> {
        match fs::symlink_metadata(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Replaces the checkpoint `name` (`best` or `last`) by what `write` puts into an empty folder.
    ///
    /// The new one is written next to the old one and then renamed; at every moment one of them is whole.
    ///
    /// # Errors
    ///
    /// The error of `write` or of the disk; or another training has taken the folder.
    pub(crate) fn replace_checkpoint(
        &self,
        name: &str,
        write: impl FnOnce(&Path) -> Result<(), RunnerError>,
    ) -> Result<(), RunnerError> {
        self.check_lock()?;
        let [target, new, old] = self.checkpoint_paths(name);
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |error: io::Error| RunnerError::unwritable(&path, error)
        };
        disk::remove_folder(&new).map_err(failed(&new))?;
        disk::create_folder(&new).map_err(failed(&new))?;
        write(&new)
            .and_then(|()| disk::sync_folder(&new).map_err(failed(&new)))
            .inspect_err(|_| {
                // On a full disk, others need the space.
                let _ = fs::remove_dir_all(&new);
            })?;
        disk::remove_folder(&old).map_err(failed(&old))?;
        if target.exists() {
            disk::rename(&target, &old).map_err(failed(&old))?;
        }
        disk::rename(&new, &target).map_err(failed(&target))?;
        if let Err(error) = disk::remove_folder(&old) {
            tracing::warn!(
                "{}: could not be removed: {error}; it is no longer needed, and the next checkpoint tries again",
                old.display()
            );
        }
        Ok(())
    }

    /// Completes a replacement of the checkpoint `name` that a kill interrupted.
    fn repair(&self, name: &str) -> Result<(), RunnerError> {
        let [target, new, old] = self.checkpoint_paths(name);
        let repaired = if target.exists() {
            disk::remove_folder(&old)
        } else if old.exists() {
            disk::rename(&old, &target)
        } else {
            Ok(())
        };
        // It may be incomplete.
        repaired
            .and_then(|()| disk::remove_folder(&new))
            .map_err(|error| RunnerError::unwritable(&target, error))
    }

    /// Stops a training whose folder was moved, or taken by another training.
    pub(super) fn check_lock(&self) -> Result<(), RunnerError> {
        if self.lock.as_ref().is_some_and(Lock::is_ours) {
            return Ok(());
        }
        Err(RunnerError::mismatch(
            "the lock of this training",
            "another or none",
            "the folder was moved or removed, or another training has taken it: this one no longer writes to it",
        )
        .at(self.path.join(LOCK).display()))
    }
}

fn take_lock(folder: &Path) -> Result<Lock, RunnerError> {
    let path = folder.join(LOCK);
    Lock::take(&path).map_err(|refused| refused.error(folder, &path))
}

/// Refuses a folder that contains anything but a lock.
fn check_free(folder: &Path) -> Result<(), RunnerError> {
    let entries = fs::read_dir(folder).map_err(|error| RunnerError::unreadable(folder, error))?;
    if entries.flatten().all(|entry| entry.file_name() == LOCK) {
        return Ok(());
    }
    Err(RunnerError::mismatch(
        "a folder that does not exist yet",
        "one that does",
        "choose another `--out`, remove the folder, or resume that run with `--resume`",
    )
    .at(folder.display()))
}

impl Drop for RunWriter {
    fn drop(&mut self) {
        self.lock = None;
        remove_empty(&self.made);
    }
}

/// Removes the empty folders that were made for a run; the outermost is the first.
fn remove_empty(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

/// Makes the default folder of a run; returns it, and the folders that were made.
fn make_default(recipe: &str) -> Result<(PathBuf, Vec<PathBuf>), RunnerError> {
    for path in default_names(recipe) {
        if let Some(made) = make(&path, false)? {
            return Ok((path, made));
        }
    }
    unreachable!("there is always a next number")
}

/// Makes a folder and its parents, and returns those that were made; none if it exists and must not.
fn make(path: &Path, may_exist: bool) -> Result<Option<Vec<PathBuf>>, RunnerError> {
    let mut missing: Vec<&Path> = path
        .ancestors()
        .skip(1)
        .take_while(|around| !around.as_os_str().is_empty() && !around.exists())
        .collect();
    missing.reverse();
    let mut made = Vec::new();
    for (folder, may_exist) in missing
        .into_iter()
        .map(|folder| (folder, true))
        .chain([(path, may_exist)])
    {
        match disk::create_folder(folder) {
            Ok(()) => made.push(folder.to_path_buf()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !may_exist {
                    return Ok(None);
                }
                if !folder.is_dir() {
                    return Err(RunnerError::mismatch(
                        "a folder that does not exist yet",
                        "a file",
                        "choose another `--out`",
                    )
                    .at(folder.display()));
                }
            }
            Err(error) => return Err(RunnerError::unwritable(folder, error)),
        }
    }
    Ok(Some(made))
}

fn epoch_of(line: &str) -> Option<usize> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    value.get("epoch")?.as_u64().map(|epoch| epoch as usize)
}

fn append_line(path: &Path, value: &impl Serialize) -> Result<(), RunnerError> {
    let append = || -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        let mut file = disk::open(path, OpenOptions::new().create(true).append(true))?;
        disk::write_all(&mut file, path, &line)
    };
    append().map_err(|error| RunnerError::unwritable(path, error))
}

#[cfg(test)]
mod tests;
