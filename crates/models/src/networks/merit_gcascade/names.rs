//! Names of the network's parameters in weights files.

use crate::decoders::gcascade::names::{decoder_name, head_name};
use crate::encoders::maxvit::names as maxvit;
use crate::layers::grey_input;

/// The published network's name of the parameter or running statistic at a dotted `path` of this one's modules:
/// `backbone1.stages.0.blocks.1.attn_grid.ls1.gamma` for `backbone1.stages.0.1.grid.scale1.gamma`.
pub(crate) fn original_name(path: &str) -> Option<String> {
    let (part, rest) = path.split_once('.')?;
    let split: Vec<&str> = rest.split('.').collect();
    match part {
        "backbone1" | "backbone2" => Some(format!("{part}.{}", maxvit::timm_name(rest)?)),
        "decoder1" | "decoder2" => Some(format!("{part}.{}", decoder_name(&split)?)),
        "heads" => head_name(&split),
        "grey" => grey_input::original_name(&split),
        "gate" if matches!(rest, "weight" | "bias") => Some(format!("out_head4_in.{rest}")),
        _ => None,
    }
}

/// timm's name of the parameter or running statistic of the encoder `number`, 1 or 2, at a dotted `path` of this network's
/// modules, as its files of `maxxvit_rmlp_small_rw_256` (1) and `maxvit_rmlp_small_rw_224` (2) have it:
/// `stages.0.blocks.1.attn_grid.ls1.gamma` for `backbone1.stages.0.1.grid.scale1.gamma`.
pub(crate) fn timm_name(path: &str, number: usize) -> Option<String> {
    let rest = path.strip_prefix("backbone")?;
    let (found, rest) = rest.split_once('.')?;
    if found.parse() != Ok(number) {
        return None;
    }
    maxvit::timm_name(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_an_encoder_have_the_names_of_timm() {
        let ours = "backbone1.stages.2.4.mixing.ConvNext.depthwise.bias";
        let timms = "stages.2.blocks.4.conv.conv_dw.bias";
        assert_eq!(timm_name(ours, 1).as_deref(), Some(timms));
        assert_eq!(timm_name(ours, 2), None);
        assert_eq!(original_name(ours), Some(format!("backbone1.{timms}")));
        for nowhere in ["decoder1.attention.weight", "backbone1.head.fc.weight"] {
            assert_eq!(timm_name(nowhere, 1), None);
        }
        assert_eq!(
            original_name("gate.bias").as_deref(),
            Some("out_head4_in.bias")
        );
        assert_eq!(original_name("gate.gamma"), None);
    }
}
