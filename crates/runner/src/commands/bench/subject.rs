//! What is measured on a device.

use burn::tensor::Device;
use models::Operations;

use crate::commands::bench::conv::ConvSubject;
use crate::commands::bench::envelope::EnvelopeSubject;
use crate::commands::bench::meter::Side;
use crate::commands::bench::resize::ResizeSubject;
use crate::commands::bench::step::StepSubject;
use crate::device::description::DeviceDescription;
use crate::error::RunnerError;

/// What is measured.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The loss of given logits, and its gradient with respect to them.
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

impl Subject {
    /// Refuses settings that cannot be measured.
    pub(super) fn check(&self) -> Result<(), RunnerError> {
        match self {
            Self::Envelope(subject) => subject.check(),
            Self::Step(subject) => subject.check(),
            Self::Forward(subject) => subject.check_forward(),
            Self::Conv(subject) => subject.check(),
            Self::Resize(subject) => subject.check(),
            Self::Peak => Ok(()),
        }
    }

    pub(super) fn is_peak(&self) -> bool {
        matches!(self, Self::Peak)
    }

    /// The work with one of the implementations, before its first repetition.
    pub(super) fn side(
        &self,
        operations: Operations,
        device: &Device,
    ) -> Result<Side, RunnerError> {
        Ok(match self {
            Self::Envelope(subject) => Side::new(subject.work(operations, device)?),
            Self::Step(subject) => Side::new(subject.work(operations, device)?),
            Self::Forward(subject) => Side::new(subject.forward_work(operations, device)?),
            Self::Conv(subject) => Side::new(subject.work(operations, device)),
            Self::Resize(subject) => Side::new(subject.work(operations, device)),
            Self::Peak => unreachable!("measured separately"),
        })
    }
}

/// Refuses maps that the device cannot bind, and a precision that it does not have.
pub(super) fn fits(subject: &Subject, device: &DeviceDescription) -> Result<(), RunnerError> {
    if let Subject::Step(subject) = subject {
        subject.check_precision(device)?;
    }
    let (Some(limit), Some((name, bytes))) = (device.max_binding_bytes, subject.largest()) else {
        return Ok(());
    };
    if bytes <= limit {
        return Ok(());
    }
    Err(RunnerError::fixable(
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
