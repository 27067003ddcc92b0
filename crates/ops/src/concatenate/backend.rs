//! The operation for two and for five maps.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::DType;

use super::graphics;

/// Maps joined along their channels.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ConcatenateBackend: Backend {
    /// Two maps.
    #[fusion(default)]
    fn join_two(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        stock::<Self>(vec![a, b])
    }

    /// Five maps.
    #[fusion(default)]
    fn join_five(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        stock::<Self>(vec![a, b, c, d, e])
    }
}

impl ConcatenateBackend for CubeBackend {
    fn join_two(a: CubeTensor, b: CubeTensor) -> CubeTensor {
        if is_single(&a) {
            graphics::join([a, b])
        } else {
            stock::<Self>(vec![a, b])
        }
    }

    fn join_five(
        a: CubeTensor,
        b: CubeTensor,
        c: CubeTensor,
        d: CubeTensor,
        e: CubeTensor,
    ) -> CubeTensor {
        if is_single(&a) {
            graphics::join([a, b, c, d, e])
        } else {
            stock::<Self>(vec![a, b, c, d, e])
        }
    }
}

fn stock<B: Backend>(maps: Vec<FloatTensor<B>>) -> FloatTensor<B> {
    B::float_cat(maps, 1)
}

/// Whether its numbers are of single precision.
fn is_single(map: &CubeTensor) -> bool {
    map.dtype() == DType::F32
}

impl ConcatenateBackend for Flex {}
