//! Files that are read whole: a recipe, a note, a state.
//!
//! A path may lead to anything: reading a pipe would block, a device may never end, and a file of gigabytes is none of these.

use std::error::Error;
use std::path::Path;

use crate::error::RunnerError;

/// Largest size of a recipe in bytes.
pub(crate) const RECIPE: u64 = 1 << 20;
/// Largest size in bytes of a run's notes, which have a number per training image: enough for hundreds of thousands of images.
pub(crate) const NOTES: u64 = 8 << 20;
/// Largest size in bytes of a run's list of images.
pub(crate) const IMAGES: u64 = 16 << 20;

/// The text of a file of at most `most` bytes, in any encoding that an editor or shell may write.
///
/// # Errors
///
/// It cannot be read, is not a text file, or has more bytes.
pub(crate) fn read_text(path: &Path, most: u64) -> Result<String, RunnerError> {
    let unreadable = |found: Box<dyn Error + Send + Sync>| {
        RunnerError::unreadable(path, found).with_advice(format!(
            "check the path and the file's rights; it has to be a text file of at most {} MiB",
            most >> 20
        ))
    };
    let bytes = data::read_bounded(path, most).map_err(|found| unreadable(found.into()))?;
    String::from_utf8(bytes).map_err(|error| unreadable(error.utf8_error().into()))
}
