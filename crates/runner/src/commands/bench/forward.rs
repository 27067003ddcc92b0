//! A network's logits for a batch in evaluation mode, as in prediction.

use burn::tensor::{Device, Tensor};
use models::{Network, Operations};

use crate::commands::bench::inputs;
use crate::commands::bench::meter::Work;
use crate::commands::bench::step::StepSubject;
use crate::error::RunnerError;
use crate::prediction::predictor::gated;

impl StepSubject {
    /// Operations of a forward pass, two for a multiply-add.
    pub(super) fn forward_operations(&self) -> Result<f64, RunnerError> {
        Ok(self.operations()? / 3.0)
    }

    pub(super) fn forward_work(
        &self,
        operations: Operations,
        device: &Device,
    ) -> Result<ForwardWork, RunnerError> {
        Ok(ForwardWork {
            network: Network::with_operations(&self.model, self.classes, 1, device, operations)?,
            images: inputs::numbers([self.batch, 3, self.size, self.size], device),
            logits: None,
            device: device.clone(),
        })
    }
}

/// The pass with one of the implementations.
pub(super) struct ForwardWork {
    network: Network,
    images: Tensor<4>,
    logits: Option<Tensor<4>>,
    device: Device,
}

impl Work for ForwardWork {
    fn device(&self) -> &Device {
        &self.device
    }

    fn run(&mut self, _part: usize) -> Result<(), RunnerError> {
        self.logits = None;
        self.logits = Some(gated(self.network.forward(self.images.clone())));
        Ok(())
    }

    fn witness(&mut self) -> Option<Tensor<4>> {
        let logits = self.logits.take()?;
        Some(logits.slice([0..1, 0..1, 0..1, 0..1]))
    }
}
