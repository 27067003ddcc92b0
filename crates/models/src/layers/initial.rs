//! Distributions of a convolution's initial weights.

use burn::module::Param;
use burn::tensor::Tensor;

use crate::layers::builder::Builder;

/// Distribution of a convolution's initial weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Initial {
    /// Kaiming-normal by fan-in, for a ReLU that follows: deviation √(2 / fan-in) (He et al., ICCV 2015).
    FanIn,
    /// The same by fan-out, as in residual networks.
    FanOut,
    /// Uniform within ±1/√fan-in, PyTorch's default.
    Uniform,
}

impl Initial {
    /// A weight `[outputs, inputs of a group, rows, columns]` of a convolution in `groups` groups.
    pub(crate) fn weight(
        self,
        builder: &mut Builder<'_>,
        shape: [usize; 4],
        groups: usize,
    ) -> Param<Tensor<4>> {
        let [outputs, inputs, rows, columns] = shape;
        let fan_in = inputs * rows * columns;
        let normal = |fan: usize| (2.0 / fan as f32).sqrt();
        match self {
            Self::FanIn => builder.normal(shape, 0.0, normal(fan_in)),
            Self::FanOut => {
                let fan_out = outputs / groups * rows * columns;
                builder.normal(shape, 0.0, normal(fan_out))
            }
            Self::Uniform => builder.uniform(shape, fan_in),
        }
    }
}
