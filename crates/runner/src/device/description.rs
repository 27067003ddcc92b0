//! A device as a run records it.

use std::fmt;

use burn::tensor::Device;
use data::counted;
use ops::{Adapter, InstructionSet};
use serde::Serialize;

use crate::device::request::DeviceRequest;
use crate::device::trial_result::Trial;

/// A device as a run records it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceDescription {
    /// What was requested.
    pub requested: String,
    /// The adapter's name, or the number of threads of the CPU.
    pub name: String,
    /// `cpu`, or the kind of adapter.
    pub kind: String,
    /// The instruction set that the CPU's loops use; none on an adapter.
    pub instructions: Option<String>,
    /// The graphics API; none on the CPU.
    pub api: Option<String>,
    /// Driver and version; none on the CPU.
    pub driver: Option<String>,
    /// Largest part of a buffer that a kernel can bind, in bytes; none on the CPU.
    pub max_binding_bytes: Option<u64>,
    /// Largest buffer, in bytes; none on the CPU.
    pub max_buffer_bytes: Option<u64>,
    /// Whether it computes with 16-bit floats, as `train.precision = "mixed"` needs.
    pub half_precision: bool,
    /// The trial that decided for `auto`, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

impl fmt::Display for DeviceDescription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(instructions) = &self.instructions {
            return write!(formatter, "{}, {instructions}", self.name);
        }
        write!(formatter, "{} ({}", self.name, self.kind)?;
        if let Some(api) = &self.api {
            write!(formatter, ", {api}")?;
        }
        if let Some(driver) = &self.driver {
            write!(formatter, ", driver {driver}")?;
        }
        if let Some(bytes) = self.max_binding_bytes {
            write!(formatter, ", bindings up to {} MiB", bytes >> 20)?;
        }
        if let Some(trial) = &self.trial {
            write!(formatter, "; {}", trial.describe(self.api.is_some()))?;
        }
        formatter.write_str(")")
    }
}

pub(super) fn cpu(request: DeviceRequest) -> (Device, DeviceDescription) {
    let description = DeviceDescription {
        requested: request.to_string(),
        name: format!("CPU, {}", counted(rayon::current_num_threads(), "thread")),
        kind: "cpu".into(),
        instructions: Some(InstructionSet::current().to_string()),
        api: None,
        driver: None,
        max_binding_bytes: None,
        max_buffer_bytes: None,
        half_precision: false,
        trial: None,
    };
    (Device::flex(), description)
}

/// The adapter that computes nothing.
pub(super) fn noop() -> DeviceDescription {
    DeviceDescription {
        requested: DeviceRequest::Noop.to_string(),
        name: "an adapter that computes nothing".into(),
        kind: "noop".into(),
        instructions: None,
        api: Some("noop".into()),
        driver: None,
        max_binding_bytes: None,
        max_buffer_bytes: None,
        half_precision: false,
        trial: None,
    }
}

pub(super) fn describe(request: DeviceRequest, adapter: &Adapter) -> DeviceDescription {
    DeviceDescription {
        requested: request.to_string(),
        name: adapter.name.clone(),
        kind: adapter.kind.as_str().into(),
        instructions: None,
        api: Some(adapter.api.as_str().into()),
        driver: Some(adapter.driver.clone()),
        max_binding_bytes: Some(adapter.max_binding_bytes),
        max_buffer_bytes: Some(adapter.max_buffer_bytes),
        half_precision: adapter.half_precision,
        trial: None,
    }
}
