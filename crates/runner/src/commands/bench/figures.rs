//! How long something takes, and how much memory; and the most that the device can do.

use serde::Serialize;

/// Seconds, bytes, and what they come to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    /// The first repetition, with everything that is made ready once (pipelines, above all).
    pub(crate) first_s: f64,
    /// The median of the others.
    pub(crate) median_s: f64,
    /// The most memory during the others: on the CPU what the program held, on a graphics adapter what its pool took.
    pub(crate) peak_mib: f64,
    /// Envelope: the most memory beyond logits, labels and gradient, for each pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extra_bytes_per_pixel: Option<f64>,
    /// 10⁹ operations a second, a multiply-add being two; those of the definition, of which a way to the same numbers by
    /// fewer (Winograd's, or before upsampling) does more than the peak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gflop_per_s: Option<f64>,
    /// 10⁹ bytes a second, of the fewest that the work must move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gb_per_s: Option<f64>,
    /// The one or the other as a share of the most that the device was measured to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) of_peak: Option<f64>,
}

/// What a device can do at most.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Peak {
    /// 10⁹ operations on 32-bit numbers a second, a multiply-add being two.
    pub(crate) gflop_per_s: f64,
    /// 10⁹ bytes a second that a copy reads and writes.
    pub(crate) gb_per_s: f64,
}
