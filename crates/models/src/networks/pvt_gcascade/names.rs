//! Names of the network's parameters in weights files.

use crate::decoders::gcascade::names::{decoder_name, head_name};
use crate::encoders::pvt::names::{Convention, name};
use crate::layers::grey_input;

/// The published network's name of the parameter or running statistic at a dotted `path` of this one's modules:
/// `backbone.block1.1.attn.q.weight` for `encoder.stages.0.blocks.1.attention.query.weight`.
pub(crate) fn original_name(path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('.').collect();
    match path.as_slice() {
        ["encoder", rest @ ..] => {
            name(rest, Convention::Original).map(|name| format!("backbone.{name}"))
        }
        ["decoder", rest @ ..] => decoder_name(rest).map(|name| format!("decoder.{name}")),
        ["heads", rest @ ..] => head_name(rest),
        ["grey", rest @ ..] => grey_input::original_name(rest),
        _ => None,
    }
}

/// timm's name of the encoder's parameter at a dotted `path` of this network's modules, as its files of PVTv2 have it:
/// `stages.0.blocks.1.attn.q.weight` for `encoder.stages.0.blocks.1.attention.query.weight`.
pub(crate) fn timm_name(path: &str) -> Option<String> {
    let path: Vec<&str> = path.strip_prefix("encoder.")?.split('.').collect();
    name(&path, Convention::Timm)
}
