//! torchvision's names of DeepLabV3 and of residual networks.

/// torchvision's name of the parameter or running statistic at this path of a `DeepLabV3`. One to one.
pub(crate) fn torchvision_name(path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('.').collect();
    match path.as_slice() {
        ["backbone", rest @ ..] => backbone_name(rest).map(|name| format!("backbone.{name}")),
        ["head", "pyramid", rest @ ..] => match rest {
            ["branches", branch, rest @ ..] => {
                let layer = layer(rest, "0", "1")?;
                Some(format!("classifier.0.convs.{branch}.{layer}"))
            }
            ["pooled", rest @ ..] => {
                Some(format!("classifier.0.convs.4.{}", layer(rest, "1", "2")?))
            }
            ["projection", rest @ ..] => {
                Some(format!("classifier.0.project.{}", layer(rest, "0", "1")?))
            }
            _ => None,
        },
        ["head", "hidden", rest @ ..] => Some(format!("classifier.{}", layer(rest, "1", "2")?)),
        ["head", "logits", parameter] => Some(format!("classifier.4.{parameter}")),
        ["auxiliary", "hidden", rest @ ..] => {
            Some(format!("aux_classifier.{}", layer(rest, "0", "1")?))
        }
        ["auxiliary", "logits", parameter] => Some(format!("aux_classifier.4.{parameter}")),
        _ => None,
    }
}

/// The name in a file that contains only the residual network.
pub(crate) fn resnet_name(path: &str) -> Option<String> {
    let path: Vec<&str> = path.strip_prefix("backbone.")?.split('.').collect();
    backbone_name(&path)
}

fn backbone_name(path: &[&str]) -> Option<String> {
    match path {
        ["stem", rest @ ..] => layer(rest, "conv1", "bn1"),
        ["stages", stage, block, part, rest @ ..] => {
            let stage = stage.parse::<usize>().ok()? + 1;
            let part = match *part {
                "first" => layer(rest, "conv1", "bn1"),
                "second" => layer(rest, "conv2", "bn2"),
                "third" => layer(rest, "conv3", "bn3"),
                "shortcut" => layer(rest, "downsample.0", "downsample.1"),
                _ => None,
            };
            Some(format!("layer{stage}.{block}.{}", part?))
        }
        _ => None,
    }
}

/// The name within a convolution and its normalisation, which are two layers in torchvision.
fn layer(rest: &[&str], convolution: &str, norm: &str) -> Option<String> {
    Some(match rest {
        ["weight"] => format!("{convolution}.weight"),
        ["norm", "gamma"] => format!("{norm}.weight"),
        ["norm", "beta"] => format!("{norm}.bias"),
        ["norm", statistic @ ("running_mean" | "running_var")] => format!("{norm}.{statistic}"),
        _ => return None,
    })
}
