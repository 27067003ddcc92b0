//! Names from recipes to networks.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::config::{ModelConfig, ModelError, NetworkName};
use crate::layers::Builder;
use crate::unet::UNet;
use crate::unet3plus::UNet3Plus;

/// What a network says of a batch.
#[derive(Debug)]
pub struct Outputs {
    /// Logits `[batch, class, height, width]` of every head, the one that predicts first.
    pub logits: Vec<Tensor<4>>,
    /// Logits `[batch, 2]` of "nothing" and "something" from the classification-guided module.
    pub gate: Option<Tensor<2>>,
}

/// Any of the networks.
#[derive(Module, Debug)]
pub struct Network {
    unet: Option<UNet>,
    unet3plus: Option<UNet3Plus>,
}

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
        config.validate(classes)?;
        let mut builder = Builder {
            device,
            random: ChaCha8Rng::seed_from_u64(seed),
        };
        let mut network = Self {
            unet: None,
            unet3plus: None,
        };
        match config.name {
            NetworkName::UNet => {
                network.unet = Some(UNet::new(&mut builder, config.width, classes));
            }
            NetworkName::UNet3Plus => {
                network.unet3plus = Some(UNet3Plus::new(
                    &mut builder,
                    config.width,
                    classes,
                    config.deep_supervision,
                    config.classification_guided,
                ));
            }
        }
        Ok(network)
    }

    /// How many numbers training changes; the running statistics of batch normalisation are not among them.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let mut counter = ParameterCounter::default();
        self.visit(&mut counter);
        counter.parameters
    }

    /// Logits for images `[batch, 3, height, width]`.
    ///
    /// # Panics
    ///
    /// When height or width is no multiple of 16 (see [`ModelConfig::check_size`]).
    #[must_use]
    pub fn forward(&self, images: Tensor<4>) -> Outputs {
        match (&self.unet, &self.unet3plus) {
            (Some(network), _) => Outputs {
                logits: vec![network.forward(images)],
                gate: None,
            },
            (_, Some(network)) => {
                let (logits, gate) = network.forward(images);
                Outputs { logits, gate }
            }
            (None, None) => unreachable!("`new` builds one of them"),
        }
    }
}

/// Adds up the sizes of a module's trained tensors, told from its buffers by their names.
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
mod tests {
    use super::*;

    fn parameters(config: &ModelConfig, classes: usize) -> usize {
        Network::new(config, classes, 1, &Device::flex())
            .expect("a valid network")
            .parameters()
    }

    #[test]
    fn published_sizes_have_the_published_parameters() {
        let plain = ModelConfig::default();
        assert_eq!(parameters(&plain, 4), 26_980_420);
        assert_eq!(parameters(&plain, 5), 26_983_301);
        let deep = ModelConfig {
            deep_supervision: true,
            ..plain.clone()
        };
        assert_eq!(parameters(&deep, 5), 27_072_601);
        let guided = ModelConfig {
            classification_guided: true,
            ..deep
        };
        assert_eq!(parameters(&guided, 5), 27_074_651);
        let unet = ModelConfig {
            name: NetworkName::UNet,
            ..plain
        };
        // The published count is for one class; each further class adds a 3×3 kernel of 64 channels and its bias.
        assert_eq!(parameters(&unet, 2), 39_396_033 + 64 * 9 + 1);
    }
}
