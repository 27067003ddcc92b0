//! The encoder that UNet and UNet 3+ share.

pub(crate) mod names;

use burn::module::Module;
use burn::tensor::Tensor;
use ops::max_pool2d;

use crate::architecture::Sides;
use crate::largest_tensor::LargestTensor;
use crate::layers::builder::Builder;
use crate::layers::conv_norm_relu::ConvNormRelu;

/// Images that can be halved four times.
pub(crate) const SIDES: Sides = Sides {
    multiple: 16,
    least: 16,
    expected: "images whose height and width are multiples of 16",
};

/// The largest weight of the encoder, and of both networks.
pub(crate) fn deepest_weight(width: usize) -> LargestTensor {
    let deepest = 16 * width;
    LargestTensor {
        name: "weight of the deepest convolution",
        shape: [deepest, deepest, 3, 3],
    }
}

/// Convolution, batch normalisation and ReLU, twice: one level of an encoder.
#[derive(Module, Debug)]
pub(crate) struct EncoderBlock {
    first: ConvNormRelu,
    second: ConvNormRelu,
}

impl EncoderBlock {
    pub(crate) fn new(builder: &mut Builder<'_>, inputs: usize, outputs: usize) -> Self {
        Self {
            first: ConvNormRelu::new(builder, inputs, outputs),
            second: ConvNormRelu::new(builder, outputs, outputs),
        }
    }

    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.second.forward(self.first.forward(input))
    }
}

/// Five encoder levels of widths w, 2w, 4w, 8w, 16w with 2×2 max-pooling between them.
#[derive(Module, Debug)]
pub(crate) struct Encoder {
    levels: Vec<EncoderBlock>,
}

impl Encoder {
    pub(crate) fn new(builder: &mut Builder<'_>, inputs: usize, width: usize) -> Self {
        let mut from = inputs;
        let levels = (0..5)
            .map(|level| {
                let to = width << level;
                let block = EncoderBlock::new(builder, from, to);
                from = to;
                block
            })
            .collect();
        Self { levels }
    }

    /// The maps of all five levels, full size first.
    pub(crate) fn forward(&self, image: Tensor<4>) -> Vec<Tensor<4>> {
        let mut maps: Vec<Tensor<4>> = Vec::with_capacity(5);
        for level in &self.levels {
            let input = match maps.last() {
                Some(map) => max_pool2d(map.clone(), 2),
                None => image.clone(),
            };
            maps.push(level.forward(input));
        }
        maps
    }
}
