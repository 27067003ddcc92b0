//! `selvedge doctor`: the devices, their limits, and whether they compute what the CPU computes.

use burn::tensor::{Device, Int, Tensor, TensorData};
use clap::Args;
use loss::{Loss, LossConfig};
use models::{Network, NetworkName};
use ops::{InstructionSet, WITHOUT, adapters, excluded_apis};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use data::counted;

use crate::arguments::device::DeviceArgument;
use crate::build::{BUILD, Build};
use crate::device::description::DeviceDescription;
use crate::device::readback::read;
use crate::device::request::DeviceRequest;
use crate::device::{self, panics};
use crate::error::RunnerError;
use crate::terminal::printing::print_result;
use crate::training::gradients::global_norm;
use crate::training::step::forward_backward;
use rand::{Rng, SeedableRng};

/// `selvedge doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
    /// Prints the diagnosis as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &DoctorArguments) -> Result<(), RunnerError> {
    let diagnosis = examine(arguments.device.device)?;
    print_result(arguments.json, &diagnosis, || diagnosis_text(&diagnosis))?;
    differences_are_an_error(&diagnosis)
}

fn differences_are_an_error(diagnosis: &Diagnosis) -> Result<(), RunnerError> {
    if diagnosis.healthy {
        return Ok(());
    }
    Err(RunnerError::failed(
        format!(
            "{} does not compute what the CPU computes",
            diagnosis.device.name
        ),
        "update its driver, or train with `--device cpu`",
    ))
}

/// Largest relative difference between a device and the CPU that counts as rounding.
const TOLERANCE: f64 = 2e-3;

/// The diagnosis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Diagnosis {
    /// This program.
    pub(crate) selvedge: Build,
    /// The CPU, and which of its instruction sets is used.
    pub(crate) processor: ProcessorReport,
    /// The graphics APIs that `SELVEDGE_WITHOUT` excludes.
    #[serde(rename = "left_out")]
    pub(crate) excluded_apis: Vec<String>,
    /// Every graphics adapter.
    pub(crate) adapters: Vec<AdapterReport>,
    /// The device that was tested.
    pub(crate) device: DeviceDescription,
    /// One forward and backward pass of each network on it, against the CPU.
    pub(crate) networks: Vec<NetworkReport>,
    /// Whether all of them agree.
    pub(crate) healthy: bool,
}

/// The CPU's instruction sets, by their names in `SELVEDGE_INSTRUCTIONS`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ProcessorReport {
    /// Threads that run in parallel.
    pub(crate) threads: usize,
    /// The instruction set that loops use.
    pub(crate) instructions: &'static str,
    /// Those that they can use here.
    pub(crate) available: Vec<&'static str>,
    /// One that the CPU has and that the program was built without.
    pub(crate) missing: Option<&'static str>,
}

impl ProcessorReport {
    fn new() -> Self {
        let available = InstructionSet::available();
        let widest = InstructionSet::of_cpu();
        Self {
            threads: rayon::current_num_threads(),
            instructions: InstructionSet::current().as_str(),
            missing: (!available.contains(&widest)).then_some(widest.as_str()),
            available: available.into_iter().map(InstructionSet::as_str).collect(),
        }
    }
}

/// A graphics adapter and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AdapterReport {
    /// Its name.
    pub(crate) name: String,
    /// Its kind.
    pub(crate) kind: String,
    /// Its graphics API.
    pub(crate) api: String,
    /// Its driver.
    pub(crate) driver: String,
    /// Largest buffer, in bytes.
    pub(crate) max_buffer_bytes: u64,
    /// Largest part of a buffer that a kernel can bind, in bytes.
    pub(crate) max_binding_bytes: u64,
    /// Memory of a workgroup, in bytes.
    pub(crate) workgroup_bytes: u32,
    /// Invocations of a workgroup.
    pub(crate) max_invocations: u32,
    /// Workgroups along one axis.
    pub(crate) max_workgroups: u32,
    /// Whether it computes with 16-bit floats, as `train.precision = "mixed"` needs.
    pub(crate) half_precision: bool,
}

/// A network on the device and on the CPU.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct NetworkReport {
    /// Its name.
    pub(crate) name: String,
    /// Norm of the logits' difference, relative to that of the logits: if rounding gives a node of a graph another neighbour, a few
    /// logits change; a fault changes many.
    pub(crate) logits: f64,
    /// Relative difference of the loss.
    pub(crate) loss: f64,
    /// Relative difference of the gradients' norm.
    pub(crate) gradient: f64,
}

/// Lists the adapters and tests a device.
///
/// # Errors
///
/// The device cannot be opened, or fails.
pub(crate) fn examine(request: DeviceRequest) -> Result<Diagnosis, RunnerError> {
    let (device, description) = device::open(request)?;
    let adapters = adapters()?
        .into_iter()
        .map(|adapter| AdapterReport {
            kind: adapter.kind.as_str().into(),
            api: adapter.api.as_str().into(),
            name: adapter.name,
            driver: adapter.driver,
            max_buffer_bytes: adapter.max_buffer_bytes,
            max_binding_bytes: adapter.max_binding_bytes,
            workgroup_bytes: adapter.workgroup_bytes,
            max_invocations: adapter.max_invocations,
            max_workgroups: adapter.max_workgroups,
            half_precision: adapter.half_precision,
        })
        .collect();
    let networks: Result<Vec<NetworkReport>, RunnerError> = NetworkName::ALL
        .into_iter()
        .map(|name| compare(name, &device))
        .collect();
    let networks = networks?;
    let healthy = networks
        .iter()
        .all(|report| report.logits.max(report.loss).max(report.gradient) < TOLERANCE);
    let excluded = excluded_apis()?;
    Ok(Diagnosis {
        selvedge: BUILD,
        processor: ProcessorReport::new(),
        excluded_apis: excluded.iter().map(|api| api.as_str().into()).collect(),
        adapters,
        device: description,
        networks,
        healthy,
    })
}

