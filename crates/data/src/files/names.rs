//! Endings of file names.

use std::path::Path;

pub(crate) const EXTENSIONS: [&str; 7] = ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "gif"];
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
pub(crate) fn is_picture_ending(ending: &str) -> bool {
    let others = ["dcm", "npy", "npz", "svs", "ndpi"];
    let mut known = EXTENSIONS.iter().chain(&CONVERTIBLE).chain(&others);
    known.any(|known| ending.eq_ignore_ascii_case(known))
}

/// Endings of pictures that common tools save as PNG.
pub(crate) const CONVERTIBLE: [&str; 6] = ["webp", "heic", "heif", "avif", "jp2", "jfif"];

/// Whether a name has one of these endings.
pub(crate) fn ends_as(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

pub(crate) fn is_picture(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| is_picture_ending(ending))
}

/// Whether a file is called `….nii` or `….nii.gz`; the name before that.
pub fn volume_stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let length = name.len();
    [".nii.gz", ".nii"]
        .into_iter()
        .find(|ending| {
            length > ending.len()
                && name.is_char_boundary(length - ending.len())
                && name[length - ending.len()..].eq_ignore_ascii_case(ending)
        })
        .map(|ending| &name[..length - ending.len()])
}
