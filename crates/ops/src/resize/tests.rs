//! The formula against Burn's resize, and both paths against the formula.

use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{DType, Device, Distribution, Tensor};

use super::{Corners, formula, resize_bilinear};
use crate::testing::closeness;
use crate::testing::devices::devices;

const CORNERS: [(Corners, bool); 2] = [(Corners::HalfPixel, false), (Corners::Aligned, true)];

/// Up and down, by integer and other factors, from and to single pixels, along one axis only.
const SIZES: [([usize; 2], [usize; 2]); 10] = [
    ([4, 6], [8, 12]),
    ([3, 5], [48, 80]),
    ([7, 9], [5, 4]),
    ([1, 1], [9, 3]),
    ([5, 8], [5, 13]),
    ([6, 7], [19, 7]),
    ([16, 12], [1, 1]),
    ([1, 9], [4, 1]),
    ([33, 31], [16, 62]),
    ([2, 3], [129, 257]),
];

type Resize<'a> = &'a dyn Fn(Tensor<4>) -> Tensor<4>;

/// The resized map, and the gradient of its product with `seed` with respect to the input.
fn run(resize: Resize<'_>, input: &Tensor<4>, seed: &Tensor<4>) -> [Vec<f64>; 2] {
    let input = input.clone().require_grad();
    let output = resize(input.clone());
    let gradients = (output.clone() * seed.clone()).sum().backward();
    let gradient = input.grad(&gradients).expect("tracked");
    [output.inner(), gradient].map(|tensor| tensor.into_data().iter::<f64>().collect())
}

fn assert_close(what: &str, found: [Vec<f64>; 2], expected: [Vec<f64>; 2], tolerance: f64) {
    for (found, expected) in found.iter().zip(&expected) {
        closeness::assert_close(what, found, expected, tolerance, 1.0);
    }
}

#[test]
fn the_formula_agrees_with_burn_on_the_cpu() {
    let device = Device::flex().autodiff();
    for (from, to) in SIZES {
        for (corners, aligned) in CORNERS {
            let random = |size: [usize; 2]| -> Tensor<4> {
                let range = Distribution::Uniform(-1.0, 1.0);
                Tensor::random([2, 3, size[0], size[1]], range, (&device, DType::F64))
            };
            let (input, seed) = (random(from), random(to));
            let ours = run(&|x| formula::resize(x, to, corners), &input, &seed);
            let stock = |x| {
                let options = InterpolateOptions::new(InterpolateMode::Bilinear)
                    .with_align_corners(aligned)
                    .with_output_size(to);
                interpolate(x, options)
            };
            let what = format!("{from:?} to {to:?} {corners:?}");
            assert_close(&what, ours, run(&stock, &input, &seed), 1e-6);
        }
    }
}

#[test]
fn both_paths_agree_with_the_formula() {
    for device in devices() {
        for (from, to) in SIZES {
            for (corners, _) in CORNERS {
                let random = |size: [usize; 2]| -> Tensor<4> {
                    let values: Vec<f32> = (0..2 * 3 * size[0] * size[1])
                        .map(|place| (1.7 * place as f32 + 0.3).sin())
                        .collect();
                    let shape = [2, 3, size[0], size[1]];
                    let data = burn::tensor::TensorData::new(values, shape);
                    Tensor::from_data(data, &device.clone().autodiff())
                };
                let (input, seed) = (random(from), random(to));
                let ours = run(&|x| resize_bilinear(x, to, corners), &input, &seed);
                let wide = |tensor: &Tensor<4>| -> Tensor<4> {
                    let data = tensor.clone().inner().into_data();
                    Tensor::from_data(data, (&Device::flex().autodiff(), DType::F64))
                };
                let formula = run(
                    &|x| formula::resize(x, to, corners),
                    &wide(&input),
                    &wide(&seed),
                );
                let what = format!("{from:?} to {to:?} {corners:?} on {device:?}");
                assert_close(&what, ours, formula, 1e-5);
            }
        }
    }
}

#[test]
fn maps_that_are_not_contiguous_are_resized_correctly() {
    for device in devices() {
        let input: Tensor<4> = Tensor::arange(0..2 * 3 * 4 * 5, &device)
            .float()
            .reshape([2, 3, 4, 5]);
        let turned = resize_bilinear(input.clone().swap_dims(2, 3), [10, 6], Corners::HalfPixel);
        let straight = resize_bilinear(input, [6, 10], Corners::HalfPixel).swap_dims(2, 3);
        let difference = (turned - straight).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-4, "{difference}");
    }
}
