//! Data sets that were found sound, in the user's cache folder: losing it costs only the time to read them again.

use std::path::{Path, PathBuf};

use data::{Case, DataOptions, Dataset, Split};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::files::checksum::hexadecimal;
use crate::files::kept;

const FILE: &str = "checked.json";

/// A longer file is not ours.
const MOST_BYTES: u64 = 1 << 20;

/// Data sets that are remembered.
const MOST_KEPT: usize = 64;

/// The checksum of everything that a check depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key(String);

#[derive(Serialize, Deserialize)]
struct Kept {
    key: Key,
    /// The remarks on the set.
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
        Self(hexadecimal(sum.finalize()))
    }
}

/// What changes with a file: its path, its length, and when it was written or copied there.
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

/// The file of sound sets, if the user has a cache folder.
pub(super) fn path() -> Option<PathBuf> {
    kept::path(FILE)
}

/// The remarks on a set, if it was found sound.
pub(super) fn find(path: &Path, key: &Key) -> Option<Vec<String>> {
    let kept = all(path).into_iter().find(|kept| kept.key == *key)?;
    Some(kept.remarks)
}

/// Stores a sound set before the others.
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A set of four images, each its own labels.
    fn set(root: &Path) {
        for name in ["images", "labels"] {
            fs::create_dir_all(root.join(name)).expect("a folder");
            for index in 0..4 {
                let image = image::GrayImage::new(2, 2);
                let file = root.join(format!("{name}/{index}.png"));
                image.save(file).expect("written");
            }
        }
    }

    fn key(root: &Path, options: &DataOptions) -> Key {
        let dataset = Dataset::open(root, options).expect("a data set");
        let cases: Vec<(&Case, Split)> = Split::ALL
            .iter()
            .flat_map(|split| dataset.cases(*split).iter().map(|case| (case, *split)))
            .collect();
        Key::of(&dataset, options, &cases)
    }

    #[test]
    fn a_set_is_known_until_a_file_or_an_option_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("data");
        set(&root);
        let path = folder.path().join("cache/checked.json");
        let options = DataOptions::default();
        let first = key(&root, &options);
        assert_eq!(find(&path, &first), None);
        keep(&path, first.clone(), &["a remark".to_string()]);
        assert_eq!(
            find(&path, &key(&root, &options)),
            Some(vec!["a remark".to_string()])
        );
        let named = DataOptions {
            label_values: [("0".to_string(), 0)].into(),
            ..DataOptions::default()
        };
        assert_eq!(find(&path, &key(&root, &named)), None);
        let labels = root.join("labels/2.png");
        image::GrayImage::new(3, 1).save(&labels).expect("written");
        assert_ne!(key(&root, &options), first);
    }

    #[test]
    fn the_sets_that_were_seen_last_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("checked.json");
        for index in 0..=MOST_KEPT {
            keep(&path, Key(index.to_string()), &[]);
        }
        assert_eq!(find(&path, &Key("0".into())), None);
        assert_eq!(find(&path, &Key("1".into())), Some(Vec::new()));
        fs::write(&path, "no JSON").expect("written");
        assert_eq!(find(&path, &Key("1".into())), None);
    }
}
