//! The join on GPUs: one launch instead of one for each map.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::kernel::{Kernel, contiguous, empty_like};

pub(crate) static JOIN: Kernel = crate::kernel!("concatenate/join", 256, ["shared/grid"]);

/// At most five maps, joined along their channels.
pub(super) fn join<const N: usize>(maps: [CubeTensor; N]) -> CubeTensor {
    let maps = maps.map(contiguous);
    let [batch, _, rows, columns] = maps[0].shape().dims();
    let mut channels = 0;
    let mut settings = [batch as u32, 0, 0, 0, 0, 0];
    for place in 0..5 {
        channels += maps.get(place).map_or(0, |map| map.shape()[1]);
        settings[1 + place] = (channels * rows * columns) as u32;
    }
    let output = empty_like(&maps[0], [batch, channels, rows, columns], DType::F32);
    let count = batch * channels * rows * columns;
    if count > 0 {
        // Maps that are missing have no channels, and are not read.
        let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|place| maps.get(place).unwrap_or(&maps[0]));
        JOIN.launch(JOIN.workgroups(count), &[a, b, c, d, e, &output], &settings);
    }
    output
}
