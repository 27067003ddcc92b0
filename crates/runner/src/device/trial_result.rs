//! The result of a trial: the same small training on a GPU and on the CPU.

use serde::{Deserialize, Serialize};

/// A GPU that was compared with the CPU.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The GPU's name.
    pub adapter: String,
    /// The graphics API.
    pub api: String,
    /// The result.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The result of a trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Both devices trained.
    Measured(Seconds),
    /// The GPU failed.
    Failed {
        /// Why.
        failure: String,
    },
}

/// How long the small training step takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// On the GPU.
    pub gpu_s: f64,
    /// On the CPU.
    pub cpu_s: f64,
}

impl Seconds {
    /// Whether they are possible as measured times.
    pub(super) fn are_sound(&self) -> bool {
        [self.gpu_s, self.cpu_s]
            .iter()
            .all(|seconds| seconds.is_finite() && *seconds > 0.0)
    }
}

impl Outcome {
    /// Whether the GPU trains, and faster than the CPU.
    #[must_use]
    pub fn gpu_is_faster(&self) -> bool {
        matches!(self, Self::Measured(seconds) if seconds.gpu_s < seconds.cpu_s)
    }
}

/// Seconds as text, to about three digits.
pub(crate) fn milliseconds(seconds: f64) -> String {
    let places = match seconds {
        ..0.01 => 2,
        ..0.1 => 1,
        _ => 0,
    };
    format!("{:.places$} ms", 1e3 * seconds)
}

impl Trial {
    /// As text, after the name of the device that was chosen: the GPU, or the CPU.
    pub(super) fn describe(&self, gpu_was_taken: bool) -> String {
        match (&self.outcome, gpu_was_taken) {
            (Outcome::Measured(seconds), true) => format!(
                "a small training step: {}, on the CPU {}",
                milliseconds(seconds.gpu_s),
                milliseconds(seconds.cpu_s)
            ),
            (Outcome::Measured(seconds), false) => format!(
                "a small training step: {}, on {} {}",
                milliseconds(seconds.cpu_s),
                self.adapter,
                milliseconds(seconds.gpu_s)
            ),
            (Outcome::Failed { failure }, _) => {
                format!("{} was tried and failed: {failure}", self.adapter)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_devices_are_named() {
        let mut trial = Trial {
            adapter: "a GPU".into(),
            api: "vulkan".into(),
            outcome: Outcome::Measured(Seconds {
                gpu_s: 0.00123,
                cpu_s: 0.123,
            }),
        };
        let taken = "a small training step: 1.23 ms, on the CPU 123 ms";
        assert_eq!(trial.describe(true), taken);
        let left = "a small training step: 123 ms, on a GPU 1.23 ms";
        assert_eq!(trial.describe(false), left);
        trial.outcome = Outcome::Failed {
            failure: "signal: 11".into(),
        };
        let failed = "a GPU was tried and failed: signal: 11";
        assert_eq!(trial.describe(false), failed);
    }
}
