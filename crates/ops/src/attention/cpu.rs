//! Attention on the processor: 64 queries at a time, whose products with every key stay in the cache. Keys lie along the rows
//! of a block and queries side by side, so that the shares of all 64 are found by vectors.
//!
//! Work is cut by sizes alone and partial sums are added in a fixed order, so a run gives the same bits whatever the number
//! of cores.

mod backward;
mod block;
mod forward;
mod sizes;

pub(super) use backward::gradients;
pub(super) use forward::forward;
pub(super) use sizes::{Input, Sizes};
