//! The CPU path and its gradients against burn's own operations, over shapes that fit no tile.

use burn::tensor::module::conv2d as burn_conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Tensor};

use super::{Geometry, conv2d};

/// f32 sums of up to a few thousand products.
const TOLERANCE: f32 = 2e-4;

fn difference<const D: usize>(one: Tensor<D>, other: Tensor<D>) -> f32 {
    assert_eq!(one.dims(), other.dims());
    let scale = other.clone().abs().max().into_scalar::<f32>().max(1.0);
    (one - other).abs().max().into_scalar::<f32>() / scale
}

/// Output and gradients by input, weight and bias of `Σ output · seed`.
fn run(
    ours: bool,
    [input, weight]: [&Tensor<4>; 2],
    bias: &Tensor<1>,
    geometry: Geometry,
) -> (Tensor<4>, [Tensor<4>; 2], Tensor<1>) {
    let [input, weight] = [input.clone().require_grad(), weight.clone().require_grad()];
    let bias = bias.clone().require_grad();
    let output = if ours {
        conv2d(input.clone(), weight.clone(), Some(bias.clone()), geometry)
    } else {
        burn_conv2d(
            input.clone(),
            weight.clone(),
            Some(bias.clone()),
            ConvOptions::new(
                geometry.stride,
                geometry.padding,
                geometry.dilation,
                geometry.groups,
            ),
        )
    };
    let count = output.dims().iter().product::<usize>();
    let seed = Tensor::<1, burn::tensor::Int>::arange(0..count as i64, &input.device().inner())
        .float()
        .sin()
        .reshape(output.dims());
    let gradients = (output.clone() * Tensor::from_inner(seed)).sum().backward();
    (
        output.inner(),
        [
            input.grad(&gradients).expect("tracked"),
            weight.grad(&gradients).expect("tracked"),
        ],
        bias.grad(&gradients).expect("tracked"),
    )
}

#[test]
fn values_and_gradients_agree_with_burns_own_convolution() {
    let device = Device::flex().autodiff();
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
        let random = Distribution::Uniform(-1.0, 1.0);
        let input = Tensor::random([batch, inputs, rows, columns], random, &device);
        let weight = Tensor::random([outputs, inputs / groups, kernel, kernel], random, &device);
        let bias = Tensor::random([outputs], random, &device);
        let ours = run(true, [&input, &weight], &bias, geometry);
        let burns = run(false, [&input, &weight], &bias, geometry);
        let found = [
            difference(ours.0, burns.0),
            difference(ours.1[0].clone(), burns.1[0].clone()),
            difference(ours.1[1].clone(), burns.1[1].clone()),
            difference(ours.2, burns.2),
        ];
        assert!(
            found.iter().all(|found| *found < TOLERANCE),
            "{case:?}: output, input, weight, bias gradients differ by {found:?}"
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let device = Device::flex().autodiff();
    let random = Distribution::Uniform(-1.0, 1.0);
    let input = Tensor::random([3, 16, 64, 64], random, &device);
    let weight = Tensor::random([24, 16, 3, 3], random, &device);
    let bias = Tensor::random([24], random, &device);
    let bits = || {
        let (_, [by_input, by_weight], _) = run(true, [&input, &weight], &bias, Geometry::same(3));
        (
            by_input.into_data().try_to_vec::<f32>().expect("f32"),
            by_weight.into_data().try_to_vec::<f32>().expect("f32"),
        )
    };
    assert!(bits() == bits());
}
