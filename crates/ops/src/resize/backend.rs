//! The resize as an operation that each backend implements.

use burn::backend::flex::FlexTensor;
#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::TensorData;

use super::axis::Scale;
use super::{cpu, graphics};

/// Bilinear resize of 32-bit numbers, and its gradient with respect to the input.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ResizeBackend: Backend {
    /// `[b, c, from…]` → `[b, c, to…]`.
    #[fusion(meta = |input: &TensorSpec, scale: &Scale| spec(input, scale.to))]
    fn resize(input: FloatTensor<Self>, scale: Scale) -> FloatTensor<Self>;

    /// `[b, c, to…]` → `[b, c, from…]`.
    #[fusion(meta = |gradient: &TensorSpec, scale: &Scale| spec(gradient, scale.from))]
    fn resize_gradient(gradient: FloatTensor<Self>, scale: Scale) -> FloatTensor<Self>;
}

#[cfg(feature = "fusion")]
fn spec(input: &TensorSpec, size: [usize; 2]) -> TensorSpec {
    let [batch, channels, _, _] = input.shape.dims();
    TensorSpec::new([batch, channels, size[0], size[1]].into(), input.dtype)
}

impl ResizeBackend for CubeBackend {
    fn resize(input: CubeTensor, scale: Scale) -> CubeTensor {
        graphics::resize(input, scale)
    }

    fn resize_gradient(gradient: CubeTensor, scale: Scale) -> CubeTensor {
        graphics::resize_gradient(gradient, scale)
    }
}

impl ResizeBackend for Flex {
    fn resize(input: FlexTensor, scale: Scale) -> FlexTensor {
        let input = input.to_contiguous();
        let values = cpu::forward(input.storage(), scale.axis(0), scale.axis(1));
        resized(values, &input, scale.to)
    }

    fn resize_gradient(gradient: FlexTensor, scale: Scale) -> FlexTensor {
        let gradient = gradient.to_contiguous();
        let values = cpu::gradient(gradient.storage(), scale.axis(0), scale.axis(1));
        resized(values, &gradient, scale.from)
    }
}

fn resized(values: Vec<f32>, like: &FlexTensor, size: [usize; 2]) -> FlexTensor {
    let [batch, channels, _, _] = like.shape().dims();
    let shape = [batch, channels, size[0], size[1]];
    FlexTensor::from_data(TensorData::new(values, shape))
}
