//! Linear layers on tokens that are stored as maps.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use ops::Geometry;

use crate::layers::builder::Builder;
use crate::layers::notes::note;
use crate::layers::operations::Operations;

/// Multiplies every pixel's channels by a matrix: a linear layer on tokens stored as maps. The weight is `[outputs, inputs]`.
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
