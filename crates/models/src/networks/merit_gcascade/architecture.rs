//! The properties of MERIT-GCASCADE that are known before it is built.

use super::{SIDE, WINDOWS, encoders, names, second_size};
use crate::architecture::{Architecture, Sides};
use crate::config::{ModelConfig, NetworkName};
use crate::encoders::maxvit::settings::EXPANSION;
use crate::error::ModelError;
use crate::largest_tensor::LargestTensor;
use crate::layers::grey_input::ORIGINAL_PREFIXES;
use crate::weights::convention::Convention;

pub(crate) static ARCHITECTURE: Architecture = Architecture {
    name: NetworkName::MeritGcascade,
    key: "meritgcascade",
    settings: &["aggregation", "grey_input", "head_losses"],
    sides: Sides {
        multiple: SIDE,
        least: SIDE,
        expected: "images whose height and width are multiples of 256, so that windows of 8 pixels cover the maps of its \
                   first encoder and windows of 7 those of the second",
    },
    trains_on_one_image: true,
    one_pixel_side: None,
    resizes: true,
    slow_from_scratch: Some(
        "its layer scales start at 1e-6, which nearly switches its attention off, and it learns slowly",
    ),
    trial_width: 8,
    trial_side: 256,
    check,
    largest,
    conventions: &[
        Convention {
            what: "MERIT-GCASCADE of its authors",
            name: names::original_name,
            superfluous: ORIGINAL_PREFIXES,
        },
        Convention {
            what: "MaxViT of timm with ConvNeXt blocks, the first encoder",
            name: |path| names::timm_name(path, 1),
            superfluous: &["head."],
        },
        Convention {
            what: "MaxViT of timm with inverted bottlenecks, the second encoder",
            name: |path| names::timm_name(path, 2),
            superfluous: &["head."],
        },
    ],
    // Without the gate `out_head4_in`, which has one output for any number of classes.
    heads: &["out_head1.", "out_head2.", "out_head3.", "out_head4."],
    stems: &["backbone1.stem.conv1.weight", "backbone2.stem.conv1.weight"],
};

fn check(config: &ModelConfig) -> Result<(), ModelError> {
    if config.width.is_multiple_of(8) {
        return Ok(());
    }
    let expected = "a multiple of 8 for meritgcascade";
    Err(ModelError::setting("width", expected, config.width))
}

/// The widest map and the widest weight.
fn largest(config: &ModelConfig, batch: usize, image: [usize; 2]) -> [LargestTensor; 2] {
    let [first, second] = encoders(config.width, WINDOWS);
    let mut channels = first.channels();
    channels.reverse();
    let map = |name, channels, [height, width]: [usize; 2], stride| LargestTensor {
        name,
        shape: [batch, channels, height / stride, width / stride],
    };
    let nodes = (image[0] / 4) * (image[1] / 4);
    let widest = [
        map(
            "hidden map of the first stage's networks",
            EXPANSION * channels[3],
            image,
            4,
        ),
        map(
            "expanded map of the second encoder's first bottleneck",
            EXPANSION * second.stem()[1],
            second_size(image, WINDOWS),
            2,
        ),
        LargestTensor {
            name: "distances of the finest graph",
            shape: [batch, 1, nodes, nodes / 4],
        },
    ]
    .into_iter()
    .max_by_key(LargestTensor::bytes)
    .expect("three maps");
    let weight = LargestTensor {
        name: "weight of the last stage's networks",
        shape: [EXPANSION * channels[0], channels[0], 1, 1],
    };
    [widest, weight]
}
