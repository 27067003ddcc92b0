//! Both paths against the formula in 64 bits, which the networks' tests compare with PyTorch.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::{Activation, Normalised, batch_norm, batch_norm_moving, batch_norm_with};
use crate::testing::closeness::assert_close;
use crate::testing::devices::devices;

const BOTH: [Activation; 2] = [Activation::None, Activation::Relu];

/// Output, mean, variance, and the gradients of the output's product with a seed with respect to input, γ and β.
fn run(
    device: Device,
    shape: [usize; 4],
    offset: f64,
    dtype: DType,
    activation: Activation,
) -> Vec<Vec<f64>> {
    let device = device.autodiff();
    let channels = shape[1];
    let wave = |number: f64, count: usize, offset: f64| -> Vec<f64> {
        (0..count)
            .map(|k| f64::from(((1.7 * k as f64 + 0.9 * number).sin() + offset) as f32))
            .collect()
    };
    let maps = |number: f64, offset: f64| -> Tensor<4> {
        let values = wave(number, shape.iter().product(), offset);
        Tensor::from_data(TensorData::new(values, shape), (&device, dtype))
    };
    let parameter = |number: f64, offset: f64| -> Tensor<1> {
        let values = wave(number, channels, offset);
        Tensor::from_data(TensorData::new(values, [channels]), (&device, dtype)).require_grad()
    };
    let input = maps(0.0, offset).require_grad();
    let (gamma, beta) = (parameter(1.0, 0.3), parameter(2.0, 0.0));
    let found = batch_norm(input.clone(), gamma.clone(), beta.clone(), 1e-5, activation);
    let gradients = (found.output.clone() * maps(3.0, 0.0)).sum().backward();
    let host4 = |tensor: Tensor<4>| tensor.into_data().iter::<f64>().collect();
    let host1 = |tensor: Tensor<1>| tensor.into_data().iter::<f64>().collect();
    vec![
        host4(found.output.clone().inner()),
        host1(row(&found, 0)),
        host1(row(&found, 1)),
        host4(input.grad(&gradients).expect("tracked")),
        host1(gamma.grad(&gradients).expect("tracked")),
        host1(beta.grad(&gradients).expect("tracked")),
    ]
}

/// Means (0) or variances (1).
fn row(found: &Normalised, number: usize) -> Tensor<1> {
    let statistics = found.statistics.clone().inner();
    statistics.narrow(0, number, 1).squeeze_dim(0)
}

#[test]
fn running_statistics_move_as_in_pytorch() {
    let numbers = |values: &[f32], device: &Device| {
        Tensor::<1>::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
    };
    for device in devices() {
        let map = Tensor::<4>::from_data(
            TensorData::new(
                vec![1.0_f32, 2.0, 3.0, 6.0, -1.0, -1.0, 1.0, 1.0],
                [1, 2, 2, 2],
            ),
            &device,
        );
        let one = || numbers(&[1.0, 1.0], &device);
        let running = [
            numbers(&[0.5, -2.0], &device),
            numbers(&[1.0, 4.0], &device),
        ];
        let plain = batch_norm(map.clone(), one(), one(), 1e-5, Activation::Relu);
        let (output, [mean, variance]) =
            batch_norm_moving(map, [one(), one()], running, 0.1, 1e-5, Activation::Relu);
        assert_eq!(output.into_data(), plain.output.into_data());
        // The sample variances are 14/3 and 4/3.
        let expected = [
            [0.9 * 0.5 + 0.1 * 3.0, 0.9 * -2.0],
            [0.9 + 0.1 * 14.0 / 3.0, 0.9 * 4.0 + 0.1 * 4.0 / 3.0],
        ];
        for (found, expected) in [mean, variance].into_iter().zip(expected) {
            let found: Vec<f32> = found.into_data().iter().collect();
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{found}, {expected}");
            }
        }
    }
}

#[test]
fn values_statistics_and_gradients_agree_with_the_formula() {
    for (shape, offset) in [
        ([2, 3, 5, 7], 0.0),
        ([1, 1, 1, 2], 0.0),
        ([3, 17, 16, 16], 0.5),
        ([2, 4, 33, 31], -3.0),
        // A mean a hundred times the deviation.
        ([4, 2, 9, 9], 70.0),
        // Maps in several parts.
        ([2, 3, 70, 90], 0.2),
    ] {
        for activation in BOTH {
            let expected = run(Device::flex(), shape, offset, DType::F64, activation);
            for device in devices() {
                let found = run(device.clone(), shape, offset, DType::F32, activation);
                let names = ["output", "mean", "variance", "input", "gamma", "beta"];
                for ((name, found), expected) in names.iter().zip(&found).zip(&expected) {
                    // Gradients of few pixels are small differences of numbers of this size.
                    let floor = 0.1;
                    // The input itself is rounded, the more the larger its mean.
                    let tolerance = 1e-5 * (1.0 + offset.abs());
                    let what = format!("{name} of {shape:?} and {activation:?} on {device:?}");
                    assert_close(&what, found, expected, tolerance, floor);
                }
            }
        }
    }
}

#[test]
fn nan_is_not_cut_to_zero() {
    for device in devices().into_iter().map(Device::autodiff) {
        let mut values = vec![0.5_f32; 16];
        values[3] = f32::NAN;
        let input: Tensor<4> = Tensor::from_data(TensorData::new(values, [1, 1, 4, 4]), &device);
        let one = Tensor::ones([1], &device);
        for activation in BOTH {
            let (input, one) = (input.clone(), one.clone());
            let found = batch_norm(input, one.clone(), one, 1e-5, activation).output;
            assert!(found.into_data().iter::<f32>().all(f32::is_nan));
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let [one, three] = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(|| {
            BOTH.map(|activation| {
                let shape = [3, 5, 40, 40];
                run(Device::flex(), shape, 0.1, DType::F32, activation)
            })
        })
    });
    assert_eq!(one, three);
}

#[test]
fn the_same_input_gives_the_same_bits() {
    for device in devices() {
        for activation in BOTH {
            let shape = [3, 5, 70, 90];
            let run = || run(device.clone(), shape, 0.1, DType::F32, activation);
            assert_eq!(run(), run());
        }
    }
}

#[test]
fn given_its_own_statistics_a_map_is_normalised_alike() {
    for device in devices() {
        let input: Tensor<4> = Tensor::arange(0..3 * 5 * 7 * 9, &device)
            .float()
            .mul_scalar(0.7)
            .sin()
            .reshape([3, 5, 7, 9]);
        let gamma: Tensor<1> = Tensor::arange(1..6, &device).float();
        let beta = gamma.clone().neg().mul_scalar(0.3);
        for activation in BOTH {
            let found = batch_norm(input.clone(), gamma.clone(), beta.clone(), 1e-3, activation);
            let by = batch_norm_with(
                input.clone(),
                [row(&found, 0), row(&found, 1)],
                [gamma.clone(), beta.clone()],
                1e-3,
                activation,
            );
            let difference = (by - found.output).abs().max().into_scalar::<f32>();
            assert!(
                difference < 1e-5,
                "{activation:?} on {device:?}: {difference}"
            );
        }
    }
}
