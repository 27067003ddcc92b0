//! Times and memory, and the peak of the device.

use serde::Serialize;

/// Times, memory, and rates.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    /// The first repetition, including one-time work, such as compiling pipelines.
    pub(crate) first_s: f64,
    /// The median of the others.
    pub(crate) median_s: f64,
    /// The most memory during the others: on the CPU that of the program, on a GPU that of its pool.
    pub(crate) peak_mib: f64,
    /// Envelope: the most memory beyond logits, labels and gradient, per pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extra_bytes_per_pixel: Option<f64>,
    /// 10⁹ operations per second, a multiply-add being two. The operations of the definition are counted: an algorithm with fewer
    /// (Winograd's, or one that works before upsampling) may exceed the peak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gflop_per_s: Option<f64>,
    /// 10⁹ bytes per second, of the fewest that the work must move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gb_per_s: Option<f64>,
    /// Either rate as a fraction of the measured peak of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) of_peak: Option<f64>,
}

/// The peak of a device.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Peak {
    /// 10⁹ operations on 32-bit numbers per second, a multiply-add being two.
    pub(crate) gflop_per_s: f64,
    /// 10⁹ bytes per second that a copy reads and writes.
    pub(crate) gb_per_s: f64,
}
