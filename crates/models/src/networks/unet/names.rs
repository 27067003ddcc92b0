//! UNet's names in the state dict of the authors of UNet 3+.

use crate::encoders::unet::names::{encoder_name, of_layer};

/// The original name of the parameter or running statistic at this path of a `UNet`.
pub(crate) fn original_name(path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('.').collect();
    match path.as_slice() {
        ["encoder", rest @ ..] => encoder_name(rest, "center"),
        ["decoder", block, layer, part] => {
            // The first block of the decoder takes the skip connection of the fourth level.
            let level = 4_usize.checked_sub(block.parse().ok()?)?;
            let layer = match *layer {
                "up" => "up",
                "first" => "conv.conv1.0",
                "second" => "conv.conv2.0",
                _ => return None,
            };
            Some(format!("up_concat{level}.{layer}.{}", of_layer(part)?))
        }
        ["head", part] => Some(format!("outconv1.{}", of_layer(part)?)),
        _ => None,
    }
}
