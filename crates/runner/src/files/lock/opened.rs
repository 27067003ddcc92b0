//! A lock's file, opened exclusively.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// The file of a lock.
pub(super) struct Opened {
    pub(super) file: File,
    /// Whether the system keeps all other processes of this machine from it.
    pub(super) exclusive: bool,
}

/// Opens the file so that no other process can while this one has it; none if another has it.
#[cfg(not(windows))]
pub(super) fn open_for_one(path: &Path) -> io::Result<Option<Opened>> {
    use std::fs::TryLockError;

    use crate::files::disk;

    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = disk::open(path, &options)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Opened {
            file,
            exclusive: true,
        })),
        Err(TryLockError::WouldBlock) => Ok(None),
        // A file system without locks: only the contents of the file count.
        Err(TryLockError::Error(_)) => Ok(Some(Opened {
            file,
            exclusive: false,
        })),
    }
}

/// Not locked, unlike on other systems: others must be able to read who holds the lock.
#[cfg(windows)]
pub(super) fn open_for_one(path: &Path) -> io::Result<Option<Opened>> {
    use std::os::windows::fs::OpenOptionsExt;

    /// Others may read.
    const FILE_SHARE_READ: u32 = 1;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.share_mode(FILE_SHARE_READ);
    match options.open(path) {
        Ok(file) => Ok(Some(Opened {
            file,
            exclusive: true,
        })),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}
