//! Synthetic data sets in the layouts of real ones, with clean labels next to noisy ones.
//!
//! For trying the program without patients' photographs, and for measuring what no real data set allows: how much of the
//! noise in its labels a network learns.

pub(crate) mod acdc;
pub(crate) mod annotation;
pub(crate) mod bamsi;
pub(crate) mod fasu;
pub(crate) mod noise;
pub(crate) mod options;
pub(crate) mod writing;

use crate::dataset::layouts::layout_named;
use crate::options::layout_name::LayoutName;

pub use self::options::{DrawSet, SizeOption, SynthOptions, SyntheticSet};

/// The synthetic sets of a layout; `None` for `folder`, which has none.
pub fn synthetic_set(layout: LayoutName) -> Option<SyntheticSet> {
    layout_named(layout).synthetic()
}
