//! What the parts of the networks are called in files of weights.

use super::convention::Convention;
use crate::networks::deeplabv3::names as deeplab;
use crate::networks::merit_gcascade::names as merit;
use crate::networks::pvt_gcascade::names as pvt_gcascade;
use crate::networks::unet::names as unet;
use crate::networks::unet3plus::names as unet3plus;

/// What makes three channels of a grey image in G-CASCADE's networks; images have three here.
const GREY_INPUT: &[&str] = &["conv_1cto3c."];

/// The conventions for the network of this name within [`Network`], the canonical one first.
fn conventions_of(network: &str) -> &'static [Convention] {
    match network {
        "unet" => &[Convention {
            what: "UNet of the authors of UNet 3+",
            name: unet::original_name,
            superfluous: &[],
        }],
        "unet3plus" => &[Convention {
            what: "UNet 3+ of its authors",
            name: unet3plus::original_name,
            superfluous: &[],
        }],
        "deeplabv3" => &[
            Convention {
                what: "DeepLabV3 of torchvision",
                name: deeplab::torchvision_name,
                superfluous: &["aux_classifier."],
            },
            Convention {
                what: "residual network of torchvision",
                name: deeplab::resnet_name,
                superfluous: &["fc."],
            },
        ],
        "pvtgcascade" => &[
            Convention {
                what: "PVT-GCASCADE of its authors",
                name: pvt_gcascade::original_name,
                superfluous: GREY_INPUT,
            },
            Convention {
                what: "PVTv2 of its authors",
                name: |path| {
                    pvt_gcascade::original_name(path)?
                        .strip_prefix("backbone.")
                        .map(str::to_string)
                },
                superfluous: &["head."],
            },
            Convention {
                what: "PVTv2 of timm",
                name: pvt_gcascade::timm_name,
                superfluous: &["head."],
            },
        ],
        "meritgcascade" => &[
            Convention {
                what: "MERIT-GCASCADE of its authors",
                name: merit::original_name,
                superfluous: GREY_INPUT,
            },
            Convention {
                what: "MaxViT of timm with ConvNeXt blocks, the first encoder",
                name: |path| merit::timm_name(path, 1),
                superfluous: &["head."],
            },
            Convention {
                what: "MaxViT of timm with inverted bottlenecks, the second encoder",
                name: |path| merit::timm_name(path, 2),
                superfluous: &["head."],
            },
        ],
        other => unreachable!("no network is called {other}"),
    }
}

/// The network's name and the conventions for it, of the path of any of its parts.
pub(super) fn conventions(path: &str) -> &'static [Convention] {
    conventions_of(path.split('.').next().unwrap_or_default())
}

/// The name of the part at this dotted path of a [`Network`] by one of its conventions.
pub(super) fn name_by(convention: &Convention, path: &str) -> Option<String> {
    (convention.name)(path.split_once('.')?.1)
}

/// The canonical name of the parameter or running statistic at this dotted path of a [`Network`].
pub(crate) fn canonical_name(path: &str) -> String {
    let canonical = &conventions(path)[0];
    name_by(canonical, path).unwrap_or_else(|| unreachable!("'{path}' has no name in its network"))
}

/// Whether a tensor of this canonical name has one row for every class.
pub(super) fn is_head(name: &str) -> bool {
    const HEADS: [&str; 4] = ["outconv", "classifier.4.", "aux_classifier.4.", "out_head"];
    // The gate of MERIT-GCASCADE has one output for any number of classes.
    HEADS.iter().any(|head| name.starts_with(head)) && !name.starts_with("out_head4_in")
}

/// Whether a tensor of this canonical name is the first to see the image.
pub(super) fn is_stem(name: &str) -> bool {
    const STEMS: [&str; 5] = [
        "conv1.conv1.0.weight",
        "backbone.conv1.weight",
        "backbone.patch_embed1.proj.weight",
        "backbone1.stem.conv1.weight",
        "backbone2.stem.conv1.weight",
    ];
    STEMS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_published_state_dicts() {
        for (path, name) in [
            (
                "unet.encoder.levels.0.first.convolution.weight",
                "conv1.conv1.0.weight",
            ),
            (
                "unet.encoder.levels.4.second.norm.running_var",
                "center.conv2.1.running_var",
            ),
            ("unet.decoder.0.up.bias", "up_concat4.up.bias"),
            (
                "unet.decoder.3.second.weight",
                "up_concat1.conv.conv2.0.weight",
            ),
            ("unet.head.weight", "outconv1.weight"),
            (
                "unet3plus.encoder.levels.4.first.norm.gamma",
                "conv5.conv1.1.weight",
            ),
            (
                "unet3plus.decoder.0.branches.0.convolution.weight",
                "h1_PT_hd4_conv.weight",
            ),
            (
                "unet3plus.decoder.0.branches.3.norm.beta",
                "h4_Cat_hd4_bn.bias",
            ),
            (
                "unet3plus.decoder.0.branches.4.convolution.bias",
                "hd5_UT_hd4_conv.bias",
            ),
            (
                "unet3plus.decoder.3.branches.0.convolution.bias",
                "h1_Cat_hd1_conv.bias",
            ),
            (
                "unet3plus.decoder.3.branches.1.norm.gamma",
                "hd2_UT_hd1_bn.weight",
            ),
            (
                "unet3plus.decoder.2.fusion.norm.running_mean",
                "bn2d_1.running_mean",
            ),
            (
                "unet3plus.decoder.1.fusion.convolution.weight",
                "conv3d_1.weight",
            ),
            ("unet3plus.heads.4.bias", "outconv5.bias"),
            ("unet3plus.gate.convolution.weight", "cls.1.weight"),
        ] {
            assert_eq!(canonical_name(path), name);
        }
    }
}
