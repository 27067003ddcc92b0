//! `runs/latest`: the newest run in the folder `runs`, without a link, which Windows allows to few users.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::RunnerError;
use crate::files::input::{NOTES, read_text};
use crate::files::lock::holder::Holder;

/// The name that means the newest run, in a folder named [`RUNS`].
const LATEST: &str = "latest";
const RUNS: &str = "runs";
/// The lock of a run, as `run_folder` names it.
const LOCK: &str = "lock";

/// When a run began: in seconds as text, then more exactly, then its number among those of one second.
type Start = (String, u128, PathBuf);

#[derive(Deserialize)]
struct Started {
    started: String,
    #[serde(default)]
    run: Option<String>,
}

/// The run that a path means. `runs/latest` is the run of that folder that began last, by its own record, and is reported; unless
/// there is a folder or a file of that name.
///
/// # Errors
///
/// There is no run in the folder.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, RunnerError> {
    let Some(runs) = folder_of_latest(path) else {
        return Ok(path.to_path_buf());
    };
    let entries = fs::read_dir(runs).into_iter().flatten().flatten();
    let newest = entries.filter_map(|entry| start(&entry.path())).max();
    let Some((_, _, run)) = newest else {
        let found = if runs.is_dir() {
            "no run in it"
        } else {
            "no such folder"
        };
        return Err(RunnerError::mismatch(
            format!("runs in {}", runs.display()),
            found,
            "`latest` means the newest run of the folder runs in the current directory: train first, change to the directory \
             that has it, or give the run's own folder",
        )
        .at(path.display()));
    };
    tracing::info!("{} is {}", path.display(), run.display());
    Ok(run)
}

/// The folder whose newest run is meant; none if the path is one like any other.
fn folder_of_latest(path: &Path) -> Option<&Path> {
    let runs = path.parent()?;
    let is_latest =
        path.file_name() == Some(OsStr::new(LATEST)) && runs.file_name() == Some(OsStr::new(RUNS));
    (is_latest && path.symlink_metadata().is_err()).then_some(runs)
}

/// When the run in this folder began; none if it is no run. A run that still reads its data has only a lock.
fn start(run: &Path) -> Option<Start> {
    let environment = read_text(&run.join("environment.json"), NOTES).ok();
    let noted = environment.and_then(|text| serde_json::from_str::<Started>(&text).ok());
    if let Some(Started { started, run: id }) = noted {
        return Some((started, exact(id.as_deref()), run.to_path_buf()));
    }
    let holder = Holder::read(&run.join(LOCK))?;
    Some((
        holder.since().to_string(),
        exact(Some(holder.id())),
        run.to_path_buf(),
    ))
}

/// The nanoseconds in the identifier of a run; 0 without one.
fn exact(id: Option<&str>) -> u128 {
    id.and_then(|id| id.split('-').next())
        .and_then(|time| u128::from_str_radix(time, 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(runs: &Path, name: &str, started: &str, id: &str) {
        let folder = runs.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        let text = format!("{{\"started\": \"{started}\", \"run\": \"{id}\"}}");
        fs::write(folder.join("environment.json"), text).expect("written");
    }

    #[test]
    fn the_latest_run_is_the_one_that_began_last_by_its_own_record() {
        let folder = tempfile::tempdir().expect("a folder");
        let runs = folder.path().join("runs");
        let latest = runs.join("latest");
        let error = resolve(&latest).expect_err("no folder");
        assert!(error.message().contains("no such folder"), "{error}");
        fs::create_dir_all(runs.join("notes")).expect("a folder");
        let error = resolve(&latest).expect_err("no run");
        assert!(error.message().contains("no run in it"), "{error}");

        // Written in another order than they began; the last two in the same second.
        run(&runs, "b", "2026-01-02 00:00:00 UTC", "5-1-0");
        run(&runs, "c", "2026-01-03 00:00:00 UTC", "ff-1-0");
        run(&runs, "d", "2026-01-03 00:00:00 UTC", "7-1-0");
        run(&runs, "a", "2026-01-01 00:00:00 UTC", "9-1-0");
        assert_eq!(resolve(&latest).expect("a run"), runs.join("c"));
        // One that still reads its data.
        let e = runs.join("e");
        fs::create_dir(&e).expect("a folder");
        let lock =
            "host = \"x\"\nprocess = 1\nsince = \"2026-01-04 00:00:00 UTC\"\nlock = \"1-1-0\"\n";
        fs::write(e.join(LOCK), lock).expect("written");
        assert_eq!(resolve(&latest).expect("a run"), e);

        // A folder of that name wins, and other folders have no latest run.
        fs::create_dir(&latest).expect("a folder");
        assert_eq!(resolve(&latest).expect("itself"), latest);
        for other in ["latest", "data/latest", "runs/latest/x"] {
            let other = folder.path().join(other);
            assert_eq!(resolve(&other).expect("itself"), other);
        }
        assert_eq!(
            resolve(Path::new("latest")).expect("itself"),
            Path::new("latest")
        );
    }
}
