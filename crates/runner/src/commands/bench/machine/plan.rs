//! What is measured, in which order.

use std::time::Duration;

use models::NetworkName;
use serde::Serialize;

use crate::commands::bench::machine::pytorch::Python;
use crate::device::request::DeviceRequest;

/// What a measurement is a row of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Section {
    /// Device against CPU, by `selvedge doctor`.
    Doctor,
    /// A training step on the device.
    Step,
    /// The same step on an adapter that computes nothing: what it costs the program.
    Host,
    /// The same step by PyTorch.
    PyTorch,
    /// All of `selvedge bench all`.
    All,
    /// A short training of the demonstration.
    Training,
}

/// The program of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Program {
    /// This one.
    Selvedge,
    /// Python with PyTorch.
    PyTorch,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Measurement {
    pub(super) section: Section,
    /// The network and the images of a batch, of a step.
    pub(super) network: Option<&'static str>,
    pub(super) batch: Option<usize>,
    pub(super) program: Program,
    pub(super) arguments: Vec<String>,
    /// The longest that its process may take.
    #[serde(skip)]
    pub(super) most: Duration,
}

/// Sizes of the networks and trainings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    width: usize,
    size: usize,
    batches: &'static [usize],
    repeats: usize,
    epochs: usize,
    tiny: bool,
}

impl Sizes {
    pub(super) const REAL: Self = Self {
        width: 64,
        size: 256,
        batches: &[1, 8],
        repeats: 5,
        epochs: 10,
        tiny: false,
    };
    pub(super) const TINY: Self = Self {
        width: 8,
        size: 64,
        batches: &[1, 3],
        repeats: 1,
        epochs: 1,
        tiny: true,
    };
}

/// Everything, the most important first: time may run out.
pub(super) fn plan(
    device: DeviceRequest,
    sizes: Sizes,
    python: Option<&Python>,
) -> Vec<Measurement> {
    let device = device.to_string();
    let alone = |section, seconds, arguments: Vec<String>| Measurement {
        section,
        network: None,
        batch: None,
        program: Program::Selvedge,
        arguments,
        most: Duration::from_secs(seconds),
    };
    let mut all = vec![alone(
        Section::Doctor,
        180,
        strings(["doctor", "--json", "--device", &device]),
    )];
    for network in NetworkName::ALL {
        for (number, &batch) in sizes.batches.iter().enumerate() {
            // Its pooled branch normalises one value per image and channel.
            let least = if network == NetworkName::DeepLabV3 {
                2
            } else {
                1
            };
            let batch = batch.max(least);
            let step = |section, program, arguments| Measurement {
                section,
                network: Some(network.as_str()),
                batch: Some(batch),
                program,
                arguments,
                most: Duration::from_secs(90),
            };
            let ours = |device: &str| {
                let mut arguments = strings(["bench", "step", "--json", "--device", device]);
                arguments.extend(sizes.settings(network, batch));
                arguments
            };
            all.push(step(Section::Step, Program::Selvedge, ours(&device)));
            if number == 0 {
                all.push(step(Section::Host, Program::Selvedge, ours("noop")));
            }
            if let Some(python) = python {
                let mut arguments = strings(["speed.py", "--json", "--device", &python.device]);
                arguments.extend(sizes.settings(network, batch));
                all.push(step(Section::PyTorch, Program::PyTorch, arguments));
            }
        }
    }
    let mut training = strings(["train", "bamsi-demo", "--json", "--out", "run", "--device"]);
    training.extend([device.clone(), format!("--epochs={}", sizes.epochs)]);
    if sizes.tiny {
        training.extend(strings([
            "--set",
            "model.width=2",
            "--set",
            "data.size=[32, 32]",
        ]));
    }
    all.push(alone(Section::Training, 150, training));
    let mut table = strings(["bench", "all", "--json", "--device", &device]);
    table.extend([format!("--repeats={}", sizes.repeats)]);
    table.extend(sizes.tiny.then(|| "--tiny".to_string()));
    all.push(alone(Section::All, 200, table));
    all
}

impl Sizes {
    /// The options of a step that this program and the script for PyTorch share.
    fn settings(self, network: NetworkName, batch: usize) -> Vec<String> {
        // Graphs need enough nodes, and attention in windows whole windows.
        let size = match network {
            NetworkName::PvtGcascade if self.tiny => 128,
            NetworkName::MeritGcascade if self.tiny => 256,
            _ => self.size,
        };
        [
            ("model", network.as_str().to_string()),
            ("width", self.width.to_string()),
            ("size", size.to_string()),
            ("classes", "5".into()),
            ("batch", batch.to_string()),
            ("repeats", self.repeats.to_string()),
        ]
        .into_iter()
        .flat_map(|(name, value)| [format!("--{name}"), value])
        .collect()
    }
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(String::from).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_programs_measure_the_same_steps() {
        let python = Python {
            program: "python3".into(),
            device: "cuda".into(),
            version: "2".into(),
        };
        let all = plan(DeviceRequest::Gpu(0), Sizes::REAL, Some(&python));
        let steps = |section| -> Vec<Vec<String>> {
            let of_section = all.iter().filter(|one| one.section == section);
            of_section
                .map(|one| one.arguments[one.arguments.len() - 12..].to_vec())
                .collect()
        };
        assert_eq!(steps(Section::Step), steps(Section::PyTorch));
        assert_eq!(steps(Section::Step).len(), 2 * NetworkName::ALL.len());
        assert_eq!(steps(Section::Host).len(), NetworkName::ALL.len());
        let alone = plan(DeviceRequest::Gpu(0), Sizes::REAL, None);
        assert!(alone.iter().all(|one| one.program == Program::Selvedge));
    }
}
