//! Building a network from its settings.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::layers::builder::Builder;
use crate::layers::operations::Operations;
use crate::networks::Network;

impl Network {
    /// A new network with weights drawn from `seed`: the same on every device.
    ///
    /// # Errors
    ///
    /// A setting out of range.
    pub fn new(
        config: &ModelConfig,
        classes: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self, ModelError> {
        Self::with_operations(config, classes, seed, device, Operations::Ours)
    }

    /// The same network built of these `operations`, with the same weights for the same seed and the same names in checkpoints.
    ///
    /// # Errors
    ///
    /// A setting out of range.
    pub fn with_operations(
        config: &ModelConfig,
        classes: usize,
        seed: u64,
        device: &Device,
        operations: Operations,
    ) -> Result<Self, ModelError> {
        config.validate(classes)?;
        let mut builder = Builder {
            device,
            random: ChaCha8Rng::seed_from_u64(seed),
            operations,
        };
        Ok(config.name.build(&mut builder, config, classes))
    }

    /// Number of trained parameters, without the running statistics of batch normalisation.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let mut counter = ParameterCounter::default();
        self.visit(&mut counter);
        counter.parameters
    }
}

/// Adds up the sizes of a module's trained tensors; buffers are recognised by their names.
#[derive(Default)]
struct ParameterCounter {
    path: Vec<String>,
    parameters: usize,
}

impl ModuleVisitor for ParameterCounter {
    fn visit_float<const D: usize>(&mut self, tensor: &Param<Tensor<D>>) {
        let name = self.path.last().map_or("", String::as_str);
        if !name.starts_with("running_") {
            self.parameters += tensor.shape().num_elements();
        }
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

#[cfg(test)]
mod tests;
