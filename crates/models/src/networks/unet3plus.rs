//! UNet 3+: every level of the decoder sees every level of the network, at full scale.
//!
//! Huang et al., *UNet 3+: A Full-Scale Connected UNet for Medical Image Segmentation*, ICASSP 2020. 26.98 million
//! parameters at width 64 with 4 or 5 classes.

pub(crate) mod architecture;
pub(crate) mod names;

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::Tensor;
use ops::max_pool2d;

use crate::config::ModelConfig;
use crate::encoders::unet::Encoder;
use crate::layers::builder::Builder;
use crate::layers::conv_norm_relu::ConvNormRelu;
use crate::layers::convolution::Convolution;
use crate::layers::operations::Operations;
use crate::outputs::Outputs;

/// Levels of the network; level 0 has the size of the image, each next one half of the previous.
const LEVELS: usize = 5;

/// One node of the decoder: five maps resized to its scale, each reduced to `width` channels, concatenated and convolved.
#[derive(Module, Debug)]
struct Node {
    branches: Vec<ConvNormRelu>,
    fusion: ConvNormRelu,
    #[module(skip)]
    operations: Operations,
}

impl Node {
    /// `channels` of the five input maps, shallow to deep.
    fn new(builder: &mut Builder<'_>, channels: [usize; LEVELS], width: usize) -> Self {
        Self {
            branches: channels
                .iter()
                .map(|channels| ConvNormRelu::new(builder, *channels, width))
                .collect(),
            fusion: ConvNormRelu::new(builder, LEVELS * width, LEVELS * width),
            operations: builder.operations,
        }
    }

    /// `maps`, shallow to deep, at the scale of `level`: shallower maps are pooled, deeper ones enlarged and convolved in one
    /// operation.
    fn forward(&self, maps: &[Tensor<4>], level: usize) -> Tensor<4> {
        let [_, _, height, width] = maps[level].dims();
        let branches = self
            .branches
            .iter()
            .zip(maps)
            .enumerate()
            .map(|(from, (branch, map))| {
                if from <= level {
                    branch.forward(max_pool2d(map.clone(), 1 << (level - from)))
                } else {
                    branch.forward_upsampled(map.clone(), [height, width])
                }
            })
            .collect();
        self.fusion.forward(self.operations.concatenate(branches))
    }
}

/// The classification-guided module: does this image contain any foreground?
#[derive(Module, Debug)]
struct Gate {
    dropout: Dropout,
    convolution: Convolution,
}

impl Gate {
    /// Two logits per image, `[batch, 2]`: nothing, something.
    fn forward(&self, deepest: Tensor<4>) -> Tensor<2> {
        let map = self.convolution.forward(self.dropout.forward(deepest));
        let [batch, classes, height, width] = map.dims();
        map.reshape([batch, classes, height * width])
            .max_dim(2)
            .reshape([batch, classes])
    }
}

/// UNet 3+, optionally with deep supervision and the classification-guided module.
#[derive(Module, Debug)]
pub struct UNet3Plus {
    encoder: Encoder,
    /// The nodes from the second deepest level up to full size.
    decoder: Vec<Node>,
    /// The full-size head, then, with deep supervision, those of the levels below it.
    heads: Vec<Convolution>,
    gate: Option<Gate>,
    #[module(skip)]
    operations: Operations,
}

impl UNet3Plus {
    pub(crate) fn new(builder: &mut Builder<'_>, config: &ModelConfig, classes: usize) -> Self {
        let width = config.width;
        let concatenated = LEVELS * width;
        let deepest = width << (LEVELS - 1);
        let encoder = Encoder::new(builder, 3, width);
        let decoder = (0..LEVELS - 1)
            .rev()
            .map(|level| {
                let mut channels = [0; LEVELS];
                for (from, channels) in channels.iter_mut().enumerate() {
                    // Levels up to this one come from the encoder, deeper ones from the decoder; the deepest map is both.
                    *channels = if from > level && from < LEVELS - 1 {
                        concatenated
                    } else {
                        width << from
                    };
                }
                Node::new(builder, channels, width)
            })
            .collect();
        let mut heads = vec![Convolution::new(builder, concatenated, classes, 3)];
        if config.deep_supervision {
            heads.extend(
                (1..LEVELS - 1).map(|_| Convolution::new(builder, concatenated, classes, 3)),
            );
            heads.push(Convolution::new(builder, deepest, classes, 3));
        }
        let gate = config.classification_guided.then(|| Gate {
            dropout: DropoutConfig::new(0.5).init(),
            convolution: Convolution::new(builder, deepest, 2, 1),
        });
        Self {
            encoder,
            decoder,
            heads,
            gate,
            operations: builder.operations,
        }
    }

    /// Logits at the image's size, full-size head first, and the gate's logits if there is one.
    pub(crate) fn forward(&self, image: Tensor<4>) -> Outputs {
        let [_, _, height, width] = image.dims();
        // Shallow to deep; the decoder replaces the encoder's maps from the second deepest upwards.
        let mut maps = self.encoder.forward(image);
        for (node, level) in self.decoder.iter().zip((0..LEVELS - 1).rev()) {
            maps[level] = node.forward(&maps, level);
        }
        let gate = self
            .gate
            .as_ref()
            .map(|gate| gate.forward(maps[LEVELS - 1].clone()));
        let logits = self
            .heads
            .iter()
            .zip(maps)
            .map(|(head, map)| self.operations.resize(head.forward(map), [height, width]))
            .collect();
        Outputs {
            gate,
            ..Outputs::of_equal_heads(logits)
        }
    }

    /// Disables dropout, also in training.
    pub(crate) fn disable_dropout(&mut self) {
        if let Some(gate) = &mut self.gate {
            gate.dropout.prob = 0.0;
        }
    }
}
