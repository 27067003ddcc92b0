//! Every device against Burn's product in 64 bits, for all shapes of factors.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::scale;
use crate::testing::devices::devices;

const MAP: [usize; 4] = [3, 5, 7, 11];

/// The product, and the gradients of `Σ product · seed` with respect to maps and factors.
fn run(
    product: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<4>,
    factors: [usize; 4],
    dtype: DType,
    device: &Device,
) -> [Vec<f64>; 3] {
    let device = device.clone().autodiff();
    let wave = |shape: [usize; 4], seed: f64| -> Tensor<4> {
        let count = shape.iter().product();
        let values: Vec<f64> = (0..count)
            .map(|place| (seed + 1.3 * place as f64).sin())
            .collect();
        Tensor::from_data(TensorData::new(values, shape), (&device, dtype))
    };
    let map = wave(MAP, 0.1).require_grad();
    let factors = wave(factors, 0.2).require_grad();
    let output = product(map.clone(), factors.clone());
    let gradients = (output.clone() * wave(MAP, 0.3)).sum().backward();
    let read = |tensor: Tensor<4>| tensor.into_data().iter::<f64>().collect();
    [
        read(output.inner()),
        read(map.grad(&gradients).expect("tracked")),
        read(factors.grad(&gradients).expect("tracked")),
    ]
}

#[test]
fn products_and_gradients_agree_with_burn() {
    for factors in [
        [1, 5, 1, 1],
        [3, 1, 1, 1],
        [3, 5, 1, 1],
        [1, 1, 1, 1],
        [3, 1, 7, 11],
    ] {
        let exact = run(
            |map, factors| map * factors,
            factors,
            DType::F64,
            &Device::flex(),
        );
        for device in devices() {
            let found = run(scale, factors, DType::F32, &device);
            for (found, exact) in found.iter().flatten().zip(exact.iter().flatten()) {
                assert!(
                    (found - exact).abs() < 2e-6 * exact.abs().max(10.0),
                    "{factors:?} on {device:?}: {found}, expected {exact}"
                );
            }
        }
    }
}
