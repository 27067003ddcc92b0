//! The steps on the processor.

pub(super) mod max_relative;
pub(super) mod nearest;
