//! The shortcut around a convolutional block.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;

use super::convolution::{Convolution, ConvolutionConfig};
use crate::layers::builder::Builder;

/// The map itself; for a stride of 2 the mean of each 2×2 pixels; projected where the width changes.
#[derive(Module, Debug)]
pub(super) struct Shortcut {
    expand: Option<Convolution>,
    #[module(skip)]
    stride: usize,
}

impl Shortcut {
    pub(super) fn new(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        stride: usize,
        bias: bool,
    ) -> Self {
        let expand = ConvolutionConfig::new(inputs, outputs, 1).biased(bias);
        Self {
            expand: (inputs != outputs).then(|| Convolution::new(builder, expand)),
            stride,
        }
    }

    pub(super) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let map = if self.stride > 1 {
            avg_pool2d(map, AvgPoolOptions::new([self.stride; 2]))
        } else {
            map
        };
        match &self.expand {
            Some(expand) => expand.forward(map),
            None => map,
        }
    }
}
