//! Upsampling that repeats every pixel, composed of Burn's built-in operations, which also give its gradient: the sum over each
//! block.

use burn::tensor::Tensor;

/// `input` `[b, c, h, w]` with every pixel repeated `factor` times along rows and columns: `[b, c, factor·h, factor·w]`,
/// differentiable on every device.
#[must_use]
pub fn upsample_nearest(input: Tensor<4>, factor: usize) -> Tensor<4> {
    if factor == 1 {
        return input;
    }
    let [batch, channels, height, width] = input.dims();
    let maps = batch * channels;
    input
        .reshape([maps, height, 1, width, 1])
        .expand([maps, height, factor, width, factor])
        .reshape([batch, channels, factor * height, factor * width])
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::testing::devices::devices;

    #[test]
    fn pixels_are_repeated_and_blocks_summed_on_every_device() {
        for device in devices() {
            let device = device.autodiff();
            let values: Vec<f32> = (0..2 * 3 * 2 * 3).map(|number| number as f32).collect();
            let input = Tensor::<4>::from_data(TensorData::new(values, [2, 3, 2, 3]), &device)
                .swap_dims(2, 3)
                .require_grad();
            let output = upsample_nearest(input.clone(), 2);
            assert_eq!(output.dims(), [2, 3, 6, 4]);
            let count = output.shape().num_elements();
            let seed: Vec<f32> = (0..count).map(|number| number as f32).collect();
            let seed = Tensor::from_data(TensorData::new(seed, output.dims()), &device);
            let gradients = (output.clone() * seed).sum().backward();
            let found = |tensor: Tensor<4>| tensor.into_data().iter::<f32>().collect::<Vec<_>>();
            let gradient = found(input.grad(&gradients).expect("tracked"));
            let (input, output) = (found(input.inner()), found(output.inner()));
            let mut sums = vec![0.0; input.len()];
            for (place, value) in output.into_iter().enumerate() {
                let (map, row, column) = (place / 24, place % 24 / 4, place % 4);
                let before = map * 6 + row / 2 * 2 + column / 2;
                assert!(
                    (value - input[before]).abs() < f32::EPSILON,
                    "{device:?}: {place}"
                );
                sums[before] += place as f32;
            }
            assert_eq!(gradient, sums, "{device:?}");
        }
    }
}
