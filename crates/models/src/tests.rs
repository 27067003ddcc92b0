//! Comparisons with PyTorch, and of devices that recompute with devices that keep everything.

pub(crate) mod parts;
pub(crate) mod pytorch;
mod recompute;
pub(crate) mod recorded_neighbours;
