//! NIfTI-1 files: volumes with the grid that they lie on.
//!
//! Read by ourselves, since what matters here are the bounds: the header is 348 bytes of a fixed layout
//! (<https://nifti.nimh.nih.gov/nifti-1>), every field of it is checked before anything is reserved, and voxels are taken
//! as they come out of the decompressor, so that no header and no archive makes the program hold more than [`MAX_VOXELS`].
//!
//! A volume's third axis counts its slices, the second the rows of a slice, the first its columns: what is stored first
//! varies fastest, so `[slices, rows, columns]` is the order of the file.

pub(crate) mod affine;
pub(crate) mod data_type;
pub(crate) mod form;
pub(crate) mod grid;
pub(crate) mod header;
pub(crate) mod placement;
pub(crate) mod read;
pub(crate) mod write;

/// Voxels that one volume may have: 64 slices of 512×512. A short-axis heart has fewer than a million.
pub(crate) const MAX_VOXELS: usize = 1 << 24;

/// Whether a file is called `….nii` or `….nii.gz`; the name before that.
pub fn volume_stem(path: &std::path::Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let length = name.len();
    [".nii.gz", ".nii"]
        .into_iter()
        .find(|ending| {
            length > ending.len()
                && name.is_char_boundary(length - ending.len())
                && name[length - ending.len()..].eq_ignore_ascii_case(ending)
        })
        .map(|ending| &name[..length - ending.len()])
}
