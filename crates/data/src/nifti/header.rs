//! The 348 bytes at the head of a NIfTI-1 file.

use std::path::Path;

use super::MAX_VOXELS;
use super::affine::{Affine, axis_codes, of_quaternion, voxel_lengths};
use super::data_type::{DataType, unread};
use super::form::{Stated, choose};
use crate::DataError;

/// Bytes of the header.
pub(super) const LENGTH: usize = 348;
/// Where voxels begin at the earliest: the header, and four bytes that announce extensions.
pub(super) const FIRST_VOXEL: usize = 352;
/// Bytes of extensions that are passed over before the voxels.
const MAX_EXTENSIONS: f32 = 16_777_216.0;

/// Offsets of the fields that are read or written.
mod at {
    pub(super) const DIM: usize = 40;
    pub(super) const DATATYPE: usize = 70;
    pub(super) const BITPIX: usize = 72;
    pub(super) const PIXDIM: usize = 76;
    pub(super) const VOX_OFFSET: usize = 108;
    pub(super) const SCL_SLOPE: usize = 112;
    pub(super) const SCL_INTER: usize = 116;
    pub(super) const XYZT_UNITS: usize = 123;
    pub(super) const CAL_MAX: usize = 124;
    pub(super) const CAL_MIN: usize = 128;
    pub(super) const QFORM_CODE: usize = 252;
    pub(super) const SFORM_CODE: usize = 254;
    pub(super) const QUATERN_B: usize = 256;
    pub(super) const QOFFSET_X: usize = 268;
    pub(super) const SROW_X: usize = 280;
    pub(super) const MAGIC: usize = 344;
}

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
    pub(super) placed: bool,
    /// What is worth saying of the header: what stands behind the file's name and a colon.
    pub remarks: Vec<String>,
    /// In the unit of length of the affine map.
    pub(super) millimetres: f64,
    /// The header as it is in the file, so that a file on the same grid says of it what this one did, bit by bit.
    bytes: Box<[u8; LENGTH]>,
    big_endian: bool,
}

/// What the header says of the voxels themselves.
pub(super) struct Storage {
    pub(super) data_type: DataType,
    pub(super) big_endian: bool,
    /// Bytes between the header's end and the first voxel.
    pub(super) gap: usize,
    /// Slope and intercept of the stored values.
    pub(super) scale: Option<(f64, f64)>,
}

/// Header fields in the file's order of bytes.
struct Fields<'a> {
    bytes: &'a [u8; LENGTH],
    big_endian: bool,
}

impl Fields<'_> {
    fn i16(&self, at: usize) -> i16 {
        let bytes = [self.bytes[at], self.bytes[at + 1]];
        if self.big_endian {
            i16::from_be_bytes(bytes)
        } else {
            i16::from_le_bytes(bytes)
        }
    }

    fn f32(&self, at: usize) -> f32 {
        let bytes = [0, 1, 2, 3].map(|part| self.bytes[at + part]);
        if self.big_endian {
            f32::from_be_bytes(bytes)
        } else {
            f32::from_le_bytes(bytes)
        }
    }

    fn three(&self, at: usize) -> [f64; 3] {
        [0, 4, 8].map(|part| f64::from(self.f32(at + part)))
    }
}

/// Checks every field that will be used.
pub(super) fn parse(path: &Path, bytes: &[u8; LENGTH]) -> Result<(VolumeGrid, Storage), DataError> {
    let wrong = |expected: &str, found: String| {
        DataError::new(
            path,
            expected,
            found,
            "export the volume anew as a NIfTI-1 file (.nii or .nii.gz)",
        )
    };
    let size = [0, 1, 2, 3].map(|part| bytes[part]);
    let big_endian = match (i32::from_le_bytes(size), i32::from_be_bytes(size)) {
        (348, _) => false,
        (_, 348) => true,
        (540, _) | (_, 540) => {
            return Err(DataError::new(
                path,
                "a NIfTI-1 file",
                "a NIfTI-2 file",
                "save it as NIfTI-1: nibabel.save(nibabel.Nifti1Image.from_image(nibabel.load(\"NAME.nii.gz\")), \"NEW.nii.gz\")",
            ));
        }
        _ => return Err(wrong("a NIfTI-1 file", "another header".into())),
    };
    match &bytes[at::MAGIC..] {
        b"n+1\0" => {}
        b"ni1\0" => {
            return Err(DataError::new(
                path,
                "header and voxels in one file",
                "a header whose voxels are in another file (.hdr with .img)",
                "join them: nibabel.save(nibabel.load(\"NAME.hdr\"), \"NAME.nii.gz\")",
            ));
        }
        b"\0\0\0\0" => {
            return Err(wrong(
                "a NIfTI-1 file",
                "a header of the Analyze format, which does not say where left is".into(),
            ));
        }
        _ => return Err(wrong("a NIfTI-1 file", "another mark in its header".into())),
    }
    let fields = Fields { bytes, big_endian };
    let shape = shape(&fields).map_err(|(expected, found)| wrong(&expected, found))?;
    let code = fields.i16(at::DATATYPE);
    let data_type = DataType::of_code(code).ok_or_else(|| {
        DataError::new(
            path,
            "voxels of whole numbers of 8 to 64 bits, or of floating point of 32 or 64",
            unread(code),
            "save one number for each voxel: class numbers for labels, grey values for images",
        )
    })?;

    let stated = stated(&fields, shape);
    let chosen = choose(&stated).ok_or_else(|| match stated.lengths {
        None => wrong(
            "voxels with lengths above 0",
            format!("{:?}", fields.three(at::PIXDIM + 4)),
        ),
        Some(_) => wrong(
            "an orientation (sform or qform) of numbers",
            "one that is none".into(),
        ),
    })?;
    let millimetres = match fields.bytes[at::XYZT_UNITS] & 7 {
        1 => 1e3,
        3 => 1e-3,
        _ => 1.0,
    };

    let offset = fields.f32(at::VOX_OFFSET);
    let end = FIRST_VOXEL as f32;
    // 0 is written by some for the earliest place that there is.
    let offset = if offset == 0.0 { end } else { offset };
    if !(end..=end + MAX_EXTENSIONS).contains(&offset) {
        return Err(wrong(
            "voxels that begin at byte 352 or within 16 MiB after it",
            format!("{offset}"),
        ));
    }
    let (slope, intercept) = (fields.f32(at::SCL_SLOPE), fields.f32(at::SCL_INTER));
    let scaled = slope.is_finite() && slope != 0.0;
    if scaled && !intercept.is_finite() {
        return Err(wrong("a number to add to values", format!("{intercept}")));
    }
    let storage = Storage {
        data_type,
        big_endian,
        gap: offset as usize - LENGTH,
        scale: scaled.then(|| (f64::from(slope), f64::from(intercept))),
    };
    let lengths = voxel_lengths(&chosen.affine);
    let grid = VolumeGrid {
        shape,
        spacing: [lengths[2], lengths[1], lengths[0]].map(|length| length * millimetres),
        affine: chosen.affine,
        placed: chosen.placed,
        remarks: chosen.remarks,
        millimetres,
        bytes: Box::new(*bytes),
        big_endian,
    };
    Ok((grid, storage))
}

