//! ACDC as the arrays on which `TransUNet` and related networks are trained.
//!
//! * `train/` and `valid/`: slices, `case_001_sliceED_0.npz`, or whole volumes;
//! * `test/`: volumes, `case_002_volume_ED.npz`;
//! * `lists_ACDC/train.txt`, `valid.txt`, `test.txt`, or the same at the top, optionally: a name per line; files
//!   that a list does not name are not used.
//!
//! Each archive contains `img` (or `image`) and `label`, `[rows, columns]` or `[slices, rows, columns]`. All files of one
//! case are of one patient. They state no spacing in millimetres: distances are in pixels and slices.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::dataset::case::{Candidate, Case};
use crate::dataset::contents::contents;
use crate::dataset::layouts::acdc::file_names::names;
use crate::error::{DataError, LineProblems};
use crate::files::open::{DESCRIPTION, read_bounded};
use crate::options::split::Split;

/// Names of the arrays of the image and of the labels in an archive.
pub(crate) const IMAGE: [&str; 2] = ["img", "image"];
pub(crate) const LABEL: [&str; 1] = ["label"];
/// Extensions of arrays in formats that are not read.
const OTHERS: [&str; 7] = [".h5", ".hdf5", ".npy", ".mat", ".pkl", ".nii", ".nii.gz"];

/// The archives, if there are any.
pub(crate) fn find(root: &Path, problems: &mut Vec<DataError>) -> Option<Vec<Candidate>> {
    let mut candidates = Vec::new();
    let mut unread = Vec::new();
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
        let names = match names(&folder, problems) {
            Ok(names) => names,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let stems = names.iter().filter_map(|name| name.strip_suffix(".npz"));
        let files: BTreeSet<String> = stems.map(String::from).collect();
        any |= !files.is_empty();
        unread.extend(skipped(&folder, &names, &files));
        let wanted = match list(root, name, problems) {
            Some((path, wanted)) => {
                let mut problems = LineProblems::new(&path, problems);
                for missing in wanted.difference(&files) {
                    problems.push(
                        format!("names of files in {}", folder.display()),
                        format!("{missing}, which is not there"),
                        "add the file, or remove the name from the list",
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
                masks: Vec::new(),
                clean: None,
            };
            (case, Some(split))
        }));
    }
    any.then(|| {
        problems.append(&mut unread);
        candidates
    })
}

/// The problem of a folder from which files would be skipped: arrays in other formats without a corresponding archive, or
/// no archives.
fn skipped(folder: &Path, names: &[String], archives: &BTreeSet<String>) -> Option<DataError> {
    let is_array = |name: &&String| {
        let name = name.to_ascii_lowercase();
        OTHERS.iter().any(|ending| name.ends_with(ending))
    };
    let is_archived = |name: &str| {
        let stem = name.split('.').next();
        stem.is_some_and(|stem| archives.contains(stem))
    };
    let others = names.iter().filter(is_array);
    let others: Vec<&String> = others.filter(|name| !is_archived(name)).collect();
    let expected = "slices and volumes as NumPy archives (.npz)";
    match others[..] {
        [] if archives.is_empty() => Some(DataError::new(
            folder,
            expected,
            contents(folder),
            "add them, or remove the folder: the split is then drawn from the others",
        )),
        [] => None,
        [first, ref more @ ..] => {
            let more = match more.len() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            Some(DataError::new(
                folder,
                expected,
                format!("{first}{more}"),
                "save each as an archive of the same name: numpy.savez(\"NAME.npz\", img=image, label=label); h5py reads .h5 files",
            ))
        }
    }
}

/// The list of a split, without the extensions that some lists contain; `None` if there is none or it cannot be read.
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
        Err(error) => {
            problems.push(DataError::new(
                &path,
                "a list of at most 1 MiB with the name of a file in every line",
                error.to_string(),
                "correct the list, or remove it: all files of the folder are then used",
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

/// The part before `_slice` or `_volume`.
fn patient(stem: &str) -> &str {
    ["_slice", "_volume"]
        .into_iter()
        .find_map(|part| stem.split_once(part))
        .map_or(stem, |(patient, _)| patient)
}
