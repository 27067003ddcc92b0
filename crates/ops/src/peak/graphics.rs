//! The work on GPUs.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use super::chains::{SCALE, SHIFT};
use crate::kernel::{Kernel, contiguous, empty_like};

pub(crate) static FMA: Kernel = crate::kernel!("peak/fma", 256, ["shared/grid"]);
pub(crate) static COPY: Kernel = crate::kernel!("peak/copy", 256, ["shared/grid"]);

pub(super) fn multiply_adds(seeds: CubeTensor, rounds: usize) -> CubeTensor {
    let seeds = contiguous(seeds);
    let [count] = seeds.shape().dims();
    let sums = empty_like(&seeds, [count], DType::F32);
    let settings = [
        count as u32,
        rounds as u32,
        SCALE.to_bits(),
        SHIFT.to_bits(),
    ];
    FMA.launch(FMA.workgroups(count), &[&seeds, &sums], &settings);
    sums
}

pub(super) fn copy(source: CubeTensor, output: CubeTensor) -> CubeTensor {
    let (source, output) = (contiguous(source), contiguous(output));
    let [length] = source.shape().dims();
    // Memory that someone else still refers to is not overwritten.
    let output = if output.can_mut() {
        output
    } else {
        empty_like(&source, [length], DType::F32)
    };
    let vectors = length / 4;
    COPY.launch(
        COPY.workgroups(vectors),
        &[&source, &output],
        &[vectors as u32],
    );
    output
}
