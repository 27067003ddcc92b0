//! How long an epoch took.

use std::time::Duration;

/// How long an epoch took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EpochTiming {
    /// From its first batch to the end of its validation.
    pub(crate) whole: Duration,
    /// Time spent waiting for batches, which is part of it.
    pub(crate) waited_for_data: Duration,
}
