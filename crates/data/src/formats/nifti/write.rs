//! Writes volumes on a given grid.

use std::io::Write;
use std::path::Path;
use std::{fmt, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::DataError;
use crate::files::names::volume_stem;
use crate::formats::nifti::data_type::DataType;
use crate::formats::nifti::header_fields::FIRST_VOXEL;
use crate::formats::nifti::make_header::volume_header;
use crate::images::label_volume::LabelVolume;
use crate::images::volume_grid::{HEADER_LENGTH, VolumeGrid};

/// Writes class numbers as 8-bit NIfTI on `grid`, keeping the orientation and the units of the file that it was read from;
/// compressed if the name ends in `.gz`.
///
/// # Errors
///
/// The labels do not fill the grid, or the file cannot be written.
pub fn write_label_volume(
    path: &Path,
    grid: &VolumeGrid,
    labels: &LabelVolume,
) -> Result<(), DataError> {
    if labels.shape != grid.shape {
        return Err(unwritable(
            path,
            &format!(
                "labels of {:?} voxels for a grid of {:?}",
                labels.shape, grid.shape
            ),
        ));
    }
    write(path, grid, DataType::U8, &labels.classes)
}

/// Writes 16-bit values on `grid`, little-endian as [`VolumeGrid::new`] makes it.
pub(crate) fn write_volume(
    path: &Path,
    grid: &VolumeGrid,
    values: &[i16],
) -> Result<(), DataError> {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    write(path, grid, DataType::I16, &bytes)
}

fn write(
    path: &Path,
    grid: &VolumeGrid,
    data_type: DataType,
    voxels: &[u8],
) -> Result<(), DataError> {
    debug_assert!(volume_stem(path).is_some(), "a NIfTI file is called so");
    let header = volume_header(grid, data_type);
    let no_extensions = [0; FIRST_VOXEL - HEADER_LENGTH];
    let compressed = path.extension().is_some_and(|ending| ending == "gz");
    let encode = || -> std::io::Result<Vec<u8>> {
        let parts = [&header[..], &no_extensions, voxels];
        if !compressed {
            return Ok(parts.concat());
        }
        // Without a name and a time in the gzip header, equal volumes give equal bytes.
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        for part in parts {
            encoder.write_all(part)?;
        }
        encoder.finish()
    };
    encode()
        .and_then(|bytes| fs::write(path, bytes))
        .map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, found: &dyn fmt::Display) -> DataError {
    DataError::new(
        path,
        "to write a volume",
        found.to_string(),
        "check the folder's rights and the free space",
    )
}
