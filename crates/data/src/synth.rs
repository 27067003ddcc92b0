//! Synthetic data sets in the layouts of real ones, with the clean truth beside noisy labels.
//!
//! For trying the program without patients' photographs, and for measuring what no real set allows: how much of the labels'
//! noise a network takes over.

pub mod acdc;
pub(crate) mod annotation;
pub mod bamsi;
pub mod fasu;
pub(crate) mod noise;
pub(crate) mod options;
pub(crate) mod writing;

use crate::dataset::layouts::layout_named;
use crate::options::layout_name::LayoutName;

pub use self::options::{DrawSet, SynthOptions};

/// What draws synthetic sets in a layout; nothing for `folder`, which has none.
pub fn synthetic_set(layout: LayoutName) -> Option<DrawSet> {
    layout_named(layout).synthetic()
}
