//! Which operations a network is built of: those of this program, or Burn's built-in ones to compare with.

use burn::nn::BatchNorm;
use burn::tensor::activation::relu;
use burn::tensor::module::{conv_transpose2d, conv2d, interpolate};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};
use ops::{Corners, Geometry, resize_bilinear};

use crate::layers::batch_norm;

/// Which operations a network is built of. Parameters, their names and checkpoints are the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operations {
    /// The operations of the crate `ops`.
    #[default]
    Ours,
    /// Burn's built-in operations, except for the resize where Burn has no gradient ([`Operations::resize_has_gradient`]).
    Stock,
}

impl Operations {
    /// Whether a bilinear resize of these operations has a gradient on `device`. Burn's panics on GPUs.
    #[must_use]
    pub fn resize_has_gradient(self, device: &Device) -> bool {
        self == Self::Ours || device.clone().without_autodiff() == Device::flex()
    }

    /// Convolution, as in [`ops::conv2d`].
    #[must_use]
    pub fn conv2d(
        self,
        input: Tensor<4>,
        weight: Tensor<4>,
        bias: Option<Tensor<1>>,
        geometry: Geometry,
    ) -> Tensor<4> {
        match self {
            Self::Ours => ops::conv2d(input, weight, bias, geometry),
            Self::Stock => {
                let Geometry {
                    stride,
                    padding,
                    dilation,
                    groups,
                } = geometry;
                let options = ConvOptions::new(stride, padding, dilation, groups);
                conv2d(input, weight, bias, options)
            }
        }
    }

    /// Convolution of stride 1 of `input` enlarged to `size`.
    pub(crate) fn conv2d_upsampled(
        self,
        input: Tensor<4>,
        weight: Tensor<4>,
        bias: Tensor<1>,
        size: [usize; 2],
    ) -> Tensor<4> {
        match self {
            Self::Ours => {
                ops::conv2d_upsampled(input, weight, Some(bias), size, Corners::HalfPixel)
            }
            Self::Stock => {
                let geometry = Geometry::same(weight.dims()[2]);
                self.conv2d(self.resize(input, size), weight, Some(bias), geometry)
            }
        }
    }

    /// Transposed convolution that gives maps of `size`.
    pub(crate) fn conv_transpose2d(
        self,
        input: Tensor<4>,
        weight: Tensor<4>,
        bias: Tensor<1>,
        geometry: Geometry,
        size: [usize; 2],
    ) -> Tensor<4> {
        if self == Self::Ours {
            return ops::conv_transpose2d(input, weight, Some(bias), geometry, size);
        }
        let [_, _, height, width] = input.dims();
        let [_, _, rows, columns] = weight.dims();
        // Burn takes the padding at the lower and right edges as an argument.
        let missing = [0, 1].map(|axis| {
            let reach = geometry.dilation[axis] * ([rows, columns][axis] - 1) + 1;
            let whole = ([height, width][axis] - 1) * geometry.stride[axis] + reach;
            size[axis] + 2 * geometry.padding[axis] - whole
        });
        let Geometry {
            stride,
            padding,
            dilation,
            groups,
        } = geometry;
        let options = ConvTransposeOptions::new(stride, padding, missing, dilation, groups);
        conv_transpose2d(input, weight, Some(bias), options)
    }

    /// Batch normalisation and ReLU; Burn's updates the running variance with the population variance, not that of a sample.
    pub(crate) fn norm_relu(self, norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Ours => batch_norm::norm_relu(norm, input),
            Self::Stock => relu(norm.forward(input)),
        }
    }

    /// Concatenates maps along their channels.
    pub(crate) fn concatenate(self, maps: Vec<Tensor<4>>) -> Tensor<4> {
        match self {
            Self::Ours => ops::concatenate(maps),
            Self::Stock => Tensor::cat(maps, 1),
        }
    }

    /// Batch normalisation; for Burn's see [`norm_relu`](Self::norm_relu).
    pub(crate) fn norm(self, norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Ours => batch_norm::norm(norm, input),
            Self::Stock => norm.forward(input),
        }
    }

    /// Bilinear resize, half-pixel centres.
    pub(crate) fn resize(self, input: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        let [_, _, height, width] = input.dims();
        if self == Self::Ours
            || [height, width] == size
            || !self.resize_has_gradient(&input.device())
        {
            return resize_bilinear(input, size, Corners::HalfPixel);
        }
        let options = InterpolateOptions::new(InterpolateMode::Bilinear)
            .with_align_corners(false)
            .with_output_size(size);
        interpolate(input, options)
    }
}
