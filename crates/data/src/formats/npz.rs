//! Arrays of NumPy's `.npz` archives, with bounds on what an archive may claim.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use zip::{CompressionMethod, ZipArchive};

use crate::error::DataError;
use crate::files::open::open_file;
use crate::formats::bounds::MAX_VOXELS;
use crate::formats::npy::header::NpyHeader;
use crate::formats::npy::numbers::Numbers;
use crate::images::volume::Volume;
use crate::images::volume_grid::VolumeGrid;

/// Maximum size of an archive in bytes: more than any volume needs.
const MAX_ARCHIVE: u64 = 1 << 29;
/// Maximum number of bytes read to find and read the archive's directory. A directory of two arrays takes about a hundred;
/// one of millions of names would be kept in memory.
const MAX_DIRECTORY: u64 = 1 << 20;

/// Reads an image or a volume from the first of `keys` that the archive contains.
///
/// Such archives contain no spacing: it is set to 1. The flag is true if a value is outside 0..=1, so that the volume has
/// to be normalised; the archives used with G-CASCADE already are.
///
/// # Errors
///
/// The file is missing, cut short, damaged or too large, has none of the keys, or its array has other axes, another type
/// or a value that is not a finite number.
pub(crate) fn read_npz_volume(path: &Path, keys: &[&str]) -> Result<(Volume, bool), DataError> {
    let mut outside = false;
    let (shape, values) = read(path, keys, |value| {
        let value = value as f32;
        outside |= !(0.0..=1.0).contains(&value);
        if value.is_finite() {
            Ok(value)
        } else {
            Err("values that are 32-bit numbers")
        }
    })?;
    let grid = VolumeGrid::new(path, shape, [1.0; 3])?;
    Ok((Volume { grid, values }, outside))
}

/// Reads labels whose meaning is not known yet, and their shape.
///
/// # Errors
///
/// As [`read_npz_volume`], and for values that are not whole numbers of 0 to 65535.
pub(crate) fn read_npz_labels(
    path: &Path,
    keys: &[&str],
) -> Result<([usize; 3], Vec<u16>), DataError> {
    read(path, keys, |value| {
        if value.fract() == 0.0 && (0.0..=65535.0).contains(&value) {
            Ok(value as u16)
        } else {
            Err("labels that are whole numbers of 0 to 65535")
        }
    })
}

/// Slices, rows and columns, from the array's header alone.
pub(crate) fn npz_shape(path: &Path, keys: &[&str]) -> Result<[usize; 3], DataError> {
    open(path, keys, |header, _| shape(path, &header))
}

fn read<T: Copy>(
    path: &Path,
    keys: &[&str],
    mut convert: impl FnMut(f64) -> Result<T, &'static str>,
) -> Result<([usize; 3], Vec<T>), DataError> {
    open(path, keys, |header, entry| {
        let shape = shape(path, &header)?;
        let numbers = Numbers::new(&header, BufReader::new(entry))
            .ok_or_else(|| wrong(path, "an array of numbers", &header.element))?;
        // Without reserving memory: the header may claim more values than there are.
        let mut values = Vec::new();
        for number in numbers {
            let value = number.map_err(|error| damaged(path, error))?.to_f64();
            values.push(convert(value).map_err(|expected| wrong(path, expected, value))?);
        }
        if header.columns_first {
            values = last_axis_fastest(shape, &values);
        }
        Ok((shape, values))
    })
}

/// A file of which only a limited number of bytes may be read.
struct Bounded {
    file: File,
    left: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        match self.left.get().checked_sub(count as u64) {
            Some(left) => self.left.set(left),
            None => {
                return Err(io::Error::other(
                    "a directory of more arrays than a case has",
                ));
            }
        }
        Ok(count)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Reorders values from the first axis varying fastest to the last axis varying fastest.
fn last_axis_fastest<T: Copy>([depth, height, width]: [usize; 3], values: &[T]) -> Vec<T> {
    let mut turned = Vec::with_capacity(values.len());
    for slice in 0..depth {
        for row in 0..height {
            turned.extend((0..width).map(|column| values[slice + depth * (row + height * column)]));
        }
    }
    turned
}

/// Finds the array, reads its header, and passes both to `then`.
fn open<T>(
    path: &Path,
    keys: &[&str],
    then: impl FnOnce(NpyHeader, &mut dyn Read) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let (file, length) = open_file(path).map_err(|error| damaged(path, error))?;
    if length > MAX_ARCHIVE {
        let most = format!("an archive of at most {} MiB", MAX_ARCHIVE >> 20);
        return Err(wrong(path, &most, format!("{} MiB", length >> 20)));
    }
    let left = Rc::new(Cell::new(MAX_DIRECTORY));
    let file = Bounded {
        file,
        left: Rc::clone(&left),
    };
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(path, error))?;
    left.set(u64::MAX);
    let place = |key: &&str| archive.index_for_name(&format!("{key}.npy"));
    let Some(index) = keys.iter().find_map(place) else {
        let expected = format!("an array '{}'", keys.join("' or '"));
        let names = archive.file_names_raw().take(8);
        let names: Vec<_> = names.map(String::from_utf8_lossy).collect();
        return Err(wrong(path, &expected, format!("{names:?}")));
    };
    let packed = archive.by_index_raw(index);
    let compression = packed.map_err(|error| damaged(path, error))?.compression();
    if ![CompressionMethod::Stored, CompressionMethod::Deflated].contains(&compression) {
        let expected = "an archive as numpy.savez or numpy.savez_compressed writes it";
        return Err(wrong(path, expected, compression));
    }
    let mut entry = archive
        .by_index(index)
        .map_err(|error| damaged(path, error))?;
    let header = NpyHeader::read(&mut entry).map_err(|error| damaged(path, error))?;
    then(header, &mut entry)
}

/// Slices, rows and columns of an array; two axes are one slice.
fn shape(path: &Path, header: &NpyHeader) -> Result<[usize; 3], DataError> {
    let found = &header.shape;
    let shape = match &found[..] {
        [height, width] => [1, *height, *width],
        [depth, height, width] => [*depth, *height, *width],
        _ => {
            let expected = "an array of 2 or 3 axes: slices, rows, columns";
            return Err(wrong(path, expected, format!("{found:?}")));
        }
    };
    let voxels = shape
        .iter()
        .try_fold(1_u64, |product, side| product.checked_mul(*side));
    if !voxels.is_some_and(|voxels| (1..=MAX_VOXELS as u64).contains(&voxels)) {
        let expected = format!("1 to {} million voxels", MAX_VOXELS / 1_000_000);
        return Err(wrong(path, &expected, format!("{found:?}")));
    }
    Ok(shape.map(|side| side as usize))
}

fn wrong(path: &Path, expected: &str, found: impl fmt::Display) -> DataError {
    DataError::new(
        path,
        expected,
        found.to_string(),
        "write the archive again with numpy.savez: img (or image) and label, [slices, rows, columns] or [rows, columns]",
    )
}

fn damaged(path: &Path, error: impl fmt::Display) -> DataError {
    wrong(path, "a complete archive of NumPy arrays (.npz)", error)
}
