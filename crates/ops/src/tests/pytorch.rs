//! Agreement with PyTorch: `assets/reference/operations/generate.py` generated the numbers.

use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::Value;

use crate::convolution::tests::{on, paths};
use crate::convolution::{Geometry, conv_transpose2d, conv2d};
use crate::graph::{max_relative, nearest};
use crate::layer_norm::layer_norm;
use crate::resize::{Corners, resize_bilinear};
use crate::testing::closeness;
use crate::testing::devices::devices;
use crate::upsampled::conv2d_upsampled;

/// Sums of up to a few hundred products in 32 bits, relative to the largest number.
const TOLERANCE: f64 = 2e-5;

fn cases(kind: &str) -> Vec<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../assets/reference/operations/cases.json"
    );
    let text = std::fs::read_to_string(path).expect("the committed file");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    all[kind].as_array().expect("a list").clone()
}

fn number(case: &Value, key: &str) -> usize {
    case[key].as_u64().expect("a whole number") as usize
}

fn numbers<const N: usize>(case: &Value, key: &str) -> [usize; N] {
    let list = case[key].as_array().expect("a list");
    std::array::from_fn(|index| list[index].as_u64().expect("a whole number") as usize)
}

/// Tensor `number` as the generator makes it.
fn formula<const D: usize>(number: usize, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|k| (1.7 * k as f64 + 0.9 * number as f64 + 0.3).sin() as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn assert_close<const D: usize>(case: &Value, key: &str, found: Tensor<D>) {
    let found = found.into_data().try_to_vec::<f32>().expect("32 bits");
    let expected: Vec<f32> = case[key]
        .as_array()
        .expect("a list")
        .iter()
        .map(|value| value.as_f64().expect("a number") as f32)
        .collect();
    let what = format!("{key} of {}", case["shape"]);
    closeness::assert_close(&what, &found, &expected, TOLERANCE, 1.0);
}

fn geometry(case: &Value) -> Geometry {
    Geometry {
        stride: [number(case, "stride"); 2],
        padding: [number(case, "padding"); 2],
        dilation: [number(case, "dilation"); 2],
        groups: number(case, "groups"),
    }
}

/// Output and gradients of one operation with a weight of this shape and a bias.
fn check_weighted(
    case: &Value,
    weight: [usize; 4],
    device: &Device,
    operation: impl Fn(Tensor<4>, Tensor<4>, Option<Tensor<1>>) -> Tensor<4>,
) {
    let input = formula(0, numbers(case, "shape"), device).require_grad();
    let weight = formula(1, weight, device).require_grad();
    let bias = formula(2, [number(case, "outputs")], device).require_grad();
    let output = operation(input.clone(), weight.clone(), Some(bias.clone()));
    assert_close(case, "output", output.clone().inner());
    let seed = formula(3, output.dims(), device);
    let gradients = (output * seed).sum().backward();
    assert_close(case, "by_input", input.grad(&gradients).expect("tracked"));
    assert_close(case, "by_weight", weight.grad(&gradients).expect("tracked"));
    assert_close(case, "by_bias", bias.grad(&gradients).expect("tracked"));
}

/// On the CPU, and by every kernel of the adapter that fits.
#[test]
fn convolutions_and_their_gradients_agree_with_pytorch() {
    for (device, path) in paths() {
        for case in &cases("convolutions") {
            let [_, channels, _, _]: [usize; 4] = numbers(case, "shape");
            let (outputs, kernel) = (number(case, "outputs"), number(case, "kernel"));
            let geometry = geometry(case);
            let weight = [outputs, channels / geometry.groups, kernel, kernel];
            let operation = |input, weight, bias| conv2d(input, weight, bias, geometry);
            let device = device.clone().autodiff();
            on(path, || check_weighted(case, weight, &device, operation));
        }
    }
}

#[test]
fn transposed_convolutions_and_their_gradients_agree_with_pytorch() {
    for (device, path) in paths() {
        for case in &cases("transposed") {
            let [_, channels, _, _]: [usize; 4] = numbers(case, "shape");
            let (outputs, kernel) = (number(case, "outputs"), number(case, "kernel"));
            let geometry = geometry(case);
            let weight = [channels, outputs / geometry.groups, kernel, kernel];
            let operation = |input, weight, bias| {
                conv_transpose2d(input, weight, bias, geometry, numbers(case, "size"))
            };
            let device = device.clone().autodiff();
            on(path, || check_weighted(case, weight, &device, operation));
        }
    }
}

#[test]
fn resizes_and_their_gradients_agree_with_pytorch() {
    for device in devices().into_iter().map(Device::autodiff) {
        for case in &cases("resizes") {
            let input = formula(0, numbers(case, "shape"), &device).require_grad();
            let corners = if case["aligned"] == true {
                Corners::Aligned
            } else {
                Corners::HalfPixel
            };
            let output = resize_bilinear(input.clone(), numbers(case, "to"), corners);
            assert_close(case, "output", output.clone().inner());
            let seed = formula(3, output.dims(), &device);
            let gradients = (output * seed).sum().backward();
            assert_close(case, "by_input", input.grad(&gradients).expect("tracked"));
        }
    }
}

#[test]
fn convolutions_of_upsampled_maps_and_their_gradients_agree_with_pytorch() {
    for device in devices().into_iter().map(Device::autodiff) {
        for case in &cases("upsampled") {
            let shape: [usize; 4] = numbers(case, "shape");
            let outputs = number(case, "outputs");
            let corners = if case["aligned"] == true {
                Corners::Aligned
            } else {
                Corners::HalfPixel
            };
            let input = formula(0, shape, &device).require_grad();
            let weight = formula(1, [outputs, shape[1], 3, 3], &device).require_grad();
            let bias = formula(2, [outputs], &device).require_grad();
            let output = conv2d_upsampled(
                input.clone(),
                weight.clone(),
                Some(bias.clone()),
                numbers(case, "to"),
                corners,
            );
            assert_close(case, "output", output.clone().inner());
            let seed = formula(3, output.dims(), &device);
            let gradients = (output * seed).sum().backward();
            assert_close(case, "by_input", input.grad(&gradients).expect("tracked"));
            assert_close(case, "by_weight", weight.grad(&gradients).expect("tracked"));
            assert_close(case, "by_bias", bias.grad(&gradients).expect("tracked"));
        }
    }
}

#[test]
fn layer_norms_and_their_gradients_agree_with_pytorch() {
    for device in devices().into_iter().map(Device::autodiff) {
        for case in &cases("layer_norms") {
            let shape: [usize; 4] = numbers(case, "shape");
            let input = formula(0, shape, &device).require_grad();
            let gamma = formula(1, [shape[1]], &device).require_grad();
            let beta = formula(2, [shape[1]], &device).require_grad();
            let epsilon = case["epsilon"].as_f64().expect("a number");
            let output = layer_norm(input.clone(), gamma.clone(), beta.clone(), epsilon);
            assert_close(case, "output", output.clone().inner());
            let seed = formula(3, output.dims(), &device);
            let gradients = (output * seed).sum().backward();
            assert_close(case, "by_input", input.grad(&gradients).expect("tracked"));
            assert_close(case, "by_gamma", gamma.grad(&gradients).expect("tracked"));
            assert_close(case, "by_beta", beta.grad(&gradients).expect("tracked"));
        }
    }
}

#[test]
fn largest_excesses_and_their_gradients_agree_with_pytorch() {
    for device in devices().into_iter().map(Device::autodiff) {
        for case in &cases("relatives") {
            let [batch, channels, count]: [usize; 3] = numbers(case, "shape");
            let (size, near) = (number(case, "references"), number(case, "near"));
            let nodes = formula(0, [batch, channels, count], &device).require_grad();
            let references = formula(1, [batch, channels, size], &device).require_grad();
            let neighbours: Vec<i32> = (0..batch * count * near)
                .map(|k| ((k * k + k / 3) % size) as i32)
                .collect();
            let neighbours = TensorData::new(neighbours, [batch, count, near]);
            let neighbours = Tensor::<3, Int>::from_data(neighbours, &device);
            let output = max_relative(nodes.clone(), references.clone(), neighbours);
            assert_close(case, "output", output.clone().inner());
            let seed = formula(3, output.dims(), &device);
            let gradients = (output * seed).sum().backward();
            assert_close(case, "by_nodes", nodes.grad(&gradients).expect("tracked"));
            let by_references = references.grad(&gradients).expect("tracked");
            assert_close(case, "by_references", by_references);
        }
    }
}

#[test]
fn the_nearest_agree_with_pytorch() {
    for device in devices() {
        for case in &cases("nearest") {
            let distances = formula(0, numbers::<3>(case, "shape"), &device);
            let found = nearest(distances, number(case, "count")).into_data();
            let found: Vec<i64> = found.iter::<i64>().collect();
            let expected = case["columns"].as_array().expect("a list").iter();
            let expected: Vec<i64> = expected.filter_map(Value::as_i64).collect();
            assert_eq!(found, expected, "{} on {device:?}", case["shape"]);
        }
    }
}
