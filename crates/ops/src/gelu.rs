//! The Gaussian error linear unit (Hendrycks and Gimpel, arXiv 1606.08415), `x·Φ(x)` with the exact Φ.
//!
//! burn's own has that gradient on the processor; on graphics adapters its gradient is that of the approximation by a
//! hyperbolic tangent, which is up to 9·10⁻⁴ beside it.

use std::f64::consts::FRAC_1_SQRT_2;

use burn::tensor::{Device, Tensor, activation};

/// Every element times the share of a normal distribution below it, differentiable.
#[must_use]
pub fn gelu(input: Tensor<4>) -> Tensor<4> {
    if input.device().without_autodiff() == Device::flex() {
        return activation::gelu(input);
    }
    let below = input.clone().mul_scalar(FRAC_1_SQRT_2).erf();
    input * below.add_scalar(1.0).mul_scalar(0.5)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::devices::devices;

    #[test]
    fn the_gradient_is_the_functions_own() {
        // x, x·Φ(x), and Φ(x) + x·φ(x), from tables of the normal distribution.
        let known = [
            [-2.0_f32, -0.045_500_26, -0.085_231_8],
            [-0.5, -0.154_268_77, 0.132_504_94],
            [0.0, 0.0, 0.5],
            [1.0, 0.841_344_7, 1.083_315_5],
            [2.5, 2.484_475_8, 1.037_610_8],
        ];
        for device in devices() {
            let values = known.map(|[x, _, _]| x).to_vec();
            let data = TensorData::new(values, [1, 5, 1, 1]);
            let input = Tensor::<4>::from_data(data, &device.clone().autodiff()).require_grad();
            let output = gelu(input.clone());
            let gradients = output.clone().sum().backward();
            let gradient = input.grad(&gradients).expect("tracked");
            let read = |tensor: Tensor<4>| tensor.into_data().iter::<f32>().collect::<Vec<_>>();
            let (output, gradient) = (read(output.inner()), read(gradient));
            for (number, [x, value, slope]) in known.into_iter().enumerate() {
                assert!(
                    (output[number] - value).abs() < 2e-6
                        && (gradient[number] - slope).abs() < 2e-6,
                    "{device:?}, {x}: {} and {}",
                    output[number],
                    gradient[number]
                );
            }
        }
    }
}
