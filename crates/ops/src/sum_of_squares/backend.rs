//! The sums as an operation that each backend implements.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::DType;

use super::{formula, graphics};

/// What is summed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Which {
    /// How many of the six tensors.
    pub(super) count: usize,
    /// Whether their numbers are squared.
    pub(super) squared: bool,
}

/// Partial sums of six tensors.
#[backend_extension(Cube, Flex, Fusion: cfg(feature = "fusion"))]
pub(crate) trait SumOfSquaresBackend: Backend {
    /// Partial sums of the numbers, or of their squares, of the first `which.count` tensors `[n]`, `[m]`, …; their sum is that of all.
    #[fusion(default)]
    fn sums_of_six(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        which: Which,
    ) -> FloatTensor<Self> {
        formula::sums::<Self>([a, b, c, d, e, f], which.count, which.squared)
    }
}

impl SumOfSquaresBackend for Flex {
    fn sums_of_six(
        a: FlexTensor,
        b: FlexTensor,
        c: FlexTensor,
        d: FlexTensor,
        e: FlexTensor,
        f: FlexTensor,
        which: Which,
    ) -> FlexTensor {
        formula::sums::<Self>([a, b, c, d, e, f], which.count, which.squared)
    }
}

impl SumOfSquaresBackend for CubeBackend {
    fn sums_of_six(
        a: CubeTensor,
        b: CubeTensor,
        c: CubeTensor,
        d: CubeTensor,
        e: CubeTensor,
        f: CubeTensor,
        which: Which,
    ) -> CubeTensor {
        let six = [a, b, c, d, e, f];
        if six.iter().all(|tensor| tensor.dtype() == DType::F32) {
            graphics::sums(six, which.count, which.squared)
        } else {
            formula::sums::<Self>(six, which.count, which.squared)
        }
    }
}
