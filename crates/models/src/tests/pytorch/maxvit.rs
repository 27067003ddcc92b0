//! MaxViT compared with timm's: `assets/reference/networks/maxvit.py` describes the origin of the numbers.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::hashed::{fill_module, image};
use super::parameter_norms::{
    assert_close, assert_gradients, moments, named, parameter_norms, values,
};
use super::{formula, numbers, read_cases};
use crate::encoders::maxvit::MaxVit;
use crate::encoders::maxvit::names::timm_name;
use crate::encoders::maxvit::settings::{Blocks, MaxVitConfig};
use crate::layers::builder::Builder;
use crate::layers::operations::Operations;

/// Tolerance of maps in 32 bits, relative to the largest.
const OUTPUTS: f64 = 1e-4;
/// Tolerance of gradients' norms in 32 bits.
const GRADIENTS: f64 = 1e-3;
/// Tolerance in 64 bits; the reference has eight digits.
const DOUBLE: f64 = 1e-6;

/// timm's name of a tensor of an encoder.
fn name(path: &[String]) -> String {
    let path = path.join(".");
    timm_name(&path).unwrap_or_else(|| panic!("{path} has no name"))
}

/// Smaller values count as 0: where spatial attention with the formula's parameters nearly vanishes, exponents amplify the
/// rounding of 32 bits.
const NOTHING: f64 = 1e-5;

/// Compares each map's mean and root mean square, and every `apart`-th number.
pub(super) fn assert_maps(
    what: &str,
    maps: &[Tensor<4>],
    reference: &Value,
    apart: usize,
    tolerance: f64,
) {
    let lists = |key: &str| reference[key].as_array().expect("a list").clone();
    let (stages, slices) = (lists("stages"), lists("slices"));
    assert_eq!([maps.len(); 2], [stages.len(), slices.len()], "{what}");
    for (number, map) in maps.iter().enumerate() {
        let what = format!("{what}, map {number}");
        let slice: Vec<f64> = values(map.clone()).into_iter().step_by(apart).collect();
        for (found, expected) in [
            (moments(map.clone()).to_vec(), numbers(&stages[number])),
            (slice, numbers(&slices[number])),
        ] {
            if expected.iter().all(|value| value.abs() < NOTHING) {
                assert!(found.iter().all(|value| value.abs() < NOTHING), "{what}");
            } else {
                assert_close(&what, &found, &expected, tolerance);
            }
        }
    }
}

/// Compares shapes and gradients of every parameter, and the running statistics.
fn assert_parameters(
    what: &str,
    encoder: &MaxVit,
    gradients: &GradientsParams,
    case: &Value,
    [outputs, of_gradients]: [f64; 2],
) {
    let tensors = parameter_norms(encoder, name, Some(gradients));
    let parameters = case["parameters"].as_object().expect("an object");
    assert!(
        tensors.gradient_norms.keys().eq(parameters.keys()),
        "{what}"
    );
    for (name, expected) in parameters {
        let shape: Vec<f64> = tensors.shapes[name]
            .iter()
            .map(|side| *side as f64)
            .collect();
        assert_eq!(shape, numbers(&expected[0]), "{what}, shape of {name}");
    }
    let expected = parameters.values();
    let expected: Vec<f64> = expected
        .map(|parameter| parameter[1].as_f64().expect("a number"))
        .collect();
    assert_gradients(what, &tensors.gradient_norms, &expected, of_gradients);
    let norms = parameter_norms(&encoder.valid(), name, None).norms;
    let running = named(&case["running"]);
    assert_eq!(norms.len(), parameters.len() + running.len(), "{what}");
    for (name, expected) in running {
        let found = norms[&name];
        assert!(
            (found - expected).abs() <= outputs * expected,
            "{what}, {name}: {found}, PyTorch {expected}"
        );
    }
}

fn encoder(case: &Value, dtype: DType, device: &Device) -> MaxVit {
    let number = |key: &str| case[key].as_u64().expect("a number") as usize;
    let config = MaxVitConfig {
        blocks: if case["name"] == "maxvit_rmlp_small_rw_224" {
            Blocks::MbConv
        } else {
            Blocks::ConvNext
        },
        width: number("width"),
        window: number("window"),
    };
    let mut builder = Builder {
        device,
        random: ChaCha8Rng::seed_from_u64(1),
        operations: Operations::Ours,
    };
    let mut encoder = MaxVit::new(&mut builder, config);
    encoder.disable_dropout();
    fill_module(encoder, dtype)
}

fn assert_case(case: &Value, dtype: DType, tolerances: [f64; 2]) {
    let device = Device::flex().autodiff();
    let what = format!("{} of width {}", case["name"], case["width"]);
    let size = numbers(&case["size"]);
    let images =
        |device: &Device| image(0, [2, 3, size[0] as usize, size[1] as usize], device, dtype);
    let encoder = encoder(case, dtype, &device);
    let evaluated = encoder.valid().forward(images(&device.clone().inner()));
    let reference = &case["evaluation"];
    assert_maps(
        &format!("{what}, evaluation"),
        &evaluated,
        reference,
        997,
        tolerances[0],
    );
    let trained = encoder.forward(images(&device));
    let inner = trained.clone().map(Tensor::inner);
    let reference = &case["training"];
    assert_maps(
        &format!("{what}, training"),
        &inner,
        reference,
        997,
        tolerances[0],
    );
    if case["parameters"].is_null() {
        return;
    }
    let loss = trained
        .into_iter()
        .map(|map| {
            let wave = formula(map.dims(), |k| (0.7 * k).sin(), &device, dtype);
            (map * wave).mean()
        })
        .reduce(|sum, loss| sum + loss)
        .expect("four maps");
    let gradients = GradientsParams::from_grads(loss.backward(), &encoder);
    assert_parameters(&what, &encoder, &gradients, case, tolerances);
}

fn cases() -> Vec<Value> {
    let whole = read_cases("maxvit.json").remove(0);
    let encoders = whole["encoders"].as_array().expect("a list").clone();
    assert_eq!(encoders.len(), 4);
    encoders
}

#[test]
fn encoders_are_those_of_timm() {
    for case in cases() {
        assert_case(&case, DType::F32, [OUTPUTS, GRADIENTS]);
    }
}

#[test]
fn encoders_are_those_of_timm_to_the_references_last_digits() {
    for case in cases() {
        assert_case(&case, DType::F64, [DOUBLE, DOUBLE]);
    }
}
