//! Agreement with PyTorch, and of devices that recompute with those that keep everything.

pub(crate) mod parts;
pub(crate) mod pytorch;
mod recompute;
pub(crate) mod recorded_neighbours;
