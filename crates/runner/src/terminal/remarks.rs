//! Warnings about files.

use std::path::PathBuf;

use data::Remark;

/// Prints remarks on files as warnings; the same remark on many files is one warning.
pub(crate) fn warn_of(found: impl IntoIterator<Item = (PathBuf, String)>) {
    for remark in Remark::gather(found) {
        tracing::warn!("{remark}");
    }
}
