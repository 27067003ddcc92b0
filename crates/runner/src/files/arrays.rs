//! Reads and writes NumPy files.

use std::fs::File;
use std::io::{BufReader, Cursor, Write};
use std::path::{Path, PathBuf};

use data::{ElementKind, NpyElement, NpyHeader, Number, Numbers, write_npy};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::RunnerError;
use crate::files::output::write_new;

/// Numbers with a shape, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array<T> {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<T>,
}

/// Most numbers in an array: a gigabyte of 32-bit numbers.
const MOST_NUMBERS: u64 = 1 << 28;

/// An array whose header has been read: its shape can be refused before its numbers are read.
pub(crate) struct Opened<T> {
    pub(crate) shape: Vec<usize>,
    columns_first: bool,
    numbers: Numbers<BufReader<File>>,
    convert: fn(Number) -> Result<T, String>,
    path: PathBuf,
    wanted: String,
}

/// Opens an array of floating-point numbers (f32 or f64) of `rank` dimensions.
///
/// # Errors
///
/// Not a file, not a NumPy file, another type or rank, too many numbers, or a file shorter than its header states.
pub(crate) fn open_floats(path: &Path, rank: usize) -> Result<Opened<f32>, RunnerError> {
    let wanted = format!("floating-point numbers (f32 or f64) of {rank} dimensions");
    open(path, rank, wanted, ElementKind::Float, |number| {
        Ok(number.to_f64() as f32)
    })
}

/// Opens an array of whole numbers of any width, of `rank` dimensions.
///
/// # Errors
///
/// As [`open_floats`]; reading it also refuses a number outside the range of an `i32`.
pub(crate) fn open_whole_numbers(path: &Path, rank: usize) -> Result<Opened<i32>, RunnerError> {
    let wanted = format!("whole numbers of {rank} dimensions");
    open(path, rank, wanted, ElementKind::Whole, |number| {
        let none = |value: &dyn std::fmt::Display| format!("{value} is not a class number");
        match number {
            Number::Whole(value) => i32::try_from(value).map_err(|_| none(&value)),
            Number::Float(value) => Err(none(&value)),
        }
    })
}

fn wrong(path: &Path, wanted: &str, found: &str) -> RunnerError {
    RunnerError::mismatch(wanted, found, "save such an array with numpy.save").at(path.display())
}

fn open<T>(
    path: &Path,
    rank: usize,
    wanted: String,
    kind: ElementKind,
    convert: fn(Number) -> Result<T, String>,
) -> Result<Opened<T>, RunnerError> {
    let (file, bytes) =
        data::open_file(path).map_err(|error| RunnerError::unreadable(path, error))?;
    let wrong = |found: String| wrong(path, &wanted, &found);
    let mut reader = BufReader::new(file);
    let header = NpyHeader::read(&mut reader).map_err(|error| wrong(error.to_string()))?;
    let shape: Vec<usize> = header.shape.iter().map(|&side| side as usize).collect();
    if shape.len() != rank {
        return Err(wrong(format!("the shape {shape:?}")));
    }
    // Before memory is allocated: every number takes at least one byte of the file.
    let count = header.count();
    if count.is_none_or(|count| count > bytes) {
        return Err(wrong(format!(
            "a file of {bytes} bytes for the shape {shape:?}"
        )));
    }
    if count.is_none_or(|count| count > MOST_NUMBERS) {
        return Err(RunnerError::mismatch(
            format!("at most {MOST_NUMBERS} numbers"),
            format!("the shape {shape:?}"),
            "give fewer images at a time",
        )
        .at(path.display()));
    }
    let numbers = Numbers::new(&header, reader).filter(|_| header.kind() == kind);
    let numbers =
        numbers.ok_or_else(|| wrong(format!("numbers of the type {}", header.element)))?;
    Ok(Opened {
        shape,
        columns_first: header.columns_first,
        numbers,
        convert,
        path: path.to_path_buf(),
        wanted,
    })
}

