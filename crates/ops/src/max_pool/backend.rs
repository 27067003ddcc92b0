//! The operation as each backend implements it.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{
    Backend, Flex, TensorMetadata, backend_extension, get_or_init_device_settings,
};
use burn::tensor::DType;

use super::graphics;

/// Maxima over squares.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait MaxPoolBackend: Backend {
    /// `[b, c, h, w]` → `[b, c, h / side, w / side]`.
    #[fusion(default)]
    fn max_of_squares(map: FloatTensor<Self>, side: usize) -> FloatTensor<Self> {
        stock::<Self>(map, side)
    }

    /// The gradient with respect to the map, from that with respect to the maxima.
    #[fusion(default)]
    fn max_of_squares_gradient(
        map: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        side: usize,
    ) -> FloatTensor<Self> {
        stock_gradient::<Self>(map, gradient, side)
    }
}

impl MaxPoolBackend for Flex {}

impl MaxPoolBackend for CubeBackend {
    fn max_of_squares(map: CubeTensor, side: usize) -> CubeTensor {
        if map.dtype() == DType::F32 {
            graphics::maxima(map, side)
        } else {
            stock::<Self>(map, side)
        }
    }

    fn max_of_squares_gradient(map: CubeTensor, gradient: CubeTensor, side: usize) -> CubeTensor {
        if map.dtype() == DType::F32 {
            graphics::gradient(map, gradient, side)
        } else {
            stock_gradient::<Self>(map, gradient, side)
        }
    }
}

fn stock<B: Backend>(map: FloatTensor<B>, side: usize) -> FloatTensor<B> {
    let square = [side; 2];
    B::max_pool2d(map, square, square, [0; 2], [1; 2], false)
}

/// By Burn's operations, which find the positions of the maxima again.
fn stock_gradient<B: Backend>(
    map: FloatTensor<B>,
    gradient: FloatTensor<B>,
    side: usize,
) -> FloatTensor<B> {
    let (square, padding, dilation) = ([side; 2], [0; 2], [1; 2]);
    let settings = get_or_init_device_settings::<B>(&map.device());
    let places = B::max_pool2d_with_indices(
        map.clone(),
        square,
        square,
        padding,
        dilation,
        false,
        settings.int_dtype,
    );
    let found = B::max_pool2d_with_indices_backward(
        map,
        square,
        square,
        padding,
        dilation,
        false,
        gradient,
        places.indices,
    );
    found.x_grad
}
