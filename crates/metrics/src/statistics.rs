//! Statistics of scores: quartiles and deviation, an interval by resampling, a paired test, and its correction for many tests.
//!
//! Each agrees with `SciPy` or `statsmodels` to 1e-9 on the numbers in `assets/reference/statistics`.

mod bootstrap;
mod description;
mod holm;
mod wilcoxon;

pub use bootstrap::{Resampling, percentile_interval};
pub use description::{Description, describe, mean, quantile};
pub use holm::holm;
pub use wilcoxon::{SignedRank, SignedRankMethod, signed_rank};
