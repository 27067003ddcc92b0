//! Training images as they are kept in memory.

/// An image and its labels as bytes, at training size, or at the size that crops are cut from.
///
/// Values of 0..=1 are rounded to 8 bits, also those of a volume with more bits, so that twice as many images fit into
/// memory as in 16 bits. Prediction uses the f32 values without this rounding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Rows.
    pub(crate) height: usize,
    /// Columns.
    pub(crate) width: usize,
    /// `3 · height · width` values, planar RGB.
    pub(crate) image: Vec<u8>,
    /// `height · width` class numbers.
    pub(crate) labels: Vec<u8>,
}
