//! The operation for two and for five maps.
#![expect(
    clippy::type_complexity,
    reason = "the macro of extensions has to see the tuple of five maps"
)]

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Slice};

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

    /// The parts of two joined maps with these numbers of channels.
    #[fusion(default)]
    fn split_two(
        joined: FloatTensor<Self>,
        channels: [usize; 2],
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [a, b] = parts::<Self, 2>(&joined, channels);
        (a, b)
    }

    /// The parts of five joined maps.
    #[fusion(default)]
    fn split_five(
        joined: FloatTensor<Self>,
        channels: [usize; 5],
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let [a, b, c, d, e] = parts::<Self, 5>(&joined, channels);
        (a, b, c, d, e)
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

    fn split_two(joined: CubeTensor, channels: [usize; 2]) -> (CubeTensor, CubeTensor) {
        let [a, b] = split(joined, channels);
        (a, b)
    }

    fn split_five(
        joined: CubeTensor,
        channels: [usize; 5],
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let [a, b, c, d, e] = split(joined, channels);
        (a, b, c, d, e)
    }
}

fn split<const N: usize>(joined: CubeTensor, channels: [usize; N]) -> [CubeTensor; N] {
    if is_single(&joined) {
        graphics::split(joined, channels)
    } else {
        parts::<CubeBackend, N>(&joined, channels)
    }
}

fn stock<B: Backend>(maps: Vec<FloatTensor<B>>) -> FloatTensor<B> {
    B::float_cat(maps, 1)
}

/// Parts of `joined`, with Burn's built-in operation.
fn parts<B: Backend, const N: usize>(
    joined: &FloatTensor<B>,
    channels: [usize; N],
) -> [FloatTensor<B>; N] {
    let [batch, _, rows, columns] = joined.shape().dims();
    let mut first = 0;
    channels.map(|number| {
        let part = [0..batch, first..first + number, 0..rows, 0..columns].map(Slice::from);
        first += number;
        B::float_slice(joined.clone(), &part)
    })
}

/// Whether its numbers are of single precision.
fn is_single(map: &CubeTensor) -> bool {
    map.dtype() == DType::F32
}

impl ConcatenateBackend for Flex {}
