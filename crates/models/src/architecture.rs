//! The properties of a network that are known before it is built.

use crate::config::{ModelConfig, NetworkName};
use crate::error::ModelError;
use crate::largest_tensor::LargestTensor;
use crate::weights::convention::Convention;

/// The properties of a network that are known before it is built; see [`NetworkName::architecture`].
#[derive(Debug)]
pub struct Architecture {
    /// Which network.
    pub name: NetworkName,
    /// The name as recipes spell it; also the first part of its parameters' paths in checkpoints.
    pub key: &'static str,
    /// The keys of the `[model]` section that apply to this network and not to all.
    pub settings: &'static [&'static str],
    /// Sizes of images that it accepts.
    pub sides: Sides,
    /// Whether it trains on batches of one image.
    pub trains_on_one_image: bool,
    /// The side of images for which batch normalisation gets coarsest maps of a single pixel, if it accepts such images.
    pub one_pixel_side: Option<usize>,
    /// Whether it resizes maps bilinearly.
    pub resizes: bool,
    /// Why it learns slowly from random initial weights, if it does.
    pub slow_from_scratch: Option<&'static str>,
    /// Width of the smallest network that exercises all its operations on a device.
    pub trial_width: usize,
    /// Side of the smallest image for such a trial.
    pub trial_side: usize,
    /// Checks settings beyond what [`ModelConfig::validate`] checks for every network.
    pub(crate) check: fn(&ModelConfig) -> Result<(), ModelError>,
    /// The largest map and the largest weight of a step on a number of images of this height and width.
    pub(crate) largest: fn(&ModelConfig, usize, [usize; 2]) -> [LargestTensor; 2],
    /// Conventions for naming its tensors, or those of its encoder; the canonical one first.
    pub(crate) conventions: &'static [Convention],
    /// Prefixes of the canonical names of tensors with one row for every class.
    pub(crate) heads: &'static [&'static str],
    /// Canonical names of the weights that take the image as their input.
    pub(crate) stems: &'static [&'static str],
}

impl Architecture {
    /// Settings of the smallest network that exercises all its operations on a device, with its auxiliary head, if any.
    #[must_use]
    pub fn trial(&self) -> ModelConfig {
        ModelConfig {
            name: self.name,
            width: self.trial_width,
            auxiliary_head: self.settings.contains(&"auxiliary_head"),
            ..ModelConfig::default()
        }
    }
}

/// Sizes of images that a network accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// Divides every side.
    pub multiple: usize,
    /// The shortest side.
    pub least: usize,
    /// The same in words, for messages.
    pub expected: &'static str,
}

impl Sides {
    /// The nearest accepted side; `side` itself if it is accepted.
    #[must_use]
    pub fn nearest(&self, side: usize) -> usize {
        ((side + self.multiple / 2) / self.multiple * self.multiple).max(self.least)
    }
}
