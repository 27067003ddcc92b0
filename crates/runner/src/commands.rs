//! One file per command.

pub mod bench;
pub mod completions;
pub(crate) mod data_show;
pub mod doctor;
pub mod envelope;
pub mod forward;
pub mod man;
pub mod predict;
pub mod score;
pub mod weights;
