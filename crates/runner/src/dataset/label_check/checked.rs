//! Data sets that were found sound, in the user's cache folder: losing it costs only the time to read them again.

use std::path::{Path, PathBuf};

use data::{Case, DataOptions, Dataset, Split};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::files::checksum::{self, FileSums, hexadecimal};
use crate::files::user_cache::{self, Limits};

const FILE: &str = "checked.json";

const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    entries: 64,
};

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
    /// Depends on the program, the options, and every file. Files that a check reads whole count with their contents, since another
    /// file may have the same length and time. Of the others, images to train and to validate with, a check needs only the
    /// header: they count with their path, length and time. A training reads them whole before its first step, and refuses those
    /// that do not fit their labels.
    ///
    /// Also returns the checksums of the files that it has read whole. `done` is called after every case.
    pub(super) fn compute(
        dataset: &Dataset,
        options: &DataOptions,
        cases: &[(&Case, Split)],
        done: &(dyn Fn() + Sync),
    ) -> (Self, FileSums) {
        let read: Vec<([String; 3], FileSums)> = cases
            .par_iter()
            .map(|(case, split)| {
                let mut sums = FileSums::new();
                let mut contents = |file: &Path| contents(file, &mut sums);
                let image = if *split == Split::Test {
                    contents(&case.image)
                } else {
                    stamp(&case.image)
                };
                let labels: Vec<String> = case.label_files().map(&mut contents).collect();
                let labels = labels.join("\n");
                let clean = case.clean.as_deref().map(&mut contents);
                let of_case = [image, labels, clean.unwrap_or_default()];
                done();
                (of_case, sums)
            })
            .collect();
        let (files, sums): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let sums = sums.into_iter().flatten().collect();
        let about = ["dataset.json", "splits_final.json"];
        let about = about.map(|name| contents(&dataset.root.join(name), &mut FileSums::new()));
        let mut sum = Sha256::new();
        let mut add = |text: &str| {
            sum.update(text);
            sum.update([0]);
        };
        add(env!("CARGO_PKG_VERSION"));
        add(&serde_json::to_string(options).unwrap_or_default());
        add(&dataset.class_names.join("\n"));
        for about in &about {
            add(about);
        }
        for ((_, split), files) in cases.iter().zip(&files) {
            add(split.as_str());
            for file in files {
                add(file);
            }
        }
        (Self(hexadecimal(sum.finalize())), sums)
    }
}

/// Changes with a file's path and with its contents, whose checksum is added to `sums`.
fn contents(file: &Path, sums: &mut FileSums) -> String {
    let sum = data::open_file(file).and_then(|(file, _)| checksum::of_file(file));
    if let Ok(sum) = &sum {
        sums.insert(file.to_path_buf(), sum.clone());
    }
    let sum = sum.unwrap_or_else(|error| error.to_string());
    format!("{} {sum}", place(file))
}