/// Slices, rows and columns; or what was expected and found.
fn shape(fields: &Fields<'_>) -> Result<[usize; 3], (String, String)> {
    let axes = fields.i16(at::DIM);
    if !(1..=7).contains(&axes) {
        return Err(("1 to 7 axes".into(), axes.to_string()));
    }
    let lengths: Vec<i16> = (1..=axes as usize)
        .map(|axis| fields.i16(at::DIM + 2 * axis))
        .collect();
    let text = lengths
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("×");
    if lengths.iter().any(|length| *length < 1) {
        return Err(("axes of at least 1 voxel".into(), text));
    }
    if lengths.iter().skip(3).any(|length| *length > 1) {
        return Err((
            "one volume; a series has to be taken apart first".into(),
            text,
        ));
    }
    let length = |axis: usize| lengths.get(axis).map_or(1, |length| *length as usize);
    let shape = [length(2), length(1), length(0)];
    // Three lengths of 15 bits each: the product fits.
    if shape.iter().map(|side| *side as u64).product::<u64>() > MAX_VOXELS as u64 {
        let most = format!("at most {} million voxels", MAX_VOXELS / 1_000_000);
        return Err((most, text));
    }
    Ok(shape)
}

/// What the header says of places. As nibabel, only codes that the standard knows count, and pixdim's sign says nothing.
fn stated(fields: &Fields<'_>, shape: [usize; 3]) -> Stated {
    let coded = |at: usize| (1..=5).contains(&fields.i16(at));
    let [slices, rows, columns] = shape;
    let mut lengths = fields.three(at::PIXDIM + 4).map(f64::abs);
    for (length, voxels) in lengths.iter_mut().zip([columns, rows, slices]) {
        // A single slice has none to be apart from.
        if voxels == 1 && !(length.is_finite() && *length > 0.0) {
            *length = 1.0;
        }
    }
    let sform = coded(at::SFORM_CODE).then(|| {
        [0, 1, 2].map(|row| {
            let from = at::SROW_X + 16 * row;
            [0, 4, 8, 12].map(|part| f64::from(fields.f32(from + part)))
        })
    });
    let qform = coded(at::QFORM_CODE).then(|| {
        let mirrored = fields.f32(at::PIXDIM).to_bits() == (-1_f32).to_bits();
        let handedness = if mirrored { -1.0 } else { 1.0 };
        of_quaternion(
            fields.three(at::QUATERN_B),
            [lengths[0], lengths[1], handedness * lengths[2]],
            fields.three(at::QOFFSET_X),
        )
    });
    let are_lengths = |lengths: &[f64; 3]| {
        let mut lengths = lengths.iter();
        lengths.all(|length| length.is_finite() && *length > 0.0)
    };
    Stated {
        shape,
        lengths: Some(lengths).filter(are_lengths),
        sform,
        qform,
    }
}

impl VolumeGrid {
    /// A grid of so many slices, rows and columns, millimetres apart, with columns counting to the left, rows to the
    /// back and slices upwards from the origin.
    ///
    /// # Errors
    ///
    /// A side is not within 1 to 32767, there are too many voxels, or a spacing is not above 0.
    pub fn new(path: &Path, shape: [usize; 3], spacing: [f64; 3]) -> Result<Self, DataError> {
        let mut bytes = [0; LENGTH];
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
        // Millimetres; the scanner's own axes.
        set(at::XYZT_UNITS, &[2]);
        set(at::SFORM_CODE, &1_i16.to_le_bytes());
        set(at::MAGIC, b"n+1\0");
        parse(path, &bytes).map(|(grid, _)| grid)
    }

    /// Towards what columns, rows and slices count, such as `LPS`: left, posterior, superior.
    pub fn orientation(&self) -> String {
        axis_codes(&self.affine)
    }
}

/// The header of a file on a grid whose voxels are of another type and unscaled.
pub(super) fn volume_header(grid: &VolumeGrid, data_type: DataType) -> [u8; LENGTH] {
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