fn compare(name: NetworkName, device: &Device) -> Result<NetworkReport, RunnerError> {
    let here = pass(name, device)?;
    let there = pass(name, &Device::flex())?;
    let squares =
        |values: &mut dyn Iterator<Item = f64>| -> f64 { values.map(|value| value * value).sum() };
    let differences = here.logits.iter().zip(&there.logits);
    let difference =
        squares(&mut differences.map(|(one, other)| f64::from(*one) - f64::from(*other)));
    let whole = squares(&mut there.logits.iter().map(|value| f64::from(*value)));
    let relative = |one: f32, other: f32| f64::from((one - other).abs() / other.abs().max(1e-6));
    Ok(NetworkReport {
        name: name.as_str().into(),
        logits: (difference / whole.max(f64::MIN_POSITIVE)).sqrt(),
        loss: relative(here.loss, there.loss),
        gradient: relative(here.norm, there.norm),
    })
}

struct Pass {
    logits: Vec<f32>,
    loss: f32,
    norm: f32,
}

/// One training step of a narrow network on two random images.
fn pass(name: NetworkName, device: &Device) -> Result<Pass, RunnerError> {
    const CLASSES: usize = 3;
    let architecture = name.architecture();
    let side = architecture.trial_side;
    let shape = [2, 3, side, side];
    let device = device.clone().autodiff();
    // Dropout is not comparable across devices.
    let network = Network::new(&architecture.trial(), CLASSES, 1, &device)?
        .without_dropout()
        .spread_weights(1);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| random.random_range(-1.0..1.0))
        .collect();
    let pixels = shape[0] * shape[2] * shape[3];
    let labels: Vec<i32> = (0..pixels)
        .map(|pixel| (pixel / 96 % CLASSES) as i32)
        .collect();
    let images = Tensor::from_data(TensorData::new(values, shape), &device);
    let labels: Tensor<3, Int> = Tensor::from_data(
        TensorData::new(labels, [shape[0], shape[2], shape[3]]),
        &device,
    );
    let passes = forward_backward(
        &network,
        &Loss::new(LossConfig::default(), CLASSES)?,
        |network| network.forward(images),
        labels,
        |_, losses| {
            let mean = losses.loss.clone().mean();
            (mean.clone(), mean)
        },
    );
    let norm = global_norm(&network, &passes.gradients).map_err(|missing| {
        RunnerError::failed(
            format!("no gradient reached {}", missing.join(", ")),
            "this device cannot train; use another `--device`",
        )
        .at(name.as_str())
    })?;
    let logits = passes
        .outputs
        .logits
        .into_iter()
        .next()
        .expect("every network has a head");
    let pass = Pass {
        logits: read(logits.inner())?,
        loss: read(passes.rest.inner())?[0],
        norm: read(norm)?[0],
    };
    panics::check()?;
    Ok(pass)
}

/// Adapters, limits and the self-test, as text.
fn diagnosis_text(diagnosis: &Diagnosis) -> String {
    let processor = &diagnosis.processor;
    let mut text = format!("{}\n\n", diagnosis.selvedge);
    text += &format!(
        "CPU, {}\n  instruction set {}, of {}\n",
        counted(processor.threads, "thread"),
        processor.instructions,
        processor.available.join(", ")
    );
    if let Some(missing) = processor.missing {
        text += &format!(
            "  it has {missing}, which this program was built without: it would be faster with it\n"
        );
    }
    for adapter in &diagnosis.adapters {
        text += &format!(
            "{} ({}, {}, driver {})\n  buffers up to {} MiB, bindings up to {} MiB, workgroups of {} invocations and {} KiB, up to {} of them along an axis; {} 16-bit floats\n",
            adapter.name,
            adapter.kind,
            adapter.api,
            adapter.driver,
            adapter.max_buffer_bytes >> 20,
            adapter.max_binding_bytes >> 20,
            adapter.max_invocations,
            adapter.workgroup_bytes >> 10,
            adapter.max_workgroups,
            if adapter.half_precision {
                "with"
            } else {
                "without"
            }
        );
    }
    if diagnosis.adapters.is_empty() {
        text += "no graphics adapter: training runs on the CPU\n";
    }
    if !diagnosis.excluded_apis.is_empty() {
        text += &format!(
            "excluded by {WITHOUT}: {}\n",
            diagnosis.excluded_apis.join(", ")
        );
    }
    text += &format!(
        "\ntested: {}\nrelative difference from the CPU after one training step\n",
        diagnosis.device
    );
    for network in &diagnosis.networks {
        text += &format!(
            "  {:<13} logits {:.1e}   loss {:.1e}   gradient {:.1e}\n",
            network.name, network.logits, network.loss, network.gradient
        );
    }
    text
}
