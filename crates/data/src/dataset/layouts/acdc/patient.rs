//! One patient of ACDC.

use crate::dataset::case::Case;

/// A patient and its frames.
pub(crate) struct Patient {
    pub(crate) name: String,
    /// Diagnosis; empty without an `Info.cfg`.
    pub(crate) group: String,
    /// Whether it is one of the challenge's test patients.
    pub(crate) testing: bool,
    pub(crate) cases: Vec<Case>,
}

impl Patient {
    /// The number in the name.
    pub(crate) fn number(&self) -> Option<u32> {
        self.name.strip_prefix("patient")?.parse().ok()
    }
}
