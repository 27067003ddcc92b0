//! What is known of a network before it is built.

use crate::config::{ModelConfig, NetworkName};
use crate::error::ModelError;
use crate::largest_tensor::LargestTensor;
use crate::weights::convention::Convention;

/// Everything that is known of a network before it is built; [`NetworkName::architecture`] gives it.
#[derive(Debug)]
pub struct Architecture {
    /// Which network.
    pub name: NetworkName,
    /// The name as recipes spell it, which is also the first part of its parameters' paths in checkpoints.
    pub key: &'static str,
    /// Keys of the `[model]` section that only some networks have, this one among them.
    pub settings: &'static [&'static str],
    /// Which images it takes.
    pub sides: Sides,
    /// Whether it trains on batches of one image.
    pub trains_on_one_image: bool,
    /// The side of the images whose coarsest maps are a single pixel that is normalised, if it takes such images.
    pub one_pixel_side: Option<usize>,
    /// Whether it resizes maps bilinearly.
    pub resizes: bool,
    /// Why it learns slowly from weights drawn at random, if it does.
    pub slow_from_scratch: Option<&'static str>,
    /// The width of the narrowest network worth trying on a device.
    pub trial_width: usize,
    /// The side of the smallest image for such a trial.
    pub trial_side: usize,
    /// Refuses settings that this network cannot take, beyond what is refused for all.
    pub(crate) check: fn(&ModelConfig) -> Result<(), ModelError>,
    /// The widest map and the widest weight of a step on so many images of this height and width.
    pub(crate) largest: fn(&ModelConfig, usize, [usize; 2]) -> [LargestTensor; 2],
    /// Ways of naming its tensors, or those of its encoder; the canonical one first.
    pub(crate) conventions: &'static [Convention],
    /// How the canonical names of tensors with one row for every class begin.
    pub(crate) heads: &'static [&'static str],
    /// Canonical names of the first weights that see the image.
    pub(crate) stems: &'static [&'static str],
}

impl Architecture {
    /// Settings of the narrowest network worth trying on a device, with every head that it can have in training.
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

/// Sides of the images that a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// Every side is a multiple of it.
    pub multiple: usize,
    /// The shortest side.
    pub least: usize,
    /// The same in words.
    pub expected: &'static str,
}

impl Sides {
    /// The nearest side that fits; `side` itself if it does.
    #[must_use]
    pub fn nearest(&self, side: usize) -> usize {
        ((side + self.multiple / 2) / self.multiple * self.multiple).max(self.least)
    }
}
