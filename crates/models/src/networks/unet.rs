//! U-Net: encoder, transposed convolutions, and skip connections between equal levels.
//!
//! Ronneberger, Fischer, Brox, MICCAI 2015, in the variant that the authors of UNet 3+ compare with: convolutions that keep
//! the size, batch normalisation in the encoder and none in the decoder. 39.4 million parameters at width 64.

pub(crate) mod architecture;
pub(crate) mod names;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::config::ModelConfig;
use crate::encoders::unet::Encoder;
use crate::layers::builder::Builder;
use crate::layers::convolution::{Convolution, Upconvolution};
use crate::layers::operations::Operations;
use crate::outputs::Outputs;

/// One level of the decoder: double the size, concatenate the skip connection, convolve twice.
#[derive(Module, Debug)]
struct DecoderBlock {
    up: Upconvolution,
    first: Convolution,
    second: Convolution,
    #[module(skip)]
    operations: Operations,
}

impl DecoderBlock {
    fn new(builder: &mut Builder<'_>, width: usize) -> Self {
        Self {
            up: Upconvolution::new(builder, 2 * width, width),
            first: Convolution::new(builder, 2 * width, width, 3),
            second: Convolution::new(builder, width, width, 3),
            operations: builder.operations,
        }
    }

    fn forward(&self, below: Tensor<4>, skip: Tensor<4>) -> Tensor<4> {
        let joined = self
            .operations
            .concatenate(vec![self.up.forward(below), skip]);
        relu(self.second.forward(relu(self.first.forward(joined))))
    }
}

/// U-Net with five levels.
#[derive(Module, Debug)]
pub struct UNet {
    encoder: Encoder,
    decoder: Vec<DecoderBlock>,
    head: Convolution,
}

impl UNet {
    pub(crate) fn new(builder: &mut Builder<'_>, config: &ModelConfig, classes: usize) -> Self {
        let width = config.width;
        Self {
            encoder: Encoder::new(builder, 3, width),
            decoder: (0..4)
                .rev()
                .map(|level| DecoderBlock::new(builder, width << level))
                .collect(),
            head: Convolution::new(builder, width, classes, 3),
        }
    }

    pub(crate) fn forward(&self, image: Tensor<4>) -> Outputs {
        let mut maps = self.encoder.forward(image);
        let mut map = maps.pop().expect("five levels");
        for block in &self.decoder {
            map = block.forward(map, maps.pop().expect("a skip for each block"));
        }
        Outputs::of_equal_heads(vec![self.head.forward(map)])
    }
}
