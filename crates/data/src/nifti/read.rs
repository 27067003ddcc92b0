//! Voxels of a NIfTI file, plain or compressed.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::header::{LENGTH, Storage, VolumeGrid, parse};
use crate::DataError;
use crate::file::open_file;
use crate::volume::{LabelVolume, Volume};

/// Bytes that are converted at a time; a multiple of every voxel type's.
const PORTION: usize = 1 << 16;
/// Bytes after the voxels that are looked through for the archive's end and checksum.
const MAX_TAIL: u64 = 1 << 20;

/// A file whose header has been read.
pub(crate) struct Opened {
    pub(crate) grid: VolumeGrid,
    storage: Storage,
    reader: Box<dyn Read>,
}

impl Opened {
    /// Reads the header; decides by the first bytes, and not by the name, whether the file is compressed.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let damaged = |error: io::Error| damaged(path, &error);
        let (file, _) = open_file(path).map_err(|error| {
            DataError::new(
                path,
                "a file that can be read",
                error.to_string(),
                "check the path and the file's rights",
            )
        })?;
        let mut file = BufReader::new(file);
        let first = file.fill_buf().map_err(damaged)?;
        let mut reader: Box<dyn Read> = if first.starts_with(&[0x1F, 0x8B]) {
            Box::new(BufReader::new(MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        let mut bytes = [0; LENGTH];
        reader.read_exact(&mut bytes).map_err(damaged)?;
        let (grid, storage) = parse(path, &bytes)?;
        Ok(Self {
            grid,
            storage,
            reader,
        })
    }

    /// Hands over every voxel's value, scaled, in the order of the file; then looks at the archive's checksum.
    fn read(
        &mut self,
        path: &Path,
        mut take: impl FnMut(f64) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let damaged = |error: io::Error| damaged(path, &error);
        let Storage {
            data_type,
            big_endian,
            gap,
            scale,
        } = self.storage;
        let mut portion = vec![0; PORTION];
        let mut left = gap;
        while left > 0 {
            let count = left.min(PORTION);
            self.reader
                .read_exact(&mut portion[..count])
                .map_err(damaged)?;
            left -= count;
        }
        let mut left = self.grid.shape.iter().product::<usize>() * data_type.bytes();
        while left > 0 {
            let count = left.min(PORTION);
            self.reader
                .read_exact(&mut portion[..count])
                .map_err(damaged)?;
            left -= count;
            for voxel in portion[..count].chunks_exact(data_type.bytes()) {
                let value = data_type.value(voxel, big_endian);
                take(scale.map_or(value, |(slope, intercept)| value * slope + intercept))?;
            }
        }
        let mut tail = (&mut self.reader).take(MAX_TAIL);
        io::copy(&mut tail, &mut io::sink()).map_err(damaged)?;
        Ok(())
    }
}

/// Reads a volume: NIfTI-1 in one file, plain or gzip, either order of bytes, with 8, 16 or 32-bit whole numbers or 32 or
/// 64-bit floating point, scaled as its header says.
///
/// # Errors
///
/// The file is missing, cut short, damaged, of another format, too large, or has a header or a value that is no number.
pub fn read_volume(path: &Path) -> Result<Volume, DataError> {
    let mut file = Opened::open(path)?;
    let shape = file.grid.shape;
    let mut values = Vec::new();
    file.read(path, |value| {
        let value = value as f32;
        if !value.is_finite() {
            let expected = "values that are 32-bit numbers";
            return Err(bad_voxel(path, expected, shape, values.len(), &value));
        }
        values.push(value);
        Ok(())
    })?;
    Ok(Volume {
        grid: file.grid,
        values,
    })
}

/// Reads a volume of labels whose meaning is not known yet.
///
/// # Errors
///
/// As [`read_volume`], and for values that are no whole numbers of 0 to 65535.
pub(crate) fn read_volume_labels(path: &Path) -> Result<(VolumeGrid, Vec<u16>), DataError> {
    let mut file = Opened::open(path)?;
    let shape = file.grid.shape;
    let mut values = Vec::new();
    file.read(path, |value| {
        let whole = value.round();
        // Slopes are stored in 32 bits.
        if !((value - whole).abs() <= 1e-4 && (0.0..=65535.0).contains(&whole)) {
            let expected = "labels that are whole numbers of 0 to 65535";
            return Err(bad_voxel(path, expected, shape, values.len(), &value));
        }
        values.push(whole as u16);
        Ok(())
    })?;
    Ok((file.grid, values))
}

/// Reads a volume of class numbers, with its grid.
///
/// # Errors
///
/// As [`read_volume`], and for values that are no whole numbers of 0 to 255.
pub fn read_class_volume(path: &Path) -> Result<(VolumeGrid, LabelVolume), DataError> {
    let (grid, values) = read_volume_labels(path)?;
    let classes: Option<Vec<u8>> = values
        .into_iter()
        .map(|value| u8::try_from(value).ok())
        .collect();
    let classes = classes.ok_or_else(|| {
        DataError::new(
            path,
            "class numbers of 0 to 255",
            "values above 255",
            "number the classes from 0",
        )
    })?;
    let shape = grid.shape;
    Ok((grid, LabelVolume { shape, classes }))
}

fn bad_voxel(
    path: &Path,
    expected: &str,
    [_, rows, columns]: [usize; 3],
    index: usize,
    found: &dyn fmt::Display,
) -> DataError {
    DataError::new(
        path,
        expected,
        format!(
            "{found} in slice {}, row {}, column {}",
            index / (rows * columns),
            index / columns % rows,
            index % columns
        ),
        "look at the volume in a viewer; export it anew",
    )
}

fn damaged(path: &Path, error: &io::Error) -> DataError {
    let found = if error.kind() == io::ErrorKind::UnexpectedEof {
        "one that ends too early".to_string()
    } else {
        error.to_string()
    };
    DataError::new(
        path,
        "a whole NIfTI file",
        found,
        "copy the file again; open it in a viewer if that does not help",
    )
}
