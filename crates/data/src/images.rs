//! Images in memory: photographs, volumes, label maps, and resizing.

pub(crate) mod affine;
pub(crate) mod case_image;
pub(crate) mod homogenise;
pub(crate) mod label_map;
pub(crate) mod label_volume;
pub(crate) mod lines;
pub(crate) mod placement;
pub(crate) mod planar_image;
pub(crate) mod resize;
pub(crate) mod sample;
pub(crate) mod volume;
pub(crate) mod volume_grid;
