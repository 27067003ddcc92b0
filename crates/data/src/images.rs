//! Images in memory: photographs, volumes, their resizing.

pub(crate) mod homogenise;
pub(crate) mod photograph;
pub(crate) mod picture;
pub(crate) mod resize;
pub(crate) mod volume;
