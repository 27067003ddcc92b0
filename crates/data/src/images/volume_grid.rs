//! Where the voxels of a volume lie, with the header that says so.

use crate::images::affine::{Affine, axis_codes};

/// Where the voxels of a volume lie: what a prediction of it is written back on.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeGrid {
    /// Slices, rows, columns.
    pub shape: [usize; 3],
    /// Millimetres between the centres of neighbouring slices, rows and columns.
    pub spacing: [f64; 3],
    /// From indices to the scanner's axes.
    pub affine: Affine,
    /// Whether the header says where the volume lies.
    pub(crate) placed: bool,
    /// What is worth saying of the header: what stands behind the file's name and a colon.
    pub remarks: Vec<String>,
    /// In the unit of length of the affine map.
    pub(crate) millimetres: f64,
    /// The header as it is in the file, so that a file on the same grid says of it what this one did, bit by bit.
    pub(crate) bytes: Box<[u8; HEADER_LENGTH]>,
    pub(crate) big_endian: bool,
}

impl VolumeGrid {
    /// Towards what columns, rows and slices count, such as `LPS`: left, posterior, superior.
    pub fn orientation(&self) -> String {
        axis_codes(&self.affine)
    }
}

/// Bytes of the header.
pub(crate) const HEADER_LENGTH: usize = 348;
