//! Readers and writers of the file formats of data sets.

pub(crate) mod bounds;
pub(crate) mod brightness;
pub(crate) mod decode;
pub(crate) mod indexed_png;
pub(crate) mod jpeg;
pub(crate) mod nifti;
pub(crate) mod npy;
pub(crate) mod npz;
pub(crate) mod packed_bits;
pub(crate) mod palette;
pub(crate) mod photograph;
pub(crate) mod pickled_masks;
pub(crate) mod recognise;
pub(crate) mod single_frame;
pub(crate) mod tiff_samples;
