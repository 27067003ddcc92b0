//! The folder of one run: what is written when, and so that a kill at any moment loses no more than the steps since the last
//! checkpoint.
//!
//! `recipe.toml`, `environment.json`, `split.json` at the start; a line of `scores.jsonl` and of `timings.jsonl` and
//! `curves.svg` after each epoch; `best/` and `last/` as they come; `predictions/` and `summary.json` at the end. Without
//! `summary.json` a run is not finished.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data::patiently;
use serde::Serialize;

use crate::error::RunnerError;
use crate::scores::EpochScores;

/// Checkpoint of the epoch with the best validation scores.
pub const BEST: &str = "best";
/// Checkpoint to go on from.
pub const LAST: &str = "last";

/// What the clock says of an epoch.
#[derive(Clone, Copy, Debug, Default)]
pub struct EpochTiming {
    /// From its first batch to its validation's end.
    pub whole: Duration,
    /// Of these, how long the training stood still because the next batch was not made yet.
    pub waited_for_data: Duration,
}

/// A run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// A new folder: `out`, or `runs/<recipe>-<time>`.
    ///
    /// # Errors
    ///
    /// It exists and is not empty, or cannot be made.
    pub fn create(recipe: &str, out: Option<&Path>) -> Result<Self, RunnerError> {
        let path = out.map_or_else(|| unused_name(recipe), Path::to_path_buf);
        if path.exists() && !is_empty_folder(&path) {
            return Err(RunnerError::mend(
                format!(
                    "{}: expected a folder that does not exist yet, found one that does",
                    path.display()
                ),
                "choose another `--out`, remove the folder, or go on with that run by `--resume`",
            ));
        }
        fs::create_dir_all(&path).map_err(|error| RunnerError::unwritable(&path, &error))?;
        Ok(Self { path })
    }

    /// The folder of an earlier run.
    ///
    /// # Errors
    ///
    /// It is no run folder.
    pub fn open(path: &Path) -> Result<Self, RunnerError> {
        if !path.join("recipe.toml").is_file() {
            let found = if path.is_dir() {
                "no recipe.toml in it"
            } else {
                "no such folder"
            };
            return Err(RunnerError::mend(
                format!(
                    "{}: expected the folder of a run, found {found}",
                    path.display()
                ),
                "give a folder that `selvedge train` wrote, such as runs/bamsi-demo-…",
            ));
        }
        Ok(Self {
            path: path.to_path_buf(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the resolved recipe.
    ///
    /// # Errors
    ///
    /// The disk's.
    pub fn write_recipe(&self, text: &str) -> Result<(), RunnerError> {
        write_whole(&self.path.join("recipe.toml"), text.as_bytes())
    }

    /// Writes anything as `NAME.json`.
    ///
    /// # Errors
    ///
    /// The disk's.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), RunnerError> {
        let path = self.path.join(name);
        let mut text = serde_json::to_vec_pretty(value)
            .map_err(|error| RunnerError::unwritable(&path, &error))?;
        text.push(b'\n');
        write_whole(&path, &text)
    }

    /// Adds an epoch's line. What its clock says goes to a file of its own, so that the same seed gives the same scores file.
    ///
    /// # Errors
    ///
    /// The disk's.
    pub fn append_scores(
        &self,
        scores: &EpochScores,
        timing: EpochTiming,
    ) -> Result<(), RunnerError> {
        let timing = serde_json::json!({
            "epoch": scores.epoch,
            "seconds": timing.whole.as_secs_f64(),
            "waited_for_data": timing.waited_for_data.as_secs_f64(),
        });
        append_line(&self.path.join("scores.jsonl"), scores)?;
        append_line(&self.path.join("timings.jsonl"), &timing)
    }

    /// The lines so far.
    ///
    /// # Errors
    ///
    /// The file cannot be read or holds something else.
    pub fn read_scores(&self) -> Result<Vec<EpochScores>, RunnerError> {
        let path = self.path.join("scores.jsonl");
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text =
            fs::read_to_string(&path).map_err(|error| RunnerError::unreadable(&path, &error))?;
        text.lines()
            .map(|line| {
                serde_json::from_str(line).map_err(|error| RunnerError::unreadable(&path, &error))
            })
            .collect()
    }

    /// Takes back the lines of epochs after `epoch`, which a resumed run will write again.
    ///
    /// # Errors
    ///
    /// The disk's.
    pub fn truncate_scores_after(&self, epoch: usize) -> Result<(), RunnerError> {
        for name in ["scores.jsonl", "timings.jsonl"] {
            let path = self.path.join(name);
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            let kept: String = text
                .lines()
                .filter(|line| epoch_of(line).is_some_and(|of| of <= epoch))
                .flat_map(|line| [line, "\n"])
                .collect();
            write_whole(&path, kept.as_bytes())?;
        }
        Ok(())
    }

    /// Replaces the checkpoint `name` (`best` or `last`) by what `write` puts into an empty folder.
    ///
    /// The new one is written beside, then takes the old one's place; at every moment one of them is whole.
    ///
    /// # Errors
    ///
    /// Those of `write`, or the disk's.
    pub fn replace_checkpoint(
        &self,
        name: &str,
        write: impl FnOnce(&Path) -> Result<(), RunnerError>,
    ) -> Result<(), RunnerError> {
        let [target, new, old] = self.checkpoint_paths(name);
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |error: io::Error| RunnerError::unwritable(&path, &error)
        };
        remove(&new)?;
        fs::create_dir_all(&new).map_err(failed(&new))?;
        write(&new)?;
        sync_files(&new)?;
        remove(&old)?;
        if target.exists() {
            patiently(|| fs::rename(&target, &old)).map_err(failed(&old))?;
        }
        patiently(|| fs::rename(&new, &target)).map_err(failed(&target))?;
        remove(&old)
    }

    /// The checkpoint `name`, after mending what a kill between two renames may have left.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn checkpoint(&self, name: &str) -> Result<PathBuf, RunnerError> {
        let [target, _, old] = self.checkpoint_paths(name);
        if !target.exists() && old.exists() {
            patiently(|| fs::rename(&old, &target))
                .map_err(|error| RunnerError::unwritable(&target, &error))?;
        }
        if target.is_dir() {
            return Ok(target);
        }
        Err(RunnerError::mend(
            format!("{}: expected a checkpoint, found none", target.display()),
            "the run was stopped before its first checkpoint: train anew",
        ))
    }

    fn checkpoint_paths(&self, name: &str) -> [PathBuf; 3] {
        [
            name.to_string(),
            format!("{name}.new"),
            format!("{name}.old"),
        ]
        .map(|name| self.path.join(name))
    }
}

