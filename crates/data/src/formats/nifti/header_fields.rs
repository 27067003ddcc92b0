//! Offsets and sizes of the fields of a NIfTI-1 header.

/// The earliest offset of the voxels: the header and four bytes that announce extensions.
pub(crate) const FIRST_VOXEL: usize = 352;

/// Offsets of the fields that are read or written.
pub(crate) mod at {
    pub(crate) const DIM: usize = 40;
    pub(crate) const DATATYPE: usize = 70;
    pub(crate) const BITPIX: usize = 72;
    pub(crate) const PIXDIM: usize = 76;
    pub(crate) const VOX_OFFSET: usize = 108;
    pub(crate) const SCL_SLOPE: usize = 112;
    pub(crate) const SCL_INTER: usize = 116;
    pub(crate) const XYZT_UNITS: usize = 123;
    pub(crate) const CAL_MAX: usize = 124;
    pub(crate) const CAL_MIN: usize = 128;
    pub(crate) const QFORM_CODE: usize = 252;
    pub(crate) const SFORM_CODE: usize = 254;
    pub(crate) const QUATERN_B: usize = 256;
    pub(crate) const QOFFSET_X: usize = 268;
    pub(crate) const SROW_X: usize = 280;
    pub(crate) const MAGIC: usize = 344;
}
