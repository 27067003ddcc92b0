//! Convolutions with a bias, plain and transposed.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use ops::{Geometry, with_cancelled_bias};

use crate::layers::builder::Builder;
use crate::layers::initial::Initial;
use crate::layers::notes::note;
use crate::layers::operations::Operations;

/// Convolution with bias, of stride 1 and unchanged size unless built with another geometry.
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
        let group_inputs = inputs / geometry.groups;
        let shape = [outputs, group_inputs, kernel, kernel];
        Self {
            weight: initial.weight(builder, shape, geometry.groups),
            bias: match initial {
                Initial::Uniform => builder.uniform([outputs], group_inputs * kernel * kernel),
                Initial::FanIn | Initial::FanOut => builder.zeros(outputs),
            },
            geometry,
            operations: builder.operations,
        }
    }

    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.forward_with(input, self.parameters(false))
    }

    /// Weight and bias. If a normalisation by the batch's own statistics cancels the bias, the gradient of the bias is 0.
    pub(crate) fn parameters(&self, cancelled: bool) -> (Tensor<4>, Tensor<1>) {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        if cancelled && self.operations == Operations::Ours {
            let weight = with_cancelled_bias(weight, bias.clone());
            // `detach` alone would keep its gradient.
            return (weight, bias.inner());
        }
        (weight, bias)
    }

    /// The convolution with these of its [`parameters`](Self::parameters).
    pub(crate) fn forward_with(
        &self,
        input: Tensor<4>,
        (weight, bias): (Tensor<4>, Tensor<1>),
    ) -> Tensor<4> {
        let output = self
            .operations
            .conv2d(input, weight, Some(bias), self.geometry);
        note_convolution(&self.weight, &output, self.geometry);
        output
    }

    /// The same of `input` enlarged to `size`.
    pub(crate) fn forward_upsampled(
        &self,
        input: Tensor<4>,
        size: [usize; 2],
        (weight, bias): (Tensor<4>, Tensor<1>),
    ) -> Tensor<4> {
        let output = self.operations.conv2d_upsampled(input, weight, bias, size);
        note_convolution(&self.weight, &output, self.geometry);
        output
    }
}

/// Notes a convolution for the table of layers.
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
        // Each output pixel gets four of the sixteen taps.
        note(&self.weight, &output, 4 * inputs, || {
            format!("transposed convolution 4×4 of {inputs}, stride 2")
        });
        output
    }
}
