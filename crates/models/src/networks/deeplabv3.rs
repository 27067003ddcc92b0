//! DeepLabV3: a residual network that keeps its maps large, and a pyramid of dilated convolutions on the last map.
//!
//! Chen, Papandreou, Schroff, Adam, *Rethinking Atrous Convolution for Semantic Image Segmentation*, arXiv 1706.05587, with
//! the head and the auxiliary head of torchvision. 39.63 million parameters with ResNet-50, width 64 and 4 classes;
//! 42.00 million with the auxiliary head.

pub(crate) mod architecture;
mod aspp;
pub(crate) mod names;

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::Tensor;

use self::aspp::AtrousPyramid;
use crate::config::ModelConfig;
use crate::encoders::resnet::ResNet;
use crate::layers::builder::Builder;
use crate::layers::conv_norm::{ConvNorm, ConvNormConfig};
use crate::layers::convolution::Convolution;
use crate::layers::operations::Operations;
use crate::outputs::Outputs;

/// The head that predicts.
#[derive(Module, Debug)]
struct Head {
    pyramid: AtrousPyramid,
    hidden: ConvNorm,
    logits: Convolution,
}

impl Head {
    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let map = self.hidden.forward_relu(self.pyramid.forward(map));
        self.logits.forward(map)
    }
}

/// The auxiliary head, used in training only: fully convolutional, on the third stage's map.
#[derive(Module, Debug)]
struct AuxiliaryHead {
    hidden: ConvNorm,
    dropout: Dropout,
    logits: Convolution,
}

impl AuxiliaryHead {
    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let map = self.dropout.forward(self.hidden.forward_relu(map));
        self.logits.forward(map)
    }
}

/// DeepLabV3, optionally with an auxiliary head.
#[derive(Module, Debug)]
pub struct DeepLabV3 {
    backbone: ResNet,
    head: Head,
    auxiliary: Option<AuxiliaryHead>,
    #[module(skip)]
    auxiliary_weight: f64,
    #[module(skip)]
    operations: Operations,
}

impl DeepLabV3 {
    pub(crate) fn new(builder: &mut Builder<'_>, config: &ModelConfig, classes: usize) -> Self {
        let width = config.width;
        let backbone = ResNet::new(builder, width, config.backbone, config.output_stride);
        // The heads are as wide as the first stage's output: an eighth of the last stage's.
        let (third, last, hidden) = (16 * width, 32 * width, 4 * width);
        let head = Head {
            pyramid: AtrousPyramid::new(builder, last, hidden, config.output_stride),
            hidden: ConvNorm::new(builder, ConvNormConfig::new(hidden, hidden, 3)),
            logits: Convolution::uniform(builder, hidden, classes, 1),
        };
        let auxiliary = config.auxiliary_head.then(|| AuxiliaryHead {
            hidden: ConvNorm::new(builder, ConvNormConfig::new(third, hidden, 3)),
            dropout: DropoutConfig::new(0.1).init(),
            logits: Convolution::uniform(builder, hidden, classes, 1),
        });
        Self {
            backbone,
            head,
            auxiliary,
            auxiliary_weight: config.auxiliary_weight,
            operations: builder.operations,
        }
    }

    /// Logits at the image's size: those that predict, then those of the auxiliary head, if any.
    pub(crate) fn forward(&self, image: Tensor<4>) -> Outputs {
        let [_, _, height, width] = image.dims();
        let maps = self.backbone.forward(image);
        let full_size = |logits| self.operations.resize(logits, [height, width]);
        let mut logits = vec![full_size(self.head.forward(maps[3].clone()))];
        if let Some(auxiliary) = &self.auxiliary {
            logits.push(full_size(auxiliary.forward(maps[2].clone())));
        }
        let mut weights = vec![1.0, self.auxiliary_weight];
        weights.truncate(logits.len());
        Outputs {
            logits,
            weights,
            gate: None,
        }
    }

    /// Disables dropout, also in training.
    pub(crate) fn disable_dropout(&mut self) {
        self.head.pyramid.dropout.prob = 0.0;
        if let Some(auxiliary) = &mut self.auxiliary {
            auxiliary.dropout.prob = 0.0;
        }
    }

    /// The backbone's maps of its four stages and the pyramid's output.
    #[cfg(test)]
    pub(crate) fn stages(&self, image: Tensor<4>) -> Vec<Tensor<4>> {
        let mut maps = self.backbone.forward(image);
        maps.push(self.head.pyramid.forward(maps[3].clone()));
        maps
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Tensor};

    use ops::testing::own_process;

    use crate::config::{ModelConfig, NetworkName};
    use crate::encoders::resnet::OutputStride;
    use crate::networks::Network;

    #[test]
    fn images_of_any_size_are_accepted_and_trained_on() {
        let device = Device::flex().autodiff();
        for output_stride in [OutputStride::Eight, OutputStride::Sixteen] {
            let config = ModelConfig {
                name: NetworkName::DeepLabV3,
                width: 2,
                output_stride,
                auxiliary_head: true,
                ..ModelConfig::default()
            };
            let network = Network::new(&config, 3, 1, &device).expect("a network");
            for [height, width] in [[1, 1], [1, 9], [17, 30]] {
                config.check_size(height, width).expect("any size");
                let images = Tensor::ones([2, 3, height, width], &device);
                let outputs = network.forward(images);
                let mut loss = Tensor::zeros([1], &device);
                for logits in outputs.logits {
                    assert_eq!(logits.dims(), [2, 3, height, width]);
                    loss = loss + logits.sum();
                }
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                assert_eq!(gradients.len(), 61 * 3 + 2 * 2);
            }
        }
    }

    #[test]
    fn dropout_follows_the_devices_seed() {
        own_process::alone(
            "networks::deeplabv3::tests::dropout_follows_the_devices_seed",
            || {
                let device = Device::flex().autodiff();
                let config = ModelConfig {
                    name: NetworkName::DeepLabV3,
                    width: 4,
                    ..ModelConfig::default()
                };
                let network = Network::new(&config, 3, 1, &device).expect("a network");
                let logits = |network: &Network, seed| -> Vec<f32> {
                    let images: Tensor<4> = Tensor::arange(0..2 * 3 * 32 * 32, &device)
                        .float()
                        .sin()
                        .reshape([2, 3, 32, 32]);
                    device.seed(seed);
                    let logits = network.forward(images).logits.remove(0);
                    logits.into_data().iter().collect()
                };
                assert_eq!(logits(&network, 1), logits(&network, 1));
                assert_ne!(logits(&network, 1), logits(&network, 2));
                let whole = network.clone().without_dropout();
                assert_eq!(logits(&whole, 1), logits(&whole, 2));
                assert_eq!(network.valid().parameters(), network.parameters());
            },
        );
    }
}
