//! Every device's path against the formula in 64 bits.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::attention;
use crate::testing::closeness::assert_close;
use crate::testing::devices::devices;

/// The result, and the gradients of `Σ result · seed` with respect to queries, keys, values and bias.
fn run(
    [groups, parts, depth, asking, asked]: [usize; 5],
    is_biased: bool,
    dtype: DType,
    device: &Device,
) -> Vec<Vec<f64>> {
    let device = device.clone().autodiff();
    let wave = |shape: [usize; 4], seed: f64| -> Tensor<4> {
        let count = shape.iter().product();
        let values: Vec<f64> = (0..count)
            .map(|place| 1.5 * (seed + 1.3 * place as f64).sin())
            .collect();
        Tensor::from_data(TensorData::new(values, shape), (&device, dtype))
    };
    let input = |shape, seed| wave(shape, seed).require_grad();
    let queries = input([groups, parts, depth, asking], 0.1);
    let keys = input([groups, parts, depth, asked], 0.2);
    let values = input([groups, parts, depth, asked], 0.3);
    let bias = is_biased.then(|| input([groups, 1, asked, asking], 0.4));
    let taken = attention(queries.clone(), keys.clone(), values.clone(), bias.clone());
    let seed = wave(taken.dims(), 0.5);
    let gradients = (taken.clone() * seed).sum().backward();
    let read = |tensor: Tensor<4>| tensor.into_data().iter::<f64>().collect();
    let mut found = vec![read(taken.inner())];
    for tensor in [queries, keys, values].into_iter().chain(bias) {
        found.push(read(tensor.grad(&gradients).expect("tracked")));
    }
    found
}

#[test]
fn results_and_gradients_agree_with_64_bits() {
    for sizes in [
        [1, 1, 1, 1, 1],
        [2, 3, 5, 7, 4],
        [3, 5, 32, 49, 49],
        [2, 1, 64, 200, 65],
        [1, 2, 9, 64, 64],
        // Deeper than a panel is wide.
        [1, 1, 70, 10, 8],
    ] {
        for is_biased in [false, true] {
            let exact = run(sizes, is_biased, DType::F64, &Device::flex());
            for device in devices() {
                let found = run(sizes, is_biased, DType::F32, &device);
                assert_eq!(found.len(), exact.len());
                for (which, (found, exact)) in found.iter().zip(&exact).enumerate() {
                    let what = format!("{sizes:?}, bias {is_biased}, {which} on {device:?}");
                    assert_close(&what, found, exact, 2e-5, 1e-3);
                }
            }
        }
    }
}

#[test]
fn in_64_bits_the_gradient_agrees_with_finite_differences() {
    let device = Device::flex();
    let wave = |shape: [usize; 4], seed: f64| -> Vec<f64> {
        let count: usize = shape.iter().product();
        (0..count)
            .map(|place| (seed + 1.7 * place as f64).sin())
            .collect()
    };
    let shapes = [[1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 3, 5], [1, 1, 5, 4]];
    let numbers: Vec<Vec<f64>> = shapes.iter().map(|shape| wave(*shape, 0.3)).collect();
    let loss = |numbers: &[Vec<f64>], device: &Device| {
        let tensors: Vec<Tensor<4>> = numbers
            .iter()
            .zip(shapes)
            .map(|(values, shape)| {
                let data = TensorData::new(values.clone(), shape);
                let tensor = Tensor::from_data(data, (device, DType::F64));
                if device.is_autodiff() {
                    tensor.require_grad()
                } else {
                    tensor
                }
            })
            .collect();
        let [queries, keys, values, bias] = [0, 1, 2, 3].map(|number| tensors[number].clone());
        let taken = attention(queries, keys, values, Some(bias));
        ((taken.clone() * taken).sum(), tensors)
    };
    let (total, tensors) = loss(&numbers, &device.clone().autodiff());
    let gradients = total.backward();
    let step = 1e-5;
    for (which, tensor) in tensors.iter().enumerate() {
        let gradient: Vec<f64> = tensor
            .grad(&gradients)
            .expect("tracked")
            .into_data()
            .iter()
            .collect();
        for (place, gradient) in gradient.iter().enumerate() {
            let [above, below] = [step, -step].map(|step| {
                let mut moved = numbers.clone();
                moved[which][place] += step;
                loss(&moved, &device)
                    .0
                    .into_data()
                    .iter::<f64>()
                    .next()
                    .expect("a number")
            });
            let slope = (above - below) / (2.0 * step);
            assert!(
                (slope - gradient).abs() < 1e-7,
                "{which}, {place}: {gradient}, slope {slope}"
            );
        }
    }
}
