//! NIfTI-1 files: volumes with the grid that they lie on.
//!
//! Read by ourselves, since what matters here are the bounds: the header is 348 bytes of a fixed layout
//! (<https://nifti.nimh.nih.gov/nifti-1>), every field of it is checked before anything is reserved, and voxels are taken
//! as they come out of the decompressor, so that no header and no archive makes the program hold more than
//! `bounds::MAX_VOXELS`.
//!
//! A volume's third axis counts its slices, the second the rows of a slice, the first its columns: what is stored first
//! varies fastest, so `[slices, rows, columns]` is the order of the file.

pub(crate) mod data_type;
pub(crate) mod form;
pub(crate) mod header;
pub(crate) mod header_fields;
pub(crate) mod make_header;
pub(crate) mod read;
pub(crate) mod write;
