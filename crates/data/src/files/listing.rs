//! The images and volumes of a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::files::names::{EXTENSIONS, volume_stem};
use crate::text::composed;

/// Suffixes of the stems of ACDC's volumes that are not images: labels, clean labels, series.
const NOT_IMAGES: [&str; 3] = ["_gt", "_clean", "_4d"];

/// Image files by stem. Hidden files, folders and other files are skipped.
///
/// Two files with the same stem, a name that is not Unicode, or a folder that cannot be listed is a problem.
pub(crate) fn images_by_stem(
    folder: &Path,
    problems: &mut Vec<DataError>,
) -> BTreeMap<String, PathBuf> {
    files_by_stem(folder, &EXTENSIONS, problems)
}

/// Files with one of these extensions by stem, as [`images_by_stem`].
pub(crate) fn files_by_stem(
    folder: &Path,
    extensions: &[&str],
    problems: &mut Vec<DataError>,
) -> BTreeMap<String, PathBuf> {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut paths = match list(folder, extensions) {
        Ok(paths) => paths,
        Err(problem) => {
            problems.push(problem);
            return files;
        }
    };
    paths.sort();
    for path in paths {
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else {
            problems.push(not_unicode(&path));
            continue;
        };
        let stem = composed(stem);
        if let Some(first) = files.get(&stem) {
            problems.push(DataError::new(
                &path,
                "one file for each name",
                format!("{} as well", first.display()),
                "remove or rename one of the two",
            ));
            continue;
        }
        files.insert(stem, path);
    }
    files
}

/// The problem of a file name that no table and no recipe can contain.
pub(crate) fn not_unicode(path: &Path) -> DataError {
    DataError::new(
        path,
        "a file name in Unicode",
        "other bytes",
        "rename the file and its counterpart",
    )
}

/// Lists broken and circular links too, so that reading them reports what is wrong.
fn list(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, DataError> {
    let unlisted = |error: std::io::Error| {
        DataError::new(
            folder,
            "a folder with images",
            error.to_string(),
            "check the path and the folder's rights",
        )
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unlisted)? {
        let path = entry.map_err(unlisted)?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let wanted = path.extension().is_some_and(|extension| {
            extensions
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        });
        // Reading a pipe could block forever.
        let readable = fs::metadata(&path).map_or(true, |about| about.is_file());
        if wanted && !hidden && readable {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// The image files of a folder, sorted by name, and a problem for each that is omitted: its name is not Unicode, or equals
/// that of another file up to the extension.
///
/// # Errors
///
/// The folder cannot be listed.
pub fn image_files(folder: &Path) -> Result<(Vec<PathBuf>, Vec<DataError>), DataError> {
    let mut problems = Vec::new();
    let files = images_by_stem(folder, &mut problems);
    match problems.iter().position(|problem| problem.file == folder) {
        Some(unlisted) => Err(problems.swap_remove(unlisted)),
        None => Ok((files.into_values().collect(), problems)),
    }
}

/// The NIfTI volumes of a folder, by stem.
pub(crate) fn volumes(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let unlisted = |error: std::io::Error| {
        DataError::new(
            folder,
            "a folder with volumes",
            error.to_string(),
            "check the path and the folder's rights",
        )
    };
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(unlisted)? {
        let path = entry.map_err(unlisted)?.path();
        let Some(stem) = volume_stem(&path).filter(|stem| !stem.starts_with('.')) else {
            continue;
        };
        if !path.is_file() {
            continue;
        }
        if let Some(first) = files.insert(stem.to_string(), path.clone()) {
            return Err(DataError::new(
                &path,
                "one file for each name",
                format!("{} as well", first.display()),
                "remove or rename one of the two",
            ));
        }
    }
    Ok(files)
}

/// The NIfTI volumes of a folder by name, without labels (`_gt`, `_clean`) and series (`_4d`).
///
/// # Errors
///
/// The folder cannot be listed, or two files have the same name up to the extension.
pub fn volume_files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut files = volumes(folder)?;
    files.retain(|stem, _| !NOT_IMAGES.iter().any(|ending| stem.ends_with(ending)));
    Ok(files.into_values().collect())
}

/// The names in a folder, sorted, without hidden ones; empty if it cannot be listed.
pub(crate) fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| composed(&entry.file_name().to_string_lossy()))
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}
