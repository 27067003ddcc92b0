//! Times work and measures its memory, repeating several implementations in turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor};
use ops::{Launches, count_launches};

use crate::commands::bench::figures::Figures;
use crate::device::memory::{forget_peak, held_bytes, peak_bytes};
use crate::device::panics;
use crate::device::readback::device_error;
use crate::device::readback::read;
use crate::error::RunnerError;

/// A piece of work with one of its implementations.
pub(super) trait Work {
    /// Its device.
    fn device(&self) -> &Device;

    /// The number of its parts, which are measured separately.
    fn parts(&self) -> usize {
        1
    }

    /// Runs a part of it.
    fn run(&mut self, part: usize) -> Result<(), RunnerError>;

    /// One number of the last result: reading it reveals a refused kernel.
    fn witness(&mut self) -> Option<Tensor<4>>;

    /// The most memory beyond inputs and outputs, per pixel.
    fn extra_bytes_per_pixel(&self) -> Option<f64> {
        None
    }
}

/// An implementation of the work, and its measurements.
pub(super) struct Side {
    work: Box<dyn Work>,
    /// For each part, the seconds of every repetition.
    seconds: Vec<Vec<f64>>,
    /// For each part, the most memory after the first repetition.
    peaks: Vec<u64>,
}

/// Repeats every side once and then `repeats` times, in turn, so that other load of the machine affects all of them. Ends after
/// the time `most`, but not before the second repetition.
pub(super) fn in_turn(
    sides: &mut [Side],
    repeats: usize,
    most: Option<Duration>,
    done: &dyn Fn(),
) -> Result<(), RunnerError> {
    let start = Instant::now();
    for number in 0..=repeats {
        if number > 1 && most.is_some_and(|most| start.elapsed() > most) {
            return Ok(());
        }
        for side in &mut *sides {
            side.repeat()?;
        }
        done();
    }
    Ok(())
}

impl Side {
    pub(super) fn new(work: impl Work + 'static) -> Self {
        Self {
            seconds: vec![Vec::new(); work.parts()],
            peaks: vec![0; work.parts()],
            work: Box::new(work),
        }
    }

    fn repeat(&mut self) -> Result<(), RunnerError> {
        sync(self.work.device())?;
        for part in 0..self.work.parts() {
            forget_peak();
            let start = Instant::now();
            self.work.run(part)?;
            sync(self.work.device())?;
            self.seconds[part].push(start.elapsed().as_secs_f64());
            if self.seconds[part].len() == 1 {
                // As in training.
                self.work.device().memory_cleanup();
            } else {
                // A device's pool never shrinks during a measurement.
                let pool = self.work.device().memory_pool_usage();
                let peak = pool.map_or(peak_bytes() as u64, |usage| usage.bytes_reserved);
                self.peaks[part] = self.peaks[part].max(peak);
            }
        }
        if let Some(witness) = self.work.witness() {
            read(witness)?;
        }
        panics::check()
    }

    /// The launches of one more repetition, and the most bytes in use at any of them; none on the CPU, which launches nothing.
    pub(super) fn launches(&mut self) -> Result<Option<(Launches, u64)>, RunnerError> {
        sync(self.work.device())?;
        let device = self.work.device().clone();
        let most = Arc::new(AtomicU64::new(0));
        let seen = most.clone();
        let watch = move || {
            seen.fetch_max(bytes(&device), Ordering::Relaxed);
        };
        let (ran, launches) = count_launches(watch, || {
            (0..self.work.parts()).try_for_each(|part| self.work.run(part))?;
            sync(self.work.device())
        });
        ran?;
        Ok((launches.total() > 0).then_some((launches, most.load(Ordering::Relaxed))))
    }

    /// Repetitions after the first.
    pub(super) fn repeats(&self) -> usize {
        self.seconds[0].len() - 1
    }

    /// Seconds of a part's fastest repetition.
    pub(super) fn shortest(&self, part: usize) -> f64 {
        let seconds = &self.seconds[part];
        seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(super) fn parts(&self) -> usize {
        self.work.parts()
    }

    /// The figures of some parts together.
    pub(super) fn figures(&self, parts: std::ops::Range<usize>) -> Figures {
        let sum = |repetition: usize| -> f64 {
            parts
                .clone()
                .map(|part| self.seconds[part][repetition])
                .sum()
        };
        let mut others: Vec<f64> = (1..self.seconds[0].len()).map(sum).collect();
        others.sort_by(f64::total_cmp);
        let peak = parts.clone().map(|part| self.peaks[part]).max();
        Figures {
            first_s: sum(0),
            median_s: others[others.len() / 2],
            peak_mib: peak.unwrap_or(0) as f64 / f64::from(1 << 20),
            extra_bytes_per_pixel: self.work.extra_bytes_per_pixel(),
            gflop_per_s: None,
            gb_per_s: None,
            of_peak: None,
        }
    }
}

/// Waits until the device has done everything.
pub(super) fn sync(device: &Device) -> Result<(), RunnerError> {
    device.sync().map_err(|error| device_error(&error))
}

/// The bytes in use now: in the device's pool, or by the program.
pub(super) fn bytes(device: &Device) -> u64 {
    let usage = device.memory_pool_usage();
    usage.map_or(held_bytes() as u64, |usage| usage.bytes_in_use)
}
