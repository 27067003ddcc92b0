//! Both paths and the formula against a resize and a convolution in 64 bits.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::{Upsampling, conv2d_upsampled, formula};
use crate::convolution::{Geometry, conv2d};
use crate::resize::{Corners, resize_bilinear};
use crate::testing::closeness;
use crate::testing::devices::devices;

/// Batch, inputs, outputs, kernel, size before and after upsampling.
type Case = (usize, usize, usize, usize, [usize; 2], [usize; 2]);

/// Every integer scale with a path of its own, and others; along one axis only; single pixels; lines shorter than a vector.
const CASES: [Case; 16] = [
    (2, 3, 4, 3, [5, 7], [10, 14]),
    (1, 4, 2, 3, [20, 37], [40, 74]),
    (2, 2, 3, 3, [3, 5], [12, 20]),
    (1, 3, 2, 3, [4, 3], [32, 24]),
    (2, 2, 2, 3, [2, 3], [32, 48]),
    (1, 2, 2, 3, [1, 1], [2, 2]),
    (1, 2, 2, 3, [1, 1], [16, 16]),
    (2, 2, 3, 3, [1, 1], [7, 5]),
    (1, 2, 2, 3, [1, 2], [8, 2]),
    (1, 3, 2, 3, [3, 4], [9, 12]),
    (2, 3, 2, 3, [5, 7], [9, 16]),
    (1, 2, 3, 3, [6, 5], [6, 10]),
    (1, 2, 3, 3, [5, 33], [8, 34]),
    (2, 3, 4, 1, [4, 5], [8, 10]),
    (1, 3, 2, 1, [4, 5], [7, 13]),
    (1, 2, 2, 5, [4, 5], [8, 11]),
];

type Convolution<'a> = &'a dyn Fn(Tensor<4>, Tensor<4>, Tensor<1>) -> Tensor<4>;

