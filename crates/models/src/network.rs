//! Names from recipes to networks.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::config::{ModelConfig, NetworkName};
use crate::error::ModelError;
use crate::layers::builder::Builder;
use crate::layers::operations::Operations;
use crate::networks::deeplabv3::DeepLabV3;
use crate::networks::merit_gcascade::MeritGcascade;
use crate::networks::pvt_gcascade::PvtGcascade;
use crate::networks::unet::UNet;
use crate::networks::unet3plus::UNet3Plus;

/// What a network says of a batch.
#[derive(Debug)]
pub struct Outputs {
    /// Logits `[batch, class, height, width]` of every head, the one that predicts first.
    pub logits: Vec<Tensor<4>>,
    /// What the loss of each head counts in training.
    pub weights: Vec<f64>,
    /// Logits `[batch, 2]` of "nothing" and "something" from the classification-guided module.
    pub gate: Option<Tensor<2>>,
}

/// Any of the networks.
#[derive(Module, Debug)]
pub struct Network {
    unet: Option<UNet>,
    unet3plus: Option<UNet3Plus>,
    deeplabv3: Option<DeepLabV3>,
    pvtgcascade: Option<PvtGcascade>,
    meritgcascade: Option<MeritGcascade>,
    #[module(skip)]
    auxiliary_weight: f64,
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
        Self::with_operations(config, classes, seed, device, Operations::Own)
    }

    /// The same network built of these `operations`: the same weights from the same seed, the same names in a checkpoint.
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
        let mut network = Self {
            unet: None,
            unet3plus: None,
            deeplabv3: None,
            pvtgcascade: None,
            meritgcascade: None,
            auxiliary_weight: config.auxiliary_weight,
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
            NetworkName::DeepLabV3 => {
                network.deeplabv3 = Some(DeepLabV3::new(&mut builder, config, classes));
            }
            NetworkName::PvtGcascade => {
                network.pvtgcascade = Some(PvtGcascade::new(&mut builder, config, classes));
            }
            NetworkName::MeritGcascade => {
                network.meritgcascade = Some(MeritGcascade::new(&mut builder, config, classes));
            }
        }
        Ok(network)
    }

    /// The same network without dropout, in training either: what devices and programs with other random numbers can be
    /// compared by.
    #[must_use]
    pub fn without_dropout(mut self) -> Self {
        if let Some(network) = &mut self.unet3plus {
            network.stop_dropping();
        }
        if let Some(network) = &mut self.deeplabv3 {
            network.stop_dropping();
        }
        if let Some(network) = &mut self.pvtgcascade {
            network.stop_dropping();
        }
        if let Some(network) = &mut self.meritgcascade {
            network.stop_dropping();
        }
        self
    }

    #[cfg(test)]
    pub(crate) fn deeplabv3(&self) -> &DeepLabV3 {
        self.deeplabv3.as_ref().expect("a DeepLabV3")
    }

    /// MERIT-GCASCADE with windows of other sides.
    #[cfg(test)]
    pub(crate) fn merit_with_windows(
        config: &ModelConfig,
        classes: usize,
        device: &Device,
        windows: [usize; 2],
    ) -> Self {
        let mut builder = Builder {
            device,
            random: ChaCha8Rng::seed_from_u64(1),
            operations: Operations::Own,
        };
        let network = MeritGcascade::with_windows(&mut builder, config, classes, windows);
        Self {
            unet: None,
            unet3plus: None,
            deeplabv3: None,
            pvtgcascade: None,
            meritgcascade: Some(network),
            auxiliary_weight: config.auxiliary_weight,
        }
    }

    #[cfg(test)]
    pub(crate) fn meritgcascade(&self) -> &MeritGcascade {
        self.meritgcascade.as_ref().expect("a MERIT-GCASCADE")
    }

    #[cfg(test)]
    pub(crate) fn pvtgcascade(&self) -> &PvtGcascade {
        self.pvtgcascade.as_ref().expect("a PVT-GCASCADE")
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
    /// When it takes no images of that size (see [`ModelConfig::check_size`]).
    #[must_use]
    pub fn forward(&self, images: Tensor<4>) -> Outputs {
        if let Some(network) = &self.unet {
            Outputs {
                logits: vec![network.forward(images)],
                weights: vec![1.0],
                gate: None,
            }
        } else if let Some(network) = &self.unet3plus {
            let (logits, gate) = network.forward(images);
            Outputs {
                weights: vec![1.0; logits.len()],
                logits,
                gate,
            }
        } else if let Some(network) = &self.deeplabv3 {
            let logits = network.forward(images);
            let mut weights = vec![1.0, self.auxiliary_weight];
            weights.truncate(logits.len());
            Outputs {
                logits,
                weights,
                gate: None,
            }
        } else if let Some(network) = &self.pvtgcascade {
            let logits = network.forward(images);
            Outputs {
                weights: vec![1.0; logits.len()],
                logits,
                gate: None,
            }
        } else if let Some(network) = &self.meritgcascade {
            let logits = network.forward(images);
            Outputs {
                weights: vec![1.0; logits.len()],
                logits,
                gate: None,
            }
        } else {
            unreachable!("`new` builds one of them")
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
mod tests;
