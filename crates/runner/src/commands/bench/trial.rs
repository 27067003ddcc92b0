//! A small training on a GPU and on the CPU: decides for `--device auto` if a GPU shares the CPU's memory.

use std::time::{Duration, Instant};

use burn::tensor::Device;
use models::{ModelConfig, NetworkName, Operations};
use serde::Serialize;

use crate::commands::bench::meter::{Work, sync};
use crate::commands::bench::step::StepSubject;
use crate::device::description::DeviceDescription;
use crate::device::request::DeviceRequest;
use crate::device::trial_result::{Seconds, milliseconds};
use crate::device::{self, panics};
use crate::error::RunnerError;

/// Steps after the first one, which compiles kernels and allocates memory.
const STEPS: usize = 4;

/// A device whose steps take longer runs fewer of them, but at least one.
const ENOUGH: Duration = Duration::from_millis(700);

/// Largest relative difference of the first step's losses that counts as rounding.
const TOLERANCE: f32 = 1e-2;

/// The result of the trial.
#[derive(Debug, Serialize)]
pub(crate) struct TrialReport {
    /// The shortest step on each device.
    #[serde(flatten)]
    seconds: Seconds,
    /// The GPU.
    device: DeviceDescription,
}

/// Trains on the CPU and on the requested device.
///
/// # Errors
///
/// There is no such device, it is the CPU, it fails, or its loss differs.
pub(crate) fn trial(request: DeviceRequest) -> Result<TrialReport, RunnerError> {
    if matches!(request, DeviceRequest::Auto | DeviceRequest::Cpu) {
        return Err(RunnerError::fixable(
            "expected a GPU, to be compared with the CPU",
            "choose `gpu`, `vulkan`, `metal`, `dx12` or `software`",
        )
        .at(format!("`--device {request}`")));
    }
    let (device, description) = device::open(request)?;
    let cpu = shortest_step(&Device::flex())?;
    let gpu = shortest_step(&device)?;
    // A broken driver may well be fast.
    let close = (gpu.loss - cpu.loss).abs() <= TOLERANCE * cpu.loss.abs();
    if !close {
        return Err(RunnerError::mismatch(
            format!("the CPU's loss, {}", cpu.loss),
            gpu.loss.to_string(),
            "update its driver, or use `--device cpu`; `selvedge doctor` reports more",
        )
        .at(&description.name)
        .into_failure());
    }
    Ok(TrialReport {
        seconds: Seconds {
            gpu_s: gpu.seconds,
            cpu_s: cpu.seconds,
        },
        device: description,
    })
}

/// The report as text.
pub(crate) fn trial_text(report: &TrialReport) -> String {
    let Seconds { gpu_s, cpu_s } = report.seconds;
    format!(
        "a small training step takes {} on {}, and {} on the CPU\n",
        milliseconds(gpu_s),
        report.device,
        milliseconds(cpu_s)
    )
}

struct Steps {
    seconds: f64,
    /// Before the first update.
    loss: f32,
}

fn shortest_step(device: &Device) -> Result<Steps, RunnerError> {
    let subject = StepSubject {
        model: ModelConfig {
            name: NetworkName::UNet3Plus,
            width: 8,
            ..ModelConfig::default()
        },
        batch: 2,
        classes: 4,
        size: 128,
        overrides: Vec::new(),
    };
    let mut work = subject.work(Operations::Ours, device)?;
    let start = Instant::now();
    let mut step = || -> Result<(f64, f32), RunnerError> {
        let begun = Instant::now();
        work.run(0)?;
        sync(device)?;
        panics::check()?;
        Ok((begun.elapsed().as_secs_f64(), work.loss_value()))
    };
    let (_, loss) = step()?;
    let mut seconds = f64::INFINITY;
    for number in 0..STEPS {
        if number > 0 && start.elapsed() > ENOUGH {
            break;
        }
        seconds = seconds.min(step()?.0);
    }
    Ok(Steps { seconds, loss })
}
