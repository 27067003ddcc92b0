//! Against tables and formulas, on every device.

use burn::tensor::{Tensor, TensorData};

use super::*;
use crate::testing::devices::devices;

#[test]
fn the_gelu_and_its_gradient_agree_with_tables() {
    // x, x·Φ(x), and Φ(x) + x·φ(x), from tables of the normal distribution.
    check(
        gelu,
        [
            [-2.0, -0.045_500_26, -0.085_231_8],
            [-0.5, -0.154_268_77, 0.132_504_94],
            [0.0, 0.0, 0.5],
            [1.0, 0.841_344_7, 1.083_315_5],
            [2.5, 2.484_475_8, 1.037_610_8],
        ],
    );
}

#[test]
fn sigmoids_and_their_gradients_agree_with_formulas() {
    for (function, is_silu) in [(sigmoid as fn(Tensor<4>) -> Tensor<4>, false), (silu, true)] {
        let known = [-30.0, -1.5, 0.0, 0.3, 8.0].map(|x: f64| {
            let sigma = 1.0 / (1.0 + (-x).exp());
            let (value, slope) = if is_silu {
                (x * sigma, sigma * (1.0 + x * (1.0 - sigma)))
            } else {
                (sigma, sigma * (1.0 - sigma))
            };
            [x as f32, value as f32, slope as f32]
        });
        check(function, known);
    }
}

/// Value and gradient at some points, `[x, value, slope]`.
fn check(function: impl Fn(Tensor<4>) -> Tensor<4>, known: [[f32; 3]; 5]) {
    for device in devices() {
        let values = known.map(|[x, _, _]| x).to_vec();
        let data = TensorData::new(values, [1, 5, 1, 1]);
        let input = Tensor::<4>::from_data(data, &device.clone().autodiff()).require_grad();
        let output = function(input.clone());
        let gradients = output.clone().sum().backward();
        let gradient = input.grad(&gradients).expect("tracked");
        let read = |tensor: Tensor<4>| tensor.into_data().iter::<f32>().collect::<Vec<_>>();
        let (output, gradient) = (read(output.inner()), read(gradient));
        for (number, [x, value, slope]) in known.into_iter().enumerate() {
            assert!(
                (output[number] - value).abs() < 2e-6 && (gradient[number] - slope).abs() < 2e-6,
                "{device:?}, {x}: {} and {}",
                output[number],
                gradient[number]
            );
        }
    }
}
