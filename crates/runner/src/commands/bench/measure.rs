//! Measures a subject with our operations, and in turn with stock ones.

use burn::tensor::Device;
use models::Operations;

use crate::commands::bench::checks::at_least_one;
use crate::commands::bench::figures::Peak;
use crate::commands::bench::meter::in_turn;
use crate::commands::bench::options::BenchOptions;
use crate::commands::bench::report::BenchReport;
use crate::commands::bench::subject::{Subject, fits};
use crate::commands::bench::{comparison, peak};
use crate::device;
use crate::device::description::DeviceDescription;
use crate::error::RunnerError;
use crate::terminal::progress::Progress;

/// Measures on the requested device.
///
/// # Errors
///
/// A setting out of range, or the device's error.
pub(super) fn bench(options: &BenchOptions) -> Result<BenchReport, RunnerError> {
    at_least_one("--repeats", options.repeats)?;
    options.subject.check()?;
    let (device, description) = device::open(options.device)?;
    measure(options, &device, &description, None)
}

/// Measures on an open device, whose `peak` may be known.
pub(super) fn measure(
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
    let mut sides = vec![subject.side(Operations::Ours, device)?];
    if options.stock {
        sides.push(subject.side(Operations::Stock, device)?);
    }
    let bar = Progress::new(options.quiet).counting("measuring", options.repeats + 1);
    in_turn(&mut sides, options.repeats, options.most, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let launches = match subject {
        Subject::Step(_) | Subject::Forward(_) => sides[0].launches()?,
        _ => None,
    };
    // Measured last: its maps would stay in the device's pool.
    let peak = match peak {
        Some(peak) => peak,
        None => peak::measure(device)?,
    };
    Ok(comparison::report(
        options,
        device,
        description,
        peak,
        &sides,
        launches,
    ))
}
