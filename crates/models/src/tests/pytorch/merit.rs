//! MERIT-GCASCADE compared with its parts in PyTorch: `assets/reference/networks/merit.py` describes the origin of the numbers.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};
use serde_json::Value;

use super::hashed::{fill, image};
use super::maxvit::assert_maps;
use super::parameter_norms::{assert_close, assert_gradients, parameter_norms};
use super::{formula, numbers, read_cases};
use crate::config::{ModelConfig, NetworkName};
use crate::decoders::gcascade::Aggregation;
use crate::decoders::gcascade::head_losses::HeadLosses;
use crate::networks::Network;
use crate::networks::merit_gcascade::WINDOWS;
use crate::networks::merit_gcascade::names::original_name;
use crate::tests::parts::{merit_with_windows, meritgcascade};
use crate::tests::recorded_neighbours::{record, replay};

/// Tolerance of maps in 32 bits, relative to the largest.
const OUTPUTS: f64 = 1e-4;
/// Tolerance of the whole gradient's norm in 32 bits.
const GRADIENT: f64 = 1e-3;
/// Tolerance of each parameter's: rounding can change which neighbour is the largest, and then the second or third digit.
const GRADIENTS: f64 = 1e-2;
/// Tolerance in 64 bits: a resize's weights, eighths and sevenths here, have 32 bits.
const DOUBLE: f64 = 1e-5;

fn windows(case: &Value) -> [usize; 2] {
    let windows = numbers(&case["windows"]);
    [windows[0] as usize, windows[1] as usize]
}

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
    fill(merit_with_windows(&config, 3, device, windows(case)), dtype)
}

/// The published name of a tensor of the whole network.
fn name(path: &[String]) -> String {
    let path = path.join(".");
    let inside = path.strip_prefix("meritgcascade.").expect("a part");
    original_name(inside).unwrap_or_else(|| panic!("{path} has no name"))
}

/// The maps of every stage, and the four maps of logits.
fn maps(network: &Network, images: Tensor<4>) -> [Vec<Tensor<4>>; 2] {
    let network = meritgcascade(network);
    let size = [images.dims()[2], images.dims()[3]];
    let stages = network.stages(images);
    let logits = network.logits(&stages, size);
    [stages.into_iter().flatten().collect(), logits]
}

fn assert_case(case: &Value, dtype: DType, [outputs, of_gradients]: [f64; 2]) {
    let device = Device::flex().autodiff();
    let what = format!("concatenation {}, {dtype:?}", case["concatenates"]);
    let side = 32 * windows(case)[0];
    let images = |device: &Device| image(0, [2, 3, side, side], device, dtype);
    let network = network(case, dtype, &device);

    let found = maps(&network.valid(), images(&device.clone().inner())).concat();
    let evaluation = format!("{what}, evaluation");
    assert_maps(&evaluation, &found, &case["evaluation"], 4999, outputs);

    let [stages, logits] = maps(&network, images(&device));
    let found = [stages, logits.clone()].concat();
    let found: Vec<Tensor<4>> = found.into_iter().map(Tensor::inner).collect();
    let training = format!("{what}, training");
    assert_maps(&training, &found, &case["training"], 4999, outputs);

    let trained = HeadLosses::Heads.compose(&logits);
    assert_eq!(trained.len(), 5);
    let wave = formula(logits[0].dims(), |k| (0.7 * k).sin(), &device, dtype);
    let loss = trained
        .into_iter()
        .map(|logits| (logits * wave.clone()).mean())
        .reduce(|sum, loss| sum + loss)
        .expect("five outputs");
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let tensors = parameter_norms(&network, name, Some(&gradients));
    // A parameter that a normalisation or a softmax cancels has a gradient of 0 up to rounding.
    let expected = numbers(&case["gradients"]);
    assert_gradients(&what, &tensors.gradient_norms, &expected, of_gradients);

    let whole = |lengths: &[f64]| lengths.iter().map(|x| x * x).sum::<f64>().sqrt();
    let lengths: Vec<f64> = tensors.gradient_norms.into_values().collect();
    let tolerance = of_gradients.min(GRADIENT);
    assert_close(&what, &[whole(&lengths)], &[whole(&expected)], tolerance);

    let mut norms = parameter_norms(&network.valid(), name, None).norms;
    norms.retain(|name, _| name.contains(".running_"));
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
    assert_eq!(cases.len(), 3);
    cases.swap_remove(number)
}

#[test]
fn the_cascade_is_that_of_its_parts_in_pytorch() {
    for number in 0..3 {
        let case = case(number);
        // First to the reference's last digits; then in 32 bits with the same neighbours.
        let neighbours = record(|| assert_case(&case, DType::F64, [DOUBLE, DOUBLE]));
        // With smaller windows the formula's untrained weights amplify rounding a thousand times: in 32 bits the remaining
        // digits then depend on the order of every sum.
        if windows(&case) == WINDOWS {
            replay(neighbours, || {
                assert_case(&case, DType::F32, [OUTPUTS, GRADIENTS]);
            });
        }
    }
}
