//! DeepLabV3 compared with torchvision's: `assets/reference/networks/deeplab.py` describes the origin of the numbers.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};
use serde_json::Value;

use super::hashed::{fill, image};
use super::parameter_norms::{
    assert_close, assert_gradients, moments, named, parameter_norms, shapes, values,
};
use super::{formula, numbers, read_cases};
use crate::config::{ModelConfig, NetworkName};
use crate::encoders::resnet::{Backbone, OutputStride};
use crate::networks::Network;
use crate::tests::parts::deeplabv3;
use crate::weights::canonical::canonical_name;

/// Tolerance of logits and stages in 32 bits, relative to the largest.
const OUTPUTS: f64 = 1e-4;
/// Tolerance of the whole gradient's norm in 32 bits.
const GRADIENTS: f64 = 1e-3;
/// Tolerance in 64 bits: a resize's weights have 32 bits.
const DOUBLE: f64 = 1e-6;

/// torchvision's name of a tensor of the network.
fn torchvision_name(path: &[String]) -> String {
    canonical_name(&path.join("."))
}

fn network(case: &Value, dtype: DType, device: &Device) -> Network {
    let number = |key: &str| case[key].as_u64().expect("a number");
    let config = ModelConfig {
        name: NetworkName::DeepLabV3,
        width: number("width") as usize,
        backbone: if case["backbone"] == "resnet101" {
            Backbone::ResNet101
        } else {
            Backbone::ResNet50
        },
        output_stride: OutputStride::try_from(number("output_stride")).expect("8 or 16"),
        auxiliary_head: true,
        ..ModelConfig::default()
    };
    fill(
        Network::new(&config, 3, 1, device).expect("a network"),
        dtype,
    )
}

fn images(case: &Value, device: &Device, dtype: DType) -> Tensor<4> {
    let size = numbers(&case["size"]);
    image(0, [2, 3, size[0] as usize, size[1] as usize], device, dtype)
}

/// Stages and logits of a network in one mode.
fn assert_outputs(
    what: &str,
    network: &Network,
    images: Tensor<4>,
    reference: &Value,
    tolerance: f64,
) {
    let inside = deeplabv3(network).stages(images.clone());
    for (number, (map, expected)) in inside
        .into_iter()
        .zip(reference["stages"].as_array().expect("a list"))
        .enumerate()
    {
        assert_close(
            &format!("{what}, stage {number}"),
            &moments(map),
            &numbers(expected),
            tolerance,
        );
    }
    let heads = reference["logits"].as_array().expect("a list");
    let logits = network.forward(images).logits;
    assert_eq!(logits.len(), heads.len());
    for (number, (logits, expected)) in logits.into_iter().zip(heads).enumerate() {
        let found: Vec<f64> = values(logits).into_iter().step_by(499).collect();
        let what = format!("{what}, logits of head {number}");
        assert_close(&what, &found, &numbers(expected), tolerance);
    }
}

/// Compares everything in a case, to these tolerances.
fn assert_case(case: &Value, dtype: DType, [outputs, of_gradients]: [f64; 2]) {
    let device = Device::flex().autodiff();
    let what = format!(
        "{} of width {}, output stride {}",
        case["backbone"], case["width"], case["output_stride"]
    );
    let network = network(case, dtype, &device);
    assert_outputs(
        &format!("{what}, evaluation"),
        &network.valid(),
        images(case, &device.clone().inner(), dtype),
        &case["evaluation"],
        outputs,
    );
    // Every pass updates the running statistics, so each compared pass uses a copy.
    assert_outputs(
        &format!("{what}, training"),
        &fill(network.clone(), dtype),
        images(case, &device, dtype),
        &case["training"],
        outputs,
    );

    let network = self::network(case, dtype, &device);
    let of_parameters = gradients(case, &network, dtype);
    let tensors = parameter_norms(&network, torchvision_name, Some(&of_parameters));

    let expected = named(&case["gradients"]);
    assert!(tensors.gradient_norms.keys().eq(expected.keys()));
    // The pooled branch normalises two values, so the gradients before it nearly vanish.
    let expected: Vec<f64> = expected.into_values().collect();
    if dtype == DType::F64 {
        assert_gradients(&what, &tensors.gradient_norms, &expected, of_gradients);
    }
    // In 32 bits the order of a sum can flip a ReLU whose input is nearly 0, which changes the third digit of nearby gradients;
    // which ones differs between instruction sets.
    let whole = |lengths: &[f64]| lengths.iter().map(|x| x * x).sum::<f64>().sqrt();
    let lengths: Vec<f64> = tensors.gradient_norms.values().copied().collect();
    let [found, expected] = [whole(&lengths), whole(&expected)];
    assert_close(
        &format!("{what}, gradient"),
        &[found],
        &[expected],
        of_gradients,
    );
    let norms = parameter_norms(&network.valid(), torchvision_name, None).norms;
    for (name, expected) in named(&case["running"]) {
        let found = norms[&name];
        assert!(
            (found - expected).abs() <= outputs * expected,
            "{what}, {name}: {found}, torchvision {expected}"
        );
    }
    if case["shapes"].is_object() {
        assert_eq!(tensors.shapes, shapes(&case["shapes"]));
    }
}

/// The gradients of the reference's loss.
fn gradients(case: &Value, network: &Network, dtype: DType) -> GradientsParams {
    let device = Device::flex().autodiff();
    let found = network.forward(images(case, &device, dtype));
    assert_eq!(found.weights, [1.0, 0.5]);
    let shape = found.logits[0].dims();
    let seed = formula(shape, |k| (0.7 * k).sin(), &device, dtype);
    let loss = found
        .logits
        .into_iter()
        .zip(found.weights)
        .map(|(logits, weight)| (logits * seed.clone()).mean() * weight)
        .reduce(|sum, loss| sum + loss)
        .expect("two heads");
    GradientsParams::from_grads(loss.backward(), network)
}

/// Cases of full width, or the others.
fn cases(full: bool) -> Vec<Value> {
    let cases: Vec<Value> = read_cases("deeplab.json")
        .into_iter()
        .filter(|case| (case["width"] == 64) == full)
        .collect();
    assert_eq!(cases.len(), if full { 2 } else { 3 });
    cases
}

#[test]
fn full_networks_are_those_of_torchvision() {
    for case in cases(true) {
        assert_case(&case, DType::F32, [OUTPUTS, GRADIENTS]);
    }
}

#[test]
fn networks_are_those_of_torchvision_to_the_references_last_digits() {
    for full in [false, true] {
        for case in cases(full) {
            assert_case(&case, DType::F64, [DOUBLE, DOUBLE]);
        }
    }
}
