//! `files.json`: sizes and times of the files that a run was trained on, so that `--resume` notices changed files.
//!
//! Contents are not compared: `--resume` would have to read the whole set again. The checksum of all files together is in
//! `environment.json`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;
use std::{fs, io};

use data::{Dataset, Split};
use serde::{Deserialize, Serialize};

use crate::error::RunnerError;
use crate::files::disk::read_bounded;
use crate::run_folder::folder::RunFolder;
use crate::run_folder::writer::RunWriter;
use crate::text::some_of::some_of;

const FILE: &str = "files.json";
/// Largest size in bytes: enough for hundreds of thousands of files.
const MOST: u64 = 1 << 26;

/// The files of a data set.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Files(BTreeMap<String, About>);

/// Size and time of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct About {
    bytes: u64,
    /// When it was last written, in seconds since 1970.
    time: u64,
}

impl Files {
    fn list(dataset: &Dataset) -> Self {
        let cases = Split::ALL.iter().flat_map(|split| dataset.cases(*split));
        let files = cases
            .flat_map(|case| case.label_files().chain([&*case.image]))
            .filter_map(|path| Some((name(path, &dataset.root), about(path)?)))
            .collect();
        Self(files)
    }

    /// Names of the files that differ in `now`.
    fn changed(&self, now: &Self) -> Vec<String> {
        let pairs = || {
            let both = self.0.iter();
            both.filter_map(|(name, then)| Some((name, then, now.0.get(name)?)))
        };
        // A copy of the whole set has new times.
        let copied = pairs().all(|(_, then, now)| then.time != now.time);
        pairs()
            .filter(|(_, then, now)| then.bytes != now.bytes || (!copied && then.time != now.time))
            .map(|(name, ..)| format!("'{name}'"))
            .collect()
    }
}

fn name(path: &Path, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().into_owned()
}

fn about(path: &Path) -> Option<About> {
    let about = fs::metadata(path).ok()?;
    let time = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(About {
        bytes: about.len(),
        time: time.as_secs(),
    })
}

/// Writes `files.json`.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write(folder: &RunWriter, dataset: &Dataset) -> Result<(), RunnerError> {
    folder.write_json(FILE, &Files::list(dataset))
}

/// Warns of files that differ, by size or time, from those that the run began with. Runs of earlier versions have no
/// `files.json`.
pub(crate) fn compare(folder: &RunFolder, dataset: &Dataset) {
    let path = folder.path().join(FILE);
    let read = || -> io::Result<Files> { Ok(serde_json::from_slice(&read_bounded(&path, MOST)?)?) };
    let then = match read() {
        Ok(then) => then,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => {
            tracing::warn!(
                "{}: could not be read: {error}; whether the data has changed is unknown",
                path.display()
            );
            return;
        }
    };
    if let Some(changed) = some_of("of its files", then.changed(&Files::list(dataset))) {
        tracing::warn!(
            "{}: rewritten since the run began, by size or time: {changed}; if the contents changed, the scores before and after are \
             those of different data",
            dataset.root.display()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(values: [(u64, u64); 3]) -> Files {
        let files = ["a", "b", "c"].into_iter().zip(values);
        let about = |(bytes, time)| About { bytes, time };
        Files(
            files
                .map(|(name, values)| (name.to_string(), about(values)))
                .collect(),
        )
    }

    #[test]
    fn a_rewritten_file_is_reported_and_a_copy_of_all_files_is_not() {
        let then = files([(10, 1), (20, 1), (30, 1)]);
        for (now, changed) in [
            ([(10, 1), (20, 1), (30, 1)], &[][..]),
            ([(10, 1), (20, 5), (30, 1)], &["'b'"]),
            ([(10, 1), (21, 1), (30, 1)], &["'b'"]),
            ([(10, 5), (20, 5), (30, 5)], &[]),
            ([(10, 5), (20, 6), (31, 7)], &["'c'"]),
        ] {
            assert_eq!(then.changed(&files(now)), changed, "{now:?}");
        }
    }
}
