//! Both paths and the formula against the definition in tensor operations in 64 bits, whose gradients are Burn's.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::layer_norm;
use crate::testing::closeness;
use crate::testing::devices::devices;

const NAMES: [&str; 4] = ["output", "by input", "by gamma", "by beta"];

type Layer<'a> = &'a dyn Fn(Tensor<4>, Tensor<1>, Tensor<1>) -> Tensor<4>;

fn ours(input: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>) -> Tensor<4> {
    layer_norm(input, gamma, beta, 1e-5)
}

/// The definition in tensor operations, whose gradients are Burn's.
fn by_tensors(input: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>) -> Tensor<4> {
    let channels = gamma.dims()[0];
    let centred = input.clone() - input.mean_dim(1);
    let variance = centred.clone().square().mean_dim(1);
    let normalised = centred / variance.add_scalar(1e-5).sqrt();
    normalised * gamma.reshape([1, channels, 1, 1]) + beta.reshape([1, channels, 1, 1])
}

/// Output, and the gradients of its product with a seed with respect to input, γ and β.
fn run(
    layer: Layer<'_>,
    device: &Device,
    shape: [usize; 4],
    offset: f64,
    dtype: DType,
) -> [Vec<f64>; 4] {
    let wave = |number: f64, count: usize, offset: f64| -> Vec<f64> {
        (0..count)
            .map(|k| f64::from(((1.7 * k as f64 + 0.9 * number).sin() + offset) as f32))
            .collect()
    };
    let maps = |number: f64, offset: f64| -> Tensor<4> {
        let values = wave(number, shape.iter().product(), offset);
        Tensor::from_data(TensorData::new(values, shape), (device, dtype))
    };
    let parameter = |number: f64, offset: f64| -> Tensor<1> {
        let values = wave(number, shape[1], offset);
        Tensor::from_data(TensorData::new(values, [shape[1]]), (device, dtype)).require_grad()
    };
    let input = maps(0.0, offset).require_grad();
    let (gamma, beta) = (parameter(1.0, 0.3), parameter(2.0, 0.0));
    // On devices that recompute, the previous operation's output is recomputed.
    let output = layer(input.clone().mul_scalar(2.0), gamma.clone(), beta.clone());
    let gradients = (output.clone() * maps(3.0, 0.0)).sum().backward();
    let host4 = |tensor: Tensor<4>| tensor.into_data().iter::<f64>().collect();
    let host1 = |tensor: Tensor<1>| tensor.into_data().iter::<f64>().collect();
    [
        host4(output.inner()),
        host4(input.grad(&gradients).expect("tracked")),
        host1(gamma.grad(&gradients).expect("tracked")),
        host1(beta.grad(&gradients).expect("tracked")),
    ]
}

fn assert_close(what: &str, found: &[Vec<f64>; 4], expected: &[Vec<f64>; 4], tolerance: f64) {
    for ((name, found), expected) in NAMES.iter().zip(found).zip(expected) {
        closeness::assert_close(
            &format!("{name} of {what}"),
            found,
            expected,
            tolerance,
            0.1,
        );
    }
}

#[test]
fn values_and_gradients_agree_with_the_formula() {
    for (shape, offset) in [
        ([2, 3, 5, 7], 0.0),
        ([1, 2, 1, 1], 0.0),
        ([3, 17, 8, 9], 0.5),
        ([2, 4, 33, 31], -3.0),
        ([2, 512, 7, 7], 0.1),
        // A mean a hundred times the deviation.
        ([1, 40, 9, 9], 70.0),
        // Maps in several parts.
        ([2, 3, 70, 90], 0.2),
    ] {
        let flex = Device::flex().autodiff();
        let expected = run(&by_tensors, &flex, shape, offset, DType::F64);
        let formula = run(&ours, &flex, shape, offset, DType::F64);
        assert_close(&format!("{shape:?} in 64 bits"), &formula, &expected, 1e-9);
        for device in devices().into_iter().map(Device::autodiff) {
            let found = run(&ours, &device, shape, offset, DType::F32);
            // The input itself is rounded, the more the larger its mean.
            let tolerance = 2e-5 * (1.0 + offset.abs());
            assert_close(
                &format!("{shape:?} on {device:?}"),
                &found,
                &expected,
                tolerance,
            );
            let recomputing = device.clone().gradient_checkpointing();
            let recomputed = run(&ours, &recomputing, shape, offset, DType::F32);
            assert_eq!(found, recomputed, "{shape:?} on {device:?}");
        }
    }
}

#[test]
fn a_single_channel_becomes_its_shift() {
    for device in devices().into_iter().map(Device::autodiff) {
        let found = run(&ours, &device, [2, 1, 3, 4], 0.0, DType::F32);
        assert!(
            found[0]
                .iter()
                .all(|value| (value - found[0][0]).abs() < 1e-9)
        );
        assert!(found[1].iter().all(|value| value.abs() < 1e-9));
    }
}

#[test]
fn nan_reaches_its_pixel_only() {
    for device in devices() {
        for poison in [f32::NAN, f32::INFINITY] {
            let mut values = vec![0.5_f32; 2 * 3 * 70];
            values[3 * 70 + 70 + 65] = poison;
            let input = Tensor::<4>::from_data(TensorData::new(values, [2, 3, 7, 10]), &device);
            let one = Tensor::<1>::ones([3], &device);
            let found = layer_norm(input, one.clone(), one, 1e-5).into_data();
            for (place, value) in found.iter::<f32>().enumerate() {
                let sees = place >= 3 * 70 && place % 70 == 65;
                assert_eq!(value.is_nan(), sees, "{place} of {poison} on {device:?}");
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let [one, three] = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let device = Device::flex().autodiff();
        pool.expect("threads")
            .install(|| run(&ours, &device, [3, 5, 40, 40], 0.1, DType::F32))
    });
    assert_eq!(one, three);
}

#[test]
fn the_same_input_gives_the_same_bits() {
    for device in devices().into_iter().map(Device::autodiff) {
        let run = || run(&ours, &device, [3, 5, 70, 90], 0.1, DType::F32);
        assert_eq!(run(), run());
    }
}
