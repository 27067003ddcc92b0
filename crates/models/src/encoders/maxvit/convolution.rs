//! Convolutions of MaxViT's stem and convolutional blocks: strided, grouped, with or without a bias.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use ops::Geometry;

use crate::layers::builder::Builder;
use crate::layers::convolution::note_convolution;
use crate::layers::initial::Initial;
use crate::layers::operations::Operations;

/// Settings of a convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConvolutionConfig {
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    groups: usize,
    bias: bool,
}

impl ConvolutionConfig {
    /// An odd `kernel`, stride 1, one group, no bias.
    pub(super) fn new(inputs: usize, outputs: usize, kernel: usize) -> Self {
        Self {
            inputs,
            outputs,
            kernel,
            stride: 1,
            groups: 1,
            bias: false,
        }
    }

    pub(super) fn strided(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// One group for each input channel.
    pub(super) fn depthwise(self) -> Self {
        Self {
            groups: self.inputs,
            ..self
        }
    }

    pub(super) fn biased(self, bias: bool) -> Self {
        Self { bias, ..self }
    }
}

/// Convolution padded so that only its stride changes the size. Initial weights are Kaiming-normal by the fan-out of a group
/// (deviation √(2 / fan-out)); the bias is 0.
#[derive(Module, Debug)]
pub(super) struct Convolution {
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    geometry: Geometry,
    #[module(skip)]
    operations: Operations,
}

impl Convolution {
    pub(super) fn new(builder: &mut Builder<'_>, config: ConvolutionConfig) -> Self {
        let ConvolutionConfig {
            inputs,
            outputs,
            kernel,
            stride,
            groups,
            bias,
        } = config;
        let shape = [outputs, inputs / groups, kernel, kernel];
        Self {
            weight: Initial::FanOut.weight(builder, shape, groups),
            bias: bias.then(|| builder.zeros(outputs)),
            geometry: Geometry {
                stride: [stride; 2],
                groups,
                ..Geometry::same(kernel)
            },
            operations: builder.operations,
        }
    }

    pub(super) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let bias = self.bias.as_ref().map(Param::val);
        let output = self
            .operations
            .conv2d(map, self.weight.val(), bias, self.geometry);
        note_convolution(&self.weight, &output, self.geometry);
        output
    }
}
