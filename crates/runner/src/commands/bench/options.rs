//! Options of a measurement.

use std::time::Duration;

use crate::commands::bench::subject::Subject;
use crate::device::request::DeviceRequest;

/// Options.
#[derive(Clone, Debug)]
pub(crate) struct BenchOptions {
    /// What is measured.
    pub(crate) subject: Subject,
    /// Repetitions after the first.
    pub(crate) repeats: usize,
    /// Repetitions end after this time, except for the one that the median needs.
    pub(crate) most: Option<Duration>,
    /// The device.
    pub(crate) device: DeviceRequest,
    /// Also Burn's built-in operations, in turn with ours.
    pub(crate) stock: bool,
    /// Without a progress bar.
    pub(crate) quiet: bool,
}
