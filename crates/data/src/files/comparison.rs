//! The label files of two folders that are compared with each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::files::listing::{images_by_stem, volumes};
use crate::files::unsupported_volumes::unsupported_volumes;
use crate::text::counted;

/// The suffix of the stems of overlays, which are drawn next to label images and are not label images themselves.
pub(crate) const OVERLAY: &str = ".overlay";

/// The label files of two folders, paired by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Name, file in the first folder and file in the other.
    pub pairs: Vec<(String, PathBuf, PathBuf)>,
    /// Files of the first folder without a counterpart.
    pub only_first: Vec<PathBuf>,
    /// Files of the other folder without a counterpart.
    pub only_second: Vec<PathBuf>,
}

impl Pairs {
    fn by_name(first: BTreeMap<String, PathBuf>, mut second: BTreeMap<String, PathBuf>) -> Self {
        let mut found = Self::default();
        for (stem, file) in first {
            match second.remove(&stem) {
                Some(partner) => found.pairs.push((stem, file, partner)),
                None => found.only_first.push(file),
            }
        }
        found.only_second = second.into_values().collect();
        found
    }
}

/// Pairs the NIfTI volumes of two folders by name, ignoring a final `_gt`. Empty if neither folder contains a volume.
///
/// # Errors
///
/// A folder cannot be listed, both contain volumes but no pair, or there are only volumes in formats that are not read.
pub fn paired_volumes(one: &Path, other: &Path) -> Result<Pairs, DataError> {
    let plain = |files: BTreeMap<String, PathBuf>| -> BTreeMap<String, PathBuf> {
        let name = |stem: String| stem.strip_suffix("_gt").map_or(stem.clone(), String::from);
        files
            .into_iter()
            .map(|(stem, path)| (name(stem), path))
            .collect()
    };
    let found = Pairs::by_name(plain(volumes(one)?), plain(volumes(other)?));
    if found == Pairs::default() && label_images(&[one, other]).is_empty() {
        let foreign = unsupported_volumes(one).or_else(|| unsupported_volumes(other));
        return foreign.map_or(Ok(found), Err);
    }
    if found.pairs.is_empty() && found != Pairs::default() {
        return Err(nothing_in_common(one, other, &found));
    }
    Ok(found)
}

/// The label images in some folders, without overlays: what is skipped where volumes are read.
pub fn label_images(folders: &[&Path]) -> Vec<PathBuf> {
    let files = |folder: &&Path| images_by_stem(folder, &mut Vec::new());
    let mut files: Vec<_> = folders.iter().flat_map(files).collect();
    files.retain(|(stem, _)| !stem.ends_with(OVERLAY));
    files.into_iter().map(|(_, path)| path).collect()
}

/// Pairs the label images of two folders by name; overlays are skipped.
///
/// # Errors
///
/// A folder cannot be listed or contains two files of the same name, or the folders have no name in common.
pub fn paired_files(one: &Path, other: &Path) -> Result<Pairs, DataError> {
    let mut problems = Vec::new();
    let [first, second] = [one, other].map(|folder| {
        let mut files = images_by_stem(folder, &mut problems);
        files.retain(|stem, _| !stem.ends_with(OVERLAY));
        files
    });
    if let Some(problem) = problems.into_iter().next() {
        return Err(problem);
    }
    let found = Pairs::by_name(first, second);
    if found == Pairs::default() {
        return Err(DataError::new(
            one,
            "label images",
            "none",
            "give two folders of PNG or NIfTI files with the same names",
        ));
    }
    if found.pairs.is_empty() {
        return Err(nothing_in_common(one, other, &found));
    }
    Ok(found)
}

/// The problem of two folders without a pair, with an example of each.
pub(crate) fn nothing_in_common(one: &Path, other: &Path, found: &Pairs) -> DataError {
    let first = |folder: &Path, files: &[PathBuf]| match files.first() {
        Some(file) => format!("{} ({})", file.display(), counted(files.len(), "file")),
        None => format!("no such file in {}", folder.display()),
    };
    DataError::new(
        one,
        format!(
            "label files with the same names as those in {}",
            other.display()
        ),
        format!(
            "none: {} and {}",
            first(one, &found.only_first),
            first(other, &found.only_second)
        ),
        "give two folders of PNG or NIfTI files with the same names",
    )
}
