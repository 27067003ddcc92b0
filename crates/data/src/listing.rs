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
use crate::text::composed;

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

/// The image files of a folder, by name.
///
/// # Errors
///
/// The folder cannot be listed, or two files have one name but for their extension.
pub fn picture_files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut problems = Vec::new();
    let files = image_files(folder, &mut problems);
    match problems.into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(files.into_values().collect()),
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

/// Name, file in `one` and file in `other` for the NIfTI volumes of two folders: volumes of one name, where `_gt` at its end
/// does not count. No pairs if neither folder holds a volume.
///
/// # Errors
///
/// A folder cannot be listed, a file has no partner, or there are only volumes of formats that are not read.
pub fn paired_volumes(
    one: &Path,
    other: &Path,
) -> Result<Vec<(String, PathBuf, PathBuf)>, DataError> {
    let plain = |files: BTreeMap<String, PathBuf>| -> BTreeMap<String, PathBuf> {
        let name = |stem: String| stem.strip_suffix("_gt").map_or(stem.clone(), String::from);
        files
            .into_iter()
            .map(|(stem, path)| (name(stem), path))
            .collect()
    };
    let files = plain(volumes(one)?);
    let mut partners = plain(volumes(other)?);
    let mut pairs = Vec::new();
    for (stem, file) in files {
        match partners.remove(&stem) {
            Some(partner) => pairs.push((stem, file, partner)),
            None => return Err(without_partner(&file, &stem, other)),
        }
    }
    if let Some((stem, file)) = partners.iter().next() {
        return Err(without_partner(file, stem, one));
    }
    if pairs.is_empty() && label_pictures(&[one, other]).is_empty() {
        let foreign = foreign_volumes(one).or_else(|| foreign_volumes(other));
        return foreign.map_or(Ok(pairs), Err);
    }
    Ok(pairs)
}

/// The label images in some folders, without overlays drawn beside them: what lies there among volumes and is passed over.
pub fn label_pictures(folders: &[&Path]) -> Vec<PathBuf> {
    let files = |folder: &&Path| image_files(folder, &mut Vec::new());
    let mut files: Vec<_> = folders.iter().flat_map(files).collect();
    files.retain(|(stem, _)| !stem.ends_with(OVERLAY));
    files.into_iter().map(|(_, path)| path).collect()
}

/// Name, file in `one` and file in `other` for the label images of two folders; overlays drawn beside them are passed over.
///
/// # Errors
///
/// A folder cannot be listed or is empty, or a file has no partner.
pub fn paired_files(
    one: &Path,
    other: &Path,
) -> Result<Vec<(String, PathBuf, PathBuf)>, DataError> {
    let mut problems = Vec::new();
    let mut files = image_files(one, &mut problems);
    let mut partners = image_files(other, &mut problems);
    for list in [&mut files, &mut partners] {
        list.retain(|stem, _| !stem.ends_with(OVERLAY));
    }
    let mut pairs = Vec::new();
    for (stem, file) in files {
        match partners.remove(&stem) {
            Some(partner) => pairs.push((stem, file, partner)),
            None => problems.push(without_partner(&file, &stem, other)),
        }
    }
    problems.extend(
        partners
            .iter()
            .map(|(stem, file)| without_partner(file, stem, one)),
    );
    if let Some(problem) = problems.into_iter().next() {
        return Err(problem);
    }
    if pairs.is_empty() {
        return Err(DataError::new(
            one,
            "label images",
            "none",
            "give two folders of PNG or NIfTI files with the same names",
        ));
    }
    Ok(pairs)
}

fn without_partner(file: &Path, stem: &str, folder: &Path) -> DataError {
    DataError::new(
        file,
        format!("its partner {stem} in {}", folder.display()),
        "no such file",
        "add the file, or remove this one",
    )
}
