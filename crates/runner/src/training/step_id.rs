//! Which step of a training.

use std::fmt;

/// Which step of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepId {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The step of the epoch, from 0.
    pub step: usize,
}

impl fmt::Display for StepId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "epoch {}, step {}", self.epoch, self.step + 1)
    }
}
