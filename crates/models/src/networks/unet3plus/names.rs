//! UNet 3+'s names in the state dict of its authors.

use crate::encoders::unet::names::{encoder_name, of_layer};

/// The original name of the parameter or running statistic at this path of a `UNet3Plus`.
pub(crate) fn original_name(path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('.').collect();
    match path.as_slice() {
        ["encoder", rest @ ..] => encoder_name(rest, "conv5"),
        ["decoder", node, "branches", branch, layer, part] => {
            let (target, source): (usize, usize) = (level(node)?, branch.parse().ok()?);
            let source = source + 1;
            let branch = match source.cmp(&target) {
                std::cmp::Ordering::Less => format!("h{source}_PT_hd{target}"),
                std::cmp::Ordering::Equal => format!("h{source}_Cat_hd{target}"),
                std::cmp::Ordering::Greater => format!("hd{source}_UT_hd{target}"),
            };
            let layer = match *layer {
                "convolution" => "conv",
                "norm" => "bn",
                _ => return None,
            };
            Some(format!("{branch}_{layer}.{}", of_layer(part)?))
        }
        ["decoder", node, "fusion", layer, part] => {
            let layer = match *layer {
                "convolution" => "conv",
                "norm" => "bn",
                _ => return None,
            };
            Some(format!("{layer}{}d_1.{}", level(node)?, of_layer(part)?))
        }
        ["heads", head, part] => {
            let head: usize = head.parse().ok()?;
            Some(format!("outconv{}.{}", head + 1, of_layer(part)?))
        }
        ["gate", "convolution", part] => Some(format!("cls.1.{}", of_layer(part)?)),
        _ => None,
    }
}

/// The level of a decoder node; the first node is at the fourth level.
fn level(node: &str) -> Option<usize> {
    4_usize.checked_sub(node.parse().ok()?)
}