/// Changes with a file's path, with its length, and when it is written or copied there.
fn stamp(file: &Path) -> String {
    let Ok(about) = file.metadata() else {
        return format!("{} is missing", place(file));
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
    format!("{} {} {written:?} {put:?}", place(file), about.len())
}

fn place(file: &Path) -> String {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    path.display().to_string()
}

/// The file of sound sets, if the user has a cache folder.
pub(super) fn path() -> Option<PathBuf> {
    user_cache::path(FILE)
}

/// The remarks on a set, if it was found sound.
pub(super) fn find(path: &Path, key: &Key) -> Option<Vec<String>> {
    let kept: Vec<Kept> = user_cache::read(path, LIMITS);
    let found = kept.into_iter().find(|kept| kept.key == *key)?;
    Some(found.remarks)
}

/// Stores a sound set before the others.
pub(super) fn keep(path: &Path, key: Key, remarks: &[String]) {
    let remarks = remarks.to_vec();
    user_cache::keep(path, LIMITS, Kept { key, remarks }, |one, other| {
        one.key == other.key
    });
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::SystemTime;

    use super::*;
    use crate::run_folder::data_checksum;

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

    fn open(root: &Path, options: &DataOptions) -> Dataset {
        Dataset::open(root, options).expect("a data set")
    }

    fn of_all_splits(dataset: &Dataset) -> Vec<(&Case, Split)> {
        let splits = Split::ALL.iter();
        splits
            .flat_map(|split| dataset.cases(*split).iter().map(|case| (case, *split)))
            .collect()
    }

    fn key(dataset: &Dataset, options: &DataOptions) -> Key {
        Key::compute(dataset, options, &of_all_splits(dataset), &|| ()).0
    }

    #[test]
    fn a_set_is_known_until_a_file_or_an_option_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("data");
        set(&root);
        let path = folder.path().join("cache/checked.json");
        let options = DataOptions::default();
        let first = key(&open(&root, &options), &options);
        assert_eq!(find(&path, &first), None);
        keep(&path, first.clone(), &["a remark".to_string()]);
        assert_eq!(
            find(&path, &key(&open(&root, &options), &options)),
            Some(vec!["a remark".to_string()])
        );
        let named = DataOptions {
            label_values: [("0".to_string(), 0)].into(),
            ..DataOptions::default()
        };
        assert_eq!(find(&path, &key(&open(&root, &named), &named)), None);
        let labels = root.join("labels/2.png");
        image::GrayImage::new(3, 1).save(&labels).expect("written");
        assert_ne!(key(&open(&root, &options), &options), first);
    }

    #[test]
    fn the_checksum_of_the_data_is_the_same_with_the_sums_of_the_check() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("data");
        set(&root);
        let options = DataOptions::default();
        let dataset = open(&root, &options);
        let (_, sums) = Key::compute(&dataset, &options, &of_all_splits(&dataset), &|| ());
        // The labels of all, and the images of the test split.
        assert_eq!(sums.len(), 4 + dataset.cases(Split::Test).len());
        let whole = data_checksum::of(&dataset, &FileSums::new());
        assert_eq!(data_checksum::of(&dataset, &sums), whole);
        // They are not read again.
        let labels = root.join("labels/2.png");
        fs::write(&labels, "changed since").expect("written");
        assert_eq!(data_checksum::of(&dataset, &sums), whole);
        assert_ne!(data_checksum::of(&dataset, &FileSums::new()), whole);
    }

    #[test]
    fn files_are_identified_by_their_contents() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("data");
        set(&root);
        fs::write(root.join("dataset.json"), "{}").expect("written");
        let options = DataOptions::default();
        let dataset = open(&root, &options);
        let first = key(&dataset, &options);
        let mut whole = vec![root.join("dataset.json")];
        for split in Split::ALL {
            for case in dataset.cases(split) {
                whole.push(case.labels.clone());
                whole.extend((split == Split::Test).then(|| case.image.clone()));
            }
        }
        assert_eq!(whole.len(), 6);
        for file in whole {
            let at = |path: &Path| path.metadata().and_then(|about| about.modified());
            let (before, bytes) = (at(&file).expect("a time"), fs::read(&file).expect("read"));
            // The same bytes with another time count as the same file; other bytes with the same length and time do not.
            let mut others = bytes.clone();
            others.swap(0, 1);
            for (bytes, is_same) in [(&others, false), (&bytes, true)] {
                fs::write(&file, bytes).expect("written");
                let open = fs::File::options().write(true).open(&file);
                let time = if is_same { SystemTime::now() } else { before };
                let set = open.and_then(|open| open.set_modified(time));
                set.expect("a time to set");
                let now = key(&dataset, &options);
                assert_eq!(now == first, is_same, "{}", file.display());
            }
        }
    }

    #[test]
    fn the_sets_that_were_seen_last_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("checked.json");
        for index in 0..=LIMITS.entries {
            keep(&path, Key(index.to_string()), &[]);
        }
        assert_eq!(find(&path, &Key("0".into())), None);
        assert_eq!(find(&path, &Key("1".into())), Some(Vec::new()));
        fs::write(&path, "no JSON").expect("written");
        assert_eq!(find(&path, &Key("1".into())), None);
    }
}
