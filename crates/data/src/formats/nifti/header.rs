//! Parses the 348-byte header of a NIfTI-1 file.

use std::path::Path;

use crate::error::DataError;
use crate::formats::bounds::MAX_VOXELS;
use crate::formats::nifti::data_type::{DataType, unread};
use crate::formats::nifti::form::{Stated, choose};
use crate::formats::nifti::header_fields::{FIRST_VOXEL, at};
use crate::images::affine::{of_quaternion, voxel_lengths};
use crate::images::volume_grid::{HEADER_LENGTH, VolumeGrid};

/// Maximum size in bytes of extensions, which are skipped.
const MAX_EXTENSIONS: f32 = 16_777_216.0;

/// How the voxels are stored.
pub(crate) struct Storage {
    pub(crate) data_type: DataType,
    pub(crate) big_endian: bool,
    /// Bytes between the header's end and the first voxel.
    pub(crate) gap: usize,
    /// Slope and intercept of the stored values.
    pub(crate) scale: Option<(f64, f64)>,
}

/// Header fields in the file's byte order.
struct Fields<'a> {
    bytes: &'a [u8; HEADER_LENGTH],
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

/// Parses a header and checks every field that is used.
pub(crate) fn parse(
    path: &Path,
    bytes: &[u8; HEADER_LENGTH],
) -> Result<(VolumeGrid, Storage), DataError> {
    let wrong = |expected: &str, found: String| wrong(path, expected, found);
    let big_endian = is_big_endian(path, bytes)?;
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
            "voxel sizes above 0",
            format!("{:?}", fields.three(at::PIXDIM + 4)),
        ),
        Some(_) => wrong(
            "an orientation (sform or qform) of finite numbers",
            "one that is not".into(),
        ),
    })?;
    let millimetres = match fields.bytes[at::XYZT_UNITS] & 7 {
        1 => 1e3,
        3 => 1e-3,
        _ => 1.0,
    };

    let offset = fields.f32(at::VOX_OFFSET);
    let end = FIRST_VOXEL as f32;
    // Some programs write 0 for the earliest possible offset.
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
        return Err(wrong("a finite scl_inter", format!("{intercept}")));
    }
    let storage = Storage {
        data_type,
        big_endian,
        gap: offset as usize - HEADER_LENGTH,
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

/// Whether the header is big-endian; refuses headers of other formats.
fn is_big_endian(path: &Path, bytes: &[u8; HEADER_LENGTH]) -> Result<bool, DataError> {
    let wrong = |expected: &str, found: String| Err(wrong(path, expected, found));
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
        _ => return wrong("a NIfTI-1 file", "another header".into()),
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
            return wrong(
                "a NIfTI-1 file",
                "a header of the Analyze format, which does not state which side is left".into(),
            );
        }
        _ => {
            return wrong("a NIfTI-1 file", "another signature in its header".into());
        }
    }
    Ok(big_endian)
}

fn wrong(path: &Path, expected: &str, found: String) -> DataError {
    DataError::new(
        path,
        expected,
        found,
        "export the volume again as a NIfTI-1 file (.nii or .nii.gz)",
    )
}

/// Slices, rows and columns; or what was expected and what was found.
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
            "a single volume; split a series into volumes first".into(),
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

/// The header's statements about orientation. As in nibabel, only codes of the standard count, and the sign of pixdim is
/// ignored.
fn stated(fields: &Fields<'_>, shape: [usize; 3]) -> Stated {
    let coded = |at: usize| (1..=5).contains(&fields.i16(at));
    let [slices, rows, columns] = shape;
    let mut lengths = fields.three(at::PIXDIM + 4).map(f64::abs);
    for (length, voxels) in lengths.iter_mut().zip([columns, rows, slices]) {
        // A single slice has no neighbour, so any spacing will do.
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
