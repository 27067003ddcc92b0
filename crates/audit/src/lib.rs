//! Which labels deserve a second look: scores of images and of places, their order, and how good an order is.

mod differences;
mod effort;
mod grouped_interval;
mod place_hits;
mod rank_correlation;
mod ranking;

pub use differences::{Differences, GROSSLY_WRONG};
pub use effort::{EffortCurve, Look, Point};
pub use grouped_interval::grouped_interval;
pub use place_hits::{HIT, hits};
pub use rank_correlation::spearman;
pub use ranking::Ranking;
