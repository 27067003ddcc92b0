//! The convolution on Burn's flex backend.

pub(super) mod grouped;
pub(super) mod ungrouped;

mod gathered;
mod order;
mod phases;
mod taps;
mod winograd;
