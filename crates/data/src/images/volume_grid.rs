//! The grid of a volume: its shape, its position, and the header that states it.

use crate::images::affine::{Affine, axis_codes};

/// The grid of a volume, on which a prediction of it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeGrid {
    /// Slices, rows, columns.
    pub shape: [usize; 3],
    /// Millimetres between the centres of neighbouring slices, rows and columns.
    pub spacing: [f64; 3],
    /// From indices to the scanner's axes.
    pub affine: Affine,
    /// Whether the header states a position.
    pub(crate) placed: bool,
    /// Remarks on the header: text to follow the file name and a colon.
    pub remarks: Vec<String>,
    /// Millimetres per unit of length of the affine map.
    pub(crate) millimetres: f64,
    /// The header of the file, so that a file written on the same grid repeats it bit by bit.
    pub(crate) bytes: Box<[u8; HEADER_LENGTH]>,
    pub(crate) big_endian: bool,
}

impl VolumeGrid {
    /// The directions of columns, rows and slices, such as `LPS`: left, posterior, superior.
    pub fn orientation(&self) -> String {
        axis_codes(&self.affine)
    }
}

/// Length of the header in bytes.
pub(crate) const HEADER_LENGTH: usize = 348;
