//! The work as operations that each backend implements. They have no gradient.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::TensorData;

use super::{cpu, graphics};

/// Multiply-adds and copies.
#[backend_extension(Cube, Flex, Fusion: cfg(feature = "fusion"))]
pub(crate) trait PeakBackend: Backend {
    /// `[n]` → `[n]`.
    #[fusion(dtype = seeds, shape = seeds)]
    fn multiply_adds(seeds: FloatTensor<Self>, rounds: usize) -> FloatTensor<Self>;

    /// `[n]` into the memory of `[n]`.
    #[fusion(dtype = source, shape = source)]
    fn copy(source: FloatTensor<Self>, output: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl PeakBackend for CubeBackend {
    fn multiply_adds(seeds: CubeTensor, rounds: usize) -> CubeTensor {
        graphics::multiply_adds(seeds, rounds)
    }

    fn copy(source: CubeTensor, output: CubeTensor) -> CubeTensor {
        graphics::copy(source, output)
    }
}

impl PeakBackend for Flex {
    fn multiply_adds(seeds: FlexTensor, rounds: usize) -> FlexTensor {
        let seeds = seeds.to_contiguous();
        let sums = cpu::multiply_adds(seeds.storage(), rounds);
        FlexTensor::from_data(TensorData::new(sums, seeds.shape()))
    }

    fn copy(source: FlexTensor, mut output: FlexTensor) -> FlexTensor {
        let source = source.to_contiguous();
        cpu::copy(source.storage(), output.storage_mut());
        output
    }
}
