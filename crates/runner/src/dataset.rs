//! The folder of a training's data, and whether its files can be read.

pub(crate) mod data_root;
pub(crate) mod label_check;
