//! Where a training's data lies, and whether it can be read.

pub(crate) mod data_root;
pub(crate) mod label_check;
