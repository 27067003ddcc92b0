//! What the clock says of an epoch.

use std::time::Duration;

/// What the clock says of an epoch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EpochTiming {
    /// From its first batch to its validation's end.
    pub(crate) whole: Duration,
    /// Of these, how long the training stood still because the next batch was not made yet.
    pub(crate) waited_for_data: Duration,
}
