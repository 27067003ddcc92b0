//! The join and its gradient on GPUs: one launch instead of one or two for each map.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::kernel::{Kernel, contiguous, empty_like};

pub(crate) static JOIN: Kernel = crate::kernel!(
    "concatenate/join",
    256,
    ["shared/grid", "concatenate/shared/join"]
);
pub(crate) static SPLIT: Kernel = crate::kernel!(
    "concatenate/split",
    256,
    ["shared/grid", "concatenate/shared/join"]
);

/// The settings `Join`, and how many numbers the joined map has.
fn settings<const N: usize>(batch: usize, sizes: [usize; N]) -> ([u32; 6], usize) {
    let mut size = 0;
    let mut settings = [batch as u32, 0, 0, 0, 0, 0];
    for place in 0..5 {
        size += sizes.get(place).copied().unwrap_or(0);
        settings[1 + place] = size as u32;
    }
    (settings, batch * size)
}

/// What is bound for at most five maps: those that are missing have no channels, so they are neither read nor written.
fn five<const N: usize>(maps: &[CubeTensor; N]) -> [&CubeTensor; 5] {
    [0, 1, 2, 3, 4].map(|place| maps.get(place).unwrap_or(&maps[0]))
}

/// At most five maps, joined along their channels.
pub(super) fn join<const N: usize>(maps: [CubeTensor; N]) -> CubeTensor {
    let maps = maps.map(contiguous);
    let [batch, _, rows, columns] = maps[0].shape().dims();
    let channels = maps.each_ref().map(|map| map.shape()[1]);
    let shape = [batch, channels.iter().sum(), rows, columns];
    let output = empty_like(&maps[0], shape, DType::F32);
    let (settings, count) = settings(batch, channels.map(|number| number * rows * columns));
    if count > 0 {
        let [a, b, c, d, e] = five(&maps);
        JOIN.launch(JOIN.workgroups(count), &[a, b, c, d, e, &output], &settings);
    }
    output
}

/// The parts of a joined map with these numbers of channels.
pub(super) fn split<const N: usize>(joined: CubeTensor, channels: [usize; N]) -> [CubeTensor; N] {
    let joined = contiguous(joined);
    let [batch, _, rows, columns] = joined.shape().dims();
    let parts =
        channels.map(|number| empty_like(&joined, [batch, number, rows, columns], DType::F32));
    let (settings, count) = settings(batch, channels.map(|number| number * rows * columns));
    if count > 0 {
        let [a, b, c, d, e] = five(&parts);
        SPLIT.launch(
            SPLIT.workgroups(count),
            &[&joined, a, b, c, d, e],
            &settings,
        );
    }
    parts
}
