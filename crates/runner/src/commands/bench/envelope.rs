//! The loss of given logits, and its gradient with respect to them.

use burn::tensor::{Device, Int, Tensor};
use loss::{Loss, weighted_mean};
use models::Operations;

use crate::commands::bench::checks::at_least_one;
use crate::commands::bench::inputs;
use crate::commands::bench::meter::{Work, bytes};
use crate::device::memory::peak_bytes;
use crate::error::RunnerError;
use crate::recipe::Recipe;

/// A loss and its input.
#[derive(Clone, Debug)]
pub(crate) struct EnvelopeSubject {
    /// Images of a batch.
    pub(crate) batch: usize,
    /// Classes, background included.
    pub(crate) classes: usize,
    /// Rows and columns of an image.
    pub(crate) size: usize,
    /// `KEY=VALUE` of a recipe, whose loss is used.
    pub(crate) overrides: Vec<String>,
}

impl EnvelopeSubject {
    pub(super) fn check(&self) -> Result<(), RunnerError> {
        at_least_one("--size", self.size)?;
        at_least_one("--batch", self.batch)
    }

    /// `[batch, classes, rows, columns]` of the logits.
    pub(super) fn shape(&self) -> [usize; 4] {
        [self.batch, self.classes, self.size, self.size]
    }

    /// The fewest bytes that must be moved: logits and labels read twice, the gradient written once.
    pub(super) fn least_bytes(&self) -> f64 {
        4.0 * (self.batch * self.size * self.size * (3 * self.classes + 2)) as f64
    }

    pub(super) fn work(
        &self,
        operations: Operations,
        device: &Device,
    ) -> Result<EnvelopeWork, RunnerError> {
        let device = device.clone().autodiff();
        let recipe = Recipe::from_overrides(&self.overrides)?;
        let loss = Loss::new(recipe.loss, self.classes)?;
        Ok(EnvelopeWork {
            loss: match operations {
                Operations::Ours => loss,
                Operations::Stock => loss.by_formula(),
            },
            labels: inputs::labels(self.batch, self.size, self.classes, &device),
            logits: inputs::numbers(self.shape(), &device).require_grad(),
            device,
            warm: false,
            extra: 0,
            witness: None,
        })
    }
}

/// The loss with one of the implementations.
pub(super) struct EnvelopeWork {
    loss: Loss,
    labels: Tensor<3, Int>,
    logits: Tensor<4>,
    device: Device,
    /// Whether the first repetition is over.
    warm: bool,
    /// The most bytes beyond logits, labels and gradient.
    extra: u64,
    witness: Option<Tensor<4>>,
}

impl Work for EnvelopeWork {
    fn device(&self) -> &Device {
        &self.device
    }

    fn run(&mut self, _part: usize) -> Result<(), RunnerError> {
        let before = bytes(&self.device);
        let losses = self
            .loss
            .image_losses(std::slice::from_ref(&self.logits), self.labels.clone());
        // Between the passes, a device's pool contains what is kept for the gradient.
        let between = self.device.memory_pool_usage();
        let weights = losses.loss.clone().inner().ones_like();
        let total = weighted_mean(losses.loss, weights);
        let gradient = self.logits.grad(&total.backward());
        let gradient =
            gradient.ok_or_else(|| RunnerError::bug("no gradient reached the logits"))?;
        let extra = if let Some(usage) = between {
            usage.bytes_in_use.saturating_sub(before)
        } else {
            let gradient_bytes = 4 * gradient.shape().num_elements() as u64;
            (peak_bytes() as u64).saturating_sub(before + gradient_bytes)
        };
        if self.warm {
            self.extra = self.extra.max(extra);
        }
        self.warm = true;
        self.witness = Some(gradient.slice([0..1, 0..1, 0..1, 0..1]));
        Ok(())
    }

    fn witness(&mut self) -> Option<Tensor<4>> {
        self.witness.take()
    }

    fn extra_bytes_per_pixel(&self) -> Option<f64> {
        let [batch, height, width] = self.labels.dims();
        Some(self.extra as f64 / (batch * height * width) as f64)
    }
}
