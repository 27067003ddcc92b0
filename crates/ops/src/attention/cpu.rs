//! Attention on the CPU: 64 queries at a time, whose products with all keys stay in the cache. A block has a row per key and a
//! column per query, so that the attention weights of all 64 queries are computed in vectors.
//!
//! The work is divided by sizes alone and partial sums are added in a fixed order, so a run gives the same bits on any number of
//! cores.

mod backward;
mod block;
mod forward;
mod sizes;

pub(super) use backward::gradients;
pub(super) use forward::forward;
pub(super) use sizes::{Input, Sizes};
