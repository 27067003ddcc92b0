//! Opens the files of a data set, and treats every path as untrusted.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::text::in_utf8;

/// Maximum size in bytes of a description or a list of names: tens of thousands of names.
pub(crate) const DESCRIPTION: u64 = 1 << 20;
/// Maximum size in bytes of a table with a line per image: enough for more than a hundred thousand images.
pub(crate) const TABLE: u64 = 16 << 20;

/// Maximum number of lines of such a table.
pub(crate) const MAX_ROWS: usize = 500_000;

/// Opens a regular file, and returns its length in bytes. A pipe is refused because reading it could block forever, and a
/// device because it need not end.
///
/// # Errors
///
/// The system's error, or the path is not a regular file.
pub fn open_file(path: &Path) -> io::Result<(File, u64)> {
    let about = fs::metadata(path)?;
    if !about.is_file() {
        let found = if about.is_dir() {
            "a folder"
        } else {
            "a pipe or a device"
        };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, found));
    }
    Ok((File::open(path)?, about.len()))
}

/// Why a file could not be read within its bounds; the message is what was found in its place.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be opened or read, or is no file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is too large.
    #[error("more than {most_mib} MiB")]
    TooLarge {
        /// The most that is read.
        most_mib: u64,
    },
}

/// The text of a file of at most `most` bytes, in UTF-8; no more are read, whatever the metadata states.
///
/// # Errors
///
/// The file cannot be read, or has more bytes.
pub fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let (file, _) = open_file(path)?;
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let most_mib = most >> 20;
        return Err(ReadError::TooLarge { most_mib });
    }
    Ok(in_utf8(bytes))
}
