//! How a finished run is compared with one that differs in nothing but its loss: empirical risk minimisation (ERM).

use std::path::{Path, PathBuf};

use loss::{ImageRule, LossConfig, LossName, PixelRule};
use serde::Serialize;

use crate::device::request::DeviceRequest;
use crate::text::shell::quoted;

/// A loss in words, and the commands that compare it with ERM.
#[derive(Debug, PartialEq)]
pub(super) struct ErmComparison {
    pub(super) loss: String,
    /// In the order in which they have to be given.
    pub(super) commands: [String; 2],
}

/// The comparison of the run in folder `run`, which was trained on `data`; none if its loss is ERM already.
pub(super) fn erm_comparison(
    loss: &LossConfig,
    run: &Path,
    data: &Path,
    device: DeviceRequest,
) -> Option<ErmComparison> {
    let mut settings = "--set loss.images=erm --set loss.pixels=all".to_string();
    match loss.name {
        LossName::Envelope if loss.images == ImageRule::Erm && loss.pixels == PixelRule::All => {
            return None;
        }
        LossName::CrossEntropy => return None,
        LossName::Envelope => {}
        _ => settings = format!("--set loss.name=envelope {settings}"),
    }
    let mut baseline = run.as_os_str().to_os_string();
    baseline.push("-erm");
    let baseline = quoted(&PathBuf::from(baseline));
    let run = quoted(run);
    let on = if device == DeviceRequest::Auto {
        String::new()
    } else {
        format!(" --device {device}")
    };
    Some(ErmComparison {
        loss: words(loss),
        commands: [
            format!(
                "selvedge train {run} --data {} --out {baseline}{on} {settings}",
                quoted(data)
            ),
            format!("selvedge compare {run} --baseline {baseline}"),
        ],
    })
}

/// The loss, with the keys that decide which images and pixels it selects.
fn words(loss: &LossConfig) -> String {
    let mut keys = vec![("name", value(&loss.name))];
    if loss.name == LossName::Envelope {
        keys.push(("images", value(&loss.images)));
        if loss.images != ImageRule::Erm {
            keys.push(("smoothing", value(&loss.smoothing)));
        }
        keys.push(("pixels", value(&loss.pixels)));
        if loss.pixels == PixelRule::AllButSigma {
            keys.push(("sigma_scope", value(&loss.sigma_scope)));
            keys.push(("sigma", loss.sigma.to_string()));
        }
    }
    let keys: Vec<String> = keys
        .into_iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    keys.join(", ")
}

/// A setting as a recipe has it.
fn value(setting: &impl Serialize) -> String {
    let value = serde_json::to_value(setting).unwrap_or_default();
    value.as_str().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(loss: &LossConfig, device: DeviceRequest) -> Option<ErmComparison> {
        erm_comparison(loss, Path::new("runs/a b"), Path::new("/data/set"), device)
    }

    #[test]
    fn a_loss_is_named_with_the_commands_that_compare_it() {
        let found = of(&LossConfig::default(), DeviceRequest::Auto).expect("not ERM");
        assert_eq!(
            found.loss,
            "name = envelope, images = top_k_decreasing, smoothing = decreasing, pixels = all_but_sigma, sigma_scope = class, \
             sigma = 1"
        );
        assert_eq!(
            found.commands,
            [
                "selvedge train 'runs/a b' --data /data/set --out 'runs/a b-erm' --set loss.images=erm --set loss.pixels=all",
                "selvedge compare 'runs/a b' --baseline 'runs/a b-erm'"
            ]
        );
        let focal = LossConfig {
            name: LossName::Focal,
            ..LossConfig::default()
        };
        let found = of(&focal, DeviceRequest::Cpu).expect("not ERM");
        assert_eq!(found.loss, "name = focal");
        assert!(
            found.commands[0].contains("--device cpu --set loss.name=envelope --set loss.images"),
            "{found:?}"
        );
    }

    #[test]
    fn erm_is_not_compared_with_itself() {
        let erm = LossConfig {
            images: ImageRule::Erm,
            pixels: PixelRule::All,
            ..LossConfig::default()
        };
        assert_eq!(of(&erm, DeviceRequest::Auto), None);
        let half = LossConfig {
            pixels: PixelRule::Top,
            ..erm
        };
        assert!(of(&half, DeviceRequest::Auto).is_some());
        let mean = LossConfig {
            name: LossName::CrossEntropy,
            ..LossConfig::default()
        };
        assert_eq!(of(&mean, DeviceRequest::Auto), None);
    }
}
