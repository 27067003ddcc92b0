//! Writes `live.json` while a training runs.

use std::time::{Duration, Instant};

use crate::device::memory::peak_bytes;
use crate::run_folder::live::{FILE, LiveState, Phase, unix_time};
use crate::run_folder::writer::RunWriter;

/// The file is written at most this often.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes `live.json`: for people who watch, and nothing else depends on it.
#[derive(Debug)]
pub(super) struct SignOfLife {
    steps: usize,
    written: Option<Instant>,
    /// The epoch under way, with its first step in this process and when that began.
    epoch: (usize, usize, Instant),
    is_warned: bool,
}

impl SignOfLife {
    /// For epochs of this many steps.
    pub(super) fn new(steps: usize) -> Self {
        Self {
            steps,
            written: None,
            epoch: (0, 0, Instant::now()),
            is_warned: false,
        }
    }

    /// An epoch begins, or continues after `step`.
    pub(super) fn begin(&mut self, run: &RunWriter, epoch: usize, step: usize) {
        self.epoch = (epoch, step, Instant::now());
        self.show(run, Phase::Training, step, false);
    }

    /// `step` steps of the epoch are done.
    pub(super) fn step(&mut self, run: &RunWriter, step: usize) {
        self.show(run, Phase::Training, step, false);
    }

    /// All steps of the epoch are done.
    pub(super) fn validate(&mut self, run: &RunWriter) {
        self.show(run, Phase::Validating, self.steps, false);
    }

    /// The last epoch is done: the best one is evaluated.
    pub(super) fn evaluate(&mut self, run: &RunWriter) {
        self.show(run, Phase::Evaluating, self.steps, true);
    }

    /// The training has stopped before its end.
    pub(super) fn stop(&mut self, run: &RunWriter, message: String) {
        let state = LiveState {
            message: Some(message),
            ..self.state(Phase::Stopped, 0)
        };
        self.write(run, &state);
    }

    fn show(&mut self, run: &RunWriter, phase: Phase, step: usize, always: bool) {
        if always || self.written.is_none_or(|then| then.elapsed() >= PAUSE) {
            let state = self.state(phase, step);
            self.write(run, &state);
        }
    }

    fn state(&self, phase: Phase, step: usize) -> LiveState {
        let (epoch, first, begun) = self.epoch;
        let done = step.saturating_sub(first);
        // The time of a validation is not that of steps.
        let seconds = (phase == Phase::Training && done > 0)
            .then(|| begun.elapsed().as_secs_f64() / done as f64);
        LiveState {
            phase,
            epoch,
            step,
            steps: self.steps,
            seconds_per_step: seconds,
            memory_bytes: peak_bytes() as u64,
            unix_time: unix_time(),
            message: None,
        }
    }

    /// A failure is a warning, once: training does without the file. A finished run has none, even if it is evaluated again, or if
    /// the disk failed just after its summary was written.
    fn write(&mut self, run: &RunWriter, state: &LiveState) {
        if run.is_finished() {
            return;
        }
        self.written = Some(Instant::now());
        if let Err(error) = state.write(run)
            && !std::mem::replace(&mut self.is_warned, true)
        {
            tracing::warn!(
                "{FILE} could not be written: {}; training continues without it, and `selvedge watch` sees whole epochs alone",
                error.message()
            );
        }
    }
}
