//! MaxViT held to timm's own: `assets/reference/networks/maxvit.py` says how the numbers came about.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::hashed::{fill_part, image};
use super::{formula, numbers, read_cases};
use crate::Operations;
use crate::layers::Builder;
use crate::maxvit::{Blocks, MaxVit, MaxVitConfig, timm_name};

/// Of maps in 32 bits, relative to the largest.
const OUTPUTS: f64 = 1e-4;
/// Of gradients' norms in 32 bits.
const GRADIENTS: f64 = 1e-3;
/// Of everything in 64 bits: timm's logarithms have 32.
const DOUBLE: f64 = 1e-6;

/// Of every parameter and running statistic, by the published name: shape, norm, and norm of the gradient.
pub(super) struct Told<'a> {
    rename: fn(&str) -> Option<String>,
    gradients: Option<&'a GradientsParams>,
    path: Vec<String>,
    pub(super) shapes: BTreeMap<String, Vec<usize>>,
    pub(super) norms: BTreeMap<String, f64>,
    pub(super) gradient_norms: BTreeMap<String, f64>,
}

pub(super) fn told<'a, M: Module>(
    network: &M,
    rename: fn(&str) -> Option<String>,
    gradients: Option<&'a GradientsParams>,
) -> Told<'a> {
    let mut told = Told {
        rename,
        gradients,
        path: Vec::new(),
        shapes: BTreeMap::new(),
        norms: BTreeMap::new(),
        gradient_norms: BTreeMap::new(),
    };
    network.visit(&mut told);
    told
}

fn norm<const D: usize>(tensor: Tensor<D>) -> f64 {
    let square = tensor.cast(DType::F64).powi_scalar(2).sum();
    square.into_scalar::<f64>().sqrt()
}

impl ModuleVisitor for Told<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        let name = (self.rename)(&path).unwrap_or_else(|| panic!("no name of {path}"));
        if name.contains(".running_") {
            self.norms.insert(name, norm(parameter.val()));
            return;
        }
        if let Some(gradients) = self.gradients {
            let gradient = gradients.get::<D>(parameter.id).expect("a gradient");
            self.gradient_norms.insert(name.clone(), norm(gradient));
        }
        let before = self.shapes.insert(name, parameter.dims().to_vec());
        assert_eq!(before, None, "two parameters of one name");
    }
}

/// The `found` numbers lie within `tolerance` of the expected ones, relative to the largest.
pub(super) fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= tolerance * largest,
            "{what}: {found}, PyTorch {expected}"
        );
    }
}

/// Mean and root mean square of each map, and every number that many apart.
pub(super) fn assert_maps(
    what: &str,
    maps: &[Tensor<4>],
    told: &Value,
    apart: usize,
    tolerance: f64,
) {
    let lists = |key: &str| told[key].as_array().expect("a list").clone();
    let (stages, slices) = (lists("stages"), lists("slices"));
    assert_eq!([maps.len(); 2], [stages.len(), slices.len()], "{what}");
    for (number, map) in maps.iter().enumerate() {
        let what = format!("{what}, map {number}");
        let data = map.clone().cast(DType::F64).into_data();
        let values = data.try_to_vec::<f64>().expect("64 bits");
        let count = values.len() as f64;
        let square = values.iter().map(|value| value * value).sum::<f64>() / count;
        let moments = [values.iter().sum::<f64>() / count, square.sqrt()];
        assert_close(&what, &moments, &numbers(&stages[number]), tolerance);
        let slice: Vec<f64> = values.into_iter().step_by(apart).collect();
        assert_close(&what, &slice, &numbers(&slices[number]), tolerance);
    }
}

/// Shapes and gradients of every parameter, and the running statistics.
pub(super) fn assert_told(
    what: &str,
    told: &Told<'_>,
    case: &Value,
    [outputs, of_gradients]: [f64; 2],
) {
    let parameters = case["parameters"].as_object().expect("an object");
    assert!(told.shapes.keys().eq(parameters.keys()), "{what}");
    let norm_of = |value: &Value| value[1].as_f64().expect("a number");
    let largest = parameters.values().map(norm_of).fold(0.0, f64::max);
    for (name, expected) in parameters {
        let shape: Vec<f64> = told.shapes[name].iter().map(|side| *side as f64).collect();
        assert_eq!(shape, numbers(&expected[0]), "{what}, shape of {name}");
        let (found, expected) = (told.gradient_norms[name], norm_of(expected));
        // What moves all scores of a query alike has a gradient of 0, of which rounding leaves a trace.
        let scale = expected.max(1e-4 * largest);
        assert!(
            (found - expected).abs() <= of_gradients * scale,
            "{what}, gradient of {name}: {found}, PyTorch {expected}"
        );
    }
    let running = case["running"].as_object().expect("an object");
    assert!(told.norms.keys().eq(running.keys()), "{what}");
    for (name, expected) in running {
        let (found, expected) = (told.norms[name], expected.as_f64().expect("a number"));
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
        operations: Operations::Own,
    };
    let mut encoder = MaxVit::new(&mut builder, config);
    encoder.stop_dropping();
    fill_part(encoder, dtype)
}

fn assert_case(case: &Value, dtype: DType, tolerances: [f64; 2]) {
    let device = Device::flex().autodiff();
    let what = format!("{} of width {}", case["name"], case["width"]);
    let size = numbers(&case["size"]);
    let images =
        |device: &Device| image(0, [2, 3, size[0] as usize, size[1] as usize], device, dtype);
    let encoder = encoder(case, dtype, &device);
    let evaluated = encoder.valid().forward(images(&device.clone().inner()));
    let told_of = &case["evaluation"];
    assert_maps(
        &format!("{what}, evaluation"),
        &evaluated,
        told_of,
        997,
        tolerances[0],
    );
    let trained = encoder.forward(images(&device));
    let inner = trained.clone().map(Tensor::inner);
    let told_of = &case["training"];
    assert_maps(
        &format!("{what}, training"),
        &inner,
        told_of,
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
    let mut told = told(&encoder, timm_name, Some(&gradients));
    told.norms = self::told(&encoder.valid(), timm_name, None).norms;
    assert_told(&what, &told, case, tolerances);
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
