//! Bilinear resize as two matrix products: `rows · map · columnsᵀ`.
//!
//! Resizing an axis is a linear map, so a constant matrix does it and its transpose is the gradient, on every device.
//! burn's own `interpolate` has no gradient on wgpu.

use burn::tensor::{Tensor, TensorData};

/// Which points of the input and of the output coincide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Corners {
    /// The outer edges of the corner pixels (PyTorch's `align_corners=False`): half-pixel centres.
    #[default]
    HalfPixel,
    /// The centres of the corner pixels (PyTorch's `align_corners=True`).
    Aligned,
}

/// `input` `[b, c, h, w]` resized to `[b, c, size[0], size[1]]`, differentiable on every device.
#[must_use]
pub fn resize_bilinear(input: Tensor<4>, size: [usize; 2], corners: Corners) -> Tensor<4> {
    let [batch, channels, height, width] = input.dims();
    if [height, width] == size {
        return input;
    }
    let (device, dtype) = (input.device(), input.dtype());
    let matrix = |from: usize, to: usize| -> Tensor<2> {
        Tensor::from_data(
            TensorData::new(weights(from, to, corners), [to, from]),
            (&device, dtype),
        )
    };
    // Columns first: one product over all rows of all maps, `[b·c·h, w] · [w, w']`.
    let map: Tensor<2> = input.reshape([batch * channels * height, width]);
    let map = if width == size[1] {
        map
    } else {
        map.matmul(matrix(width, size[1]).transpose())
    };
    let map: Tensor<3> = map.reshape([batch * channels, height, size[1]]);
    let map = if height == size[0] {
        map
    } else {
        matrix(height, size[0])
            .unsqueeze::<3>()
            .expand([batch * channels, size[0], height])
            .matmul(map)
    };
    map.reshape([batch, channels, size[0], size[1]])
}

/// The matrix `[to, from]`, row by row, that resizes one axis.
fn weights(from: usize, to: usize, corners: Corners) -> Vec<f32> {
    let mut weights = vec![0.0_f32; from * to];
    for target in 0..to {
        let position = match corners {
            Corners::HalfPixel => ((target as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0),
            Corners::Aligned if to == 1 => 0.0,
            Corners::Aligned => target as f64 * (from - 1) as f64 / (to - 1) as f64,
        };
        let low = (position as usize).min(from - 1);
        let high = (low + 1).min(from - 1);
        let share = position - low as f64;
        weights[target * from + low] += (1.0 - share) as f32;
        weights[target * from + high] += share as f32;
    }
    weights
}

#[cfg(test)]
mod tests {
    use burn::tensor::module::interpolate;
    use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
    use burn::tensor::{Device, Distribution};

    use super::*;

    #[test]
    fn values_and_gradients_agree_with_burns_own_on_the_cpu() {
        let device = Device::flex().autodiff();
        for (from, to) in [
            ([4, 6], [8, 12]),
            ([3, 5], [48, 80]),
            ([7, 9], [5, 4]),
            ([1, 1], [9, 3]),
            ([5, 8], [5, 13]),
        ] {
            for (corners, aligned) in [(Corners::HalfPixel, false), (Corners::Aligned, true)] {
                let input: Tensor<4> = Tensor::random(
                    [2, 3, from[0], from[1]],
                    Distribution::Uniform(-1.0, 1.0),
                    &device,
                );
                let seed: Tensor<4> = Tensor::random(
                    [2, 3, to[0], to[1]],
                    Distribution::Uniform(-1.0, 1.0),
                    &device,
                );
                let run = |resize: &dyn Fn(Tensor<4>) -> Tensor<4>| {
                    let input = input.clone().require_grad();
                    let output = resize(input.clone());
                    let gradients = (output.clone() * seed.clone()).sum().backward();
                    (output.inner(), input.grad(&gradients).expect("tracked"))
                };
                let (ours, our_gradient) = run(&|x| resize_bilinear(x, to, corners));
                let (burns, burns_gradient) = run(&|x| {
                    let options = InterpolateOptions::new(InterpolateMode::Bilinear)
                        .with_align_corners(aligned)
                        .with_output_size(to);
                    interpolate(x, options)
                });
                for (ours, burns) in [(ours, burns), (our_gradient, burns_gradient)] {
                    let largest = burns.clone().abs().max().into_scalar::<f32>().max(1.0);
                    let difference = (ours - burns).abs().max().into_scalar::<f32>() / largest;
                    assert!(
                        difference < 1e-5,
                        "{from:?} → {to:?} {corners:?}: {difference}"
                    );
                }
            }
        }
    }
}
