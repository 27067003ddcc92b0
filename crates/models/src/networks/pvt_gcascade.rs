//! PVT-GCASCADE: a Pyramid Vision Transformer, decoded by graph convolutions.
//!
//! Rahman and Marculescu, *G-CASCADE: Efficient Cascaded Graph Convolutional Decoding for 2D Medical Image Segmentation*,
//! WACV 2024. 26.63 million parameters with the encoder B2, width 64 and 4 classes.
//!
//! The published network also takes images of one channel, through a 1×1 convolution to three with normalisation and ReLU. In
//! this program images always have three channels; with `grey_input` the first one goes through that layer.

pub(crate) mod architecture;
pub(crate) mod names;

use burn::module::Module;
use burn::tensor::Tensor;

use crate::config::ModelConfig;
use crate::decoders::gcascade::head_losses::HeadLosses;
use crate::decoders::gcascade::{Decoder, Heads};
use crate::encoders::pvt::Pvt;
use crate::layers::builder::Builder;
use crate::layers::grey_input::GreyInput;
use crate::layers::operations::Operations;
use crate::outputs::Outputs;

/// Encoder, decoder, and a head on each of the decoder's four maps.
#[derive(Module, Debug)]
pub struct PvtGcascade {
    grey: Option<GreyInput>,
    encoder: Pvt,
    decoder: Decoder,
    heads: Heads,
    #[module(skip)]
    head_losses: HeadLosses,
    #[module(skip)]
    operations: Operations,
}

impl PvtGcascade {
    pub(crate) fn new(builder: &mut Builder<'_>, config: &ModelConfig, classes: usize) -> Self {
        let mut channels = config.pvt.channels(config.width);
        channels.reverse();
        Self {
            grey: config.grey_input.then(|| GreyInput::new(builder)),
            encoder: Pvt::new(builder, config.pvt, config.width),
            decoder: Decoder::new(builder, channels, config.aggregation),
            heads: Heads::new(builder, channels, config.aggregation, classes),
            head_losses: config.head_losses,
            operations: builder.operations,
        }
    }

    /// Logits at the image's size: those that predict, then, in training, all others that have a loss.
    pub(crate) fn forward(&self, image: Tensor<4>) -> Outputs {
        let [_, _, height, width] = image.dims();
        let image = match &self.grey {
            Some(grey) => grey.forward(image),
            None => image,
        };
        let decoded = self.decoder.forward(self.encoder.forward(image));
        let maps: Vec<Tensor<4>> = self
            .heads
            .forward(decoded)
            .into_iter()
            .map(|logits| self.operations.resize(logits, [height, width]))
            .collect();
        Outputs::of_equal_heads(self.head_losses.compose(&maps))
    }

    /// Disables dropout, also in training.
    pub(crate) fn disable_dropout(&mut self) {
        self.encoder.disable_dropout();
    }

    /// The encoder's maps, the largest first, and the decoder's, the smallest first.
    #[cfg(test)]
    pub(crate) fn stages(&self, image: Tensor<4>) -> Vec<Tensor<4>> {
        let mut maps = self.encoder.forward(image);
        maps.extend(self.decoder.forward(maps.clone()));
        maps
    }
}
