//! timm's names of MaxViT's parameters.

/// timm's name of the parameter or running statistic at this dotted path of a `MaxVit`. One to one; `None` for other paths.
pub(crate) fn timm_name(path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('.').collect();
    Some(match *path.as_slice() {
        ["stem", conv @ ("conv1" | "conv2"), "weight"] => format!("stem.{conv}.weight"),
        ["stem", "norm", "Layer" | "Batch", part] => format!("stem.norm1.{}", of_norm(part)?),
        ["norm", part] => format!("norm.{}", of_norm(part)?),
        ["stages", stage, block, ref rest @ ..] => {
            let (_, _): (usize, usize) = (stage.parse().ok()?, block.parse().ok()?);
            let rest = match *rest {
                ["mixing", "ConvNext", ref rest @ ..] => format!("conv.{}", of_convnext(rest)?),
                ["mixing", "MbConv", ref rest @ ..] => format!("conv.{}", of_mbconv(rest)?),
                ["window", ref rest @ ..] => format!("attn_block.{}", of_attention(rest)?),
                ["grid", ref rest @ ..] => format!("attn_grid.{}", of_attention(rest)?),
                _ => return None,
            };
            format!("stages.{stage}.blocks.{block}.{rest}")
        }
        _ => return None,
    })
}

/// The name within a normalisation.
fn of_norm(part: &str) -> Option<&str> {
    match part {
        "gamma" => Some("weight"),
        "beta" => Some("bias"),
        "running_mean" | "running_var" => Some(part),
        _ => None,
    }
}

/// The name within a convolution or a linear layer.
fn of_layer(part: &str) -> Option<&str> {
    matches!(part, "weight" | "bias").then_some(part)
}

fn of_convnext(path: &[&str]) -> Option<String> {
    Some(match *path {
        ["shortcut", "expand", part] => format!("shortcut.expand.{}", of_layer(part)?),
        ["depthwise", part] => format!("conv_dw.{}", of_layer(part)?),
        ["norm", part] => format!("norm.{}", of_norm(part)?),
        [layer @ ("fc1" | "fc2"), part] => format!("mlp.{layer}.{}", of_layer(part)?),
        ["scale", "gamma"] => "ls.gamma".into(),
        _ => return None,
    })
}

fn of_mbconv(path: &[&str]) -> Option<String> {
    Some(match *path {
        ["shortcut", "expand", "weight"] => "shortcut.expand.weight".into(),
        [norm @ ("pre_norm" | "norm1" | "norm2"), part] => format!("{norm}.{}", of_norm(part)?),
        ["expand", "weight"] => "conv1_1x1.weight".into(),
        ["depthwise", "weight"] => "conv2_kxk.weight".into(),
        ["project", "weight"] => "conv3_1x1.weight".into(),
        ["excite", layer @ ("fc1" | "fc2"), part] => format!("se.{layer}.{}", of_layer(part)?),
        _ => return None,
    })
}

fn of_attention(path: &[&str]) -> Option<String> {
    Some(match *path {
        [norm @ ("norm1" | "norm2"), part] => format!("{norm}.{}", of_norm(part)?),
        ["attention", "qkv", part] => format!("attn.qkv.{}", of_layer(part)?),
        [
            "attention",
            "relative_position",
            layer @ ("fc1" | "fc2"),
            part,
        ] => {
            format!("attn.rel_pos.mlp.{layer}.{}", of_layer(part)?)
        }
        ["attention", "project", part] => format!("attn.proj.{}", of_layer(part)?),
        ["scale1", "gamma"] => "ls1.gamma".into(),
        ["scale2", "gamma"] => "ls2.gamma".into(),
        [layer @ ("fc1" | "fc2"), part] => format!("mlp.{layer}.{}", of_layer(part)?),
        _ => return None,
    })
}
