//! A bias that the next layer cancels: a normalisation by the batch's own statistics subtracts the mean of each channel, and
//! with it whatever was added to all of the channel's pixels.
//!
//! Its gradient is 0. Summed over the map it would be the rounding errors of that sum, which `AdamW` turns into steps of full
//! size, for two launches and a read of the whole map.

pub(crate) mod backend;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::CancelledBiasBackend;

/// The weight of a convolution, unchanged; through it `bias` gets its gradient, which is 0. The convolution must add the bias
/// without its gradient (`Tensor::inner`).
#[must_use]
pub fn with_cancelled_bias(weight: Tensor<4>, bias: Tensor<1>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as CancelledBiasBackend>::with_cancelled_bias(
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// As many zeros as `weight` `[o, c, h, w]` has outputs, without a gradient: the bias of a convolution that has none. On a GPU
/// they are made once.
pub(crate) fn zeros_of_outputs(weight: &Tensor<4>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as CancelledBiasBackend>::zeros_of_outputs(
        weight.clone().into_dispatch(),
    ))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::with_cancelled_bias;
    use crate::testing::devices::devices;

    #[test]
    fn the_weight_keeps_its_gradient_and_that_of_the_bias_is_zero() {
        for device in devices() {
            let device = device.autodiff();
            // Twice: the zeros of one backward pass must not be changed by what follows it.
            for _ in 0..2 {
                let weight = Tensor::<4>::ones([3, 2, 1, 1], &device).require_grad();
                let bias = Tensor::<1>::ones([3], &device).require_grad();
                let same = with_cancelled_bias(weight.clone(), bias.clone());
                let gradients = (same * 2.0).sum().backward();
                let of_weight = weight.grad(&gradients).expect("tracked").into_data();
                assert!(
                    of_weight
                        .iter::<f32>()
                        .all(|value| value.to_bits() == 2.0_f32.to_bits())
                );
                let of_bias = bias.grad(&gradients).expect("tracked");
                let zeros: Vec<f32> = of_bias.clone().into_data().iter().collect();
                assert_eq!(zeros, [0.0; 3]);
                let changed: Vec<f32> = (of_bias + 1.0).into_data().iter().collect();
                assert_eq!(changed, [1.0; 3]);
            }
        }
    }
}
