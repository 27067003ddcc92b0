//! The work as operations that every backend carries out in its own way. There is no gradient.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::{SCALE, SHIFT, cpu, kernels};
use crate::kernel::{contiguous, empty_like};

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
        let seeds = contiguous(seeds);
        let [count] = seeds.shape().dims();
        let sums = empty_like(&seeds, [count], DType::F32);
        let settings = [
            count as u32,
            rounds as u32,
            SCALE.to_bits(),
            SHIFT.to_bits(),
        ];
        let kernel = &kernels::FMA;
        kernel.launch(
            count.div_ceil(kernel.workgroup as usize),
            &[&seeds, &sums],
            &settings,
        );
        sums
    }

    fn copy(source: CubeTensor, output: CubeTensor) -> CubeTensor {
        let (source, output) = (contiguous(source), contiguous(output));
        let [length] = source.shape().dims();
        // What someone else still holds is not written over.
        let output = if output.can_mut() {
            output
        } else {
            empty_like(&source, [length], DType::F32)
        };
        let vectors = length / 4;
        let kernel = &kernels::COPY;
        kernel.launch(
            vectors.div_ceil(kernel.workgroup as usize),
            &[&source, &output],
            &[vectors as u32],
        );
        output
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
