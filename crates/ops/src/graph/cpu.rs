//! The steps on the CPU.

pub(super) mod max_relative;
pub(super) mod nearest;
