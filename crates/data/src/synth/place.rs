//! The folder that a synthetic set is written into.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::DataError;

/// Whether the folder is free: it does not exist, or is empty.
pub(super) fn check_free(folder: &Path) -> Result<(), DataError> {
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.exists(),
    };
    if occupied {
        return Err(DataError::new(
            folder,
            "a folder that does not exist yet",
            "one that does",
            "choose another name, or remove it",
        ));
    }
    Ok(())
}

/// Where a set lies until it is whole.
pub(super) fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_os_string();
    name.push(".partial");
    name.into()
}

pub(super) fn refused(path: &Path, error: &dyn fmt::Display) -> DataError {
    DataError::new(
        path,
        "to write there",
        error.to_string(),
        "check the folder's rights and the free space",
    )
}