impl<T: Clone> Opened<T> {
    /// Reads its numbers.
    ///
    /// # Errors
    ///
    /// A number of another kind, or the end of the file.
    pub(crate) fn read(self) -> Result<Array<T>, RunnerError> {
        let values: Result<Vec<T>, String> = self
            .numbers
            .map(|number| (self.convert)(number.map_err(|error| error.to_string())?))
            .collect();
        let values = values.map_err(|found| wrong(&self.path, &self.wanted, &found))?;
        let values = if self.columns_first {
            rows_first(&values, &self.shape)
        } else {
            values
        };
        Ok(Array {
            shape: self.shape,
            values,
        })
    }
}

/// From column-major order to row-major order.
fn rows_first<T: Clone>(values: &[T], shape: &[usize]) -> Vec<T> {
    (0..values.len())
        .map(|place| {
            let (mut rest, mut source) = (place, 0);
            let mut stride = values.len();
            for side in shape.iter().rev() {
                stride /= side;
                source += rest % side * stride;
                rest /= side;
            }
            values[source].clone()
        })
        .collect()
}

/// Writes numbers row by row as one new NumPy file.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write_floats(
    path: &Path,
    shape: &[usize],
    values: impl IntoIterator<Item = f32>,
) -> Result<(), RunnerError> {
    write_new(path, &npy(path, shape, values)?)
}

/// The bytes of a NumPy file for `path`.
///
/// # Errors
///
/// More dimensions than the format allows.
pub(crate) fn npy(
    path: &Path,
    shape: &[usize],
    values: impl IntoIterator<Item = f32>,
) -> Result<Vec<u8>, RunnerError> {
    let mut bytes = Vec::new();
    write_npy(&mut bytes, shape, values).map_err(|error| RunnerError::unwritable(path, error))?;
    Ok(bytes)
}

