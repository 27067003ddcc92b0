//! The image files of a folder, and which of two folders belong together.

mod close;
mod pairing;

pub(crate) use close::entries;
pub(crate) use pairing::{Paired, pair_up};

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::DataError;
use crate::nifti::volume_stem;
use crate::strangers::foreign_volumes;
use crate::text::{composed, counted};

/// Ends of the names, without extension, of volumes that lie beside ACDC's frames and are no images: labels, truth, series.
const BESIDE: [&str; 3] = ["_gt", "_clean", "_4d"];

const EXTENSIONS: [&str; 7] = ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "gif"];

/// Image files by stem. Hidden files, folders and files of other kinds are passed over.
///
/// Two files with one stem, or a name that is not Unicode, is a problem; so is a folder that cannot be listed.
pub(crate) fn image_files(
    folder: &Path,
    problems: &mut Vec<DataError>,
) -> BTreeMap<String, PathBuf> {
    files_by_stem(folder, &EXTENSIONS, problems)
}

/// The same for files of these extensions.
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

/// The problem of a name that no table and no recipe can hold.
pub(crate) fn not_unicode(path: &Path) -> DataError {
    DataError::new(
        path,
        "a file name in Unicode",
        "other bytes",
        "rename the file and its partner",
    )
}

/// A link that leads nowhere or back to itself is listed, so that reading it tells what is wrong.
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
        // Reading a pipe would wait for ever.
        let readable = fs::metadata(&path).map_or(true, |about| about.is_file());
        if wanted && !hidden && readable {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// Images with their labels, by stem; what has no partner, and what in the folders is not read, is a problem.
pub(crate) fn pairs(
    images: &Path,
    labels: &Path,
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) -> Paired {
    let image_files = image_files(images, problems);
    let label_files = self::image_files(labels, problems);
    if image_files.is_empty() {
        problems.extend(close::nothing_to_read(images));
    } else {
        notes.extend(close::passed_over(images));
    }
    pair_up(
        image_files,
        label_files,
        [images, labels],
        "png",
        problems,
        notes,
    )
}

/// A file's name without its ending, if that is one of the endings of images, labels and volumes.
pub(crate) fn without_extension(name: &str) -> &str {
    if let Some(stem) = volume_stem(Path::new(name)) {
        return stem;
    }
    match name.rsplit_once('.') {
        Some((stem, ending)) if is_picture_ending(ending) => stem,
        _ => name,
    }
}

/// Whether pictures have this ending: those that are read, and others that people have.
fn is_picture_ending(ending: &str) -> bool {
    let others = ["dcm", "npy", "npz", "svs", "ndpi"];
    let mut known = EXTENSIONS.iter().chain(&close::CONVERTIBLE).chain(&others);
    known.any(|known| ending.eq_ignore_ascii_case(known))
}

/// The image files of a folder, by name, and a problem for each that cannot be taken beside them: its name is no Unicode, or that
/// of another but for its extension.
///
/// # Errors
///
/// The folder cannot be listed.
pub fn picture_files(folder: &Path) -> Result<(Vec<PathBuf>, Vec<DataError>), DataError> {
    let mut problems = Vec::new();
    let files = image_files(folder, &mut problems);
    match problems.iter().position(|problem| problem.file == folder) {
        Some(unlisted) => Err(problems.swap_remove(unlisted)),
        None => Ok((files.into_values().collect(), problems)),
    }
}

/// The end of the names, without extension, of pictures that are drawn beside label images and are none themselves.
const OVERLAY: &str = ".overlay";

/// The NIfTI volumes of a folder, by stem.
fn volumes(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
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
/// The folder cannot be listed, or two files have one name but for their ending.
pub fn volume_files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut files = volumes(folder)?;
    files.retain(|stem, _| !BESIDE.iter().any(|ending| stem.ends_with(ending)));
    Ok(files.into_values().collect())
}

/// What of two folders of label files belongs together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Name, file in the first folder and file in the other.
    pub pairs: Vec<(String, PathBuf, PathBuf)>,
    /// Files of the first folder alone.
    pub only_first: Vec<PathBuf>,
    /// Files of the other folder alone.
    pub only_second: Vec<PathBuf>,
}

impl Pairs {
    fn of(first: BTreeMap<String, PathBuf>, mut second: BTreeMap<String, PathBuf>) -> Self {
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

/// The NIfTI volumes of two folders by name, where `_gt` at its end does not count. Nothing if neither holds a volume.
///
/// # Errors
///
/// A folder cannot be listed, both hold volumes and none of one name, or there are only volumes of formats that are not read.
pub fn paired_volumes(one: &Path, other: &Path) -> Result<Pairs, DataError> {
    let plain = |files: BTreeMap<String, PathBuf>| -> BTreeMap<String, PathBuf> {
        let name = |stem: String| stem.strip_suffix("_gt").map_or(stem.clone(), String::from);
        files
            .into_iter()
            .map(|(stem, path)| (name(stem), path))
            .collect()
    };
    let found = Pairs::of(plain(volumes(one)?), plain(volumes(other)?));
    if found == Pairs::default() && label_pictures(&[one, other]).is_empty() {
        let foreign = foreign_volumes(one).or_else(|| foreign_volumes(other));
        return foreign.map_or(Ok(found), Err);
    }
    if found.pairs.is_empty() && found != Pairs::default() {
        return Err(nothing_in_common(one, other, &found));
    }
    Ok(found)
}

/// The label images in some folders, without overlays drawn beside them: what lies there among volumes and is passed over.
pub fn label_pictures(folders: &[&Path]) -> Vec<PathBuf> {
    let files = |folder: &&Path| image_files(folder, &mut Vec::new());
    let mut files: Vec<_> = folders.iter().flat_map(files).collect();
    files.retain(|(stem, _)| !stem.ends_with(OVERLAY));
    files.into_iter().map(|(_, path)| path).collect()
}

/// The label images of two folders by name; overlays drawn beside them are passed over.
///
/// # Errors
///
/// A folder cannot be listed, holds two files of one name, or they have no name in common.
pub fn paired_files(one: &Path, other: &Path) -> Result<Pairs, DataError> {
    let mut problems = Vec::new();
    let [first, second] = [one, other].map(|folder| {
        let mut files = image_files(folder, &mut problems);
        files.retain(|stem, _| !stem.ends_with(OVERLAY));
        files
    });
    if let Some(problem) = problems.into_iter().next() {
        return Err(problem);
    }
    let found = Pairs::of(first, second);
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

/// The problem of two folders without a pair, with a name of each.
fn nothing_in_common(one: &Path, other: &Path, found: &Pairs) -> DataError {
    let first = |folder: &Path, files: &[PathBuf]| match files.first() {
        Some(file) => format!("{} ({})", file.display(), counted(files.len(), "file")),
        None => format!("no such file in {}", folder.display()),
    };
    DataError::new(
        one,
        format!(
            "label files of the names that those in {} have",
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
