//! The report on a machine, as in JSON.

use serde::Serialize;
use serde_json::Value;

use crate::build::Build;
use crate::commands::bench::machine::plan::Measurement;
use crate::commands::bench::machine::pytorch::Python;

/// The report, as in JSON.
#[derive(Debug, Serialize)]
pub(super) struct MachineReport {
    /// The measured program.
    pub(super) selvedge: Build,
    /// The requested device.
    pub(super) device: String,
    /// Whether the sizes are too small for meaningful figures.
    pub(super) tiny: bool,
    /// What runs PyTorch; none without it.
    pub(super) pytorch: Option<Python>,
    /// Seconds of everything.
    pub(super) seconds: f64,
    /// In the order in which they ran.
    pub(super) measurements: Vec<Measured>,
}

/// A measurement and what came of it.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    #[serde(flatten)]
    pub(super) measurement: Measurement,
    /// Seconds of its process.
    pub(super) seconds: f64,
    /// What the process printed; none if it failed.
    pub(super) result: Option<Value>,
    /// Why there is no result.
    pub(super) failure: Option<String>,
}
