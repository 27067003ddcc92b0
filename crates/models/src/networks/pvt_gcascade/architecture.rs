//! The properties of PVT-GCASCADE that are known before it is built.

use super::names;
use crate::architecture::{Architecture, Sides};
use crate::config::{ModelConfig, NetworkName};
use crate::encoders::pvt::PvtSize;
use crate::error::ModelError;
use crate::largest_tensor::LargestTensor;
use crate::layers::grey_input::ORIGINAL_PREFIXES;
use crate::weights::convention::Convention;

pub(crate) static ARCHITECTURE: Architecture = Architecture {
    name: NetworkName::PvtGcascade,
    key: "pvtgcascade",
    settings: &["pvt", "aggregation", "grey_input", "head_losses"],
    sides: Sides {
        multiple: 32,
        least: 128,
        expected: "images whose height and width are multiples of 32 and at least 128, so that its coarsest graph has more \
                   than 11 nodes",
    },
    trains_on_one_image: true,
    one_pixel_side: None,
    resizes: true,
    slow_from_scratch: None,
    trial_width: 4,
    trial_side: 128,
    check,
    largest,
    conventions: &[
        Convention {
            what: "PVT-GCASCADE of its authors",
            name: names::original_name,
            superfluous: ORIGINAL_PREFIXES,
        },
        Convention {
            what: "PVTv2 of its authors",
            name: |path| {
                names::original_name(path)?
                    .strip_prefix("backbone.")
                    .map(str::to_string)
            },
            superfluous: &["head."],
        },
        Convention {
            what: "PVTv2 of timm",
            name: names::timm_name,
            superfluous: &["head."],
        },
    ],
    heads: &["out_head"],
    stems: &["backbone.patch_embed1.proj.weight"],
};

fn check(config: &ModelConfig) -> Result<(), ModelError> {
    let (factor, expected) = if config.pvt == PvtSize::B0 {
        (8, "a multiple of 8 for pvtgcascade on b0")
    } else {
        (4, "a multiple of 4 for pvtgcascade")
    };
    if config.width.is_multiple_of(factor) {
        return Ok(());
    }
    Err(ModelError::setting("width", expected, config.width))
}

/// The widest map and the widest weight.
fn largest(config: &ModelConfig, batch: usize, [height, width]: [usize; 2]) -> [LargestTensor; 2] {
    let channels = config.pvt.channels(config.width);
    let expansions = config.pvt.expansions();
    let nodes = height.div_ceil(4) * width.div_ceil(4);
    let (finest, deepest) = (channels[0], channels[3]);
    let widest = [
        LargestTensor {
            name: "hidden map of the first stage's feed-forward layers",
            shape: [
                batch,
                finest * expansions[0],
                height.div_ceil(4),
                width.div_ceil(4),
            ],
        },
        LargestTensor {
            name: "attention of the first stage",
            shape: [batch, 1, nodes, nodes.div_ceil(64)],
        },
        LargestTensor {
            name: "distances of the finest graph",
            shape: [batch, 1, nodes, nodes.div_ceil(4)],
        },
    ]
    .into_iter()
    .max_by_key(LargestTensor::bytes)
    .expect("three maps");
    let weight = LargestTensor {
        name: "weight of the last stage's feed-forward layers",
        shape: [deepest * expansions[3], deepest, 1, 1],
    };
    [widest, weight]
}
