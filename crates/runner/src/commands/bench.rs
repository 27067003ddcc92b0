//! `selvedge bench`: how long a piece of work takes, and beside it, in the same run, the same with burn's own operations.
//!
//! [`Subject`] is what is measured on a device; each has a file of its own, and `loading` is what needs no device. `meter` repeats it under a clock, `peak` says what the device
//! could do at most, `report` says what was found, and `table` measures everything there is.

mod conv;
mod envelope;
mod forward;
mod inputs;
mod loading;
mod meter;
mod peak;
mod report;
mod resize;
mod step;
mod table;
mod trial;

use std::time::Duration;

use burn::tensor::Device;
use models::Operations;

use crate::device::{self, DeviceDescription, DeviceRequest};
use crate::error::RunnerError;
use crate::terminal::progress::Progress;
use meter::{Side, in_turn};

pub use conv::ConvSubject;
pub use envelope::EnvelopeSubject;
pub(crate) use loading::{DataBenchOptions, bench_data, data_words};
pub use peak::Peak;
pub(crate) use report::words;
pub use report::{BenchReport, Figures, Part};
pub use resize::ResizeSubject;
pub use step::StepSubject;
pub(crate) use table::{TableOptions, table, table_words};
pub(crate) use trial::{trial, trial_words};

/// What is measured.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The loss of given logits and its gradient by them.
    Envelope(EnvelopeSubject),
    /// One training step: forward, loss, backward, optimizer.
    Step(StepSubject),
    /// A network's logits in evaluation mode.
    Forward(StepSubject),
    /// One convolution: forward, and its three gradients.
    Conv(ConvSubject),
    /// One bilinear resize: forward, and its gradient.
    Resize(ResizeSubject),
    /// The device's multiply-adds and copies.
    Peak,
}

/// What the command line asks.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// What is measured.
    pub subject: Subject,
    /// Repetitions after the first.
    pub repeats: usize,
    /// Repetitions end after this time, but for the one that the median needs.
    pub most: Option<Duration>,
    /// The device.
    pub device: DeviceRequest,
    /// The same in burn's own operations, in turn with ours.
    pub stock: bool,
    /// No progress bar.
    pub quiet: bool,
}

/// Measures on the device asked for.
///
/// # Errors
///
/// A setting out of range, or the device.
pub fn bench(options: &BenchOptions) -> Result<BenchReport, RunnerError> {
    at_least_one("--repeats", options.repeats)?;
    options.subject.check()?;
    let (device, description) = device::open(options.device)?;
    measure(options, &device, &description, None)
}

/// Measures on a device that is open, whose `peak` may be known.
fn measure(
    options: &BenchOptions,
    device: &Device,
    description: &DeviceDescription,
    peak: Option<Peak>,
) -> Result<BenchReport, RunnerError> {
    let subject = &options.subject;
    subject.check()?;
    if subject.is_peak() {
        return peak::report(device, description);
    }
    fits(subject, description)?;
    let mut sides = vec![subject.side(Operations::Own, device)?];
    if options.stock {
        sides.push(subject.side(Operations::Burns, device)?);
    }
    let bar = Progress::new(options.quiet).counting("measuring", options.repeats + 1);
    in_turn(&mut sides, options.repeats, options.most, &|| bar.inc(1))?;
    bar.finish_and_clear();
    // Afterwards, since its maps would stay in the device's pool.
    let peak = match peak {
        Some(peak) => peak,
        None => peak::measure(device)?,
    };
    Ok(report::report(options, device, description, peak, &sides))
}

impl Subject {
    /// Refuses what nobody can measure.
    fn check(&self) -> Result<(), RunnerError> {
        match self {
            Self::Envelope(subject) => subject.check(),
            Self::Step(subject) => subject.check(),
            Self::Forward(subject) => subject.check_forward(),
            Self::Conv(subject) => subject.check(),
            Self::Resize(subject) => subject.check(),
            Self::Peak => Ok(()),
        }
    }

    fn is_peak(&self) -> bool {
        matches!(self, Self::Peak)
    }

    /// One of the ways to do it, before its first repetition.
    fn side(&self, operations: Operations, device: &Device) -> Result<Side, RunnerError> {
        Ok(match self {
            Self::Envelope(subject) => Side::new(subject.work(operations, device)?),
            Self::Step(subject) => Side::new(subject.work(operations, device)?),
            Self::Forward(subject) => Side::new(subject.forward_work(operations, device)?),
            Self::Conv(subject) => Side::new(subject.work(operations, device)),
            Self::Resize(subject) => Side::new(subject.work(operations, device)),
            Self::Peak => unreachable!("measured by itself"),
        })
    }
}

/// Refuses maps that the device cannot bind.
fn fits(subject: &Subject, device: &DeviceDescription) -> Result<(), RunnerError> {
    let (Some(limit), Some((name, bytes))) = (device.max_binding_bytes, subject.largest()) else {
        return Ok(());
    };
    if bytes <= limit {
        return Ok(());
    }
    Err(RunnerError::mend(
        format!(
            "the {name} takes {} MiB, expected at most {} MiB, the largest that {} binds",
            bytes >> 20,
            limit >> 20,
            device.name
        ),
        "lower --size or --batch; or use `--device cpu`",
    ))
}

impl Subject {
    /// The largest map of one operation, by name and in bytes.
    fn largest(&self) -> Option<(&'static str, u64)> {
        let bytes = |shape: [usize; 4]| 4 * shape.iter().map(|side| *side as u64).product::<u64>();
        let (input, output) = match self {
            Self::Conv(subject) => (subject.input_shape(), subject.output_shape()),
            Self::Resize(subject) => (subject.input_shape(), subject.output_shape()),
            _ => return None,
        };
        let maps = [("input", bytes(input)), ("output", bytes(output))];
        maps.into_iter().max_by_key(|map| map.1)
    }
}

fn at_least_one(option: &str, value: usize) -> Result<(), RunnerError> {
    if value == 0 {
        return Err(RunnerError::mend(
            format!("{option}: expected at least 1, found 0"),
            "give another number",
        ));
    }
    Ok(())
}
