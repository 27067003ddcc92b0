//! How good an audit is, where it is known what is wrong.
//!
//! [`Ranking`] and [`EffortCurve`] measure an order of images or places, [`spearman`] a score against a quantity, [`hits`] says which
//! listed places are known ones; [`Differences`] finds what is wrong by comparing a label with the clean one.

mod differences;
mod effort;
mod grouped_interval;
mod place_hits;
mod rank_correlation;
mod ranking;

pub use differences::{Differences, GROSSLY_WRONG, SMALLEST};
pub use effort::{EffortCurve, Look, Point};
pub use grouped_interval::grouped_interval;
pub use place_hits::{HIT, hits};
pub use rank_correlation::spearman;
pub use ranking::Ranking;
