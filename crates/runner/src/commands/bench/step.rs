//! One training step: forward, loss, backward, optimizer.

use burn::optim::ModuleOptimizer;
use burn::tensor::{Device, Int, Tensor};
use loss::{Loss, weighted_mean};
use models::{ModelConfig, Network, Operations};
use ops::{Precision, with_precision};

use crate::commands::bench::checks::at_least_one;
use crate::commands::bench::inputs;
use crate::commands::bench::meter::Work;
use crate::device::description::DeviceDescription;
use crate::device::pages;
use crate::device::precision::check_precision;
use crate::device::readback::read;
use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::training::step::forward_backward;

/// A network and its input.
#[derive(Clone, Debug)]
pub(crate) struct StepSubject {
    /// The network.
    pub(crate) model: ModelConfig,
    /// Images of a batch.
    pub(crate) batch: usize,
    /// Classes, background included.
    pub(crate) classes: usize,
    /// Rows and columns of an image.
    pub(crate) size: usize,
    /// `KEY=VALUE` of a recipe, whose loss, optimizer, `train.recompute` and `train.precision` are used.
    pub(crate) overrides: Vec<String>,
}

impl StepSubject {
    pub(super) fn check(&self) -> Result<(), RunnerError> {
        self.check_forward()?;
        Ok(self.model.check_batches(self.batch, None)?)
    }

    /// The checks of a pass in evaluation mode, which accepts batches of any size.
    pub(super) fn check_forward(&self) -> Result<(), RunnerError> {
        at_least_one("--size", self.size)?;
        at_least_one("--batch", self.batch)?;
        self.model.validate(self.classes)?;
        Ok(self.model.check_size(self.size, self.size)?)
    }

    /// Refuses `train.precision` on a device that lacks it.
    pub(super) fn check_precision(&self, device: &DeviceDescription) -> Result<(), RunnerError> {
        let recipe = Recipe::from_overrides(&self.overrides)?;
        check_precision(device, recipe.train.precision)
    }

    /// `[batch, classes, rows, columns]` of the logits.
    pub(super) fn shape(&self) -> [usize; 4] {
        [self.batch, self.classes, self.size, self.size]
    }

    /// Operations of convolutions, linear layers and products of maps, two for a multiply-add: forward, and backward for both
    /// gradients.
    pub(super) fn operations(&self) -> Result<f64, RunnerError> {
        let device = Device::flex();
        let network = Network::new(&self.model, self.classes, 1, &device)?;
        let image = Tensor::zeros([1, 3, self.size, self.size], &device);
        Ok(2.0 * 3.0 * self.batch as f64 * network.multiply_adds(image) as f64)
    }

    /// Whether its network resizes maps bilinearly.
    pub(super) fn resizes(&self) -> bool {
        self.model.name.architecture().resizes
    }

    pub(super) fn work(
        &self,
        operations: Operations,
        device: &Device,
    ) -> Result<StepWork, RunnerError> {
        let recipe = Recipe::from_overrides(&self.overrides)?;
        let mut device = device.clone().autodiff();
        if recipe.train.recompute {
            device = device.gradient_checkpointing();
        }
        let largest = self
            .model
            .largest_tensor(self.classes, self.batch, [self.size; 2]);
        pages::begin_with(&device, largest.bytes());
        let loss = Loss::new(recipe.loss, self.classes)?;
        let network = Network::with_operations(&self.model, self.classes, 1, &device, operations)?;
        Ok(StepWork {
            loss: match operations {
                Operations::Ours => loss,
                Operations::Stock => loss.by_formula(),
            },
            labels: inputs::labels(self.batch, self.size, self.classes, &device),
            images: inputs::numbers([self.batch, 3, self.size, self.size], &device),
            trained: Some((network, recipe.optimizer.build())),
            loss_value: f32::NAN,
            precision: recipe.train.precision.into(),
            device,
        })
    }
}

/// The step with one of the implementations.
pub(super) struct StepWork {
    loss: Loss,
    labels: Tensor<3, Int>,
    images: Tensor<4>,
    trained: Option<(Network, ModuleOptimizer)>,
    loss_value: f32,
    precision: Precision,
    device: Device,
}

impl StepWork {
    /// The loss of the last step, before its update.
    pub(super) fn loss_value(&self) -> f32 {
        self.loss_value
    }
}

impl Work for StepWork {
    fn device(&self) -> &Device {
        &self.device
    }

    fn run(&mut self, _part: usize) -> Result<(), RunnerError> {
        let (network, mut optimizer) = self
            .trained
            .take()
            .ok_or_else(|| RunnerError::failed("the previous step failed", "see its message"))?;
        let pass = || {
            forward_backward(
                &network,
                &self.loss,
                |network| network.forward(self.images.clone()),
                self.labels.clone(),
                |_, losses| {
                    let weights = losses.loss.clone().inner().ones_like();
                    let total = weighted_mean(losses.loss.clone(), weights);
                    let value = total.clone().inner();
                    (total, value)
                },
            )
        };
        let passes = with_precision(self.precision, pass);
        let network = optimizer.step(1e-4, network, passes.gradients);
        // Training also reads a few numbers of every step.
        self.loss_value = read(passes.rest)?[0];
        self.trained = Some((network, optimizer));
        Ok(())
    }

    fn witness(&mut self) -> Option<Tensor<4>> {
        None
    }
}
