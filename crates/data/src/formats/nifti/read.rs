//! Reads the voxels of NIfTI files, plain or gzip.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::DataError;
use crate::files::open::open_file;
use crate::formats::nifti::header::{Storage, parse};
use crate::formats::recognise::{Recognised, recognise};
use crate::images::label_volume::LabelVolume;
use crate::images::placement::Placement;
use crate::images::volume::Volume;
use crate::images::volume_grid::{HEADER_LENGTH, VolumeGrid};

/// Bytes that are converted at a time; a multiple of every voxel size.
const PORTION: usize = 1 << 16;
/// Maximum number of bytes after the voxels that are read for the checksum of the archive.
const MAX_TAIL: u64 = 1 << 20;

/// A file whose header has been read.
pub(crate) struct Opened {
    pub(crate) grid: VolumeGrid,
    storage: Storage,
    reader: Box<dyn Read>,
}

impl Opened {
    /// Reads the header. The first bytes, not the name, decide whether the file is compressed.
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
        let mut first = Vec::new();
        let read = (&mut reader)
            .take(HEADER_LENGTH as u64)
            .read_to_end(&mut first);
        if let Some(Recognised { kind, advice }) = recognise(&first) {
            return Err(DataError::new(path, "a NIfTI-1 file", kind, advice));
        }
        read.map_err(damaged)?;
        let bytes = first
            .try_into()
            .map_err(|_| damaged(io::ErrorKind::UnexpectedEof.into()))?;
        let (grid, storage) = parse(path, &bytes)?;
        Ok(Self {
            grid,
            storage,
            reader,
        })
    }

    /// Passes the scaled value of every voxel to `take`, in file order, and then verifies the checksum of the archive.
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

/// Reads a volume: NIfTI-1 in one file, plain or gzip, in either byte order, with whole numbers of 8 to 64 bits or floating
/// point of 32 or 64, scaled as stated in its header. NaN voxels, which registration writes where nothing was measured,
/// become background: the minimum of the other values.
///
/// # Errors
///
/// The file is missing, cut short, damaged, of another format or too large, or has an infinite value or no number.
pub fn read_volume(path: &Path) -> Result<Volume, DataError> {
    let mut file = Opened::open(path)?;
    let shape = file.grid.shape;
    let mut values = Vec::new();
    let (mut least, mut unmeasured) = (f32::INFINITY, false);
    file.read(path, |value| {
        let value = value as f32;
        if value.is_infinite() {
            let expected = "values that are 32-bit numbers";
            return Err(bad_voxel(path, expected, shape, values.len(), &value));
        }
        // `min` ignores NaN.
        least = least.min(value);
        unmeasured |= value.is_nan();
        values.push(value);
        Ok(())
    })?;
    if unmeasured {
        if least.is_infinite() {
            let expected = "values that are 32-bit numbers";
            return Err(bad_voxel(path, expected, shape, 0, &f32::NAN));
        }
        for value in values.iter_mut().filter(|value| value.is_nan()) {
            *value = least;
        }
    }
    Ok(Volume {
        grid: file.grid,
        values,
    })
}

/// Reads the grid of a volume from its header.
///
/// # Errors
///
/// As [`read_volume`], for the header.
pub fn read_volume_grid(path: &Path) -> Result<VolumeGrid, DataError> {
    Ok(Opened::open(path)?.grid)
}

/// Reads a volume of labels whose meaning is not known yet.
///
/// # Errors
///
/// As [`read_volume`], and for values that are not whole numbers of 0 to 65535.
pub(crate) fn read_volume_labels(path: &Path) -> Result<(VolumeGrid, Vec<u16>), DataError> {
    let mut file = Opened::open(path)?;
    let shape = file.grid.shape;
    let mut values = Vec::new();
    file.read(path, |value| {
        let whole = value.round();
        // Slopes are stored in 32 bits.
        if !((value - whole).abs() <= 1e-4 && (0.0..=65535.0).contains(&whole)) {
            let expected = "labels that are whole numbers of 0 to 65535";
            let mut error = bad_voxel(path, expected, shape, values.len(), &value);
            if value.is_nan() {
                error.advice = "write 0 where nothing is labelled: numpy.nan_to_num".into();
            }
            return Err(error);
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
/// As [`read_volume`], and for values that are not whole numbers of 0 to 255.
pub fn read_class_volume(path: &Path) -> Result<(VolumeGrid, LabelVolume), DataError> {
    let (grid, values) = read_volume_labels(path)?;
    let labels = class_volume(path, grid.shape, values)?;
    Ok((grid, labels))
}

/// Reads a volume of class numbers onto the grid of `other` (path and grid), permuting and flipping axes where only these
/// differ. Also returns remarks on that and on the header: text to follow the file name and a colon.
///
/// # Errors
///
/// As [`read_class_volume`], and if its position or shape differs.
pub fn read_class_volume_on(
    path: &Path,
    other: (&Path, &VolumeGrid),
) -> Result<(LabelVolume, Vec<String>), DataError> {
    let (grid, values) = read_volume_labels(path)?;
    let placement = Placement::find((path, &grid), other)?;
    let labels = class_volume(path, other.1.shape, placement.place(values))?;
    let remarks = grid.remarks.into_iter().chain(placement.remark).collect();
    Ok((labels, remarks))
}

fn class_volume(
    path: &Path,
    shape: [usize; 3],
    values: Vec<u16>,
) -> Result<LabelVolume, DataError> {
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
    Ok(LabelVolume { shape, classes })
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
        "look at the volume in a viewer; export it again",
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
        "a complete NIfTI file",
        found,
        "copy the file again; open it in a viewer if that does not help",
    )
}