/// `runs/<recipe>-<time>`, with a number behind it if two runs begin in one second.
fn unused_name(recipe: &str) -> PathBuf {
    let base = format!("runs/{}-{}", portable(recipe), timestamp(SystemTime::now()));
    let numbered = (2..).map(|number| PathBuf::from(format!("{base}-{number}")));
    std::iter::once(PathBuf::from(&base))
        .chain(numbered)
        .find(|path| !path.exists())
        .expect("numbers do not end")
}

/// A name without the characters that Windows keeps out of file names: a run's folder may move to any system.
fn portable(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_control() || r#"<>:"/\|?*"#.contains(letter) {
                '-'
            } else {
                letter
            }
        })
        .collect()
}

/// UTC as `20260131-235959`.
fn timestamp(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March put the leap day last (H. Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

fn is_empty_folder(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn epoch_of(line: &str) -> Option<usize> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    value.get("epoch")?.as_u64().map(|epoch| epoch as usize)
}

fn append_line(path: &Path, value: &impl Serialize) -> Result<(), RunnerError> {
    let failed = |error: &dyn std::fmt::Display| RunnerError::unwritable(path, error);
    let mut line = serde_json::to_vec(value).map_err(|error| failed(&error))?;
    line.push(b'\n');
    let mut file = patiently(|| OpenOptions::new().create(true).append(true).open(path))
        .map_err(|error| failed(&error))?;
    file.write_all(&line).map_err(|error| failed(&error))
}

/// Writes a file beside its place and moves it there, so that no half of it is ever seen.
///
/// # Errors
///
/// The disk's.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RunnerError> {
    let mut beside = path.as_os_str().to_os_string();
    beside.push(".new");
    let write = || -> io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        patiently(|| fs::rename(&beside, path))
    };
    write().map_err(|error| {
        // What could not be written whole is not left lying about.
        let _ = fs::remove_file(&beside);
        RunnerError::unwritable(path, &error)
    })
}

