//! Lists the names in a folder.

use std::fs;
use std::path::Path;

use crate::error::DataError;
use crate::files::listing::not_unicode;

/// The names in a folder, sorted. Names that are not Unicode are omitted, and a problem if they have the extension of a
/// volume or an array.
pub(crate) fn names(
    folder: &Path,
    problems: &mut Vec<DataError>,
) -> Result<Vec<String>, DataError> {
    let unlisted = |error: std::io::Error| {
        DataError::new(
            folder,
            "a folder that can be listed",
            error.to_string(),
            "check the folder's rights",
        )
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unlisted)? {
        let entry = entry.map_err(unlisted)?;
        match entry.file_name().into_string() {
            Ok(name) => names.push(name),
            Err(other) => {
                let shown = other.to_string_lossy();
                if [".nii", ".nii.gz", ".npz"]
                    .iter()
                    .any(|end| shown.ends_with(end))
                {
                    problems.push(not_unicode(&entry.path()));
                }
            }
        }
    }
    names.sort();
    Ok(names)
}
