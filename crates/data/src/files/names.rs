//! File names by their extensions.

use std::path::Path;

pub(crate) const EXTENSIONS: [&str; 8] =
    ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "gif", "webp"];
/// A file name without its extension, if that is one of images, labels or volumes.
pub(crate) fn without_extension(name: &str) -> &str {
    if let Some(stem) = volume_stem(Path::new(name)) {
        return stem;
    }
    match name.rsplit_once('.') {
        Some((stem, ending)) if is_image_extension(ending) => stem,
        _ => name,
    }
}

/// Whether images have this extension: those that are read, and other common formats.
pub(crate) fn is_image_extension(ending: &str) -> bool {
    let others = ["dcm", "npy", "npz", "svs", "ndpi"];
    let mut known = EXTENSIONS.iter().chain(&CONVERTIBLE).chain(&others);
    known.any(|known| ending.eq_ignore_ascii_case(known))
}

/// Extensions of images that common tools convert to PNG.
pub(crate) const CONVERTIBLE: [&str; 5] = ["heic", "heif", "avif", "jp2", "jfif"];

/// Whether a name has one of these extensions.
pub(crate) fn ends_as(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

pub(crate) fn is_image(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| is_image_extension(ending))
}

/// The name of a NIfTI file without `.nii` or `.nii.gz`; `None` for other files.
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