fn sync_files(folder: &Path) -> Result<(), RunnerError> {
    let sync = || -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            // Windows flushes only what was opened for writing.
            let file = OpenOptions::new().write(true).open(entry?.path())?;
            file.sync_all()?;
        }
        Ok(())
    };
    sync().map_err(|error| RunnerError::unwritable(folder, &error))
}

fn remove(folder: &Path) -> Result<(), RunnerError> {
    match patiently(|| fs::remove_dir_all(folder)) {
        Err(error) if folder.exists() => Err(RunnerError::unwritable(folder, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, RunFolder) {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let run = RunFolder::create("x", Some(&parent.path().join("run"))).expect("a new folder");
        (parent, run)
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "19700101-000000"),
            (951_782_399, "20000228-235959"),
            (951_782_400, "20000229-000000"),
            (1_735_689_599, "20241231-235959"),
            (4_107_542_400, "21000301-000000"),
        ] {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn names_are_those_of_files_on_every_system() {
        for (recipe, name) in [
            ("burns σ=2.5 (all)", "burns σ=2.5 (all)"),
            ("loss: erm", "loss- erm"),
            (r#"a/b\c<d>"e"|f?*"#, "a-b-c-d--e--f--"),
            ("two\nlines", "two-lines"),
        ] {
            assert_eq!(portable(recipe), name);
        }
    }

    /// What a virus scanner does with files that have just been written.
    #[cfg(windows)]
    #[test]
    fn a_file_that_is_held_open_for_a_moment_is_waited_for() {
        use std::os::windows::fs::OpenOptionsExt;

        let (_parent, run) = folder();
        let write = |path: &Path| {
            fs::write(path.join("state"), "bytes")
                .map_err(|error| RunnerError::unwritable(path, &error))
        };
        run.replace_checkpoint("last", write).expect("written");
        run.write_recipe("name = \"x\"").expect("written");
        let held = ["last/state", "recipe.toml"].map(|name| {
            let mut options = OpenOptions::new();
            // Shared with nobody.
            options.read(true).share_mode(0);
            options.open(run.path().join(name)).expect("opened")
        });
        let scanner = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            drop(held);
        });
        run.write_recipe("name = \"y\"").expect("written");
        run.replace_checkpoint("last", write).expect("written");
        scanner.join().expect("it ends");
    }

    #[test]
    fn a_folder_with_something_in_it_is_not_taken() {
        let (_parent, run) = folder();
        fs::write(run.path().join("a"), "b").expect("a file");
        let error = RunFolder::create("x", Some(run.path())).expect_err("it is not empty");
        assert_eq!(error.exit_code, 2);
    }

    #[test]
    fn a_failed_checkpoint_leaves_the_old_one() {
        let (_parent, run) = folder();
        let write = |text: &'static str| {
            move |path: &Path| {
                fs::write(path.join("state"), text)
                    .map_err(|error| RunnerError::unwritable(path, &error))
            }
        };
        run.replace_checkpoint("last", write("one"))
            .expect("written");
        let refused = run.replace_checkpoint("last", |path| {
            write("half")(path)?;
            Err(RunnerError::failed("disk full", ""))
        });
        assert!(refused.is_err());
        let read = || {
            fs::read_to_string(run.checkpoint("last").expect("there").join("state")).expect("text")
        };
        assert_eq!(read(), "one");
        run.replace_checkpoint("last", write("two"))
            .expect("written");
        assert_eq!(read(), "two");
        // Killed between the two renames: only the old one is left.
        fs::rename(run.path().join("last"), run.path().join("last.old")).expect("renamed");
        assert_eq!(read(), "two");
        assert!(run.checkpoint("best").is_err());
    }

    #[test]
    fn lines_of_later_epochs_can_be_taken_back() {
        let (_parent, run) = folder();
        for epoch in 1..=4 {
            let scores = EpochScores {
                epoch,
                ..EpochScores::default()
            };
            run.append_scores(&scores, EpochTiming::default())
                .expect("written");
        }
        run.truncate_scores_after(2).expect("written");
        let epochs: Vec<usize> = run
            .read_scores()
            .expect("read")
            .iter()
            .map(|line| line.epoch)
            .collect();
        assert_eq!(epochs, [1, 2]);
    }

    #[test]
    fn a_folder_of_something_else_is_named() {
        let (_parent, run) = folder();
        let error = RunFolder::open(run.path()).expect_err("no recipe yet");
        assert!(error.message.contains("recipe.toml"), "{error}");
    }
}
