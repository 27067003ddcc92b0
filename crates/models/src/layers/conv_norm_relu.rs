//! Convolution, batch normalisation and ReLU, the building block of the U-Nets.

use burn::module::Module;
use burn::nn::BatchNorm;
use burn::tensor::Tensor;

use crate::layers::batch_norm::is_trained;
use crate::layers::builder::Builder;
use crate::layers::convolution::Convolution;
use crate::layers::norm::batch_norm;
use crate::layers::operations::Operations;

/// 3×3 convolution, batch normalisation, ReLU.
#[derive(Module, Debug)]
pub(crate) struct ConvNormRelu {
    convolution: Convolution,
    norm: BatchNorm,
    #[module(skip)]
    operations: Operations,
}

impl ConvNormRelu {
    pub(crate) fn new(builder: &mut Builder<'_>, inputs: usize, outputs: usize) -> Self {
        Self {
            convolution: Convolution::new(builder, inputs, outputs, 3),
            norm: batch_norm(builder, outputs),
            operations: builder.operations,
        }
    }

    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let parameters = self.convolution.parameters(is_trained(&self.norm, &input));
        let map = self.convolution.forward_with(input, parameters);
        self.operations.norm_relu(&self.norm, map)
    }

    /// The same on `input` enlarged to `size`.
    pub(crate) fn forward_upsampled(&self, input: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        let parameters = self.convolution.parameters(is_trained(&self.norm, &input));
        let map = self.convolution.forward_upsampled(input, size, parameters);
        self.operations.norm_relu(&self.norm, map)
    }
}
