//! Convolution without bias followed by batch normalisation, the building block of residual networks.

use burn::module::{Module, Param};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::Tensor;
use ops::Geometry;

use crate::layers::builder::Builder;
use crate::layers::convolution::note_convolution;
use crate::layers::initial::Initial;
use crate::layers::operations::Operations;

/// Settings of a convolution without bias.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConvNormConfig {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// Rows and columns of the kernel, odd.
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) dilation: usize,
    pub(crate) initial: Initial,
}

impl ConvNormConfig {
    /// Stride 1, no dilation, PyTorch's initial weights.
    pub(crate) fn new(inputs: usize, outputs: usize, kernel: usize) -> Self {
        Self {
            inputs,
            outputs,
            kernel,
            stride: 1,
            dilation: 1,
            initial: Initial::Uniform,
        }
    }

    pub(crate) fn strided(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    pub(crate) fn dilated(self, dilation: usize) -> Self {
        Self { dilation, ..self }
    }

    pub(crate) fn initially(self, initial: Initial) -> Self {
        Self { initial, ..self }
    }
}

/// Convolution without bias, padded so that only its stride changes the size, and batch normalisation (scale 1, shift 0).
#[derive(Module, Debug)]
pub(crate) struct ConvNorm {
    weight: Param<Tensor<4>>,
    norm: BatchNorm,
    #[module(skip)]
    geometry: Geometry,
    #[module(skip)]
    operations: Operations,
}

impl ConvNorm {
    pub(crate) fn new(builder: &mut Builder<'_>, config: ConvNormConfig) -> Self {
        let ConvNormConfig {
            inputs,
            outputs,
            kernel,
            stride,
            dilation,
            initial,
        } = config;
        let shape = [outputs, inputs, kernel, kernel];
        let weight = initial.weight(builder, shape, 1);
        Self {
            weight,
            norm: BatchNormConfig::new(outputs).init(builder.device),
            geometry: Geometry {
                stride: [stride; 2],
                padding: [dilation * (kernel / 2); 2],
                dilation: [dilation; 2],
                groups: 1,
            },
            operations: builder.operations,
        }
    }

    fn convolve(&self, input: Tensor<4>) -> Tensor<4> {
        let output = self
            .operations
            .conv2d(input, self.weight.val(), None, self.geometry);
        note_convolution(&self.weight, &output, self.geometry);
        output
    }

    /// Convolution and normalisation.
    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.operations.norm(&self.norm, self.convolve(input))
    }

    /// Convolution, normalisation, ReLU.
    pub(crate) fn forward_relu(&self, input: Tensor<4>) -> Tensor<4> {
        self.operations.norm_relu(&self.norm, self.convolve(input))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn initial_weights_have_the_distributions_of_pytorch() {
        let device = Device::flex();
        let mut builder = Builder {
            device: &device,
            random: ChaCha8Rng::seed_from_u64(1),
            operations: Operations::Ours,
        };
        let mut weights = |initial| -> Vec<f32> {
            let config = ConvNormConfig::new(64, 32, 3).initially(initial);
            let layer = ConvNorm::new(&mut builder, config);
            let scale = layer.norm.gamma.val().into_data();
            assert!(scale.iter::<f32>().all(|scale| (scale - 1.0).abs() < 1e-9));
            layer.weight.val().into_data().iter().collect()
        };
        let deviation = |values: &[f32]| {
            let squares: f32 = values.iter().map(|value| value * value).sum();
            (squares / values.len() as f32).sqrt()
        };
        let residual = deviation(&weights(Initial::FanOut));
        let fan_out: f32 = 32.0 * 9.0;
        assert!((residual / (2.0 / fan_out).sqrt() - 1.0).abs() < 0.03);
        let uniform = weights(Initial::Uniform);
        let bound = 1.0 / (64.0_f32 * 9.0).sqrt();
        assert!(uniform.iter().all(|value| value.abs() <= bound));
        assert!((deviation(&uniform) * 3.0_f32.sqrt() / bound - 1.0).abs() < 0.03);
    }
}
