//! The text files of a data set: descriptions, lists and tables, which someone may have put anything in place of.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes that a description or a list of names may have: tens of thousands of names.
pub(crate) const DESCRIPTION: u64 = 1 << 20;
/// Bytes that a table with a line per image may have: enough for a million images.
pub(crate) const TABLE: u64 = 64 << 20;

/// The bytes of a file of at most `most` bytes; whatever its metadata says, no more are read.
///
/// # Errors
///
/// What was found in place of such a file, in words.
pub(crate) fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > most {
        return Err(format!("more than {} MiB", most >> 20));
    }
    Ok(bytes)
}
