//! The peak of a device, measured with work made for it; other figures are reported in percent of it.

use std::time::Instant;

use burn::tensor::{DType, Device, Tensor};
use ops::peak::{CHAINS, copy, multiply_adds};

use crate::commands::bench::figures::Peak;
use crate::commands::bench::meter::{Side, Work, in_turn, sync};
use crate::commands::bench::report::{BenchReport, Part, What};
use crate::device::description::DeviceDescription;
use crate::device::readback::read;
use crate::error::RunnerError;

/// Elements whose chains run in parallel: enough for every lane of a large GPU.
const SEEDS: usize = 1 << 20;

/// Multiply-adds of each chain in one call: some hundred milliseconds on a software adapter.
const ROUNDS: usize = 256;

/// Numbers that are copied in one call, 128 MiB: larger than any cache, and no larger than any adapter can bind.
const NUMBERS: usize = 32 << 20;

/// A measurement takes at least this long, so that waiting for the device is negligible.
const LEAST_SECONDS: f64 = 0.05;

/// Number of measurements; the fastest counts.
const REPEATS: usize = 6;

/// Measures a device; takes about a second.
///
/// # Errors
///
/// The device's error.
pub(super) fn measure(device: &Device) -> Result<Peak, RunnerError> {
    Ok(run(device)?.1)
}

/// As [`measure`], with the times.
///
/// # Errors
///
/// The device's error.
pub(super) fn report(
    device: &Device,
    description: &DeviceDescription,
) -> Result<BenchReport, RunnerError> {
    let (side, peak) = run(device)?;
    let mut figures = [0, 1].map(|part| side.figures(part..part + 1));
    figures[0].gflop_per_s = Some(peak.gflop_per_s);
    figures[1].gb_per_s = Some(peak.gb_per_s);
    let [adds, copies] = figures;
    let part = |part, ours| Part {
        part,
        ours,
        stock: None,
        stock_over_ours: None,
    };
    Ok(BenchReport {
        work: "peak",
        device: description.to_string(),
        what: What::Peak(peak),
        repeats: side.repeats(),
        stock: false,
        note: None,
        launches: None,
        figures: side.figures(0..2),
        ours: None,
        stock_over_ours: None,
        parts: vec![part("multiply-adds", adds), part("copy", copies)],
    })
}

fn run(device: &Device) -> Result<(Side, Peak), RunnerError> {
    let work = PeakWork::new(device)?;
    let calls = work.calls.map(|calls| calls as f64);
    let mut sides = [Side::new(work)];
    in_turn(&mut sides, REPEATS, None, &|| ())?;
    let [side] = sides;
    let operations = calls[0] * 2.0 * (SEEDS * CHAINS * ROUNDS) as f64;
    let bytes = calls[1] * 2.0 * 4.0 * NUMBERS as f64;
    let peak = Peak {
        gflop_per_s: 1e-9 * operations / side.shortest(0),
        gb_per_s: 1e-9 * bytes / side.shortest(1),
    };
    Ok((side, peak))
}

/// Both parts of the work, with the number of calls that takes long enough.
struct PeakWork {
    device: Device,
    seeds: Tensor<1>,
    source: Tensor<1>,
    output: Option<Tensor<1>>,
    calls: [usize; 2],
    witness: Option<Tensor<4>>,
}

impl PeakWork {
    fn new(device: &Device) -> Result<Self, RunnerError> {
        let numbers =
            |count: usize, value: f32| Tensor::<1>::full([count], value, (device, DType::F32));
        let mut work = Self {
            seeds: numbers(SEEDS, 0.5),
            source: numbers(NUMBERS, 1.5),
            output: Some(numbers(NUMBERS, 0.0)),
            device: device.clone(),
            calls: [1, 1],
            witness: None,
        };
        for part in 0..2 {
            // Once to prepare, then more calls each time.
            work.run(part)?;
            loop {
                sync(device)?;
                let start = Instant::now();
                work.run(part)?;
                sync(device)?;
                let seconds = start.elapsed().as_secs_f64();
                if seconds >= LEAST_SECONDS {
                    break;
                }
                let more = (1.2 * LEAST_SECONDS / seconds.max(1e-9)).min(16.0);
                work.calls[part] = (work.calls[part] as f64 * more).ceil() as usize;
            }
        }
        if let Some(witness) = work.witness() {
            read(witness)?;
        }
        Ok(work)
    }
}

impl Work for PeakWork {
    fn device(&self) -> &Device {
        &self.device
    }

    fn parts(&self) -> usize {
        2
    }

    fn run(&mut self, part: usize) -> Result<(), RunnerError> {
        for _ in 0..self.calls[part] {
            if part == 0 {
                let sums = multiply_adds(self.seeds.clone(), ROUNDS);
                self.witness = Some(sums.narrow(0, 0, 1).reshape([1, 1, 1, 1]));
            } else if let Some(output) = self.output.take() {
                self.output = Some(copy(self.source.clone(), output));
            }
        }
        Ok(())
    }

    fn witness(&mut self) -> Option<Tensor<4>> {
        let number = self.output.as_ref()?.clone().narrow(0, 0, 1);
        let number = number.reshape([1, 1, 1, 1]);
        Some(match self.witness.take() {
            Some(witness) => witness + number,
            None => number,
        })
    }
}
