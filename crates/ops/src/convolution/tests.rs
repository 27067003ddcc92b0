//! Every path and its gradients against Burn's built-in operations on the CPU, for shapes that do not fit any tile.

mod choice;
mod half;
mod winograd;

use burn::tensor::module::{conv_transpose2d as burn_conv_transpose2d, conv2d as burn_conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Distribution, Tensor, TensorData};

use super::graphics::choice::{Variant, forced, forced::Path};
use super::{Geometry, conv_transpose2d, conv2d};
use crate::testing::closeness;
use crate::testing::devices::{devices, graphics, is_cpu_only};
use crate::testing::poison::poison;

/// For f32 sums of up to a few thousand products.
const TOLERANCE: f64 = 2e-4;

/// Kernels for GPUs to choose from, of the convolution and of its gradient with respect to the weight; without forcing, the small
/// maps of the tests would never use the wide ones.
const CHOICES: [&[&str]; 7] = [
    &["convolution/patch_64", "convolution/weight_patch"],
    &["convolution/patch_64_low", "convolution/weight_patch_16"],
    &["convolution/patch_32", "convolution/weight_tiles"],
    &["convolution/patch_16"],
    &["convolution/tiles_1x1"],
    &["convolution/tiles"],
    &[WINOGRAD],
];
const WINOGRAD: &str = "convolution/winograd_products";

/// Kernels whose channels are divided into parts; the other patches have the same text as the one here.
const SPLIT: [&[&str]; 3] = [
    &["convolution/patch_64_low"],
    &["convolution/tiles_1x1"],
    &["convolution/tiles"],
];

/// The CPU path, both sets of kernels on the adapter, and each kernel for GPUs wherever it fits, also in parts.
pub(crate) fn paths() -> Vec<(Device, Option<Path>)> {
    let mut paths = vec![(Device::flex(), None)];
    if !is_cpu_only() {
        let path = |variant, kernels, is_split| {
            let path = Path {
                variant,
                kernels,
                is_split,
            };
            (graphics(), Some(path))
        };
        paths.push(path(Variant::Registers, &[], false));
        paths.push(path(Variant::Tiles, &[], false));
        paths.extend(CHOICES.map(|kernels| path(Variant::Tiles, kernels, false)));
        paths.extend(SPLIT.map(|kernels| path(Variant::Tiles, kernels, true)));
    }
    paths
}

/// Fills the memory that the adapter's next tensors are made in with junk.
fn poison_adapter() {
    if !is_cpu_only() {
        poison(&graphics());
    }
}

/// Does some work with the convolutions of a path; with those that are chosen if there is none.
pub(crate) fn on<R>(path: Option<Path>, work: impl FnOnce() -> R) -> R {
    match path {
        Some(path) => forced::with(path, work),
        None => work(),
    }
}

type Operation<'a> = &'a dyn Fn(Tensor<4>, Tensor<4>, Tensor<1>) -> Tensor<4>;

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("f32")
}

/// Output, and gradients of `Σ output · seed` with respect to input, weight and bias.
fn run(
    operation: Operation<'_>,
    [input, weight]: [&TensorData; 2],
    bias: &TensorData,
    device: &Device,
) -> [Vec<f32>; 4] {
    let device = device.clone().autodiff();
    let tensor = |data: &TensorData| -> Tensor<4> {
        Tensor::from_data(data.clone(), &device).require_grad()
    };
    let (input, weight) = (tensor(input), tensor(weight));
    let bias: Tensor<1> = Tensor::from_data(bias.clone(), &device).require_grad();
    let output = operation(input.clone(), weight.clone(), bias.clone());
    let count = output.dims().iter().product::<usize>();
    let seed: Vec<f32> = (0..count).map(|place| (place as f32).sin()).collect();
    let seed: Tensor<4> = Tensor::from_data(TensorData::new(seed, output.dims()), &device);
    let gradients = (output.clone() * seed).sum().backward();
    [
        numbers(output.inner()),
        numbers(input.grad(&gradients).expect("tracked")),
        numbers(weight.grad(&gradients).expect("tracked")),
        numbers(bias.grad(&gradients).expect("tracked")),
    ]
}

fn assert_close(what: &str, found: &[Vec<f32>; 4], expected: &[Vec<f32>; 4]) {
    let names = [
        "output",
        "gradient with respect to the input",
        "gradient with respect to the weight",
        "gradient with respect to the bias",
    ];
    for ((found, expected), name) in found.iter().zip(expected).zip(names) {
        closeness::assert_close(&format!("{what}: {name}"), found, expected, TOLERANCE, 1.0);
    }
}

fn random<const D: usize>(shape: [usize; D]) -> TensorData {
    let random = Distribution::Uniform(-1.0, 1.0);
    Tensor::<D>::random(shape, random, &Device::flex()).into_data()
}

