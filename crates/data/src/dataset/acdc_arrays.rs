//! ACDC as the arrays that `TransUNet`'s line of networks is trained on.
//!
//! * `train/` and `valid/`: slices, `case_001_sliceED_0.npz`, or whole volumes;
//! * `test/`: volumes, `case_002_volume_ED.npz`;
//! * `lists_ACDC/train.txt`, `valid.txt`, `test.txt`, or the same at the top, if there are any: a name per line; files that a
//!   list does not name take no part.
//!
//! Each archive holds `img` (or `image`) and `label`, `[rows, columns]` or `[slices, rows, columns]`. All files of one case
//! are of one patient. They say nothing of millimetres: distances are in pixels and slices.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Case;
use super::acdc::names;
use crate::error::LineProblems;
use crate::file::{DESCRIPTION, read_bounded};
use crate::split::Candidate;
use crate::{DataError, Split};

/// What the arrays of an archive are called, image and labels.
pub(super) const IMAGE: [&str; 2] = ["img", "image"];
pub(super) const LABEL: [&str; 1] = ["label"];

/// The archives, if there are any: the first folder below each name counts.
pub(super) fn find(root: &Path, problems: &mut Vec<DataError>) -> Option<Vec<Candidate>> {
    let mut candidates = Vec::new();
    let mut any = false;
    for (name, split) in [
        ("train", Split::Train),
        ("valid", Split::Validation),
        ("test", Split::Test),
    ] {
        let folder = root.join(name);
        if !folder.is_dir() {
            continue;
        }
        let files: BTreeSet<String> = match names(&folder, problems) {
            Ok(names) => names
                .iter()
                .filter_map(|name| name.strip_suffix(".npz"))
                .map(String::from)
                .collect(),
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        any |= !files.is_empty();
        let wanted = match list(root, name, problems) {
            Some((path, wanted)) => {
                let mut problems = LineProblems::of(&path, problems);
                for missing in wanted.difference(&files) {
                    problems.push(
                        format!("names of files in {}", folder.display()),
                        format!("{missing}, which is not there"),
                        "add the file, or take the name out of the list",
                    );
                }
                wanted.intersection(&files).cloned().collect()
            }
            None => files,
        };
        candidates.extend(wanted.into_iter().map(|stem| {
            let path = folder.join(format!("{stem}.npz"));
            let case = Case {
                patient: patient(&stem).to_string(),
                image: path.clone(),
                labels: path,
                stem,
                clean: None,
            };
            (case, Some(split))
        }));
    }
    any.then_some(candidates)
}

/// A split's list, without the endings that some write; nothing if there is none, or none that can be read.
fn list(
    root: &Path,
    name: &str,
    problems: &mut Vec<DataError>,
) -> Option<(PathBuf, BTreeSet<String>)> {
    let file = format!("{name}.txt");
    let path = [root.join("lists_ACDC").join(&file), root.join(&file)]
        .into_iter()
        .find(|path| path.is_file())?;
    let text = match read_bounded(&path, DESCRIPTION) {
        Ok(text) => text,
        Err(found) => {
            problems.push(DataError::new(
                &path,
                "a list of at most 1 MiB with the name of a file in every line",
                found,
                "correct the list, or remove it: all files of the folder then take part",
            ));
            return None;
        }
    };
    let names = String::from_utf8_lossy(&text)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.strip_suffix(".npz").unwrap_or(line).to_string())
        .collect();
    Some((path, names))
}

/// What comes before `_slice` or `_volume`.
fn patient(stem: &str) -> &str {
    ["_slice", "_volume"]
        .into_iter()
        .find_map(|part| stem.split_once(part))
        .map_or(stem, |(patient, _)| patient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_and_volumes_of_one_case_are_one_patient() {
        assert_eq!(patient("case_001_sliceED_0"), "case_001");
        assert_eq!(patient("case_002_volume_ED"), "case_002");
        assert_eq!(patient("anything"), "anything");
    }
}
