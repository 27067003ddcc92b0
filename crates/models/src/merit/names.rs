//! What the network's parameters are called in weights files.

use crate::gcascade::names::{decoder_name, head_name};
use crate::maxvit;

/// The published network's name of the parameter or running statistic at a dotted `path` of this one's modules:
/// `backbone1.stages.0.blocks.1.attn_grid.ls1.gamma` for `backbone1.stages.0.1.grid.scale1.gamma`.
pub(crate) fn original_name(path: &str) -> Option<String> {
    let (part, rest) = path.split_once('.')?;
    let split: Vec<&str> = rest.split('.').collect();
    match part {
        "backbone1" | "backbone2" => Some(format!("{part}.{}", maxvit::timm_name(rest)?)),
        "decoder1" | "decoder2" => Some(format!("{part}.{}", decoder_name(&split)?)),
        "heads" => head_name(&split),
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
