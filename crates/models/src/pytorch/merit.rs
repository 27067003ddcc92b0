//! MERIT-GCASCADE held to its parts in PyTorch: `assets/reference/networks/merit.py` says how the numbers came about.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};
use serde_json::Value;

use super::hashed::{fill, image};
use super::maxvit::{assert_maps, told};
use super::{formula, numbers, read_cases};
use crate::merit::names::original_name;
use crate::{Aggregation, HeadLosses, ModelConfig, Network, NetworkName};

/// Of maps in 32 bits, relative to the largest.
const OUTPUTS: f64 = 1e-4;
/// Of gradients' norms in 32 bits.
const GRADIENTS: f64 = 1e-3;
/// Of everything in 64 bits: the logarithms of timm's positions and the weights of our resize have 32.
const DOUBLE: f64 = 1e-6;

fn network(case: &Value, dtype: DType, device: &Device) -> Network {
    let config = ModelConfig {
        name: NetworkName::MeritGcascade,
        width: case["width"].as_u64().expect("a number") as usize,
        aggregation: if case["concatenates"] == true {
            Aggregation::Concatenation
        } else {
            Aggregation::Additive
        },
        head_losses: HeadLosses::Heads,
        ..ModelConfig::default()
    };
    fill(
        Network::new(&config, 3, 1, device).expect("a network"),
        dtype,
    )
}

/// The published name of a part of the whole network.
fn name(path: &str) -> Option<String> {
    original_name(path.strip_prefix("meritgcascade.")?)
}

/// The maps of every stage, and the four maps of logits.
fn maps(network: &Network, images: Tensor<4>) -> (Vec<Tensor<4>>, Vec<Tensor<4>>) {
    let network = network.meritgcascade();
    let stages = network.stages(images.clone());
    (
        stages.into_iter().flatten().collect(),
        network.logits(images),
    )
}

fn assert_case(case: &Value, dtype: DType, [outputs, of_gradients]: [f64; 2]) {
    let device = Device::flex().autodiff();
    let what = format!("concatenation {}", case["concatenates"]);
    let images = |device: &Device| image(0, [2, 3, 256, 256], device, dtype);

    let network = self::network(case, dtype, &device);
    let evaluation = format!("{what}, evaluation");
    let (mut found, logits) = maps(&network.valid(), images(&device.clone().inner()));
    found.extend(logits);
    assert_maps(&evaluation, &found, &case["evaluation"], 4999, outputs);

    // Running statistics move with every pass, so the stages are told by a copy.
    let copy = fill(network.clone(), dtype);
    let (stages, logits) = maps(&copy, images(&device));
    let found: Vec<Tensor<4>> = stages
        .into_iter()
        .chain(logits)
        .map(Tensor::inner)
        .collect();
    let training = format!("{what}, training");
    assert_maps(&training, &found, &case["training"], 4999, outputs);

    let network = self::network(case, dtype, &device);
    let logits = network.forward(images(&device)).logits;
    assert_eq!(logits.len(), 5);
    let wave = formula(logits[0].dims(), |k| (0.7 * k).sin(), &device, dtype);
    let loss = logits
        .into_iter()
        .map(|logits| (logits * wave.clone()).mean())
        .reduce(|sum, loss| sum + loss)
        .expect("five outputs");
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let told = self::told(&network, name, Some(&gradients));
    let expected = numbers(&case["gradients"]);
    assert_eq!(told.gradient_norms.len(), expected.len());
    let largest = expected.iter().copied().fold(0.0, f64::max);
    for ((name, found), expected) in told.gradient_norms.iter().zip(expected) {
        // What a normalisation or a softmax takes away has a gradient of 0, of which rounding leaves a trace.
        let scale = expected.max(1e-4 * largest);
        assert!(
            (found - expected).abs() <= of_gradients * scale,
            "{what}, gradient of {name}: {found}, PyTorch {expected}"
        );
    }
    let norms = self::told(&network.valid(), name, None).norms;
    let expected = numbers(&case["running"]);
    assert_eq!(norms.len(), expected.len());
    for ((name, found), expected) in norms.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= outputs * expected,
            "{what}, {name}: {found}, PyTorch {expected}"
        );
    }
}

fn case(number: usize) -> Value {
    let mut cases = read_cases("merit.json");
    assert_eq!(cases.len(), 2);
    cases.swap_remove(number)
}

#[test]
fn the_cascade_is_that_of_its_parts_in_pytorch() {
    assert_case(&case(0), DType::F32, [OUTPUTS, GRADIENTS]);
}

#[test]
fn the_cascade_is_that_of_its_parts_to_the_references_last_digits() {
    assert_case(&case(0), DType::F64, [DOUBLE, DOUBLE]);
}

#[test]
fn the_cascade_with_concatenation_is_that_of_its_parts() {
    assert_case(&case(1), DType::F64, [DOUBLE, DOUBLE]);
}
