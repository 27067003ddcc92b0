//! A small piece of training on a GPU and on the processor: what `--device auto` goes by where a GPU shares the processor's
//! memory.

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

/// Steps after the first, in which kernels are compiled and memory is asked for.
const STEPS: usize = 4;

/// A device whose steps take longer does fewer, but for one.
const ENOUGH: Duration = Duration::from_millis(700);

/// Largest relative difference of the first step's losses that is put down to rounding.
const TOLERANCE: f32 = 1e-2;

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct TrialReport {
    /// The shortest step on each.
    #[serde(flatten)]
    seconds: Seconds,
    /// The GPU.
    device: DeviceDescription,
}

/// Trains on the processor and on the device that is asked for.
///
/// # Errors
///
/// No such device, one that is the processor, one that fails, or one whose loss is another.
pub(crate) fn trial(request: DeviceRequest) -> Result<TrialReport, RunnerError> {
    if matches!(request, DeviceRequest::Auto | DeviceRequest::Cpu) {
        return Err(RunnerError::fixable(
            format!("`--device {request}`: expected a GPU, to be tried beside the CPU"),
            "ask for `gpu`, `vulkan`, `metal`, `dx12` or `software`",
        ));
    }
    let (device, description) = device::open(request)?;
    let cpu = shortest_step(&Device::flex())?;
    let gpu = shortest_step(&device)?;
    // A broken driver may well be fast.
    let close = (gpu.loss - cpu.loss).abs() <= TOLERANCE * cpu.loss.abs();
    if !close {
        return Err(RunnerError::failed(
            format!(
                "{}: expected the CPU's loss, {}, found {}",
                description.name, cpu.loss, gpu.loss
            ),
            "update its driver, or use `--device cpu`; `selvedge doctor` says more",
        ));
    }
    Ok(TrialReport {
        seconds: Seconds {
            gpu_s: gpu.seconds,
            cpu_s: cpu.seconds,
        },
        device: description,
    })
}

/// A report in words.
pub(crate) fn trial_words(report: &TrialReport) -> String {
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
    let mut work = subject.work(Operations::Own, device)?;
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
