//! Makes headers for new files.

use std::path::Path;

use crate::error::DataError;
use crate::formats::nifti::data_type::DataType;
use crate::formats::nifti::header::parse;
use crate::formats::nifti::header_fields::{FIRST_VOXEL, at};
use crate::images::volume_grid::{HEADER_LENGTH, VolumeGrid};

impl VolumeGrid {
    /// A grid of slices, rows and columns with a spacing in millimetres, whose columns point left, rows posterior and
    /// slices superior from the origin.
    ///
    /// # Errors
    ///
    /// A side is not within 1 to 32767, there are too many voxels, or a spacing is not above 0.
    pub fn new(path: &Path, shape: [usize; 3], spacing: [f64; 3]) -> Result<Self, DataError> {
        let mut bytes = [0; HEADER_LENGTH];
        let mut set = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        let side = |length: usize| i16::try_from(length).unwrap_or(-1).to_le_bytes();
        set(0, &348_i32.to_le_bytes());
        set(at::DIM, &3_i16.to_le_bytes());
        for axis in 0..7 {
            let length = if axis < 3 { shape[2 - axis] } else { 1 };
            set(at::DIM + 2 + 2 * axis, &side(length));
        }
        set(at::DATATYPE, &DataType::U8.code().to_le_bytes());
        set(at::PIXDIM, &1_f32.to_le_bytes());
        for axis in 0..3 {
            let length = spacing[2 - axis] as f32;
            set(at::PIXDIM + 4 + 4 * axis, &length.to_le_bytes());
            let direction = if axis < 2 { -length } else { length };
            set(at::SROW_X + 16 * axis + 4 * axis, &direction.to_le_bytes());
        }
        // Millimetres, in the scanner's axes.
        set(at::XYZT_UNITS, &[2]);
        set(at::SFORM_CODE, &1_i16.to_le_bytes());
        set(at::MAGIC, b"n+1\0");
        parse(path, &bytes).map(|(grid, _)| grid)
    }
}

/// The header for unscaled voxels of another type on the same grid.
pub(crate) fn volume_header(grid: &VolumeGrid, data_type: DataType) -> [u8; HEADER_LENGTH] {
    let mut bytes = *grid.bytes;
    let number = |value: i16| {
        if grid.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let real = |value: f32| {
        if grid.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let mut set = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    set(at::DATATYPE, &number(data_type.code()));
    set(at::BITPIX, &number(8 * data_type.bytes() as i16));
    set(at::VOX_OFFSET, &real(FIRST_VOXEL as f32));
    set(at::SCL_SLOPE, &real(1.0));
    set(at::SCL_INTER, &real(0.0));
    set(at::CAL_MAX, &real(0.0));
    set(at::CAL_MIN, &real(0.0));
    bytes
}
