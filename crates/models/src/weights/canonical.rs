//! Canonical names of a network's tensors, and the other conventions for its weights files.

use super::convention::Convention;
use crate::architecture::Architecture;
use crate::config::NetworkName;

/// The architecture of the network that a dotted path within [`Network`](crate::Network) begins with.
fn architecture(path: &str) -> &'static Architecture {
    let key = path.split('.').next().unwrap_or_default();
    let name = NetworkName::find(key);
    name.unwrap_or_else(|| unreachable!("no network is called {key}"))
        .architecture()
}

/// The naming conventions of a network, given the path of any of its tensors.
pub(super) fn conventions(path: &str) -> &'static [Convention] {
    architecture(path).conventions
}

/// The name, by one of its conventions, of the tensor at this dotted path of a [`Network`](crate::Network).
pub(super) fn name_by(convention: &Convention, path: &str) -> Option<String> {
    (convention.name)(path.split_once('.')?.1)
}

/// The canonical name of the parameter or running statistic at this dotted path of a [`Network`](crate::Network).
pub(crate) fn canonical_name(path: &str) -> String {
    let canonical = &conventions(path)[0];
    name_by(canonical, path).unwrap_or_else(|| unreachable!("'{path}' has no name in its network"))
}

/// Whether the tensor at this dotted path has one row for every class.
pub(super) fn is_head(path: &str) -> bool {
    let name = canonical_name(path);
    let heads = architecture(path).heads;
    heads.iter().any(|head| name.starts_with(head))
}

/// Whether the tensor at this dotted path is a weight that takes the image as its input.
pub(super) fn is_stem(path: &str) -> bool {
    architecture(path)
        .stems
        .contains(&canonical_name(path).as_str())
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
