//! Class numbers of an image.

/// A class number for each pixel, row after row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelMap {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `height · width` class numbers; the data set's ignore value marks pixels without one.
    pub classes: Vec<u8>,
}
