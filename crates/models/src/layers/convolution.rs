//! The layers that the networks share, with the initial weights drawn on the host: the same seed gives the same network on
//! every device.

use burn::module::{Module, Param, RunningState};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, Tensor, TensorData};
use ops::{Activation, Geometry, layer_norm};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Uniform};

use crate::Operations;
use crate::initial::Initial;
use crate::summary::note;

/// Where new layers get their weights and their device from.
pub(crate) struct Builder<'a> {
    pub(crate) device: &'a Device,
    pub(crate) random: ChaCha8Rng,
    /// Whose operations the layers carry out.
    pub(crate) operations: Operations,
}

impl Builder<'_> {
    /// A normally distributed parameter of this shape.
    pub(crate) fn normal<const D: usize>(
        &mut self,
        shape: [usize; D],
        mean: f32,
        deviation: f32,
    ) -> Param<Tensor<D>> {
        let normal = Normal::new(mean, deviation).expect("a positive, finite deviation");
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| normal.sample(&mut self.random))
            .collect();
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, shape),
            self.device,
        ))
    }

    /// A parameter of this shape, uniformly distributed within ±1/√fan-in: PyTorch's default.
    pub(crate) fn uniform<const D: usize>(
        &mut self,
        shape: [usize; D],
        fan_in: usize,
    ) -> Param<Tensor<D>> {
        self.uniform_within(shape, 1.0 / (fan_in as f32).sqrt())
    }

    /// A parameter of this shape, uniformly distributed within ±`bound`.
    fn uniform_within<const D: usize>(
        &mut self,
        shape: [usize; D],
        bound: f32,
    ) -> Param<Tensor<D>> {
        let uniform = Uniform::new_inclusive(-bound, bound).expect("finite bounds in order");
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| uniform.sample(&mut self.random))
            .collect();
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, shape),
            self.device,
        ))
    }

    pub(crate) fn zeros(&self, size: usize) -> Param<Tensor<1>> {
        Param::from_tensor(Tensor::zeros([size], self.device))
    }
}

/// Convolution with bias; of stride 1 and the same size unless something else is said.
#[derive(Module, Debug)]
pub(crate) struct Convolution {
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    geometry: Geometry,
    #[module(skip)]
    operations: Operations,
}

impl Convolution {
    pub(crate) fn new(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
    ) -> Self {
        let geometry = Geometry::same(kernel);
        Self::with_geometry(builder, inputs, outputs, kernel, geometry, Initial::FanIn)
    }

    /// The same with PyTorch's default initial weights.
    pub(crate) fn uniform(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
    ) -> Self {
        let geometry = Geometry::same(kernel);
        Self::with_geometry(builder, inputs, outputs, kernel, geometry, Initial::Uniform)
    }

    /// Any stride, padding and groups. The bias is 0 unless the weights are uniform.
    pub(crate) fn with_geometry(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
        geometry: Geometry,
        initial: Initial,
    ) -> Self {
        let taken = inputs / geometry.groups;
        let shape = [outputs, taken, kernel, kernel];
        Self {
            weight: initial.weight(builder, shape, geometry.groups),
            bias: match initial {
                Initial::Uniform => builder.uniform([outputs], taken * kernel * kernel),
                Initial::FanIn | Initial::FanOut => builder.zeros(outputs),
            },
            geometry,
            operations: builder.operations,
        }
    }

    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        let output = self
            .operations
            .conv2d(input, weight, Some(bias), self.geometry);
        note_convolution(&self.weight, &output, self.geometry);
        output
    }

    /// Of `input` resized to `size`, which it is smaller than.
    pub(crate) fn forward_upsampled(&self, input: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        let output = self.operations.conv2d_upsampled(input, weight, bias, size);
        note_convolution(&self.weight, &output, self.geometry);
        output
    }
}

/// Tells a summary of a convolution.
pub(crate) fn note_convolution(weight: &Param<Tensor<4>>, output: &Tensor<4>, geometry: Geometry) {
    let [_, inputs, rows, columns] = weight.dims();
    note(weight, output, inputs * rows * columns, || {
        let Geometry {
            stride,
            dilation,
            groups,
            ..
        } = geometry;
        let mut text = format!("convolution {rows}×{columns} of {}", groups * inputs);
        for (word, number) in [
            ("stride", stride[0]),
            ("dilation", dilation[0]),
            ("groups", groups),
        ] {
            if number > 1 {
                text += &format!(", {word} {number}");
            }
        }
        text
    });
}

/// Transposed convolution that doubles the size: kernel 4, stride 2, padding 1, with bias.
#[derive(Module, Debug)]
pub(crate) struct Upconvolution {
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    operations: Operations,
}

impl Upconvolution {
    pub(crate) fn new(builder: &mut Builder<'_>, inputs: usize, outputs: usize) -> Self {
        Self {
            weight: Initial::FanIn.weight(builder, [inputs, outputs, 4, 4], 1),
            bias: builder.zeros(outputs),
            operations: builder.operations,
        }
    }

    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let [_, _, rows, columns] = input.dims();
        let geometry = Geometry {
            stride: [2, 2],
            padding: [1, 1],
            dilation: [1, 1],
            groups: 1,
        };
        let size = [2 * rows, 2 * columns];
        let output = self.operations.conv_transpose2d(
            input,
            self.weight.val(),
            self.bias.val(),
            geometry,
            size,
        );
        let inputs = self.weight.dims()[0];
        // Four of the sixteen taps meet each pixel that comes out.
        note(&self.weight, &output, 4 * inputs, || {
            format!("transposed convolution 4×4 of {inputs}, stride 2")
        });
        output
    }
}