#[test]
fn values_and_gradients_agree_with_the_convolution_of_burn() {
    let cases = [
        // batch, inputs, outputs, rows, columns, kernel, stride, padding, dilation, groups
        [1, 3, 4, 5, 7, 3, 1, 1, 1, 1],
        [2, 5, 3, 17, 31, 3, 1, 1, 1, 1],
        [3, 8, 8, 1, 1, 3, 1, 1, 1, 1],
        [2, 7, 9, 13, 8, 1, 1, 0, 1, 1],
        [2, 4, 6, 15, 11, 3, 2, 1, 1, 1],
        [1, 4, 6, 16, 16, 7, 2, 3, 1, 1],
        [2, 3, 5, 9, 9, 3, 1, 12, 12, 1],
        [2, 3, 5, 12, 10, 3, 1, 2, 2, 1],
        [2, 3, 5, 12, 10, 2, 1, 0, 1, 1],
        [2, 6, 4, 9, 10, 3, 1, 1, 1, 2],
        [1, 4, 4, 9, 10, 3, 2, 1, 1, 4],
        [1, 48, 8, 200, 90, 3, 1, 1, 1, 1],
        // Many partial sums; more outputs than a tile; padding larger than the kernel; stride 3, also with dilation; groups that
        // fill a tile.
        [2, 9, 70, 33, 29, 3, 1, 1, 1, 1],
        [2, 20, 66, 19, 21, 1, 1, 0, 1, 1],
        [1, 3, 4, 5, 6, 1, 1, 1, 1, 1],
        [1, 3, 4, 13, 14, 3, 3, 2, 1, 1],
        [1, 3, 4, 13, 14, 3, 3, 2, 3, 1],
        [2, 12, 16, 12, 13, 3, 1, 1, 1, 2],
        [1, 6, 12, 11, 9, 5, 2, 2, 1, 3],
        [3, 16, 16, 14, 10, 3, 1, 1, 1, 16],
        // Depthwise with wide kernels, strides, dilation, padding larger than the kernel; two outputs per input; two inputs per
        // group; groups with many channels.
        [2, 5, 5, 7, 7, 3, 1, 1, 1, 5],
        [1, 6, 6, 17, 34, 7, 1, 3, 1, 6],
        [2, 6, 6, 15, 12, 7, 2, 3, 1, 6],
        [1, 3, 3, 13, 14, 3, 3, 2, 3, 3],
        [1, 3, 3, 6, 5, 3, 1, 5, 1, 3],
        [2, 4, 8, 9, 11, 3, 2, 1, 1, 4],
        [2, 8, 4, 9, 11, 3, 1, 1, 1, 4],
        [2, 4, 4, 11, 13, 3, 1, 2, 2, 4],
        [1, 3, 3, 5, 70, 3, 1, 12, 12, 3],
        [2, 6, 6, 40, 33, 3, 1, 1, 1, 6],
        [2, 6, 6, 41, 34, 3, 2, 1, 1, 6],
        [2, 16, 32, 6, 5, 1, 1, 0, 1, 4],
        [1, 24, 12, 16, 18, 3, 1, 1, 1, 2],
        // More pixels, outputs and channels than a patch, and dilated convolutions whose last patches are incomplete.
        [2, 21, 67, 35, 37, 3, 1, 1, 1, 1],
        [2, 18, 33, 37, 71, 3, 1, 2, 2, 1],
        [1, 17, 18, 40, 41, 3, 1, 3, 3, 1],
        [2, 6, 10, 19, 37, 3, 1, 0, 1, 2],
        [2, 35, 70, 13, 11, 1, 1, 0, 1, 1],
    ];
    for case in cases {
        let [
            batch,
            inputs,
            outputs,
            rows,
            columns,
            kernel,
            stride,
            padding,
            dilation,
            groups,
        ] = case;
        let geometry = Geometry {
            stride: [stride; 2],
            padding: [padding; 2],
            dilation: [dilation; 2],
            groups,
        };
        let shape = [outputs, inputs / groups, kernel, kernel];
        check(
            &format!("{case:?}"),
            [batch, inputs, rows, columns],
            shape,
            geometry,
        );
    }
}

#[test]
fn rows_and_columns_have_separate_geometries() {
    let geometry = Geometry {
        stride: [2, 1],
        padding: [0, 3],
        dilation: [1, 2],
        groups: 1,
    };
    check("3 × 5 taps", [2, 3, 14, 9], [5, 3, 3, 5], geometry);
    let geometry = Geometry {
        stride: [1, 1],
        padding: [1, 4],
        dilation: [2, 3],
        groups: 1,
    };
    check("dilation 2, 3", [2, 3, 14, 11], [5, 3, 3, 3], geometry);
    let geometry = Geometry {
        stride: [1, 3],
        padding: [2, 0],
        dilation: [3, 1],
        groups: 4,
    };
    check("grouped", [2, 4, 8, 11], [8, 1, 3, 2], geometry);
    check("depthwise", [2, 4, 8, 11], [4, 1, 3, 3], geometry);
}

