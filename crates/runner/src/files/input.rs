//! Files that are read whole: a recipe, a note, a state.
//!
//! Anything may lie where one is expected: a pipe would be waited for, a device need not end, and a file that says of itself
//! that it has gigabytes is none of these.

use std::fmt;
use std::path::Path;

use crate::error::RunnerError;

/// Bytes that a recipe may have.
pub(crate) const RECIPE: u64 = 1 << 20;
/// Bytes that a run's notes may have, among them a number for each training image: hundreds of thousands of images.
pub(crate) const NOTES: u64 = 8 << 20;
/// Bytes that a run's list of images may have.
pub(crate) const IMAGES: u64 = 16 << 20;

/// The text of a file of at most `most` bytes, as whatever editor or shell has written it.
///
/// # Errors
///
/// It cannot be read, is no file or no text, or has more bytes.
pub(crate) fn read_text(path: &Path, most: u64) -> Result<String, RunnerError> {
    let unreadable = |found: &dyn fmt::Display| {
        RunnerError::unreadable(path, found).with_advice(format!(
            "check the path and the file's rights; it has to be a text file of at most {} MiB",
            most >> 20
        ))
    };
    let bytes = data::read_bounded(path, most).map_err(|found| unreadable(&found))?;
    String::from_utf8(bytes).map_err(|error| unreadable(&error))
}