/// Every pixel's channels times a matrix: a linear layer on tokens, kept as maps. The weight is `[outputs, inputs]`.
#[derive(Module, Debug)]
pub(crate) struct Linear {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    operations: Operations,
}

impl Linear {
    /// Weights normally distributed with this deviation, bias 0.
    pub(crate) fn normal(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        deviation: f32,
    ) -> Self {
        Self {
            weight: builder.normal([outputs, inputs], 0.0, deviation),
            bias: builder.zeros(outputs),
            operations: builder.operations,
        }
    }

    /// Xavier-uniform weights (Glorot, Bengio, AISTATS 2010): within ±√(6 / (inputs + outputs)). The bias has this
    /// deviation.
    pub(crate) fn xavier(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        deviation: f32,
    ) -> Self {
        let bound = (6.0 / (inputs + outputs) as f32).sqrt();
        Self {
            weight: builder.uniform_within([outputs, inputs], bound),
            bias: builder.normal([outputs], 0.0, deviation),
            operations: builder.operations,
        }
    }

    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let weight = self.weight.val();
        let [outputs, inputs] = weight.dims();
        let weight = weight.reshape([outputs, inputs, 1, 1]);
        let bias = Some(self.bias.val());
        let output = self.operations.conv2d(map, weight, bias, Geometry::same(1));
        note(&self.weight, &output, inputs, || {
            format!("linear of {inputs}")
        });
        output
    }
}

/// Layer normalisation of every pixel's channels: scale 1, shift 0.
#[derive(Module, Debug)]
pub(crate) struct LayerNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl LayerNorm {
    pub(crate) fn new(builder: &Builder<'_>, channels: usize, epsilon: f64) -> Self {
        Self {
            gamma: Param::from_tensor(Tensor::ones([channels], builder.device)),
            beta: builder.zeros(channels),
            epsilon,
        }
    }

    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        layer_norm(map, self.gamma.val(), self.beta.val(), self.epsilon)
    }
}

/// Batch normalisation: scale drawn from N(1, 0.02), shift 0, ε 1e-5, momentum 0.1.
pub(crate) fn batch_norm(builder: &mut Builder<'_>, channels: usize) -> BatchNorm {
    let mut norm = BatchNormConfig::new(channels).init(builder.device);
    norm.gamma = builder.normal([channels], 1.0, 0.02);
    norm
}

/// Batch normalisation and ReLU. In training by the batch's own statistics, which move the running ones.
pub(crate) fn norm_relu(norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
    if is_trained(norm, &input) {
        return trained_norm(norm, input, Activation::Relu);
    }
    evaluated_norm(norm, input, Activation::Relu)
}

/// Batch normalisation alone, likewise.
pub(crate) fn norm(norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
    if is_trained(norm, &input) {
        return trained_norm(norm, input, Activation::None);
    }
    evaluated_norm(norm, input, Activation::None)
}

/// By the running statistics.
fn evaluated_norm(norm: &BatchNorm, input: Tensor<4>, activation: Activation) -> Tensor<4> {
    let [mean, variance] = [&norm.running_mean, &norm.running_var].map(RunningState::value_sync);
    let parameters = [norm.gamma.val(), norm.beta.val()];
    ops::batch_norm_by(
        input,
        [mean, variance],
        parameters,
        norm.epsilon,
        activation,
    )
}

fn trained_norm(norm: &BatchNorm, input: Tensor<4>, activation: Activation) -> Tensor<4> {
    let count = values_of_a_channel(&input);
    let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
    let found = ops::batch_norm(input, gamma, beta, norm.epsilon, activation);
    move_statistics(norm, found.mean, found.variance, count);
    found.output
}

fn is_trained(norm: &BatchNorm, input: &Tensor<4>) -> bool {
    input.device().is_autodiff() && norm.training.is_enabled()
}

fn values_of_a_channel(input: &Tensor<4>) -> usize {
    let [batch, _, height, width] = input.dims();
    batch * height * width
}

/// Moves the running statistics as PyTorch does: the running variance is that of a sample (divided by one less than the
/// number of values), where `variance` is that of the values themselves.
fn move_statistics(norm: &BatchNorm, mean: Tensor<1>, variance: Tensor<1>, count: usize) {
    let count = count as f64;
    let momentum = norm.momentum;
    let moved = |running: Tensor<1>, found: Tensor<1>| {
        let device = found.device();
        let kept = running.to_device(&device).mul_scalar(1.0 - momentum);
        (kept + found.mul_scalar(momentum)).detach()
    };
    let variance = variance.mul_scalar(count / (count - 1.0).max(1.0));
    let mean = moved(norm.running_mean.value_sync(), mean);
    let variance = moved(norm.running_var.value_sync(), variance);
    norm.running_mean.update(mean);
    norm.running_var.update(variance);
}
