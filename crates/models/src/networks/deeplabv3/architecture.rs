//! The properties of DeepLabV3 that are known before it is built.

use super::names;
use crate::architecture::{Architecture, Sides};
use crate::config::{ModelConfig, NetworkName};
use crate::largest_tensor::LargestTensor;
use crate::weights::convention::Convention;

pub(crate) static ARCHITECTURE: Architecture = Architecture {
    name: NetworkName::DeepLabV3,
    key: "deeplabv3",
    settings: &["backbone", "output_stride", "auxiliary_head"],
    sides: Sides {
        multiple: 1,
        least: 1,
        expected: "images of at least one pixel",
    },
    trains_on_one_image: false,
    one_pixel_side: None,
    resizes: true,
    slow_from_scratch: None,
    trial_width: 4,
    trial_side: 32,
    check: |_| Ok(()),
    largest,
    conventions: &[
        Convention {
            what: "DeepLabV3 of torchvision",
            name: names::torchvision_name,
            superfluous: &["aux_classifier."],
        },
        Convention {
            what: "residual network of torchvision",
            name: names::resnet_name,
            superfluous: &["fc."],
        },
    ],
    heads: &["classifier.4.", "aux_classifier.4."],
    stems: &["backbone.conv1.weight"],
};

/// The widest map and the widest weight.
fn largest(config: &ModelConfig, batch: usize, [height, width]: [usize; 2]) -> [LargestTensor; 2] {
    let map = |name, channels, stride: usize| LargestTensor {
        name,
        shape: [
            batch,
            channels * config.width,
            height.div_ceil(stride),
            width.div_ceil(stride),
        ],
    };
    let stride = config.output_stride.pixels();
    let widest = [
        map("map of the stem", 1, 2),
        map("map of the first stage", 4, 4),
        map("map of the last stage", 32, stride),
        map("input of the projection, five maps joined", 20, stride),
    ]
    .into_iter()
    .max_by_key(LargestTensor::bytes)
    .expect("four maps");
    let weight = LargestTensor {
        name: "weight of a dilated convolution of the pyramid",
        shape: [4 * config.width, 32 * config.width, 3, 3],
    };
    [widest, weight]
}
