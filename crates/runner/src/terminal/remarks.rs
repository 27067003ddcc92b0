//! What is worth saying of files.

use std::path::PathBuf;

use data::Remark;

/// Warns of what is worth saying of files: once where the same is said of many.
pub(crate) fn warn_of(found: impl IntoIterator<Item = (PathBuf, String)>) {
    for remark in Remark::gather(found) {
        tracing::warn!("{remark}");
    }
}
