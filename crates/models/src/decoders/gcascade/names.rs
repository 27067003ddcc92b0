//! Names of the decoder's parameters in the published files.
//!
//! The paper describes the contents of the blocks around the graph convolutions but not their names; they are assumed to be
//! `gcb4` to `gcb1`, next to `ucb3` to `ucb1`. The frozen matrices of relative positions, one in each graph convolution of a
//! published file, have no parameter here.

/// The name of the parameter or running statistic at a `path` of the decoder's modules, such as
/// `["ups", "0", "norm", "gamma"]`.
pub(crate) fn decoder_name(path: &[&str]) -> Option<String> {
    let (part, parameter) = match path {
        ["attention", "weight"] => ("spa.conv1".to_string(), "weight"),
        ["graphs", level, part, kind, parameter] => {
            let part = match *part {
                "entry" => "fc1",
                "neighbours" => "graph_conv.gconv.nn",
                "exit" => "fc2",
                _ => return None,
            };
            let place = match *kind {
                "convolution" => 0,
                "norm" => 1,
                _ => return None,
            };
            (
                format!("gcb{}.{part}.{place}", number(level, 4)?),
                *parameter,
            )
        }
        ["ups", level, part, parameter] => {
            let place = match *part {
                "depthwise" => 1,
                "norm" => 2,
                "pointwise" => 4,
                _ => return None,
            };
            (format!("ucb{}.up.{place}", number(level, 3)?), *parameter)
        }
        _ => return None,
    };
    let parameter = match parameter {
        "weight" | "gamma" => "weight",
        "bias" | "beta" => "bias",
        "running_mean" => "running_mean",
        "running_var" => "running_var",
        _ => return None,
    };
    Some(format!("{part}.{parameter}"))
}

/// The published number of a level. Levels are counted from the coarsest here; in the published files the finest is number 1.
fn number(level: &str, coarsest: usize) -> Option<usize> {
    coarsest.checked_sub(level.parse().ok()?)
}

/// The name of the parameter at a `path` of the heads' modules, such as `["logits", "0", "weight"]`.
pub(crate) fn head_name(path: &[&str]) -> Option<String> {
    let ["logits", level, parameter @ ("weight" | "bias")] = path else {
        return None;
    };
    let number = level.parse::<usize>().ok()? + 1;
    Some(format!("out_head{number}.{parameter}"))
}
