//! RGB images in memory.

/// An RGB image in planar order: red, green and blue planes of `height × width` values in `0..=1`.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanarImage {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `3 · height · width` values, channel after channel, row after row.
    pub values: Vec<f32>,
}
