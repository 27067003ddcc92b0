//! MERIT-GCASCADE: two MaxViT encoders in cascade on two sizes of the image, each decoded by graph convolutions. A gate from
//! the first decoder weights the second encoder's image.
//!
//! Rahman and Marculescu, *Multi-scale Hierarchical Vision Transformer with Cascaded Attention Decoding for Medical Image
//! Segmentation* (MERIT), MIDL 2023, section 3, with the decoder of the same authors' *G-CASCADE*, WACV 2024. 136.48 million
//! parameters at width 64 with 4 classes.
//!
//! The published network also takes images of one channel, through a 1×1 convolution to three with normalisation and ReLU. In
//! this program images always have three channels; with `grey_input` the first one goes through that layer. Layer scales begin
//! at 10⁻⁶ as in timm, which nearly disables the attention layers: from scratch the network learns slowly; it is meant to
//! begin with pretrained encoders.

pub(crate) mod architecture;
pub(crate) mod names;

use burn::module::Module;
use burn::tensor::Tensor;
use ops::sigmoid;

use crate::config::ModelConfig;
use crate::decoders::gcascade::head_losses::HeadLosses;
use crate::decoders::gcascade::{Decoder, Heads};
use crate::encoders::maxvit::MaxVit;
use crate::encoders::maxvit::settings::{Blocks, MaxVitConfig};
use crate::layers::builder::Builder;
use crate::layers::convolution::Convolution;
use crate::layers::grey_input::GreyInput;
use crate::layers::operations::Operations;
use crate::outputs::Outputs;

/// Sides of the two encoders' windows in pixels. The second encoder's image is smaller in the same proportion, so both have
/// the same number of windows.
pub(crate) const WINDOWS: [usize; 2] = [8, 7];

/// Divides the sides of images: 32 windows of the first encoder.
pub(crate) const SIDE: usize = 32 * WINDOWS[0];

/// Settings of both encoders.
pub(crate) fn encoders(width: usize, windows: [usize; 2]) -> [MaxVitConfig; 2] {
    let encoder = |blocks, window| MaxVitConfig {
        blocks,
        width,
        window,
    };
    [
        encoder(Blocks::ConvNext, windows[0]),
        encoder(Blocks::MbConv, windows[1]),
    ]
}

/// The size of the second encoder's image.
pub(crate) fn second_size(image: [usize; 2], windows: [usize; 2]) -> [usize; 2] {
    image.map(|side| side / windows[0] * windows[1])
}

/// Two encoders, a decoder for each, shared heads, and the gate between the first decoder and the second encoder.
#[derive(Module, Debug)]
pub struct MeritGcascade {
    grey: Option<GreyInput>,
    backbone1: MaxVit,
    backbone2: MaxVit,
    decoder1: Decoder,
    decoder2: Decoder,
    heads: Heads,
    gate: Convolution,
    #[module(skip)]
    head_losses: HeadLosses,
    #[module(skip)]
    windows: [usize; 2],
    #[module(skip)]
    operations: Operations,
}

impl MeritGcascade {
    pub(crate) fn new(builder: &mut Builder<'_>, config: &ModelConfig, classes: usize) -> Self {
        Self::with_windows(builder, config, classes, WINDOWS)
    }

    /// With other windows, for images whose sides are multiples of 32 of the first encoder's windows.
    pub(crate) fn with_windows(
        builder: &mut Builder<'_>,
        config: &ModelConfig,
        classes: usize,
        windows: [usize; 2],
    ) -> Self {
        let [first, second] = encoders(config.width, windows);
        let mut channels = first.channels();
        channels.reverse();
        let aggregation = config.aggregation;
        let finest = aggregation.channels(channels)[3];
        Self {
            grey: config.grey_input.then(|| GreyInput::new(builder)),
            backbone1: MaxVit::new(builder, first),
            backbone2: MaxVit::new(builder, second),
            decoder1: Decoder::new(builder, channels, aggregation),
            decoder2: Decoder::new(builder, channels, aggregation),
            heads: Heads::new(builder, channels, aggregation, classes),
            gate: Convolution::uniform(builder, finest, 1, 1),
            head_losses: config.head_losses,
            windows,
            operations: builder.operations,
        }
    }

    /// Logits at the image's size: those that predict, then, in training, all others that have a loss.
    pub(crate) fn forward(&self, image: Tensor<4>) -> Outputs {
        let [_, _, height, width] = image.dims();
        let stages = self.stages(image);
        let maps = self.logits(&stages, [height, width]);
        Outputs::of_equal_heads(self.head_losses.compose(&maps))
    }

    /// The four maps of logits at the image's size, the coarsest level first: the sum of both decoders' logits at each level.
    pub(crate) fn logits(&self, stages: &[Vec<Tensor<4>>; 4], size: [usize; 2]) -> Vec<Tensor<4>> {
        let [_, first, _, second] = stages;
        let resized = |map| self.operations.resize(map, size);
        self.heads
            .forward(first.clone())
            .into_iter()
            .zip(self.heads.forward(second.clone()))
            .map(|(first, second)| resized(first) + resized(second))
            .collect()
    }

