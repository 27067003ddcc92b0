//! The inputs of the work: the same numbers in every run.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Numbers between −4 and 4.
pub(super) fn numbers<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| random.random_range(-4.0..4.0))
        .collect();
    Tensor::from_data(TensorData::new(values, shape), (device, DType::F32))
}

/// Labels `[batch, size, size]`: mostly background, and the other classes in stripes.
pub(super) fn labels(batch: usize, size: usize, classes: usize, device: &Device) -> Tensor<3, Int> {
    let label = |pixel: usize| (pixel / 7 % (3 * classes)) as i32 % classes as i32;
    let values: Vec<i32> = (0..batch * size * size)
        .map(|pixel| {
            if pixel % size < size / 2 {
                0
            } else {
                label(pixel)
            }
        })
        .collect();
    let data = TensorData::new(values, [batch, size, size]);
    Tensor::from_data(data, (device, DType::I32))
}
