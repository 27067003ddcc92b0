//! What a report contains.

use std::path::Path;

/// Most runs of a page.
pub(crate) const MOST_RUNS: usize = 24;

/// What a page contains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReportOptions<'a> {
    /// The data set's folder; none for the one of the training.
    pub(crate) data: Option<&'a Path>,
    /// No names and no pictures.
    pub(crate) private: bool,
}