fn wave<const D: usize>(phase: f64, shape: [usize; D], device: &Device, dtype: DType) -> Tensor<D> {
    let values: Vec<f64> = (0..shape.iter().product::<usize>())
        .map(|place| (1.7 * place as f64 + phase).sin())
        .collect();
    Tensor::from_data(TensorData::new(values, shape), (device, dtype))
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// Output, and gradients of its product with a seed with respect to input, weight and bias.
fn run(
    convolution: Convolution<'_>,
    (batch, inputs, outputs, kernel, from, to): Case,
    device: &Device,
    dtype: DType,
) -> [Vec<f64>; 4] {
    let device = device.clone().autodiff();
    let input = wave(0.3, [batch, inputs, from[0], from[1]], &device, dtype).require_grad();
    let weight = wave(1.2, [outputs, inputs, kernel, kernel], &device, dtype).require_grad();
    let bias = wave(2.1, [outputs], &device, dtype).require_grad();
    let output = convolution(input.clone(), weight.clone(), bias.clone());
    assert_eq!(output.dims(), [batch, outputs, to[0], to[1]]);
    let seed = wave(3.0, output.dims(), &device, dtype);
    let gradients = (output.clone() * seed).sum().backward();
    [
        numbers(output.inner()),
        numbers(input.grad(&gradients).expect("tracked")),
        numbers(weight.grad(&gradients).expect("tracked")),
        numbers(bias.grad(&gradients).expect("tracked")),
    ]
}

fn assert_close(what: &str, found: [Vec<f64>; 4], expected: &[Vec<f64>; 4], tolerance: f64) {
    let names = ["output", "by input", "by weight", "by bias"];
    for ((found, expected), name) in found.iter().zip(expected).zip(names) {
        closeness::assert_close(&format!("{what}: {name}"), found, expected, tolerance, 1.0);
    }
}

fn resized_then_convolved(
    kernel: usize,
    to: [usize; 2],
    corners: Corners,
) -> impl Fn(Tensor<4>, Tensor<4>, Tensor<1>) -> Tensor<4> {
    move |input, weight, bias| {
        let map = resize_bilinear(input, to, corners);
        conv2d(map, weight, Some(bias), Geometry::same(kernel))
    }
}

const CORNERS: [Corners; 2] = [Corners::HalfPixel, Corners::Aligned];

#[test]
fn the_formula_is_a_resize_and_a_convolution() {
    let device = Device::flex();
    for case in CASES {
        let (_, _, _, kernel, from, to) = case;
        for corners in CORNERS {
            let upsampling = Upsampling {
                from,
                to,
                corners,
                kernel: [kernel; 2],
            };
            let formula = run(
                &|input, weight, bias| formula::convolve(input, weight, bias, upsampling),
                case,
                &device,
                DType::F64,
            );
            let expected = resized_then_convolved(kernel, to, corners);
            let expected = run(&expected, case, &device, DType::F64);
            assert_close(&format!("{case:?} {corners:?}"), formula, &expected, 1e-10);
        }
    }
}

#[test]
fn both_paths_agree_with_64_bits_and_repeat_the_same_bits() {
    for device in devices() {
        for case in CASES {
            let (_, _, _, kernel, _, to) = case;
            for corners in CORNERS {
                let ours =
                    |input, weight, bias| conv2d_upsampled(input, weight, Some(bias), to, corners);
                let expected = resized_then_convolved(kernel, to, corners);
                let expected = run(&expected, case, &Device::flex(), DType::F64);
                let found = run(&ours, case, &device, DType::F32);
                let what = format!("{case:?} {corners:?} on {device:?}");
                assert!(found == run(&ours, case, &device, DType::F32), "{what}");
                assert_close(&what, found, &expected, 1e-5);
            }
        }
    }
}

#[test]
fn maps_that_are_not_contiguous_are_convolved_correctly() {
    for device in devices() {
        let input = wave(0.3, [2, 3, 4, 5], &device, DType::F32);
        let weight = wave(1.2, [2, 3, 3, 3], &device, DType::F32);
        let turned = conv2d_upsampled(
            input.clone().swap_dims(2, 3),
            weight.clone().swap_dims(2, 3),
            None,
            [10, 8],
            Corners::HalfPixel,
        );
        let straight = conv2d_upsampled(input, weight, None, [8, 10], Corners::HalfPixel);
        let difference = turned - straight.swap_dims(2, 3);
        let difference = difference.abs().max().into_scalar::<f32>();
        assert!(difference < 1e-5, "{difference}");
    }
}

#[test]
fn a_map_that_does_not_grow_is_resized_first() {
    let device = Device::flex();
    for to in [[4, 5], [3, 9], [2, 2]] {
        let case = (1, 2, 3, 3, [4, 5], to);
        let ours = |input, weight, bias| {
            conv2d_upsampled(input, weight, Some(bias), to, Corners::HalfPixel)
        };
        let expected = resized_then_convolved(3, to, Corners::HalfPixel);
        let expected = run(&expected, case, &device, DType::F64);
        let found = run(&ours, case, &device, DType::F32);
        assert_close(&format!("{case:?}"), found, &expected, 1e-5);
    }
}

#[test]
fn a_large_batch_is_split_into_parts() {
    let parts = |batch, outputs| {
        let upsampling = Upsampling {
            from: [128, 128],
            to: [256, 256],
            corners: Corners::HalfPixel,
            kernel: [3, 3],
        };
        super::products::parts(batch, outputs, upsampling).len()
    };
    // 9·64·128² numbers of 4 bytes are 36 MiB.
    assert_eq!(parts(3, 64), 1);
    assert_eq!(parts(4, 64), 2);
    assert_eq!(parts(4, 1024), 4);
}

#[test]
fn images_of_different_parts_are_independent() {
    // 9·144·64·32 numbers of 4 bytes per image: twelve images fit into one part.
    let (size, outputs) = ([128, 64], 144);
    let device = Device::flex().autodiff();
    let weight = wave(1.2, [outputs, 1, 3, 3], &device, DType::F32).require_grad();
    let maps = wave(0.3, [13, 1, 64, 32], &device, DType::F32);
    let run = |maps: Tensor<4>| {
        let maps = maps.detach().require_grad();
        let output = conv2d_upsampled(maps.clone(), weight.clone(), None, size, Corners::HalfPixel);
        let gradients = output.clone().powi_scalar(2).sum().backward();
        let by_weight = numbers(weight.grad(&gradients).expect("tracked"));
        let by_maps = numbers(maps.grad(&gradients).expect("tracked"));
        (numbers(output.inner()), by_maps, by_weight)
    };
    let (mut outputs, mut by_maps, mut by_weight) = (Vec::new(), Vec::new(), Vec::new());
    for image in 0..13 {
        let (output, by_map, part) = run(maps.clone().narrow(0, image, 1));
        outputs.extend(output);
        by_maps.extend(by_map);
        by_weight.resize(part.len(), 0.0);
        for (sum, value) in by_weight.iter_mut().zip(part) {
            *sum += value;
        }
    }
    let found = run(maps);
    assert!(found.0 == outputs && found.1 == by_maps);
    closeness::assert_close("by weight", &found.2, &by_weight, 1e-5, 1.0);
}
