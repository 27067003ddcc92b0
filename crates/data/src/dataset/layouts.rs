//! The layouts of data sets on disk.

pub(crate) mod acdc;
pub(crate) mod bamsi;
pub(crate) mod fasu;
pub(crate) mod folder;
