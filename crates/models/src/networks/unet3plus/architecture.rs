//! The properties of UNet 3+ that are known before it is built.

use super::names;
use crate::architecture::Architecture;
use crate::config::{ModelConfig, NetworkName};
use crate::encoders::unet::{SIDES, deepest_weight};
use crate::largest_tensor::LargestTensor;
use crate::weights::convention::Convention;

pub(crate) static ARCHITECTURE: Architecture = Architecture {
    name: NetworkName::UNet3Plus,
    key: "unet3plus",
    settings: &["deep_supervision"],
    sides: SIDES,
    trains_on_one_image: true,
    one_pixel_side: Some(SIDES.multiple),
    resizes: true,
    slow_from_scratch: None,
    trial_width: 4,
    trial_side: 32,
    check: |_| Ok(()),
    largest,
    conventions: &[Convention {
        what: "UNet 3+ of its authors",
        name: names::original_name,
        superfluous: &[],
    }],
    heads: &["outconv"],
    stems: &["conv1.conv1.0.weight"],
};

/// The widest map and the widest weight.
fn largest(config: &ModelConfig, batch: usize, [height, width]: [usize; 2]) -> [LargestTensor; 2] {
    let map = LargestTensor {
        name: "input of the full-size decoder node, five maps joined",
        shape: [batch, 5 * config.width, height, width],
    };
    [map, deepest_weight(config.width)]
}
