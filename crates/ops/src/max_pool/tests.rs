//! The operation agrees with Burn's, recomputed or not.

use burn::tensor::Tensor;
use burn::tensor::module::max_pool2d as stock;
use burn::tensor::ops::MaxPoolOptions;

use super::max_pool2d;
use crate::testing::devices::devices;

type Pool<'a> = &'a dyn Fn(Tensor<4>) -> Tensor<4>;

/// Maxima of a map with many equal pixels, and the gradient of their cube.
fn run(pool: Pool<'_>, [rows, columns]: [usize; 2], device: &burn::tensor::Device) -> Vec<f32> {
    let map: Tensor<4> = Tensor::arange(0..(6 * rows * columns) as i64, device)
        .float()
        .mul_scalar(0.7)
        .sin()
        .mul_scalar(3.0)
        .round()
        .reshape([2, 3, rows, columns])
        .require_grad();
    // The previous operation's output is dropped too, and recomputed.
    let pooled = pool(map.clone().mul_scalar(0.5));
    let cube = pooled.clone() * pooled.clone() * pooled.clone();
    let gradients = cube.sum().backward();
    let gradient = map.grad(&gradients).expect("tracked");
    [pooled.inner(), gradient]
        .into_iter()
        .flat_map(|tensor| tensor.into_data().iter::<f32>().collect::<Vec<_>>())
        .collect()
}

#[test]
fn values_and_gradients_are_those_of_burn() {
    for device in devices() {
        let keeps = device.clone().autodiff();
        let recomputes = device.autodiff().gradient_checkpointing();
        for (side, size) in [(2, [6, 8]), (4, [8, 12]), (8, [16, 8]), (2, [7, 9])] {
            let options = || MaxPoolOptions::new([side; 2]);
            let expected = run(&|map| stock(map, options()), size, &keeps);
            for device in [&keeps, &recomputes] {
                let found = run(&|map| max_pool2d(map, side), size, device);
                assert_eq!(found, expected, "{side} of {size:?} on {device:?}");
            }
        }
    }
}
