//! The convolution as an operation that each backend implements.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::DType;
use rayon::prelude::*;

use super::geometry::Geometry;
use super::{cpu, formula, graphics};

/// Convolution and its gradients. The default bodies are composed of Burn's built-in operations, which exist on every device; a
/// backend overrides what it does faster.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ConvolutionBackend: Backend {
    /// `[b, c, h, w]` * `[o, c, kh, kw]` + `[o]` → `[b, o, h', w']`.
    #[fusion(default)]
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        formula::forward::<Self>(input, weight, bias, geometry)
    }

    /// Gradient with respect to the input, whose rows and columns are `size`.
    #[fusion(default)]
    fn convolution_input_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        formula::input_gradient::<Self>(gradient, weight, geometry, size)
    }

    /// Gradient with respect to the weight, whose kernel has the rows and columns `kernel`.
    #[fusion(default)]
    fn convolution_weight_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
        kernel: [usize; 2],
    ) -> FloatTensor<Self> {
        formula::weight_gradient::<Self>(input, gradient, geometry, kernel)
    }

    /// Gradient with respect to the bias: the sum over batch, rows and columns.
    #[fusion(default)]
    fn convolution_bias_gradient(gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        formula::bias_gradient::<Self>(gradient)
    }

    /// `[b, o, h', w']` * `[o, c, kh, kw]` + `[c]` → `[b, c, size…]`: the gradient of a convolution with respect to
    /// its input, as an operation of its own.
    #[fusion(default)]
    fn transposed_convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        formula::transposed::<Self>(input, weight, bias, geometry, size)
    }
}

impl ConvolutionBackend for CubeBackend {
    fn convolution(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        geometry: Geometry,
    ) -> CubeTensor {
        if input.dtype() == DType::F32 {
            graphics::forward(input, weight, bias, geometry)
        } else {
            formula::forward::<Self>(input, weight, bias, geometry)
        }
    }

    fn convolution_input_gradient(
        gradient: CubeTensor,
        weight: CubeTensor,
        geometry: Geometry,
        size: [usize; 2],
    ) -> CubeTensor {
        if gradient.dtype() == DType::F32 {
            graphics::input_gradient(gradient, weight, None, geometry, size)
        } else {
            formula::input_gradient::<Self>(gradient, weight, geometry, size)
        }
    }

    fn convolution_weight_gradient(
        input: CubeTensor,
        gradient: CubeTensor,
        geometry: Geometry,
        kernel: [usize; 2],
    ) -> CubeTensor {
        if gradient.dtype() == DType::F32 {
            graphics::weight_gradient(input, gradient, geometry, kernel)
        } else {
            formula::weight_gradient::<Self>(input, gradient, geometry, kernel)
        }
    }

    fn convolution_bias_gradient(gradient: CubeTensor) -> CubeTensor {
        if gradient.dtype() == DType::F32 {
            graphics::bias_gradient(gradient)
        } else {
            formula::bias_gradient::<Self>(gradient)
        }
    }

    fn transposed_convolution(
        input: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        geometry: Geometry,
        size: [usize; 2],
    ) -> CubeTensor {
        if input.dtype() == DType::F32 {
            graphics::input_gradient(input, weight, Some(bias), geometry, size)
        } else {
            formula::transposed::<Self>(input, weight, bias, geometry, size)
        }
    }
}

impl ConvolutionBackend for Flex {
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if input.dtype() == DType::F32 {
            cpu::forward(&input, &weight, &bias, geometry)
        } else {
            formula::forward::<Self>(input, weight, bias, geometry)
        }
    }

    fn convolution_input_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        if gradient.dtype() == DType::F32 {
            cpu::input_gradient(&gradient, &weight, geometry, size)
        } else {
            formula::input_gradient::<Self>(gradient, weight, geometry, size)
        }
    }

    fn convolution_weight_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
        kernel: [usize; 2],
    ) -> FloatTensor<Self> {
        if gradient.dtype() == DType::F32 {
            cpu::weight_gradient(&input, &gradient, geometry, kernel)
        } else {
            formula::weight_gradient::<Self>(input, gradient, geometry, kernel)
        }
    }

    fn convolution_bias_gradient(gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        if gradient.dtype() == DType::F32 {
            cpu::bias_gradient(&gradient)
        } else {
            formula::bias_gradient::<Self>(gradient)
        }
    }

    fn transposed_convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        if input.dtype() == DType::F32 {
            let sums = Self::convolution_input_gradient(input, weight, geometry, size);
            with_bias(sums, &bias)
        } else {
            formula::transposed::<Self>(input, weight, bias, geometry, size)
        }
    }
}

/// Adds the bias of each channel to maps `[b, c, h, w]`, in place if nobody else refers to them.
fn with_bias(maps: FlexTensor, bias: &FlexTensor) -> FlexTensor {
    let mut maps = maps;
    let [_, channels, rows, columns] = maps.shape().dims();
    let bias = bias.to_contiguous();
    let bias: &[f32] = bias.storage();
    maps.storage_mut::<f32>()
        .par_chunks_mut((rows * columns).max(1))
        .enumerate()
        .for_each(|(map, values)| {
            let bias = bias[map % channels];
            for value in values {
                *value += bias;
            }
        });
    maps
}
