//! A training image as it is kept in memory.

/// One picture and its labels as bytes, at the size that training images are cut from, or are themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Rows.
    pub(crate) height: usize,
    /// Columns.
    pub(crate) width: usize,
    /// `3 · height · width` values, planar RGB.
    pub(crate) picture: Vec<u8>,
    /// `height · width` class numbers.
    pub(crate) labels: Vec<u8>,
}
