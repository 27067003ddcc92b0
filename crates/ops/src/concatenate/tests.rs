//! The operation and its gradients agree with Burn's, recomputed or not.

use burn::tensor::{Device, Tensor};

use super::concatenate;
use crate::testing::devices::devices;

/// Maps with these numbers of channels, and the gradients of the cube of the joined map with respect to each.
fn run(
    join: &dyn Fn(Vec<Tensor<4>>) -> Tensor<4>,
    channels: &[usize],
    device: &Device,
) -> Vec<f32> {
    let maps: Vec<Tensor<4>> = channels
        .iter()
        .map(|&count| {
            let numbers = Tensor::arange(0..(2 * count * 3 * 4) as i64, device).float();
            let map = numbers.mul_scalar(0.7).add_scalar(count as f32).sin();
            map.reshape([2, count, 3, 4]).require_grad()
        })
        .collect();
    let joined = join(maps.clone());
    let cube = joined.clone() * joined.clone() * joined.clone();
    let gradients = cube.sum().backward();
    let mut found = vec![joined.inner()];
    found.extend(
        maps.iter()
            .map(|map| map.grad(&gradients).expect("tracked")),
    );
    found
        .into_iter()
        .flat_map(|tensor| tensor.into_data().iter::<f32>().collect::<Vec<_>>())
        .collect()
}

#[test]
fn values_and_gradients_are_those_of_burn() {
    let all = devices().into_iter().flat_map(|device| {
        let device = device.autodiff();
        [device.clone(), device.gradient_checkpointing()]
    });
    let all: Vec<Device> = all.collect();
    for channels in [&[3][..], &[1, 4], &[2, 2, 5], &[5, 1, 2, 3, 4]] {
        for device in &all {
            let expected = run(&|maps| Tensor::cat(maps, 1), channels, device);
            assert_eq!(
                run(&concatenate, channels, device),
                expected,
                "{channels:?}"
            );
        }
    }
}