/// Convolution and transposed convolution with one weight, on every path.
fn check(what: &str, shape: [usize; 4], weight_shape: [usize; 4], geometry: Geometry) {
    let [batch, _, rows, columns] = shape;
    let [outputs, channels, kernel_rows, kernel_columns] = weight_shape;
    let options = ConvOptions::new(
        geometry.stride,
        geometry.padding,
        geometry.dilation,
        geometry.groups,
    );
    let (input, weight, bias) = (random(shape), random(weight_shape), random([outputs]));
    let ours: Operation<'_> = &|x, w, b| conv2d(x, w, Some(b), geometry);
    let stock: Operation<'_> = &|x, w, b| burn_conv2d(x, w, Some(b), options.clone());
    let expected = run(stock, [&input, &weight], &bias, &Device::flex());
    poison_adapter();
    for (device, variant) in paths() {
        let found = on(variant, || run(ours, [&input, &weight], &bias, &device));
        assert_close(&format!("{what} on {variant:?}"), &found, &expected);
    }

    let size = [rows, columns];
    let kernel = [kernel_rows, kernel_columns];
    let from = [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis]));
    let extra = [0, 1].map(|axis| {
        let reach = geometry.dilation[axis] * (kernel[axis] - 1) + 1;
        size[axis] + 2 * geometry.padding[axis] - reach - (from[axis] - 1) * geometry.stride[axis]
    });
    let options = ConvTransposeOptions::new(
        geometry.stride,
        geometry.padding,
        extra,
        geometry.dilation,
        geometry.groups,
    );
    let input = random([batch, outputs, from[0], from[1]]);
    let bias = random([channels * geometry.groups]);
    let ours: Operation<'_> = &|x, w, b| conv_transpose2d(x, w, Some(b), geometry, size);
    let stock: Operation<'_> = &|x, w, b| burn_conv_transpose2d(x, w, Some(b), options.clone());
    let expected = run(stock, [&input, &weight], &bias, &Device::flex());
    poison_adapter();
    for (device, variant) in paths() {
        let found = on(variant, || run(ours, [&input, &weight], &bias, &device));
        assert_close(
            &format!("transposed {what} on {variant:?}"),
            &found,
            &expected,
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let (input, weight, bias) = (
        random([3, 16, 64, 64]),
        random([24, 16, 3, 3]),
        random([24]),
    );
    let operation: Operation<'_> = &|x, w, b| conv2d(x, w, Some(b), Geometry::same(3));
    for (device, variant) in paths() {
        let bits = || {
            on(variant, || {
                run(operation, [&input, &weight], &bias, &device)
                    .map(|values| values.into_iter().map(f32::to_bits).collect::<Vec<_>>())
            })
        };
        assert!(bits() == bits(), "{variant:?}");
    }
}

#[test]
fn a_nan_pixel_reaches_exactly_the_outputs_that_read_it() {
    let mut values = vec![1.0_f32; 2 * 3 * 9 * 11];
    values[3 * 99 + 2 * 99 + 4 * 11 + 5] = f32::NAN;
    let input = TensorData::new(values, [2, 3, 9, 11]);
    let weight = random([5, 3, 3, 3]);
    // Winograd's algorithm sums up the pixels of whole tiles.
    let computes_tiles = |path: &Path| path.kernels.contains(&WINOGRAD);
    for (device, variant) in paths() {
        if variant.as_ref().is_some_and(computes_tiles) {
            continue;
        }
        let tensor = |data: &TensorData| -> Tensor<4> { Tensor::from_data(data.clone(), &device) };
        let output = on(variant, || {
            conv2d(tensor(&input), tensor(&weight), None, Geometry::same(3))
        });
        for (place, value) in numbers(output).into_iter().enumerate() {
            let (row, column) = (place / 11 % 9, place % 11);
            let sees = place >= 5 * 99 && row.abs_diff(4) < 2 && column.abs_diff(5) < 2;
            assert_eq!(value.is_nan(), sees, "{place} on {variant:?}");
        }
    }
}

#[test]
fn maps_that_are_not_contiguous_are_convolved_correctly() {
    let (input, weight) = (random([2, 3, 6, 5]), random([4, 3, 3, 3]));
    for device in devices() {
        let input: Tensor<4> = Tensor::from_data(input.clone(), &device);
        let weight: Tensor<4> = Tensor::from_data(weight.clone(), &device);
        let geometry = Geometry::same(3);
        let straight = conv2d(input.clone(), weight.clone(), None, geometry).swap_dims(2, 3);
        let turned = conv2d(
            input.swap_dims(2, 3),
            weight.swap_dims(2, 3),
            None,
            geometry,
        );
        let difference = (turned - straight).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-5, "{difference}");
    }
}
