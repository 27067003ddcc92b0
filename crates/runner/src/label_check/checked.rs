//! Which data sets were found sound, kept in the user's cache folder: nothing is lost with it but the time to read them again.

use std::path::{Path, PathBuf};

use data::{Case, DataOptions, Dataset, Split};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kept;

const FILE: &str = "checked.json";

/// A longer file is not ours.
const MOST_BYTES: u64 = 1 << 20;

/// Data sets that are remembered.
const MOST_KEPT: usize = 64;

/// The checksum of all that a check depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key(String);

#[derive(Serialize, Deserialize)]
struct Kept {
    key: Key,
    /// What was said of the set.
    remarks: Vec<String>,
}

impl Key {
    /// Of the program, the options, and the path, length and time of every file.
    pub(super) fn of(dataset: &Dataset, options: &DataOptions, cases: &[(&Case, Split)]) -> Self {
        let mut sum = Sha256::new();
        let mut add = |text: &str| {
            sum.update(text);
            sum.update([0]);
        };
        add(env!("CARGO_PKG_VERSION"));
        add(&serde_json::to_string(options).unwrap_or_default());
        add(&dataset.class_names.join("\n"));
        add(&stamp(&dataset.root.join("dataset.json")));
        for (case, split) in cases {
            add(split.as_str());
            add(&stamp(&case.image));
            add(&stamp(&case.labels));
        }
        let mut text = String::new();
        for byte in sum.finalize() {
            text += &format!("{byte:02x}");
        }
        Self(text)
    }
}

/// What changes with a file: its place, its length, and when it was written or put there.
fn stamp(file: &Path) -> String {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    let Ok(about) = file.metadata() else {
        return format!("{} is missing", path.display());
    };
    let written = about.modified().ok();
    // A copy may keep the time of what it was copied from.
    #[cfg(unix)]
    let put = {
        use std::os::unix::fs::MetadataExt;
        (about.ctime(), about.ctime_nsec())
    };
    #[cfg(not(unix))]
    let put = about.created().ok();
    let (path, length) = (path.display(), about.len());
    format!("{path} {length} {written:?} {put:?}")
}

/// Where such sets are kept, if the user has a place for it.
pub(super) fn path() -> Option<PathBuf> {
    kept::path(FILE)
}

/// What was said of a set when it was found sound, if it was.
pub(super) fn find(path: &Path, key: &Key) -> Option<Vec<String>> {
    let kept = all(path).into_iter().find(|kept| kept.key == *key)?;
    Some(kept.remarks)
}

/// Remembers a sound set in front of the others.
pub(super) fn keep(path: &Path, key: Key, remarks: &[String]) {
    let mut kept = all(path);
    kept.retain(|kept| kept.key != key);
    let remarks = remarks.to_vec();
    kept.insert(0, Kept { key, remarks });
    kept.truncate(MOST_KEPT);
    kept::keep(path, &kept);
}

fn all(path: &Path) -> Vec<Kept> {
    kept::all(path, MOST_BYTES)
}
