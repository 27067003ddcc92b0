//! Results of this machine's trials, in the user's cache folder: losing them costs only three seconds.

use std::path::{Path, PathBuf};

use ops::Adapter;
use serde::{Deserialize, Serialize};

use crate::device::processor::processor;
use crate::device::trial_result::Seconds;
use crate::files::user_cache::{self, Limits};

const FILE: &str = "trials.json";

/// A home folder on a network serves several machines, each with several versions.
const LIMITS: Limits = Limits {
    bytes: 1 << 16,
    entries: 16,
};

/// Everything that a trial depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    adapter: String,
    api: String,
    driver: String,
    /// The CPU's name, if it has one.
    processor: String,
    /// The CPU's threads and instruction set, as in a device's description.
    cpu: String,
    program: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    key: Key,
    #[serde(flatten)]
    seconds: Seconds,
}

impl Key {
    /// For an adapter, and the CPU with this description.
    pub(super) fn new(adapter: &Adapter, cpu: &str) -> Self {
        Self {
            adapter: adapter.name.clone(),
            api: adapter.api.as_str().into(),
            driver: adapter.driver.clone(),
            processor: processor(),
            cpu: cpu.into(),
            program: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// The cache file, if the user has a cache folder.
pub(super) fn path() -> Option<PathBuf> {
    user_cache::path(FILE)
}

/// The result for `key`, if there is one. A file that cannot be read, or is not ours, has none.
pub(super) fn find(path: &Path, key: &Key) -> Option<Seconds> {
    let kept: Vec<Kept> = user_cache::read(path, LIMITS);
    let found = kept.into_iter().find(|kept| kept.key == *key)?;
    found.seconds.are_sound().then_some(found.seconds)
}

/// Stores `seconds` for `key`, before the other results, if the cache folder can be written.
pub(super) fn keep(path: &Path, key: Key, seconds: Seconds) {
    user_cache::keep(path, LIMITS, Kept { key, seconds }, |one, other| {
        one.key == other.key
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: Seconds = Seconds {
        gpu_s: 0.25,
        cpu_s: 0.125,
    };

    fn key(driver: &str) -> Key {
        Key {
            adapter: "a GPU".into(),
            api: "vulkan".into(),
            driver: driver.into(),
            processor: processor(),
            cpu: "CPU with 2 threads".into(),
            program: "1.2.3".into(),
        }
    }

    #[test]
    fn a_trial_is_stored_for_its_own_machine_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("not/there/yet/trials.json");
        assert_eq!(find(&path, &key("1")), None);
        keep(&path, key("1"), SECONDS);
        assert_eq!(find(&path, &key("1")), Some(SECONDS));
        assert_eq!(find(&path, &key("2")), None);
        let faster = Key {
            cpu: "CPU with 4 threads".into(),
            ..key("1")
        };
        assert_eq!(find(&path, &faster), None);
        for driver in 2..40 {
            keep(&path, key(&driver.to_string()), SECONDS);
        }
        assert_eq!(find(&path, &key("39")), Some(SECONDS));
        assert_eq!(find(&path, &key("1")), None, "the oldest are forgotten");
        assert!(std::fs::metadata(&path).expect("a file").len() < LIMITS.bytes);
    }

    #[test]
    fn a_damaged_or_foreign_file_is_rewritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trials.json");
        keep(&path, key("1"), SECONDS);
        let sound = std::fs::read_to_string(&path).expect("written");
        for text in [
            "",
            "no JSON",
            "{}",
            "[1, 2]",
            &sound[..sound.len() / 2],
            &sound.replace("0.25", "-1"),
            &sound.replace("0.25", "0"),
            &sound.replace("0.25", "\"fast\""),
            &" ".repeat(2 * LIMITS.bytes as usize),
        ] {
            std::fs::write(&path, text).expect("written");
            assert_eq!(find(&path, &key("1")), None, "{text:.60}");
            keep(&path, key("1"), SECONDS);
            assert_eq!(find(&path, &key("1")), Some(SECONDS), "{text:.60}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_not_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("written");
        let below = file.join("trials.json");
        keep(&below, key("1"), SECONDS);
        assert_eq!(find(&below, &key("1")), None);
        keep(folder.path(), key("1"), SECONDS);
        assert_eq!(find(folder.path(), &key("1")), None);
    }
}
