//! Names of the encoder's parameters in weights files.

/// PyTorch's name of a parameter of a batch normalisation or a convolution.
pub(crate) fn of_layer(part: &str) -> Option<&str> {
    match part {
        "gamma" => Some("weight"),
        "beta" => Some("bias"),
        "weight" | "bias" | "running_mean" | "running_var" => Some(part),
        _ => None,
    }
}

/// The name of the parameter at this path of the encoder; the deepest level has a different name in UNet and UNet 3+.
pub(crate) fn encoder_name(path: &[&str], deepest: &str) -> Option<String> {
    let ["levels", level, place, layer, part] = path else {
        return None;
    };
    let level: usize = level.parse().ok()?;
    let block = match level {
        0..4 => format!("conv{}", level + 1),
        4 => deepest.to_string(),
        _ => return None,
    };
    let place = match *place {
        "first" => 1,
        "second" => 2,
        _ => return None,
    };
    let layer = match *layer {
        "convolution" => 0,
        "norm" => 1,
        _ => return None,
    };
    Some(format!("{block}.conv{place}.{layer}.{}", of_layer(part)?))
}