/// Arrays that become one `.npz`.
pub(crate) struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    pub(crate) fn new() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }

    /// Adds an array by name.
    ///
    /// # Errors
    ///
    /// An archive larger than its format allows.
    pub(crate) fn add<T: NpyElement>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = T>,
        shape: &[usize],
    ) -> std::io::Result<()> {
        self.0
            .start_file(format!("{name}.npy"), SimpleFileOptions::default())?;
        write_npy(&mut self.0, shape, values)
    }

    /// Adds a file as it is, without compression and without a time.
    ///
    /// # Errors
    ///
    /// An archive larger than its format allows.
    pub(crate) fn store(&mut self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default());
        self.0.start_file(name, options)?;
        self.0.write_all(bytes)
    }

    /// Its bytes.
    ///
    /// # Errors
    ///
    /// An archive larger than its format allows.
    pub(crate) fn bytes(self) -> std::io::Result<Vec<u8>> {
        let bytes = self.0.finish().map_err(std::io::Error::from)?;
        Ok(bytes.into_inner())
    }

    /// Writes it as a new file.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn write(self, path: &Path) -> Result<(), RunnerError> {
        let bytes = self.bytes();
        let bytes = bytes.map_err(|error| RunnerError::unwritable(path, error))?;
        write_new(path, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_floats(path: &Path, rank: usize) -> Result<Array<f32>, RunnerError> {
        open_floats(path, rank)?.read()
    }

    fn read_whole_numbers(path: &Path, rank: usize) -> Result<Array<i32>, RunnerError> {
        open_whole_numbers(path, rank)?.read()
    }

    fn npy(header: &str, data: &[u8]) -> tempfile::NamedTempFile {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        let header = format!("{header:<117}\n");
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("written");
        file
    }

    fn header(kind: &str, columns_first: bool, shape: &str) -> String {
        let order = if columns_first { "True" } else { "False" };
        format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}")
    }

    #[test]
    fn both_orders_give_the_same_array() {
        let rows: Vec<u8> = (0..6).collect();
        let file = npy(&header("|u1", false, "(1, 2, 3)"), &rows);
        let expected = read_whole_numbers(file.path(), 3).expect("an array");
        assert_eq!(expected.values, [0, 1, 2, 3, 4, 5]);
        let file = npy(&header("|u1", true, "(1, 2, 3)"), &[0, 3, 1, 4, 2, 5]);
        assert_eq!(
            read_whole_numbers(file.path(), 3).expect("an array"),
            expected
        );
    }

    #[test]
    fn numbers_of_either_byte_order_and_width_are_read() {
        let file = npy(&header(">i2", false, "(2,)"), &[1, 0, 0xff, 0xff]);
        assert_eq!(
            read_whole_numbers(file.path(), 1).expect("an array").values,
            [256, -1]
        );
        let file = npy(&header("<f8", false, "(1,)"), &1.5_f64.to_le_bytes());
        assert_eq!(read_floats(file.path(), 1).expect("an array").values, [1.5]);
    }

    #[derive(serde::Deserialize)]
    struct Written {
        file: String,
        shape: Vec<usize>,
        values: Vec<f64>,
    }

    #[test]
    fn arrays_are_those_that_numpy_wrote() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/reference/arrays");
        let text = std::fs::read(folder.join("cases.json")).expect("the reference");
        let mut all: serde_json::Value = serde_json::from_slice(&text).expect("cases");
        let mut cases = |kind: &str| -> Vec<Written> {
            serde_json::from_value(all[kind].take()).expect("cases")
        };
        let (floats, whole) = (cases("floats"), cases("whole"));
        assert_eq!([floats.len(), whole.len()], [5, 4]);
        for case in floats {
            let found = read_floats(&folder.join(&case.file), 4).expect("an array");
            assert_eq!(found.shape, case.shape, "{}", case.file);
            let narrow: Vec<f32> = case.values.iter().map(|value| *value as f32).collect();
            assert_eq!(found.values, narrow, "{}", case.file);
        }
        for case in whole {
            let found = read_whole_numbers(&folder.join(&case.file), 3).expect("an array");
            assert_eq!(found.shape, case.shape, "{}", case.file);
            let numbers: Vec<i32> = case.values.iter().map(|value| *value as i32).collect();
            assert_eq!(found.values, numbers, "{}", case.file);
        }
    }

    #[test]
    fn what_is_no_such_array_is_refused_by_name() {
        let huge = npy(&header("<f4", false, "(1000000000, 1000000000)"), &[0; 8]);
        let overflowing = npy(
            &header("<f4", false, "(9000000000000000000, 9000000000)"),
            &[],
        );
        let short = npy(&header("<f4", false, "(1, 3)"), &[0; 8]);
        let text = npy(&header("<U4", false, "(1, 1)"), &[0; 16]);
        let rank = npy(&header("<f4", false, "(2,)"), &[0; 8]);
        let whole = npy(&header("<i4", false, "(1, 1)"), &[0; 4]);
        let none = tempfile::NamedTempFile::new().expect("a file");
        let deep = npy(&"(".repeat(4000), &[]);
        // A header of four gigabytes in a file of twelve bytes.
        let long = tempfile::NamedTempFile::new().expect("a file");
        let claim = b"\x93NUMPY\x02\x00\xff\xff\xff\xff";
        std::fs::write(long.path(), claim).expect("written");
        for file in [
            huge,
            overflowing,
            short,
            text,
            rank,
            whole,
            none,
            deep,
            long,
        ] {
            let error = read_floats(file.path(), 2).expect_err("no such array");
            assert_eq!(error.exit_code, 2);
            assert!(
                error.message().contains(&file.path().display().to_string()),
                "{error}"
            );
            assert!(error.message().contains("2 dimensions"), "{error}");
        }
        let large = npy(&header("<i8", false, "(1,)"), &(1_i64 << 40).to_le_bytes());
        let error = read_whole_numbers(large.path(), 1).expect_err("too large");
        assert!(error.message().contains("1099511627776"), "{error}");
    }
}
