//! Describes the contents of folders, for errors and notes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::files::listing::entries;
use crate::text::few;

/// Checks that a data set's folder exists.
pub(super) fn folder_exists(root: &Path) -> Result<(), DataError> {
    if root.is_dir() {
        return Ok(());
    }
    let found = match fs::metadata(root) {
        Ok(_) => "a file".to_string(),
        Err(error) => error.to_string(),
    };
    Err(DataError::new(
        root,
        "the folder of a data set",
        found,
        "give the folder that contains images/ and labels/",
    ))
}

/// The first few names in a folder.
pub(super) fn contents(root: &Path) -> String {
    let mut names = entries(root);
    if names.is_empty() {
        return "an empty folder".to_string();
    }
    for name in &mut names {
        if root.join(&name).is_dir() {
            name.push('/');
        }
    }
    few(&names)
}

/// A note on files in `clean/` that belong to no image.
pub(super) fn without_image(clean: &Path, left: &BTreeMap<String, PathBuf>) -> Option<String> {
    let names: Vec<&String> = left.keys().collect();
    (!names.is_empty()).then(|| {
        format!(
            "{}: skipped, since no image has their names: {}",
            clean.display(),
            few(&names)
        )
    })
}