    /// Maps of the first encoder and its decoder, then of the second: the encoder's maps with the largest first, and the
    /// decoder's with the smallest first. The second encoder's maps include the first one's, as its decoder takes them.
    pub(crate) fn stages(&self, image: Tensor<4>) -> [Vec<Tensor<4>>; 4] {
        let [_, _, height, width] = image.dims();
        let size = [height, width];
        let image = match &self.grey {
            Some(grey) => grey.forward(image),
            None => image,
        };
        let encoded1 = self.backbone1.forward(image.clone()).to_vec();
        let decoded1 = self.decoder1.forward(encoded1.clone());
        let gate = sigmoid(self.gate.forward(decoded1[3].clone()));
        let gated = image * self.operations.resize(gate, size);
        let gated = self
            .operations
            .resize(gated, second_size(size, self.windows));
        let encoded2: Vec<Tensor<4>> = self
            .backbone2
            .forward(gated)
            .into_iter()
            .zip(encoded1.clone())
            .map(|(second, first)| {
                let [_, _, rows, columns] = second.dims();
                second + self.operations.resize(first, [rows, columns])
            })
            .collect();
        let decoded2 = self.decoder2.forward(encoded2.clone());
        [encoded1, decoded1, encoded2, decoded2]
    }

    /// Disables dropout, also in training.
    pub(crate) fn disable_dropout(&mut self) {
        self.backbone1.disable_dropout();
        self.backbone2.disable_dropout();
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Tensor};
    use ops::testing::devices::graphics;
    use ops::testing::own_process;

    use crate::config::{ModelConfig, NetworkName};
    use crate::decoders::gcascade::head_losses::HeadLosses;
    use crate::networks::Network;
    use crate::tests::parts::merit_with_windows;

    /// Counts parameters, and names those without a gradient or with one of 0.
    struct Reached<'a> {
        gradients: &'a GradientsParams,
        path: Vec<String>,
        parameters: usize,
        missed: Vec<String>,
    }

    impl ModuleVisitor for Reached<'_> {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.push(name.to_string());
        }

        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.pop();
        }

        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let path = self.path.join(".");
            if path.contains("running_") {
                return;
            }
            self.parameters += 1;
            let gradient = self.gradients.get::<D>(parameter.id);
            let largest = gradient.map(|found| found.abs().max().into_scalar::<f32>());
            // A constant added to all pairs of pixels does not change a softmax.
            let has_no_effect = path.ends_with("relative_position.fc2.bias");
            let reached = largest.is_some_and(|largest| largest.is_finite() && largest > 0.0);
            if !(reached || has_no_effect && largest.is_some()) {
                self.missed.push(path);
            }
        }
    }

    #[test]
    fn a_step_on_a_software_gpu_reaches_every_parameter() {
        let device = graphics().autodiff();
        let config = ModelConfig {
            name: NetworkName::MeritGcascade,
            width: 8,
            head_losses: HeadLosses::Heads,
            ..ModelConfig::default()
        };
        let network = merit_with_windows(&config, 3, &device, [3, 2]);
        let images: Tensor<4> = Tensor::arange(0..2 * 3 * 96 * 96, &device)
            .float()
            .mul_scalar(0.37)
            .sin()
            .reshape([2, 3, 96, 96]);
        let outputs = network.forward(images).logits.into_iter();
        let losses = outputs.map(|logits| {
            let weights = logits.clone().inner().mul_scalar(1.3).cos();
            (logits * Tensor::from_inner(weights)).mean()
        });
        let loss = losses.reduce(|sum, loss| sum + loss).expect("five outputs");
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let mut reached = Reached {
            gradients: &gradients,
            path: Vec::new(),
            parameters: 0,
            missed: Vec::new(),
        };
        network.visit(&mut reached);
        assert_eq!(reached.parameters, 1200);
        assert_eq!(reached.missed, Vec::<String>::new());
    }

    #[test]
    fn dropout_follows_the_devices_seed() {
        own_process::alone(
            "networks::merit_gcascade::tests::dropout_follows_the_devices_seed",
            || {
                let device = Device::flex().autodiff();
                let config = ModelConfig {
                    name: NetworkName::MeritGcascade,
                    width: 8,
                    head_losses: HeadLosses::Sum,
                    ..ModelConfig::default()
                };
                // Layer scales of order 1, so that attention has a visible effect.
                let network = merit_with_windows(&config, 3, &device, [3, 2]);
                let network = crate::tests::pytorch::fill_module(network, burn::tensor::DType::F32);
                let logits = |network: &Network, seed| -> Vec<f32> {
                    let images = Tensor::arange(0..2 * 3 * 96 * 96, &device).float().sin();
                    device.seed(seed);
                    let outputs = network.forward(images.reshape([2, 3, 96, 96]));
                    outputs.logits[0].clone().into_data().iter().collect()
                };
                assert_eq!(logits(&network, 1), logits(&network, 1));
                assert_ne!(logits(&network, 1), logits(&network, 2));
                let whole = network.without_dropout();
                assert_eq!(logits(&whole, 1), logits(&whole, 2));
            },
        );
    }
}
