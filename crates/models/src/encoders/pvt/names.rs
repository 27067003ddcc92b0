//! Names of the encoder's parameters in weights files.

/// Which set of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Convention {
    /// The paper's own files: `block1.0.attn.q.weight`.
    Original,
    /// timm's: `stages.0.blocks.0.attn.q.weight`.
    Timm,
}

/// The name of the parameter at a `path` of the encoder's modules, such as `["stages", "0", "norm", "gamma"]`.
pub(crate) fn name(path: &[&str], convention: Convention) -> Option<String> {
    let timm = convention == Convention::Timm;
    let ["stages", stage, rest @ ..] = path else {
        return None;
    };
    let number = stage.parse::<usize>().ok()? + 1;
    let (part, parameter) = match rest {
        ["embedding", part, parameter] => {
            let part = match *part {
                "projection" => "proj",
                "norm" => "norm",
                _ => return None,
            };
            let embedding = match (timm, number) {
                (true, 1) => "patch_embed".to_string(),
                (true, _) => format!("stages.{stage}.downsample"),
                (false, _) => format!("patch_embed{number}"),
            };
            (format!("{embedding}.{part}"), *parameter)
        }
        ["blocks", block, part @ .., parameter] => {
            let part = match *part {
                ["attention_norm"] => "norm1",
                ["attention", "query"] => "attn.q",
                ["attention", "key_value"] => "attn.kv",
                ["attention", "projection"] => "attn.proj",
                ["attention", "reduction"] => "attn.sr",
                ["attention", "reduction_norm"] => "attn.norm",
                ["feed_forward_norm"] => "norm2",
                ["feed_forward", "expansion"] => "mlp.fc1",
                ["feed_forward", "depthwise"] if timm => "mlp.dwconv",
                ["feed_forward", "depthwise"] => "mlp.dwconv.dwconv",
                ["feed_forward", "contraction"] => "mlp.fc2",
                _ => return None,
            };
            let blocks = if timm {
                format!("stages.{stage}.blocks")
            } else {
                format!("block{number}")
            };
            (format!("{blocks}.{block}.{part}"), *parameter)
        }
        ["norm", parameter] if timm => (format!("stages.{stage}.norm"), *parameter),
        ["norm", parameter] => (format!("norm{number}"), *parameter),
        _ => return None,
    };
    let parameter = match parameter {
        "weight" | "gamma" => "weight",
        "bias" | "beta" => "bias",
        _ => return None,
    };
    Some(format!("{part}.{parameter}"))
}
