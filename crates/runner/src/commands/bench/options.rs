//! What is asked of a measurement.

use std::time::Duration;

use crate::commands::bench::subject::Subject;
use crate::device::request::DeviceRequest;

/// What the command line asks.
#[derive(Clone, Debug)]
pub(crate) struct BenchOptions {
    /// What is measured.
    pub(crate) subject: Subject,
    /// Repetitions after the first.
    pub(crate) repeats: usize,
    /// Repetitions end after this time, but for the one that the median needs.
    pub(crate) most: Option<Duration>,
    /// The device.
    pub(crate) device: DeviceRequest,
    /// The same in burn's own operations, in turn with ours.
    pub(crate) stock: bool,
    /// No progress bar.
    pub(crate) quiet: bool,
}
