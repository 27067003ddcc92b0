//! PVT-GCASCADE and the layers of its decoder compared with PyTorch: `assets/reference/networks/gcascade.py` describes the
//! origin of the numbers.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::hashed::{fill, fill_module, image};
use super::parameter_norms::{
    assert_close, assert_gradients, moments, norm, parameter_norms, values,
};
use super::{formula, numbers, read_cases};
use crate::config::{ModelConfig, NetworkName};
use crate::decoders::gcascade::Aggregation;
use crate::decoders::gcascade::graph::Grapher;
use crate::decoders::gcascade::names::decoder_name;
use crate::decoders::gcascade::{SpatialAttention, UpConvolution};
use crate::layers::builder::Builder;
use crate::layers::operations::Operations;
use crate::networks::Network;
use crate::networks::pvt_gcascade::names::original_name;
use crate::tests::parts::pvtgcascade;
use crate::tests::recorded_neighbours::{record, replay};

/// Tolerance of outputs in 32 bits, relative to the largest.
const OUTPUTS: f64 = 1e-4;
/// Tolerance of the whole gradient's norm in 32 bits: 3·10⁻⁶ and 2·10⁻⁵ in two of the cases, 1.2·10⁻³ in the one where a
/// neighbour changes.
const GRADIENT: f64 = 2e-3;
/// Tolerance of each parameter's: rounding can change which neighbour is the largest, and then the second or third digit.
const GRADIENTS: f64 = 1e-2;
/// Tolerance in 64 bits: a resize's weights have 32 bits.
const DOUBLE: f64 = 1e-6;

fn number(case: &Value, key: &str) -> usize {
    case[key].as_u64().expect("a number") as usize
}

fn builder(device: &Device) -> Builder<'_> {
    Builder {
        device,
        random: ChaCha8Rng::seed_from_u64(1),
        operations: Operations::Ours,
    }
}

/// Compares one layer's output in both modes and its gradients.
fn assert_layer<M: Module>(
    case: &Value,
    layer: M,
    forward: fn(&M, Tensor<4>) -> Tensor<4>,
    name: fn(&[String]) -> String,
) {
    let device = Device::flex().autodiff();
    let shape = numbers(&case["shape"]);
    let shape = [0, 1, 2, 3].map(|axis| shape[axis] as usize);
    let what = format!("layer on {shape:?}");
    let layer = fill_module(layer, DType::F64);
    let every_seventh = |map| -> Vec<f64> { values(map).into_iter().step_by(7).collect() };
    let evaluated = forward(
        &layer.valid(),
        image(1, shape, &device.clone().inner(), DType::F64),
    );
    assert_close(
        &what,
        &every_seventh(evaluated),
        &numbers(&case["evaluation"]),
        DOUBLE,
    );
    let map = image(1, shape, &device, DType::F64).require_grad();
    let trained = forward(&layer, map.clone());
    assert_close(
        &what,
        &every_seventh(trained.clone()),
        &numbers(&case["training"]),
        DOUBLE,
    );
    let seed = formula(trained.dims(), |k| (0.7 * k).sin(), &device, DType::F64);
    let mut gradients = (trained * seed).mean().backward();
    let of_map = map.grad_remove(&mut gradients).expect("tracked");
    let gradients = GradientsParams::from_grads(gradients, &layer);
    let expected = numbers(&case["gradients"]);
    assert_close(&what, &[norm(of_map)], &expected[..1], DOUBLE);
    let tensors = parameter_norms(&layer, name, Some(&gradients));
    assert_gradients(&what, &tensors.gradient_norms, &expected[1..], DOUBLE);
}

/// The published name of a decoder's parameter at the path `before` followed by `path`.
fn named(before: &[&str], path: &[String]) -> String {
    let mut whole = before.to_vec();
    whole.extend(path.iter().map(String::as_str));
    decoder_name(&whole).unwrap_or_else(|| panic!("{whole:?} has no name"))
}

#[test]
fn the_decoders_layers_are_those_of_pytorch() {
    let device = Device::flex().autodiff();
    let layers = &read_cases("gcascade.json")[0];
    let mut builder = builder(&device);
    let list = |name: &str| layers[name].as_array().expect("a list").clone();
    for case in list("graphers") {
        let channels = numbers(&case["shape"])[1] as usize;
        let layer = Grapher::new(&mut builder, channels, number(&case, "reduction"));
        assert_layer(&case, layer, Grapher::forward, |path| {
            named(&["graphs", "0"], path)
        });
    }
    for case in list("ups") {
        let inputs = numbers(&case["shape"])[1] as usize;
        let (groups, outputs) = (number(&case, "groups"), number(&case, "outputs"));
        let layer = UpConvolution::new(&mut builder, inputs, groups, outputs);
        assert_layer(&case, layer, UpConvolution::forward, |path| {
            named(&["ups", "0"], path)
        });
    }
    let layer = SpatialAttention::new(&mut builder);
    assert_layer(
        &layers["attention"],
        layer,
        SpatialAttention::forward,
        |path| named(&["attention"], path),
    );
}

fn published(path: &[String]) -> String {
    let path = path.join(".");
    let inside = path.strip_prefix("pvtgcascade.").expect("the network");
    original_name(inside).unwrap_or_else(|| panic!("{inside} has no name"))
}

