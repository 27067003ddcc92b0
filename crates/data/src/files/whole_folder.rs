//! Folders that are written as a whole, or not.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::error::DataError;
use crate::files::retry::retry_while_open;

/// Writes a set next to its destination and moves it there at the end, so that a partial one never looks complete, and two
/// that are written at once do not interfere.
pub(crate) fn write_whole<T>(
    folder: &Path,
    write: impl FnOnce(&Path) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let beside = new_beside(folder).map_err(|error| refused(folder, &error))?;
    let written = write(&beside).and_then(|summary| {
        // Only an empty folder is replaced.
        if folder.exists() {
            retry_while_open(|| fs::remove_dir(folder)).map_err(|error| refused(folder, &error))?;
        }
        retry_while_open(|| fs::rename(&beside, folder))
            .map_err(|error| refused(folder, &error))?;
        Ok(summary)
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
    written
}

/// A new folder next to `folder`, with an unused name: an existing one belongs to someone else.
fn new_beside(folder: &Path) -> io::Result<PathBuf> {
    const TRIES: u32 = 1000;
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    for number in 0..TRIES {
        let mut name = folder.as_os_str().to_os_string();
        name.push(format!(".partial-{}-{number}", std::process::id()));
        match fs::create_dir(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| name.into()),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Checks that the folder is free: it does not exist, or is empty.
pub(crate) fn check_free(folder: &Path) -> Result<(), DataError> {
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

/// The error of a failed write.
pub(crate) fn refused(path: &Path, error: &dyn fmt::Display) -> DataError {
    DataError::new(
        path,
        "to write there",
        error.to_string(),
        "check the folder's rights and the free space",
    )
}
