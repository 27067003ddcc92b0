//! A network layer by layer: what one forward pass does where.

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;
use serde::Serialize;

use crate::layers::notes::passes_of;
use crate::networks::Network;

/// One layer of a network, and what one forward pass did in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// Its path in the network, as in checkpoints.
    pub name: String,
    /// Short description of its operation.
    pub operation: String,
    /// Shape of its output; `None` for layers that only scale and shift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<[usize; 4]>,
    /// How often the pass used it.
    pub times: usize,
    /// Number of its trained parameters.
    pub parameters: usize,
    /// Multiply-adds of all its uses.
    pub multiply_adds: u64,
}

/// The trained tensors of a module in order: the layer's path, the parameter's id, and its size.
#[derive(Default)]
struct Tensors {
    path: Vec<String>,
    found: Vec<(String, ParamId, usize)>,
}

impl ModuleVisitor for Tensors {
    fn visit_float<const D: usize>(&mut self, tensor: &Param<Tensor<D>>) {
        let Some((name, layer)) = self.path.split_last() else {
            return;
        };
        if !name.starts_with("running_") {
            let size = tensor.shape().num_elements();
            self.found.push((layer.join("."), tensor.id, size));
        }
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

impl Network {
    /// The layers in module order, with what a forward pass on `images` `[batch, 3, height, width]` does in each: convolutions,
    /// linear layers, and products of maps. Normalisations and layer scales only have parameters; resizes and other layers
    /// without parameters are not listed.
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward).
    #[must_use]
    pub fn layers(&self, images: Tensor<4>) -> Vec<Layer> {
        let passes = passes_of(|| drop(self.forward(images)));
        let mut tensors = Tensors::default();
        self.visit(&mut tensors);
        let mut layers: Vec<Layer> = Vec::new();
        let mut products: Vec<Layer> = Vec::new();
        for (name, weight, size) in tensors.found {
            if layers.last().is_none_or(|layer| layer.name != name) {
                layers.append(&mut products);
                layers.push(Layer {
                    operation: "scale and shift".into(),
                    output: None,
                    times: 0,
                    parameters: 0,
                    multiply_adds: 0,
                    name: name.clone(),
                });
            }
            let layer = layers.last_mut().expect("one was pushed");
            layer.parameters += size;
            for pass in passes.iter().filter(|pass| pass.weight == weight) {
                if pass.products {
                    let around = name.rsplit_once('.').map_or("", |(around, _)| around);
                    products.push(Layer {
                        name: around.into(),
                        operation: pass.operation.clone(),
                        output: Some(pass.output),
                        times: 1,
                        parameters: 0,
                        multiply_adds: pass.multiply_adds,
                    });
                } else {
                    layer.operation.clone_from(&pass.operation);
                    layer.output = Some(pass.output);
                    layer.times += 1;
                    layer.multiply_adds += pass.multiply_adds;
                }
            }
        }
        layers.append(&mut products);
        layers
    }

    /// Multiply-adds of one forward pass on `images`, as [`layers`](Self::layers) counts them. A training step takes about
    /// three times as many.
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward).
    #[must_use]
    pub fn multiply_adds(&self, images: Tensor<4>) -> u64 {
        let layers = self.layers(images);
        layers.iter().map(|layer| layer.multiply_adds).sum()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use crate::config::{ModelConfig, NetworkName};
    use crate::encoders::resnet::{Backbone, OutputStride};

    use super::*;

    fn layers(config: &ModelConfig, classes: usize, [height, width]: [usize; 2]) -> Vec<Layer> {
        let device = Device::flex();
        let network = Network::new(config, classes, 1, &device).expect("a network");
        let layers = network.layers(Tensor::zeros([1, 3, height, width], &device));
        let parameters: usize = layers.iter().map(|layer| layer.parameters).sum();
        assert_eq!(parameters, network.parameters());
        layers
    }

    fn multiply_adds(config: &ModelConfig, classes: usize, size: [usize; 2]) -> u64 {
        let layers = layers(config, classes, size);
        layers.iter().map(|layer| layer.multiply_adds).sum()
    }

    fn named(name: NetworkName) -> ModelConfig {
        ModelConfig {
            name,
            ..ModelConfig::default()
        }
    }

    #[test]
    fn published_networks_have_the_published_multiply_adds() {
        // UNet 3+ with 6 classes at 256² takes 199·10⁹; a sixteenth of that at 64².
        let found = 16 * multiply_adds(&named(NetworkName::UNet3Plus), 6, [64; 2]);
        assert!((found as f64 / 1e9 - 199.0).abs() < 0.5, "{found}");
        // fvcore counts 4.56·10⁹ with 4 classes at 224², normalisations and resizes included.
        let found = multiply_adds(&named(NetworkName::PvtGcascade), 4, [224; 2]);
        let share = found as f64 / 4.56e9;
        assert!(share > 0.98 && share < 1.0, "{found}");
    }

    #[test]
    fn deeplab_has_the_multiply_adds_counted_by_hooks_in_torchvision() {
        let mut config = named(NetworkName::DeepLabV3);
        config.auxiliary_head = true;
        assert_eq!(multiply_adds(&config, 4, [65, 49]), 2_655_594_176);
        config.backbone = Backbone::ResNet101;
        config.output_stride = OutputStride::Sixteen;
        config.auxiliary_head = false;
        assert_eq!(multiply_adds(&config, 4, [65, 49]), 1_273_724_608);
    }

    #[test]
    fn a_narrow_unet_has_the_multiply_adds_counted_by_hand() {
        let mut config = named(NetworkName::UNet);
        config.width = 1;
        let encoder = 256 * 9 * (3 + 1) + 64 * 9 * (2 + 4) + 16 * 9 * (8 + 16) + 4 * 9 * (32 + 64);
        let deepest = 9 * (128 + 256);
        let decoder = (0..4)
            .map(|level| (256 >> (2 * level)) * (1 << (2 * level)) * (4 * 2 + 9 * 2 + 9))
            .sum::<u64>();
        let head = 256 * 9 * 2;
        let expected = encoder + deepest + decoder + head;
        assert_eq!(multiply_adds(&config, 2, [16; 2]), expected);
    }

    #[test]
    fn layers_are_listed_with_their_operation_and_uses() {
        let config = ModelConfig {
            width: 8,
            ..named(NetworkName::PvtGcascade)
        };
        let layers = layers(&config, 3, [64; 2]);
        let layer = |name: &str| -> &Layer {
            let found = layers.iter().find(|layer| layer.name.ends_with(name));
            found.unwrap_or_else(|| panic!("no layer {name}"))
        };
        let shared = layer("decoder.attention");
        assert_eq!(shared.operation, "convolution 7×7 of 2");
        assert_eq!((shared.times, shared.parameters), (4, 98));
        assert_eq!(shared.output, Some([1, 1, 16, 16]));
        let products: Vec<&Layer> = layers
            .iter()
            .filter(|layer| layer.operation == "products of attention")
            .collect();
        assert_eq!(products.len(), 3 + 4 + 6 + 3);
        // 256 tokens and 4 reduced ones, in one head of 8 channels.
        assert_eq!(products[0].output, Some([1, 1, 256, 4]));
        assert_eq!(products[0].multiply_adds, 2 * 256 * 4 * 8);
        let depthwise = layer("depthwise");
        assert!(depthwise.operation.contains("groups"), "{depthwise:?}");
    }
}