fn network(case: &Value, dtype: DType, device: &Device) -> Network {
    let config = ModelConfig {
        name: NetworkName::PvtGcascade,
        width: number(case, "width"),
        pvt: serde_json::from_value(case["pvt"].clone()).expect("a size"),
        aggregation: if case["concatenates"] == true {
            Aggregation::Concatenation
        } else {
            Aggregation::Additive
        },
        head_losses: serde_json::from_value(case["head_losses"].clone()).expect("a choice"),
        ..ModelConfig::default()
    };
    let network = Network::new(&config, 3, 1, device).expect("a network");
    fill(network, dtype)
}

fn images(case: &Value, device: &Device, dtype: DType) -> Tensor<4> {
    let size = numbers(&case["size"]);
    image(0, [2, 3, size[0] as usize, size[1] as usize], device, dtype)
}

/// Stages and predicting logits of a network in one mode.
fn assert_outputs(
    what: &str,
    network: &Network,
    images: Tensor<4>,
    reference: &Value,
    tolerance: f64,
) {
    let expected = reference["stages"].as_array().expect("a list");
    let stages = pvtgcascade(network).stages(images.clone());
    assert_eq!(stages.len(), expected.len());
    for (number, (map, expected)) in stages.into_iter().zip(expected).enumerate() {
        assert_close(
            &format!("{what}, stage {number}"),
            &moments(map),
            &numbers(expected),
            tolerance,
        );
    }
    let logits = network.forward(images).logits.remove(0);
    let found: Vec<f64> = values(logits).into_iter().step_by(997).collect();
    let expected = numbers(&reference["logits"]);
    assert_close(&format!("{what}, logits"), &found, &expected, tolerance);
}

fn assert_case(case: &Value, dtype: DType, [of_outputs, of_gradients]: [f64; 2]) {
    let device = Device::flex().autodiff();
    let what = format!(
        "{}, {}, {dtype:?}",
        case["pvt"].as_str().expect("a size"),
        case["head_losses"].as_str().expect("a choice")
    );
    let network = network(case, dtype, &device);
    let inner = device.clone().inner();
    assert_eq!(
        network
            .valid()
            .forward(images(case, &inner, dtype))
            .logits
            .len(),
        1
    );
    assert_outputs(
        &format!("{what}, evaluation"),
        &network.valid(),
        images(case, &inner, dtype),
        &case["evaluation"],
        of_outputs,
    );
    // Every pass updates the running statistics, so each compared pass uses a copy.
    assert_outputs(
        &format!("{what}, training"),
        &fill(network.clone(), dtype),
        images(case, &device, dtype),
        &case["training"],
        of_outputs,
    );
    let network = self::network(case, dtype, &device);
    let outputs = network.forward(images(case, &device, dtype));
    let sets = numbers(&case["outputs"]).len();
    assert_eq!(outputs.logits.len(), sets);
    assert_eq!(outputs.weights, vec![1.0; sets]);
    let seed = formula(
        outputs.logits[0].dims(),
        |k| (0.7 * k).sin(),
        &device,
        dtype,
    );
    let loss = outputs
        .logits
        .into_iter()
        .map(|logits| (logits * seed.clone()).mean())
        .reduce(|sum, loss| sum + loss)
        .expect("a map of logits");
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let tensors = parameter_norms(&network, published, Some(&gradients));
    let expected = numbers(&case["gradients"]);
    assert_gradients(&what, &tensors.gradient_norms, &expected, of_gradients);
    let whole = |lengths: &[f64]| lengths.iter().map(|x| x * x).sum::<f64>().sqrt();
    let lengths: Vec<f64> = tensors.gradient_norms.values().copied().collect();
    assert_close(
        &format!("{what}, gradient"),
        &[whole(&lengths)],
        &[whole(&expected)],
        of_gradients.min(GRADIENT),
    );
    assert!(tensors.gradient_norms.values().all(|length| *length > 0.0));
    if let Some(names) = case["names"].as_array() {
        let found: Vec<&str> = tensors.shapes.keys().map(String::as_str).collect();
        let expected: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        assert_eq!(found, expected);
    }
    let tensors = parameter_norms(&network.valid(), published, None);
    let running = tensors
        .norms
        .iter()
        .filter(|(name, _)| name.contains("running_"));
    let expected = numbers(&case["running"]);
    assert_eq!(running.clone().count(), expected.len());
    for ((name, found), expected) in running.zip(expected) {
        assert!(
            (found - expected).abs() <= of_outputs * expected,
            "{what}, {name}: {found}, PyTorch {expected}"
        );
    }
}

fn cases() -> Vec<Value> {
    let cases = read_cases("gcascade.json").split_off(1);
    assert_eq!(cases.len(), 3);
    cases
}

#[test]
fn networks_are_those_of_pytorch() {
    for case in cases() {
        // First to the reference's last digits; then in 32 bits with the same neighbours.
        let neighbours = record(|| assert_case(&case, DType::F64, [DOUBLE, DOUBLE]));
        replay(neighbours, || {
            assert_case(&case, DType::F32, [OUTPUTS, GRADIENTS]);
        });
    }
}
