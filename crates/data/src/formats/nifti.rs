//! NIfTI-1 files: volumes with their grids.
//!
//! This reader exists for its bounds: the header has 348 bytes in a fixed layout (<https://nifti.nimh.nih.gov/nifti-1>),
//! every field is checked before memory is reserved, and voxels are converted as they are decompressed, so that no header
//! and no archive makes the program use more than `bounds::MAX_VOXELS`.
//!
//! The third axis of a volume counts slices, the second the rows of a slice, the first its columns. The first axis varies
//! fastest, so the file order is `[slices, rows, columns]`.

pub(crate) mod data_type;
pub(crate) mod form;
pub(crate) mod header;
pub(crate) mod header_fields;
pub(crate) mod make_header;
pub(crate) mod read;
pub(crate) mod write;
