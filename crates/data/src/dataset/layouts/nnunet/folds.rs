//! `splits_final.json`: the training and validation cases of each fold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::dataset::case::Candidate;
use crate::error::{DataError, setting_advice};
use crate::files::open::read_bounded;
use crate::options::DataOptions;
use crate::options::split::Split;
use crate::text::{composed, few};

/// The name of the file.
pub(super) const SPLITS: &str = "splits_final.json";
/// Largest size in bytes: five folds of tens of thousands of cases.
const MOST: u64 = 4 << 20;

/// The cases of a fold.
#[derive(Deserialize)]
struct Fold {
    train: Vec<String>,
    val: Vec<String>,
}

/// The folds of a set.
pub(super) struct Folds {
    path: PathBuf,
    folds: Vec<Fold>,
}

impl Folds {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let wrong = |found: String| {
            DataError::new(
                path,
                "a list of folds such as {\"train\": [names], \"val\": [names]}, of at most 4 MiB",
                found,
                "correct the file, or remove it: the split is then drawn",
            )
        };
        let text = read_bounded(path, MOST).map_err(|error| wrong(error.to_string()))?;
        let folds: Vec<Fold> =
            serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if folds.is_empty() {
            return Err(wrong("no fold".into()));
        }
        Ok(Self {
            path: path.to_path_buf(),
            folds,
        })
    }

    /// Splits the training cases by the fold `data.fold`, and returns the names of those that it does not name, which are removed.
    ///
    /// # Errors
    ///
    /// There is no such fold, or `data.folds` differs from their number.
    pub(super) fn assign(
        &self,
        options: &DataOptions,
        candidates: &mut Vec<Candidate>,
        problems: &mut Vec<DataError>,
    ) -> Result<Vec<String>, DataError> {
        let count = self.folds.len();
        let fold = self.folds.get(options.fold);
        let Some(fold) = fold.filter(|_| [0, count].contains(&options.folds)) else {
            return Err(DataError::new(
                &self.path,
                format!(
                    "data.fold of 0 to {}, and data.folds of {count}, or 0 for the same",
                    count - 1
                ),
                format!("{} and {}", options.fold, options.folds),
                format!(
                    "{}; without the file, data.folds draws folds of its own",
                    setting_advice("change them")
                ),
            ));
        };
        let mut splits: BTreeMap<String, Split> = BTreeMap::new();
        let mut twice = Vec::new();
        for (names, split) in [(&fold.train, Split::Train), (&fold.val, Split::Validation)] {
            for name in names {
                if splits.insert(composed(name), split).is_some() {
                    twice.push(format!("'{name}'"));
                }
            }
        }
        let mut left = Vec::new();
        candidates.retain_mut(|(case, split)| {
            if *split == Some(Split::Test) {
                return true;
            }
            *split = splits.remove(&case.stem);
            if split.is_none() {
                left.push(format!("'{}'", case.stem));
            }
            split.is_some()
        });
        let unknown: Vec<String> = splits.keys().map(|name| format!("'{name}'")).collect();
        for (expected, found, names) in [
            ("each case once in a fold", "more than once", twice),
            (
                "names of cases in imagesTr and labelsTr",
                "no files of",
                unknown,
            ),
        ] {
            if !names.is_empty() {
                problems.push(DataError::new(
                    &self.path,
                    expected,
                    format!("in fold {}, {found} {}", options.fold, few(&names)),
                    "copy the missing cases, or correct the file",
                ));
            }
        }
        Ok(left)
    }
}
